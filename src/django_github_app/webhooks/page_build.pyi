# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import NotRequired, TypedDict

from ._common import (
    EnterpriseObject, OrganizationSimple, RepositoryObject, SimpleInstallation, SimpleUser, UserObject,
)

class Error(TypedDict):
    message: str | None

class Build(TypedDict):
    commit: str | None
    created_at: str
    duration: int
    error: Error
    pusher: UserObject | None
    status: str
    updated_at: str
    url: str

class PageBuild(TypedDict):
    build: Build
    enterprise: NotRequired[EnterpriseObject]
    id: int
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser
