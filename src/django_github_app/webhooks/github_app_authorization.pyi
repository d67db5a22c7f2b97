# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, TypeAlias, TypedDict

from ._common import (
    SimpleUser,
)

class GithubAppAuthorizationRevoked(TypedDict):
    action: Literal["revoked"]
    sender: SimpleUser

GithubAppAuthorization: TypeAlias = GithubAppAuthorizationRevoked
