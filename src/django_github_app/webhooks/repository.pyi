# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    Body, EnterpriseObject, Note, OrganizationSimple, RepositoryObject, SimpleInstallation, SimpleUser,
    UserObject,
)

class RepositoryArchived(TypedDict):
    action: Literal["archived"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class RepositoryCreated(TypedDict):
    action: Literal["created"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class RepositoryDeleted(TypedDict):
    action: Literal["deleted"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

Topics = TypedDict(
    "Topics",
    {
        "from": NotRequired[list[str] | None],
    },
)

class Changes3(TypedDict):
    default_branch: NotRequired[Body]
    description: NotRequired[Note]
    homepage: NotRequired[Note]
    topics: NotRequired[Topics]

class RepositoryEdited(TypedDict):
    action: Literal["edited"]
    changes: Changes3
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class RepositoryPrivatized(TypedDict):
    action: Literal["privatized"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class RepositoryPublicized(TypedDict):
    action: Literal["publicized"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class RepositoryObject5(TypedDict):
    name: Body

class Changes4(TypedDict):
    repository: RepositoryObject5

class RepositoryRenamed(TypedDict):
    action: Literal["renamed"]
    changes: Changes4
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class OrganizationObject(TypedDict):
    avatar_url: str
    description: str | None
    events_url: str
    hooks_url: str
    html_url: NotRequired[str]
    id: int
    issues_url: str
    login: str
    members_url: str
    node_id: str
    public_members_url: str
    repos_url: str
    url: str

class From(TypedDict):
    organization: NotRequired[OrganizationObject]
    user: NotRequired[UserObject | None]

Owner3 = TypedDict(
    "Owner3",
    {
        "from": From,
    },
)

class Changes5(TypedDict):
    owner: Owner3

class RepositoryTransferred(TypedDict):
    action: Literal["transferred"]
    changes: Changes5
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class RepositoryUnarchived(TypedDict):
    action: Literal["unarchived"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class RepositoryAnonymousAccessDisabled(TypedDict):
    action: Literal["anonymous_access_disabled"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: NotRequired[RepositoryObject]
    sender: NotRequired[SimpleUser]

class RepositoryAnonymousAccessEnabled(TypedDict):
    action: Literal["anonymous_access_enabled"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: NotRequired[RepositoryObject]
    sender: NotRequired[SimpleUser]

Repository: TypeAlias = RepositoryAnonymousAccessDisabled | RepositoryAnonymousAccessEnabled | RepositoryArchived | RepositoryCreated | RepositoryDeleted | RepositoryEdited | RepositoryPrivatized | RepositoryPublicized | RepositoryRenamed | RepositoryTransferred | RepositoryUnarchived
