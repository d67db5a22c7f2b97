# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    EnterpriseObject, OrganizationSimple, RepositoryObject, SimpleInstallation, SimpleUser,
)

class SecretScanningScanCompleted(TypedDict):
    action: Literal["completed"]
    type: str
    source: str
    started_at: str
    completed_at: str
    secret_types: NotRequired[list[str] | None]
    custom_pattern_name: NotRequired[str | None]
    custom_pattern_scope: NotRequired[str | None]
    repository: NotRequired[RepositoryObject]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    sender: NotRequired[SimpleUser]

SecretScanningScan: TypeAlias = SecretScanningScanCompleted
