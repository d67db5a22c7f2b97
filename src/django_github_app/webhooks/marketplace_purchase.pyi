# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    EnterpriseObject, OrganizationSimple, RepositoryObject, SimpleInstallation, SimpleUser,
)

class Account(TypedDict):
    id: int
    login: str
    node_id: str
    organization_billing_email: str | None
    type: str

class Plan(TypedDict):
    bullets: list[str | None]
    description: str
    has_free_trial: bool
    id: int
    monthly_price_in_cents: int
    name: str
    price_model: str
    unit_name: str | None
    yearly_price_in_cents: int

class MarketplacePurchaseObject(TypedDict):
    account: Account
    billing_cycle: str
    free_trial_ends_on: str | None
    next_billing_date: str | None
    on_free_trial: bool
    plan: Plan
    unit_count: int

class Plan2(TypedDict):
    bullets: list[str]
    description: str
    has_free_trial: bool
    id: int
    monthly_price_in_cents: int
    name: str
    price_model: str
    unit_name: str | None
    yearly_price_in_cents: int

class MarketplacePurchaseObject2(TypedDict):
    account: Account
    billing_cycle: str
    free_trial_ends_on: None
    next_billing_date: NotRequired[str | None]
    on_free_trial: bool
    plan: Plan2
    unit_count: int

class MarketplacePurchaseCancelled(TypedDict):
    action: Literal["cancelled"]
    effective_date: str
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    marketplace_purchase: MarketplacePurchaseObject
    organization: NotRequired[OrganizationSimple]
    previous_marketplace_purchase: NotRequired[MarketplacePurchaseObject2]
    repository: NotRequired[RepositoryObject]
    sender: SimpleUser

class MarketplacePurchaseObject3(TypedDict):
    account: Account
    billing_cycle: str
    free_trial_ends_on: str | None
    next_billing_date: NotRequired[str | None]
    on_free_trial: bool | None
    plan: Plan2
    unit_count: int

class MarketplacePurchaseChanged(TypedDict):
    action: Literal["changed"]
    effective_date: str
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    marketplace_purchase: MarketplacePurchaseObject
    organization: NotRequired[OrganizationSimple]
    previous_marketplace_purchase: NotRequired[MarketplacePurchaseObject3]
    repository: NotRequired[RepositoryObject]
    sender: SimpleUser

class MarketplacePurchaseObject4(TypedDict):
    account: Account
    billing_cycle: str
    free_trial_ends_on: str | None
    next_billing_date: NotRequired[str | None]
    on_free_trial: bool
    plan: Plan2
    unit_count: int

class MarketplacePurchasePendingChange(TypedDict):
    action: Literal["pending_change"]
    effective_date: str
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    marketplace_purchase: MarketplacePurchaseObject
    organization: NotRequired[OrganizationSimple]
    previous_marketplace_purchase: NotRequired[MarketplacePurchaseObject4]
    repository: NotRequired[RepositoryObject]
    sender: SimpleUser

class MarketplacePurchaseObject5(TypedDict):
    account: Account
    billing_cycle: str
    free_trial_ends_on: None
    next_billing_date: str | None
    on_free_trial: bool
    plan: Plan2
    unit_count: int

class MarketplacePurchasePendingChangeCancelled(TypedDict):
    action: Literal["pending_change_cancelled"]
    effective_date: str
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    marketplace_purchase: MarketplacePurchaseObject5
    organization: NotRequired[OrganizationSimple]
    previous_marketplace_purchase: NotRequired[MarketplacePurchaseObject2]
    repository: NotRequired[RepositoryObject]
    sender: SimpleUser

class MarketplacePurchasePurchased(TypedDict):
    action: Literal["purchased"]
    effective_date: str
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    marketplace_purchase: MarketplacePurchaseObject
    organization: NotRequired[OrganizationSimple]
    previous_marketplace_purchase: NotRequired[MarketplacePurchaseObject2]
    repository: NotRequired[RepositoryObject]
    sender: SimpleUser

MarketplacePurchase: TypeAlias = MarketplacePurchaseCancelled | MarketplacePurchaseChanged | MarketplacePurchasePendingChange | MarketplacePurchasePendingChangeCancelled | MarketplacePurchasePurchased
