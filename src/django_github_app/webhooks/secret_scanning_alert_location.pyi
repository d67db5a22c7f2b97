# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    Alert, OrganizationSimple, RepositoryObject, SimpleInstallation, SimpleUser,
)

class Details(TypedDict):
    path: str
    start_line: float
    end_line: float
    start_column: float
    end_column: float
    blob_sha: str
    blob_url: str
    commit_sha: str
    commit_url: str

class Details2(TypedDict):
    path: str
    start_line: float
    end_line: float
    start_column: float
    end_column: float
    blob_sha: str
    page_url: str
    commit_sha: str
    commit_url: str

class Details3(TypedDict):
    issue_title_url: str

class Details4(TypedDict):
    issue_body_url: str

class Details5(TypedDict):
    issue_comment_url: str

class Details6(TypedDict):
    discussion_title_url: str

class Details7(TypedDict):
    discussion_body_url: str

class Details8(TypedDict):
    discussion_comment_url: str

class Details9(TypedDict):
    pull_request_title_url: str

class Details10(TypedDict):
    pull_request_body_url: str

class Details11(TypedDict):
    pull_request_comment_url: str

class Details12(TypedDict):
    pull_request_review_url: str

class Details13(TypedDict):
    pull_request_review_comment_url: str

class Location2(TypedDict):
    type: NotRequired[str]
    details: NotRequired[Details | Details2 | Details3 | Details4 | Details5 | Details6 | Details7 | Details8 | Details9 | Details10 | Details11 | Details12 | Details13]

class SecretScanningAlertLocationCreated(TypedDict):
    action: Literal["created"]
    alert: Alert
    installation: NotRequired[SimpleInstallation]
    location: Location2
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

SecretScanningAlertLocation: TypeAlias = SecretScanningAlertLocationCreated
