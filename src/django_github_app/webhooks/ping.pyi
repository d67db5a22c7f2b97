# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import NotRequired, TypedDict

from ._common import (
    OrganizationSimple, RepositoryObject, SimpleUser,
)

class Config(TypedDict):
    content_type: NotRequired[str]
    insecure_ssl: NotRequired[str | float]
    secret: NotRequired[str]
    url: NotRequired[str]

class HookResponse(TypedDict):
    code: int | None
    status: str | None
    message: str | None

class Webhook(TypedDict):
    active: bool
    app_id: NotRequired[int]
    config: Config
    created_at: str
    deliveries_url: NotRequired[str]
    events: list[str]
    id: int
    last_response: NotRequired[HookResponse]
    name: str
    ping_url: NotRequired[str]
    test_url: NotRequired[str]
    type: str
    updated_at: str
    url: NotRequired[str]

class Ping(TypedDict):
    hook: NotRequired[Webhook]
    hook_id: NotRequired[int]
    organization: NotRequired[OrganizationSimple]
    repository: NotRequired[RepositoryObject]
    sender: NotRequired[SimpleUser]
    zen: NotRequired[str]
