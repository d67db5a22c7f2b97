# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import NotRequired, TypedDict

from ._common import (
    Committer, EnterpriseObject, OrganizationSimple, RepositoryObject3, SimpleInstallation, SimpleUser,
)

class Commit(TypedDict):
    added: NotRequired[list[str]]
    author: Committer
    committer: Committer
    distinct: bool
    id: str
    message: str
    modified: NotRequired[list[str]]
    removed: NotRequired[list[str]]
    timestamp: str
    tree_id: str
    url: str

class Committer2(TypedDict):
    date: NotRequired[str]
    email: NotRequired[str | None]
    name: str
    username: NotRequired[str]

class Push(TypedDict):
    after: str
    base_ref: str | None
    before: str
    commits: list[Commit]
    compare: str
    created: bool
    deleted: bool
    enterprise: NotRequired[EnterpriseObject]
    forced: bool
    head_commit: Commit | None
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    pusher: Committer2
    ref: str
    repository: RepositoryObject3
    sender: NotRequired[SimpleUser]
