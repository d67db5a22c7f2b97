# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    EnterpriseObject, InstallationObject, OrganizationSimple, Repositorie, RepositoryObject, SimpleUser,
    UserObject,
)

class RepositoriesRemoved(TypedDict):
    full_name: NotRequired[str]
    id: NotRequired[int]
    name: NotRequired[str]
    node_id: NotRequired[str]
    private: NotRequired[bool]

class InstallationRepositoriesAdded(TypedDict):
    action: Literal["added"]
    enterprise: NotRequired[EnterpriseObject]
    installation: InstallationObject
    organization: NotRequired[OrganizationSimple]
    repositories_added: list[Repositorie]
    repositories_removed: list[RepositoriesRemoved]
    repository: NotRequired[RepositoryObject]
    repository_selection: str
    requester: UserObject | None
    sender: SimpleUser

class InstallationRepositoriesRemoved(TypedDict):
    action: Literal["removed"]
    enterprise: NotRequired[EnterpriseObject]
    installation: InstallationObject
    organization: NotRequired[OrganizationSimple]
    repositories_added: list[Repositorie]
    repositories_removed: list[Repositorie]
    repository: NotRequired[RepositoryObject]
    repository_selection: str
    requester: UserObject | None
    sender: SimpleUser

InstallationRepositories: TypeAlias = InstallationRepositoriesAdded | InstallationRepositoriesRemoved
