# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    EnterpriseObject, OrganizationSimple, RepositoryObject, SimpleInstallation, SimpleUser,
)

class Key(TypedDict):
    added_by: NotRequired[str | None]
    created_at: str
    id: int
    key: str
    last_used: NotRequired[str | None]
    read_only: bool
    title: str
    url: str
    verified: bool
    enabled: NotRequired[bool]

class DeployKeyCreated(TypedDict):
    action: Literal["created"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    key: Key
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class DeployKeyDeleted(TypedDict):
    action: Literal["deleted"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    key: Key
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

DeployKey: TypeAlias = DeployKeyCreated | DeployKeyDeleted
