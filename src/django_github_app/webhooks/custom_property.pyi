# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    Definition, EnterpriseObject, OrganizationCustomPropertyObject, OrganizationSimple, SimpleInstallation,
    SimpleUser,
)

class CustomPropertyCreated(TypedDict):
    action: Literal["created"]
    definition: OrganizationCustomPropertyObject
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    sender: NotRequired[SimpleUser]

class CustomPropertyDeleted(TypedDict):
    action: Literal["deleted"]
    definition: Definition
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    sender: NotRequired[SimpleUser]

class CustomPropertyPromoteToEnterprise(TypedDict):
    action: Literal["promote_to_enterprise"]
    definition: OrganizationCustomPropertyObject
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    sender: NotRequired[SimpleUser]

class CustomPropertyUpdated(TypedDict):
    action: Literal["updated"]
    definition: OrganizationCustomPropertyObject
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    sender: NotRequired[SimpleUser]

CustomProperty: TypeAlias = CustomPropertyCreated | CustomPropertyDeleted | CustomPropertyPromoteToEnterprise | CustomPropertyUpdated
