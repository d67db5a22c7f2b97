# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import TypeAlias

from ._common import (
    ExemptionRequestCreatedEvent, ExemptionResponseSubmittedEvent,
)

DismissalRequestCodeScanningCreated: TypeAlias = ExemptionRequestCreatedEvent
DismissalRequestCodeScanningResponseSubmitted: TypeAlias = ExemptionResponseSubmittedEvent
DismissalRequestCodeScanning: TypeAlias = DismissalRequestCodeScanningCreated | DismissalRequestCodeScanningResponseSubmitted
