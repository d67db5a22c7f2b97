# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    Body, EnterpriseObject, LabelObject, OrganizationSimple, RepositoryObject, SimpleInstallation, SimpleUser,
)

class LabelCreated(TypedDict):
    action: Literal["created"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    label: LabelObject
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: NotRequired[SimpleUser]

class LabelDeleted(TypedDict):
    action: Literal["deleted"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    label: LabelObject
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

class Changes3(TypedDict):
    color: NotRequired[Body]
    description: NotRequired[Body]
    name: NotRequired[Body]

class LabelEdited(TypedDict):
    action: Literal["edited"]
    changes: NotRequired[Changes3]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    label: LabelObject
    organization: NotRequired[OrganizationSimple]
    repository: RepositoryObject
    sender: SimpleUser

Label: TypeAlias = LabelCreated | LabelDeleted | LabelEdited
