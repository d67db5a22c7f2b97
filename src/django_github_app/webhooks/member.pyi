# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    ArchivedAt, Body, EnterpriseObject, OrganizationSimple, RepositoryObject, SimpleInstallation, SimpleUser,
    UserObject,
)

class Permission(TypedDict):
    to: str

class Changes3(TypedDict):
    permission: NotRequired[Permission]
    role_name: NotRequired[Permission]

class MemberAdded(TypedDict):
    action: Literal["added"]
    changes: NotRequired[Changes3]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    member: UserObject | None
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class Changes4(TypedDict):
    old_permission: NotRequired[Body]
    permission: NotRequired[ArchivedAt]

class MemberEdited(TypedDict):
    action: Literal["edited"]
    changes: Changes4
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    member: UserObject | None
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class MemberRemoved(TypedDict):
    action: Literal["removed"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    member: UserObject | None
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

Member: TypeAlias = MemberAdded | MemberEdited | MemberRemoved
