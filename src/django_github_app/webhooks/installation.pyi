# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    EnterpriseObject, InstallationObject, OrganizationSimple, Repositorie, RepositoryObject, SimpleUser,
    UserObject,
)

class InstallationCreated(TypedDict):
    action: Literal["created"]
    enterprise: NotRequired[EnterpriseObject]
    installation: InstallationObject
    organization: NotRequired[OrganizationSimple]
    repositories: NotRequired[list[Repositorie]]
    repository: NotRequired[RepositoryObject]
    requester: NotRequired[UserObject | None]
    sender: SimpleUser

class InstallationDeleted(TypedDict):
    action: Literal["deleted"]
    enterprise: NotRequired[EnterpriseObject]
    installation: InstallationObject
    organization: NotRequired[OrganizationSimple]
    repositories: NotRequired[list[Repositorie]]
    repository: NotRequired[RepositoryObject]
    requester: NotRequired[None]
    sender: SimpleUser

class InstallationNewPermissionsAccepted(TypedDict):
    action: Literal["new_permissions_accepted"]
    enterprise: NotRequired[EnterpriseObject]
    installation: InstallationObject
    organization: NotRequired[OrganizationSimple]
    repositories: NotRequired[list[Repositorie]]
    repository: NotRequired[RepositoryObject]
    requester: NotRequired[None]
    sender: SimpleUser

class InstallationSuspend(TypedDict):
    action: Literal["suspend"]
    enterprise: NotRequired[EnterpriseObject]
    installation: InstallationObject
    organization: NotRequired[OrganizationSimple]
    repositories: NotRequired[list[Repositorie]]
    repository: NotRequired[RepositoryObject]
    requester: NotRequired[None]
    sender: SimpleUser

class InstallationUnsuspend(TypedDict):
    action: Literal["unsuspend"]
    enterprise: NotRequired[EnterpriseObject]
    installation: InstallationObject
    organization: NotRequired[OrganizationSimple]
    repositories: NotRequired[list[Repositorie]]
    repository: NotRequired[RepositoryObject]
    requester: NotRequired[None]
    sender: SimpleUser

Installation: TypeAlias = InstallationCreated | InstallationDeleted | InstallationNewPermissionsAccepted | InstallationSuspend | InstallationUnsuspend
