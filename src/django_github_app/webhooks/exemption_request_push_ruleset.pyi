# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import TypeAlias

from ._common import (
    ExemptionRequestCancellationEvent, ExemptionRequestCompletedEvent, ExemptionRequestCreatedEvent,
    ExemptionResponseDismissedEvent, ExemptionResponseSubmittedEvent,
)

ExemptionRequestPushRulesetCancelled: TypeAlias = ExemptionRequestCancellationEvent
ExemptionRequestPushRulesetCompleted: TypeAlias = ExemptionRequestCompletedEvent
ExemptionRequestPushRulesetCreated: TypeAlias = ExemptionRequestCreatedEvent
ExemptionRequestPushRulesetResponseDismissed: TypeAlias = ExemptionResponseDismissedEvent
ExemptionRequestPushRulesetResponseSubmitted: TypeAlias = ExemptionResponseSubmittedEvent
ExemptionRequestPushRuleset: TypeAlias = ExemptionRequestPushRulesetCancelled | ExemptionRequestPushRulesetCompleted | ExemptionRequestPushRulesetCreated | ExemptionRequestPushRulesetResponseDismissed | ExemptionRequestPushRulesetResponseSubmitted
