# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    SimpleUser,
)

class EnterpriseAnonymousAccessDisabled(TypedDict):
    action: Literal["anonymous_access_disabled"]
    sender: NotRequired[SimpleUser]

class EnterpriseAnonymousAccessEnabled(TypedDict):
    action: Literal["anonymous_access_enabled"]
    sender: NotRequired[SimpleUser]

Enterprise: TypeAlias = EnterpriseAnonymousAccessDisabled | EnterpriseAnonymousAccessEnabled
