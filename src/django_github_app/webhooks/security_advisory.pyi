# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    Cvss, CvssSeverities, Cwe, EnterpriseObject, Identifier, OrganizationSimple, Reference, RepositoryObject,
    SimpleInstallation, SimpleUser, Vulnerabilitie,
)

class SecurityAdvisoryObject(TypedDict):
    cvss: Cvss
    cvss_severities: NotRequired[CvssSeverities | None]
    cwes: list[Cwe]
    description: str
    ghsa_id: str
    identifiers: list[Identifier]
    published_at: str
    references: list[Reference]
    severity: str
    summary: str
    updated_at: str
    vulnerabilities: list[Vulnerabilitie]
    withdrawn_at: str | None

class SecurityAdvisoryPublished(TypedDict):
    action: Literal["published"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: NotRequired[RepositoryObject]
    security_advisory: SecurityAdvisoryObject
    sender: NotRequired[SimpleUser]

class SecurityAdvisoryUpdated(TypedDict):
    action: Literal["updated"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: NotRequired[RepositoryObject]
    security_advisory: SecurityAdvisoryObject
    sender: NotRequired[SimpleUser]

class SecurityAdvisoryObject2(TypedDict):
    cvss: Cvss
    cvss_severities: NotRequired[CvssSeverities | None]
    cwes: list[Cwe]
    description: str
    ghsa_id: str
    identifiers: list[Identifier]
    published_at: str
    references: list[Reference]
    severity: str
    summary: str
    updated_at: str
    vulnerabilities: list[Vulnerabilitie]
    withdrawn_at: str

class SecurityAdvisoryWithdrawn(TypedDict):
    action: Literal["withdrawn"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: NotRequired[RepositoryObject]
    security_advisory: SecurityAdvisoryObject2
    sender: NotRequired[SimpleUser]

SecurityAdvisory: TypeAlias = SecurityAdvisoryPublished | SecurityAdvisoryUpdated | SecurityAdvisoryWithdrawn
