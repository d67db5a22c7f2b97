# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    CustomPropertyValue, EnterpriseObject, OrganizationSimple, SimpleInstallation, SimpleUser,
)

class OrganizationCustomPropertyValuesUpdated(TypedDict):
    action: Literal["updated"]
    enterprise: EnterpriseObject
    installation: NotRequired[SimpleInstallation]
    organization: OrganizationSimple
    sender: NotRequired[SimpleUser]
    new_property_values: list[CustomPropertyValue]
    old_property_values: list[CustomPropertyValue]

OrganizationCustomPropertyValues: TypeAlias = OrganizationCustomPropertyValuesUpdated
