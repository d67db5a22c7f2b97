# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    OrganizationSimple, RepositoryObject, SimpleInstallation, SimpleUser,
)

class Author(TypedDict):
    name: str
    email: str

class SimpleCommit2(TypedDict):
    id: str
    tree_id: str
    message: str
    timestamp: str
    author: Author | None
    committer: Author | None

class MergeGroupObject(TypedDict):
    head_sha: str
    head_ref: str
    base_sha: str
    base_ref: str
    head_commit: SimpleCommit2

class MergeGroupChecksRequested(TypedDict):
    action: Literal["checks_requested"]
    installation: NotRequired[SimpleInstallation]
    merge_group: MergeGroupObject
    organization: NotRequired[OrganizationSimple]
    repository: NotRequired[RepositoryObject]
    sender: NotRequired[SimpleUser]

class MergeGroupDestroyed(TypedDict):
    action: Literal["destroyed"]
    reason: NotRequired[str]
    installation: NotRequired[SimpleInstallation]
    merge_group: MergeGroupObject
    organization: NotRequired[OrganizationSimple]
    repository: NotRequired[RepositoryObject]
    sender: NotRequired[SimpleUser]

MergeGroup: TypeAlias = MergeGroupChecksRequested | MergeGroupDestroyed
