# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    Alert, EnterpriseObject, OrganizationSimple, RepositoryObject, SimpleInstallation, SimpleUser,
)

class SecretScanningAlertAssigned(TypedDict):
    action: Literal["assigned"]
    alert: Alert
    assignee: NotRequired[SimpleUser]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: NotRequired[SimpleUser]

class SecretScanningAlertCreated(TypedDict):
    action: Literal["created"]
    alert: Alert
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: NotRequired[SimpleUser]

class SecretScanningAlertPubliclyLeaked(TypedDict):
    action: Literal["publicly_leaked"]
    alert: Alert
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: NotRequired[SimpleUser]

class SecretScanningAlertReopened(TypedDict):
    action: Literal["reopened"]
    alert: Alert
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: NotRequired[SimpleUser]

class SecretScanningAlertResolved(TypedDict):
    action: Literal["resolved"]
    alert: Alert
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: NotRequired[SimpleUser]

class SecretScanningAlertUnassigned(TypedDict):
    action: Literal["unassigned"]
    alert: Alert
    assignee: NotRequired[SimpleUser]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: NotRequired[SimpleUser]

class SecretScanningAlertValidated(TypedDict):
    action: Literal["validated"]
    alert: Alert
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: NotRequired[SimpleUser]

SecretScanningAlert: TypeAlias = SecretScanningAlertAssigned | SecretScanningAlertCreated | SecretScanningAlertPubliclyLeaked | SecretScanningAlertReopened | SecretScanningAlertResolved | SecretScanningAlertUnassigned | SecretScanningAlertValidated
