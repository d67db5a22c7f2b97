# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    EnterpriseObject, Login, OrganizationSimple, RepositoryObject, SimpleInstallation, SimpleUser,
)

class RepositoryRulesetBypassActor(TypedDict):
    actor_id: NotRequired[int | None]
    actor_type: str
    bypass_mode: NotRequired[str]

class Self(TypedDict):
    href: NotRequired[str]

class Links3(TypedDict):
    self: NotRequired[Self]
    html: NotRequired[Self | None]

class RefName(TypedDict):
    include: NotRequired[list[str]]
    exclude: NotRequired[list[str]]

class RepositoryRulesetConditionsForRefNames(TypedDict):
    ref_name: NotRequired[RefName]

class RepositoryName(TypedDict):
    include: NotRequired[list[str]]
    exclude: NotRequired[list[str]]
    protected: NotRequired[bool]

class RepositoryNameAndRefName(TypedDict):
    ref_name: NotRequired[RefName]
    repository_name: RepositoryName

class RepositoryId(TypedDict):
    repository_ids: NotRequired[list[int]]

class RepositoryIdAndRefName(TypedDict):
    ref_name: NotRequired[RefName]
    repository_id: RepositoryId

class RepositoryRulesetPropertyTargetingDefinition(TypedDict):
    name: str
    property_values: list[str]
    source: NotRequired[str]

class RepositoryProperty(TypedDict):
    include: NotRequired[list[RepositoryRulesetPropertyTargetingDefinition]]
    exclude: NotRequired[list[RepositoryRulesetPropertyTargetingDefinition]]

class RepositoryPropertyAndRefName(TypedDict):
    ref_name: NotRequired[RefName]
    repository_property: RepositoryProperty

class Creation(TypedDict):
    type: str

class Parameters(TypedDict):
    update_allows_fetch_and_merge: bool

class Update(TypedDict):
    type: str
    parameters: NotRequired[Parameters]

class Parameters2(TypedDict):
    check_response_timeout_minutes: int
    grouping_strategy: str
    max_entries_to_build: int
    max_entries_to_merge: int
    merge_method: str
    min_entries_to_merge: int
    min_entries_to_merge_wait_minutes: int

class MergeQueue(TypedDict):
    type: str
    parameters: NotRequired[Parameters2]

class Parameters3(TypedDict):
    required_deployment_environments: list[str]

class RequiredDeployments(TypedDict):
    type: str
    parameters: NotRequired[Parameters3]

class Reviewer(TypedDict):
    id: int
    type: str

class RequiredReviewerConfiguration(TypedDict):
    file_patterns: list[str]
    minimum_approvals: int
    reviewer: Reviewer

class Parameters4(TypedDict):
    allowed_merge_methods: NotRequired[list[str]]
    automatic_copilot_code_review_enabled: NotRequired[bool]
    dismiss_stale_reviews_on_push: bool
    require_code_owner_review: bool
    require_last_push_approval: bool
    required_approving_review_count: int
    required_review_thread_resolution: bool
    required_reviewers: NotRequired[list[RequiredReviewerConfiguration]]

class PullRequestObject3(TypedDict):
    type: str
    parameters: NotRequired[Parameters4]

class StatusCheckConfiguration(TypedDict):
    context: str
    integration_id: NotRequired[int]

class Parameters5(TypedDict):
    do_not_enforce_on_create: NotRequired[bool]
    required_status_checks: list[StatusCheckConfiguration]
    strict_required_status_checks_policy: bool

class RequiredStatusChecks(TypedDict):
    type: str
    parameters: NotRequired[Parameters5]

class Parameters6(TypedDict):
    name: NotRequired[str]
    negate: NotRequired[bool]
    operator: str
    pattern: str

class CommitMessagePattern(TypedDict):
    type: str
    parameters: NotRequired[Parameters6]

class Parameters7(TypedDict):
    restricted_file_paths: list[str]

class FilePathRestriction(TypedDict):
    type: str
    parameters: NotRequired[Parameters7]

class Parameters8(TypedDict):
    max_file_path_length: int

class MaxFilePathLength(TypedDict):
    type: str
    parameters: NotRequired[Parameters8]

class Parameters9(TypedDict):
    restricted_file_extensions: list[str]

class FileExtensionRestriction(TypedDict):
    type: str
    parameters: NotRequired[Parameters9]

class Parameters10(TypedDict):
    max_file_size: int

class MaxFileSize(TypedDict):
    type: str
    parameters: NotRequired[Parameters10]

class WorkflowFileReference(TypedDict):
    path: str
    ref: NotRequired[str]
    repository_id: int
    sha: NotRequired[str]

class Parameters11(TypedDict):
    do_not_enforce_on_create: NotRequired[bool]
    workflows: list[WorkflowFileReference]

class Workflows(TypedDict):
    type: str
    parameters: NotRequired[Parameters11]

class CodeScanningTool(TypedDict):
    alerts_threshold: str
    security_alerts_threshold: str
    tool: str

class Parameters12(TypedDict):
    code_scanning_tools: list[CodeScanningTool]

class CodeScanning(TypedDict):
    type: str
    parameters: NotRequired[Parameters12]

class Parameters13(TypedDict):
    review_draft_pull_requests: NotRequired[bool]
    review_on_push: NotRequired[bool]

class CopilotCodeReview(TypedDict):
    type: str
    parameters: NotRequired[Parameters13]

class RepositoryRulesetObject(TypedDict):
    id: int
    name: str
    target: NotRequired[str]
    source_type: NotRequired[str]
    source: str
    enforcement: str
    bypass_actors: NotRequired[list[RepositoryRulesetBypassActor]]
    current_user_can_bypass: NotRequired[str]
    node_id: NotRequired[str]
    _links: NotRequired[Links3]
    conditions: NotRequired[RepositoryRulesetConditionsForRefNames | RepositoryNameAndRefName | RepositoryIdAndRefName | RepositoryPropertyAndRefName]
    rules: NotRequired[list[Creation | Update | MergeQueue | RequiredDeployments | PullRequestObject3 | RequiredStatusChecks | CommitMessagePattern | FilePathRestriction | MaxFilePathLength | FileExtensionRestriction | MaxFileSize | Workflows | CodeScanning | CopilotCodeReview]]
    created_at: NotRequired[str]
    updated_at: NotRequired[str]

class RepositoryRulesetCreated(TypedDict):
    action: Literal["created"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: NotRequired[RepositoryObject]
    repository_ruleset: RepositoryRulesetObject
    sender: SimpleUser

class RepositoryRulesetDeleted(TypedDict):
    action: Literal["deleted"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: NotRequired[RepositoryObject]
    repository_ruleset: RepositoryRulesetObject
    sender: SimpleUser

Include = TypedDict(
    "Include",
    {
        "from": NotRequired[list[str]],
    },
)

class Changes3(TypedDict):
    condition_type: NotRequired[Login]
    target: NotRequired[Login]
    include: NotRequired[Include]
    exclude: NotRequired[Include]

class Updated(TypedDict):
    condition: NotRequired[RepositoryRulesetConditionsForRefNames]
    changes: NotRequired[Changes3]

class Conditions(TypedDict):
    added: NotRequired[list[RepositoryRulesetConditionsForRefNames]]
    deleted: NotRequired[list[RepositoryRulesetConditionsForRefNames]]
    updated: NotRequired[list[Updated]]

class Changes4(TypedDict):
    configuration: NotRequired[Login]
    rule_type: NotRequired[Login]
    pattern: NotRequired[Login]

class Updated2(TypedDict):
    rule: NotRequired[Creation | Update | MergeQueue | RequiredDeployments | PullRequestObject3 | RequiredStatusChecks | CommitMessagePattern | FilePathRestriction | MaxFilePathLength | FileExtensionRestriction | MaxFileSize | Workflows | CodeScanning | CopilotCodeReview]
    changes: NotRequired[Changes4]

class Rules(TypedDict):
    added: NotRequired[list[Creation | Update | MergeQueue | RequiredDeployments | PullRequestObject3 | RequiredStatusChecks | CommitMessagePattern | FilePathRestriction | MaxFilePathLength | FileExtensionRestriction | MaxFileSize | Workflows | CodeScanning | CopilotCodeReview]]
    deleted: NotRequired[list[Creation | Update | MergeQueue | RequiredDeployments | PullRequestObject3 | RequiredStatusChecks | CommitMessagePattern | FilePathRestriction | MaxFilePathLength | FileExtensionRestriction | MaxFileSize | Workflows | CodeScanning | CopilotCodeReview]]
    updated: NotRequired[list[Updated2]]

class Changes5(TypedDict):
    name: NotRequired[Login]
    enforcement: NotRequired[Login]
    conditions: NotRequired[Conditions]
    rules: NotRequired[Rules]

class RepositoryRulesetEdited(TypedDict):
    action: Literal["edited"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: NotRequired[RepositoryObject]
    repository_ruleset: RepositoryRulesetObject
    changes: NotRequired[Changes5]
    sender: SimpleUser

RepositoryRuleset: TypeAlias = RepositoryRulesetCreated | RepositoryRulesetDeleted | RepositoryRulesetEdited
