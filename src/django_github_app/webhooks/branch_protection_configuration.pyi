# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    EnterpriseObject, OrganizationSimple, RepositoryObject, SimpleInstallation, SimpleUser,
)

class BranchProtectionConfigurationDisabled(TypedDict):
    action: Literal["disabled"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class BranchProtectionConfigurationEnabled(TypedDict):
    action: Literal["enabled"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

BranchProtectionConfiguration: TypeAlias = BranchProtectionConfigurationDisabled | BranchProtectionConfigurationEnabled
