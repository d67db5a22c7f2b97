# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    Cvss, CvssSeverities, Cwe, EnterpriseObject, Identifier, OrganizationSimple, PackageObject, Reference,
    RepositoryObject, SimpleInstallation, SimpleUser, Vulnerabilitie,
)

class Dependency(TypedDict):
    package: NotRequired[PackageObject]
    manifest_path: NotRequired[str]
    scope: NotRequired[str | None]
    relationship: NotRequired[str | None]

class Epss(TypedDict):
    percentage: NotRequired[float]
    percentile: NotRequired[float]

class SecurityAdvisoryObject(TypedDict):
    ghsa_id: str
    cve_id: str | None
    summary: str
    description: str
    vulnerabilities: list[Vulnerabilitie]
    severity: str
    cvss: Cvss
    cvss_severities: NotRequired[CvssSeverities | None]
    epss: NotRequired[Epss | None]
    cwes: list[Cwe]
    identifiers: list[Identifier]
    references: list[Reference]
    published_at: str
    updated_at: str
    withdrawn_at: str | None

class Alert2(TypedDict):
    number: int
    state: str
    dependency: Dependency
    security_advisory: SecurityAdvisoryObject
    security_vulnerability: Vulnerabilitie
    url: str
    html_url: str
    created_at: str
    updated_at: str
    dismissed_at: str | None
    dismissed_by: SimpleUser | None
    dismissed_reason: str | None
    dismissed_comment: str | None
    fixed_at: str | None
    auto_dismissed_at: NotRequired[str | None]

class DependabotAlertAutoDismissed(TypedDict):
    action: Literal["auto_dismissed"]
    alert: Alert2
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    enterprise: NotRequired[EnterpriseObject]
    repository: RepositoryObject
    sender: SimpleUser

class DependabotAlertAutoReopened(TypedDict):
    action: Literal["auto_reopened"]
    alert: Alert2
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    enterprise: NotRequired[EnterpriseObject]
    repository: RepositoryObject
    sender: SimpleUser

class DependabotAlertCreated(TypedDict):
    action: Literal["created"]
    alert: Alert2
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    enterprise: NotRequired[EnterpriseObject]
    repository: RepositoryObject
    sender: SimpleUser

class DependabotAlertDismissed(TypedDict):
    action: Literal["dismissed"]
    alert: Alert2
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    enterprise: NotRequired[EnterpriseObject]
    repository: RepositoryObject
    sender: SimpleUser

class DependabotAlertFixed(TypedDict):
    action: Literal["fixed"]
    alert: Alert2
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    enterprise: NotRequired[EnterpriseObject]
    repository: RepositoryObject
    sender: SimpleUser

class DependabotAlertReintroduced(TypedDict):
    action: Literal["reintroduced"]
    alert: Alert2
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    enterprise: NotRequired[EnterpriseObject]
    repository: RepositoryObject
    sender: SimpleUser

class DependabotAlertReopened(TypedDict):
    action: Literal["reopened"]
    alert: Alert2
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    enterprise: NotRequired[EnterpriseObject]
    repository: RepositoryObject
    sender: SimpleUser

DependabotAlert: TypeAlias = DependabotAlertAutoDismissed | DependabotAlertAutoReopened | DependabotAlertCreated | DependabotAlertDismissed | DependabotAlertFixed | DependabotAlertReintroduced | DependabotAlertReopened
