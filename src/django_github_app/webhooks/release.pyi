# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    Body, EnterpriseObject, OrganizationSimple, Reactions, RepositoryObject, SimpleInstallation, SimpleUser,
    UserObject, UserObject2,
)

class ReleaseAsset(TypedDict):
    browser_download_url: str
    content_type: str
    created_at: str
    download_count: int
    id: int
    label: str | None
    name: str
    node_id: str
    size: int
    digest: str | None
    state: str
    updated_at: str
    uploader: NotRequired[UserObject2 | None]
    url: str

class ReleaseObject(TypedDict):
    assets: list[ReleaseAsset]
    assets_url: str
    author: UserObject | None
    body: str | None
    created_at: str | None
    updated_at: str | None
    discussion_url: NotRequired[str]
    draft: bool
    html_url: str
    id: int
    immutable: bool
    name: str | None
    node_id: str
    prerelease: bool
    published_at: str | None
    reactions: NotRequired[Reactions]
    tag_name: str
    tarball_url: str | None
    target_commitish: str
    upload_url: str
    url: str
    zipball_url: str | None

class ReleaseCreated(TypedDict):
    action: Literal["created"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    release: ReleaseObject
    repository: RepositoryObject
    sender: SimpleUser

class ReleaseDeleted(TypedDict):
    action: Literal["deleted"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    release: ReleaseObject
    repository: RepositoryObject
    sender: SimpleUser

class MakeLatest(TypedDict):
    to: bool

class Changes3(TypedDict):
    body: NotRequired[Body]
    name: NotRequired[Body]
    tag_name: NotRequired[Body]
    make_latest: NotRequired[MakeLatest]

class ReleaseEdited(TypedDict):
    action: Literal["edited"]
    changes: Changes3
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    release: ReleaseObject
    repository: RepositoryObject
    sender: NotRequired[SimpleUser]

class ReleaseObject2(TypedDict):
    assets: list[ReleaseAsset | None]
    assets_url: str
    author: UserObject | None
    body: str | None
    created_at: str | None
    discussion_url: NotRequired[str]
    draft: bool
    html_url: str
    id: int
    immutable: bool
    name: str | None
    node_id: str
    prerelease: bool
    published_at: str | None
    reactions: NotRequired[Reactions]
    tag_name: str
    tarball_url: str | None
    target_commitish: str
    upload_url: str
    updated_at: str | None
    url: str
    zipball_url: str | None

class ReleasePrereleased(TypedDict):
    action: Literal["prereleased"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    release: ReleaseObject2
    repository: RepositoryObject
    sender: NotRequired[SimpleUser]

class ReleasePublished(TypedDict):
    action: Literal["published"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    release: ReleaseObject2
    repository: RepositoryObject
    sender: NotRequired[SimpleUser]

class ReleaseReleased(TypedDict):
    action: Literal["released"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    release: ReleaseObject
    repository: RepositoryObject
    sender: NotRequired[SimpleUser]

class ReleaseUnpublished(TypedDict):
    action: Literal["unpublished"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    release: ReleaseObject2
    repository: RepositoryObject
    sender: NotRequired[SimpleUser]

Release: TypeAlias = ReleaseCreated | ReleaseDeleted | ReleaseEdited | ReleasePrereleased | ReleasePublished | ReleaseReleased | ReleaseUnpublished
