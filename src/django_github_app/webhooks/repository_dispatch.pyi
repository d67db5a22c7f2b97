# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Any, NotRequired, TypedDict

from ._common import (
    EnterpriseObject, OrganizationSimple, RepositoryObject, SimpleInstallation, SimpleUser,
)

class RepositoryDispatch(TypedDict):
    action: str
    branch: str
    client_payload: dict[str, Any] | None
    enterprise: NotRequired[EnterpriseObject]
    installation: SimpleInstallation
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser
