# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import TypeAlias

from ._common import (
    ExemptionRequestCancellationEvent, ExemptionRequestCompletedEvent, ExemptionRequestCreatedEvent,
    ExemptionResponseDismissedEvent, ExemptionResponseSubmittedEvent,
)

DismissalRequestSecretScanningCancelled: TypeAlias = ExemptionRequestCancellationEvent
DismissalRequestSecretScanningCompleted: TypeAlias = ExemptionRequestCompletedEvent
DismissalRequestSecretScanningCreated: TypeAlias = ExemptionRequestCreatedEvent
DismissalRequestSecretScanningResponseDismissed: TypeAlias = ExemptionResponseDismissedEvent
DismissalRequestSecretScanningResponseSubmitted: TypeAlias = ExemptionResponseSubmittedEvent
DismissalRequestSecretScanning: TypeAlias = DismissalRequestSecretScanningCancelled | DismissalRequestSecretScanningCompleted | DismissalRequestSecretScanningCreated | DismissalRequestSecretScanningResponseDismissed | DismissalRequestSecretScanningResponseSubmitted
