# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    Body, EnterpriseObject, OrganizationSimple, Owner2, RepositoryObject, SimpleInstallation, SimpleUser,
    UserObject,
)

class SponsorshipTier(TypedDict):
    created_at: str
    description: str
    is_custom_ammount: NotRequired[bool]
    is_custom_amount: NotRequired[bool]
    is_one_time: bool
    monthly_price_in_cents: int
    monthly_price_in_dollars: int
    name: str
    node_id: str

class SponsorshipObject(TypedDict):
    created_at: str
    maintainer: NotRequired[Owner2]
    node_id: str
    privacy_level: str
    sponsor: UserObject | None
    sponsorable: UserObject | None
    tier: SponsorshipTier

class SponsorshipCancelled(TypedDict):
    action: Literal["cancelled"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: NotRequired[RepositoryObject]
    sender: SimpleUser
    sponsorship: SponsorshipObject

class SponsorshipCreated(TypedDict):
    action: Literal["created"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: NotRequired[RepositoryObject]
    sender: SimpleUser
    sponsorship: SponsorshipObject

class Changes3(TypedDict):
    privacy_level: NotRequired[Body]

class SponsorshipEdited(TypedDict):
    action: Literal["edited"]
    changes: Changes3
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: NotRequired[RepositoryObject]
    sender: SimpleUser
    sponsorship: SponsorshipObject

class SponsorshipPendingCancellation(TypedDict):
    action: Literal["pending_cancellation"]
    effective_date: NotRequired[str]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: NotRequired[RepositoryObject]
    sender: SimpleUser
    sponsorship: SponsorshipObject

Tier = TypedDict(
    "Tier",
    {
        "from": SponsorshipTier,
    },
)

class Changes4(TypedDict):
    tier: Tier

class SponsorshipPendingTierChange(TypedDict):
    action: Literal["pending_tier_change"]
    changes: Changes4
    effective_date: NotRequired[str]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: NotRequired[RepositoryObject]
    sender: SimpleUser
    sponsorship: SponsorshipObject

class SponsorshipTierChanged(TypedDict):
    action: Literal["tier_changed"]
    changes: Changes4
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: NotRequired[RepositoryObject]
    sender: SimpleUser
    sponsorship: SponsorshipObject

Sponsorship: TypeAlias = SponsorshipCancelled | SponsorshipCreated | SponsorshipEdited | SponsorshipPendingCancellation | SponsorshipPendingTierChange | SponsorshipTierChanged
