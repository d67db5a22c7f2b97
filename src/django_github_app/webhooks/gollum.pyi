# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import NotRequired, TypedDict

from ._common import (
    EnterpriseObject, OrganizationSimple, RepositoryObject, SimpleInstallation, SimpleUser,
)

class Page(TypedDict):
    action: str
    html_url: str
    page_name: str
    sha: str
    summary: str | None
    title: str

class Gollum(TypedDict):
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    pages: list[Page]
    repository: RepositoryObject
    sender: SimpleUser
