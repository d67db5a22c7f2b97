# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    CvssSeverities, CvssV3, Cwe, EnterpriseObject, Identifier, OrganizationSimple, RepositoryObject,
    SimpleInstallation, SimpleUser, TeamSimple,
)

class Submission(TypedDict):
    accepted: bool

class PackageObject2(TypedDict):
    ecosystem: str
    name: str | None

class Vulnerabilitie2(TypedDict):
    package: PackageObject2 | None
    vulnerable_version_range: str | None
    patched_versions: str | None
    vulnerable_functions: list[str] | None

class Credit(TypedDict):
    login: NotRequired[str]
    type: NotRequired[str]

class CreditsDetailed(TypedDict):
    user: SimpleUser
    type: str
    state: str

class Permissions5(TypedDict):
    pull: bool
    triage: bool
    push: bool
    maintain: bool
    admin: bool

class TeamObject4(TypedDict):
    id: int
    node_id: str
    name: str
    slug: str
    description: str | None
    privacy: NotRequired[str]
    notification_setting: NotRequired[str]
    permission: str
    permissions: NotRequired[Permissions5]
    url: str
    html_url: str
    members_url: str
    repositories_url: str
    type: str
    organization_id: NotRequired[int]
    enterprise_id: NotRequired[int]
    parent: TeamSimple | None

class RepositoryAdvisoryObject(TypedDict):
    ghsa_id: str
    cve_id: str | None
    url: str
    html_url: str
    summary: str
    description: str | None
    severity: str | None
    author: None
    publisher: None
    identifiers: list[Identifier]
    state: str
    created_at: str | None
    updated_at: str | None
    published_at: str | None
    closed_at: str | None
    withdrawn_at: str | None
    submission: Submission | None
    vulnerabilities: list[Vulnerabilitie2] | None
    cvss: CvssV3 | None
    cvss_severities: NotRequired[CvssSeverities | None]
    cwes: list[Cwe] | None
    cwe_ids: list[str] | None
    credits: list[Credit] | None
    credits_detailed: list[CreditsDetailed] | None
    collaborating_users: list[SimpleUser] | None
    collaborating_teams: list[TeamObject4] | None
    private_fork: None

class RepositoryAdvisoryPublished(TypedDict):
    action: Literal["published"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    repository_advisory: RepositoryAdvisoryObject
    sender: NotRequired[SimpleUser]

class RepositoryAdvisoryReported(TypedDict):
    action: Literal["reported"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    repository_advisory: RepositoryAdvisoryObject
    sender: NotRequired[SimpleUser]

RepositoryAdvisory: TypeAlias = RepositoryAdvisoryPublished | RepositoryAdvisoryReported
