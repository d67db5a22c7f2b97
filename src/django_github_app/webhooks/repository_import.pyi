# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import NotRequired, TypedDict

from ._common import (
    EnterpriseObject, OrganizationSimple, RepositoryObject, SimpleInstallation, SimpleUser,
)

class RepositoryImport(TypedDict):
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser
    status: str
