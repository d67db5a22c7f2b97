# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    EnterpriseObject, OrganizationSimple, RepositoryObject, SimpleInstallation, SimpleUser,
)

class Config(TypedDict):
    content_type: str
    insecure_ssl: str
    secret: NotRequired[str]
    url: str

class Hook(TypedDict):
    active: bool
    config: Config
    created_at: str
    events: list[str]
    id: int
    name: str
    type: str
    updated_at: str

class MetaDeleted(TypedDict):
    action: Literal["deleted"]
    enterprise: NotRequired[EnterpriseObject]
    hook: Hook
    hook_id: int
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: NotRequired[RepositoryObject | None]
    sender: NotRequired[SimpleUser]

Meta: TypeAlias = MetaDeleted
