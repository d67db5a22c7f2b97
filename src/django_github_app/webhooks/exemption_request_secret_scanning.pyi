# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import TypeAlias

from ._common import (
    ExemptionRequestCancellationEvent, ExemptionRequestCompletedEvent, ExemptionRequestCreatedEvent,
    ExemptionResponseDismissedEvent, ExemptionResponseSubmittedEvent,
)

ExemptionRequestSecretScanningCancelled: TypeAlias = ExemptionRequestCancellationEvent
ExemptionRequestSecretScanningCompleted: TypeAlias = ExemptionRequestCompletedEvent
ExemptionRequestSecretScanningCreated: TypeAlias = ExemptionRequestCreatedEvent
ExemptionRequestSecretScanningResponseDismissed: TypeAlias = ExemptionResponseDismissedEvent
ExemptionRequestSecretScanningResponseSubmitted: TypeAlias = ExemptionResponseSubmittedEvent
ExemptionRequestSecretScanning: TypeAlias = ExemptionRequestSecretScanningCancelled | ExemptionRequestSecretScanningCompleted | ExemptionRequestSecretScanningCreated | ExemptionRequestSecretScanningResponseDismissed | ExemptionRequestSecretScanningResponseSubmitted
