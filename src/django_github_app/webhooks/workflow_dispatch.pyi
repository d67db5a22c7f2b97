# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Any, NotRequired, TypedDict

from ._common import (
    EnterpriseObject, OrganizationSimple, RepositoryObject, SimpleInstallation, SimpleUser,
)

class WorkflowDispatch(TypedDict):
    enterprise: NotRequired[EnterpriseObject]
    inputs: dict[str, Any] | None
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    ref: str
    repository: RepositoryObject
    sender: SimpleUser
    workflow: str
