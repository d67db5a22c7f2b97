# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    Definition, EnterpriseObject, OrganizationCustomPropertyObject, SimpleInstallation, SimpleUser,
)

class OrganizationCustomPropertyCreated(TypedDict):
    action: Literal["created"]
    definition: OrganizationCustomPropertyObject
    enterprise: EnterpriseObject
    sender: NotRequired[SimpleUser]

class OrganizationCustomPropertyDeleted(TypedDict):
    action: Literal["deleted"]
    definition: Definition
    enterprise: EnterpriseObject
    installation: NotRequired[SimpleInstallation]
    sender: NotRequired[SimpleUser]

class OrganizationCustomPropertyUpdated(TypedDict):
    action: Literal["updated"]
    definition: OrganizationCustomPropertyObject
    enterprise: EnterpriseObject
    installation: NotRequired[SimpleInstallation]
    sender: NotRequired[SimpleUser]

OrganizationCustomProperty: TypeAlias = OrganizationCustomPropertyCreated | OrganizationCustomPropertyDeleted | OrganizationCustomPropertyUpdated
