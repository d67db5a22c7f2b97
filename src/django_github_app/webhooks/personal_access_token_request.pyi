# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    EnterpriseObject, OrganizationSimple, Repositorie, SimpleInstallation, SimpleUser,
)

class PermissionsAdded(TypedDict):
    organization: NotRequired[dict[str, str]]
    repository: NotRequired[dict[str, str]]
    other: NotRequired[dict[str, str]]

class PersonalAccessTokenRequestObject(TypedDict):
    id: int
    owner: SimpleUser
    permissions_added: PermissionsAdded
    permissions_upgraded: PermissionsAdded
    permissions_result: PermissionsAdded
    repository_selection: str
    repository_count: int | None
    repositories: list[Repositorie] | None
    created_at: str
    token_id: int
    token_name: str
    token_expired: bool
    token_expires_at: str | None
    token_last_used_at: str | None

class PersonalAccessTokenRequestApproved(TypedDict):
    action: Literal["approved"]
    personal_access_token_request: PersonalAccessTokenRequestObject
    enterprise: NotRequired[EnterpriseObject]
    organization: OrganizationSimple
    sender: SimpleUser
    installation: SimpleInstallation

class PersonalAccessTokenRequestCancelled(TypedDict):
    action: Literal["cancelled"]
    personal_access_token_request: PersonalAccessTokenRequestObject
    enterprise: NotRequired[EnterpriseObject]
    organization: OrganizationSimple
    sender: SimpleUser
    installation: SimpleInstallation

class PersonalAccessTokenRequestCreated(TypedDict):
    action: Literal["created"]
    personal_access_token_request: PersonalAccessTokenRequestObject
    enterprise: NotRequired[EnterpriseObject]
    organization: OrganizationSimple
    sender: SimpleUser
    installation: NotRequired[SimpleInstallation]

class PersonalAccessTokenRequestDenied(TypedDict):
    action: Literal["denied"]
    personal_access_token_request: PersonalAccessTokenRequestObject
    organization: OrganizationSimple
    enterprise: NotRequired[EnterpriseObject]
    sender: SimpleUser
    installation: SimpleInstallation

PersonalAccessTokenRequest: TypeAlias = PersonalAccessTokenRequestApproved | PersonalAccessTokenRequestCancelled | PersonalAccessTokenRequestCreated | PersonalAccessTokenRequestDenied
