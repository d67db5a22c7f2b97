# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import NotRequired, TypedDict

from ._common import (
    EnterpriseObject, OrganizationSimple, RepositoryObject, SimpleInstallation, SimpleUser,
)

class Commit(TypedDict):
    sha: str | None
    url: str | None

class Branche(TypedDict):
    commit: Commit
    name: str
    protected: bool

class UserObject3(TypedDict):
    avatar_url: NotRequired[str]
    deleted: NotRequired[bool]
    email: NotRequired[str | None]
    events_url: NotRequired[str]
    followers_url: NotRequired[str]
    following_url: NotRequired[str]
    gists_url: NotRequired[str]
    gravatar_id: NotRequired[str]
    html_url: NotRequired[str]
    id: NotRequired[int]
    login: NotRequired[str]
    name: NotRequired[str]
    node_id: NotRequired[str]
    organizations_url: NotRequired[str]
    received_events_url: NotRequired[str]
    repos_url: NotRequired[str]
    site_admin: NotRequired[bool]
    starred_url: NotRequired[str]
    subscriptions_url: NotRequired[str]
    type: NotRequired[str]
    url: NotRequired[str]

class Committer2(TypedDict):
    date: str
    email: str
    name: str
    username: NotRequired[str]

class Tree(TypedDict):
    sha: str
    url: str

class Verification(TypedDict):
    payload: str | None
    reason: str
    signature: str | None
    verified: bool
    verified_at: str | None

class Commit2(TypedDict):
    author: Committer2
    comment_count: int
    committer: Committer2
    message: str
    tree: Tree
    url: str
    verification: Verification

class Parent3(TypedDict):
    html_url: str
    sha: str
    url: str

class Commit3(TypedDict):
    author: UserObject3 | None
    comments_url: str
    commit: Commit2
    committer: UserObject3 | None
    html_url: str
    node_id: str
    parents: list[Parent3]
    sha: str
    url: str

class Status(TypedDict):
    avatar_url: NotRequired[str | None]
    branches: list[Branche]
    commit: Commit3
    context: str
    created_at: str
    description: str | None
    enterprise: NotRequired[EnterpriseObject]
    id: int
    installation: NotRequired[SimpleInstallation]
    name: str
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser
    sha: str
    state: str
    target_url: str | None
    updated_at: str
