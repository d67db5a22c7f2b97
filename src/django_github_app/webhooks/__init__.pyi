# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Any, Generic, TypeVar

from gidgethub import sansio

P = TypeVar("P")

class Event(sansio.Event, Generic[P]):
    data: P

class Payload(dict[str, Any]): ...

def names() -> dict[str, type[Payload]]: ...


from .branch_protection_configuration import (
    BranchProtectionConfiguration as BranchProtectionConfiguration, BranchProtectionConfigurationDisabled as
    BranchProtectionConfigurationDisabled, BranchProtectionConfigurationEnabled as
    BranchProtectionConfigurationEnabled,
)
from .branch_protection_rule import (
    BranchProtectionRule as BranchProtectionRule, BranchProtectionRuleCreated as BranchProtectionRuleCreated,
    BranchProtectionRuleDeleted as BranchProtectionRuleDeleted, BranchProtectionRuleEdited as
    BranchProtectionRuleEdited,
)
from .cache_sync import (
    CacheSync as CacheSync,
)
from .check_run import (
    CheckRun as CheckRun, CheckRunCompleted as CheckRunCompleted, CheckRunCreated as CheckRunCreated,
    CheckRunRequestedAction as CheckRunRequestedAction, CheckRunRerequested as CheckRunRerequested,
)
from .check_suite import (
    CheckSuite as CheckSuite, CheckSuiteCompleted as CheckSuiteCompleted, CheckSuiteRequested as
    CheckSuiteRequested, CheckSuiteRerequested as CheckSuiteRerequested,
)
from .code_scanning_alert import (
    CodeScanningAlert as CodeScanningAlert, CodeScanningAlertAppearedInBranch as
    CodeScanningAlertAppearedInBranch, CodeScanningAlertClosedByUser as CodeScanningAlertClosedByUser,
    CodeScanningAlertCreated as CodeScanningAlertCreated, CodeScanningAlertFixed as CodeScanningAlertFixed,
    CodeScanningAlertReopened as CodeScanningAlertReopened, CodeScanningAlertReopenedByUser as
    CodeScanningAlertReopenedByUser,
)
from .commit_comment import (
    CommitComment as CommitComment, CommitCommentCreated as CommitCommentCreated,
)
from .create import (
    Create as Create,
)
from .custom_property import (
    CustomProperty as CustomProperty, CustomPropertyCreated as CustomPropertyCreated, CustomPropertyDeleted as
    CustomPropertyDeleted, CustomPropertyPromoteToEnterprise as CustomPropertyPromoteToEnterprise,
    CustomPropertyUpdated as CustomPropertyUpdated,
)
from .custom_property_values import (
    CustomPropertyValues as CustomPropertyValues, CustomPropertyValuesUpdated as CustomPropertyValuesUpdated,
)
from .delete import (
    Delete as Delete,
)
from .dependabot_alert import (
    DependabotAlert as DependabotAlert, DependabotAlertAutoDismissed as DependabotAlertAutoDismissed,
    DependabotAlertAutoReopened as DependabotAlertAutoReopened, DependabotAlertCreated as
    DependabotAlertCreated, DependabotAlertDismissed as DependabotAlertDismissed, DependabotAlertFixed as
    DependabotAlertFixed, DependabotAlertReintroduced as DependabotAlertReintroduced, DependabotAlertReopened
    as DependabotAlertReopened,
)
from .deploy_key import (
    DeployKey as DeployKey, DeployKeyCreated as DeployKeyCreated, DeployKeyDeleted as DeployKeyDeleted,
)
from .deployment import (
    Deployment as Deployment, DeploymentCreated as DeploymentCreated,
)
from .deployment_protection_rule import (
    DeploymentProtectionRule as DeploymentProtectionRule, DeploymentProtectionRuleRequested as
    DeploymentProtectionRuleRequested,
)
from .deployment_review import (
    DeploymentReview as DeploymentReview, DeploymentReviewApproved as DeploymentReviewApproved,
    DeploymentReviewRejected as DeploymentReviewRejected, DeploymentReviewRequested as
    DeploymentReviewRequested,
)
from .deployment_status import (
    DeploymentStatus as DeploymentStatus, DeploymentStatusCreated as DeploymentStatusCreated,
)
from .discussion import (
    Discussion as Discussion, DiscussionAnswered as DiscussionAnswered, DiscussionCategoryChanged as
    DiscussionCategoryChanged, DiscussionClosed as DiscussionClosed, DiscussionCreated as DiscussionCreated,
    DiscussionDeleted as DiscussionDeleted, DiscussionEdited as DiscussionEdited, DiscussionLabeled as
    DiscussionLabeled, DiscussionLocked as DiscussionLocked, DiscussionPinned as DiscussionPinned,
    DiscussionReopened as DiscussionReopened, DiscussionTransferred as DiscussionTransferred,
    DiscussionUnanswered as DiscussionUnanswered, DiscussionUnlabeled as DiscussionUnlabeled,
    DiscussionUnlocked as DiscussionUnlocked, DiscussionUnpinned as DiscussionUnpinned,
)
from .discussion_comment import (
    DiscussionComment as DiscussionComment, DiscussionCommentCreated as DiscussionCommentCreated,
    DiscussionCommentDeleted as DiscussionCommentDeleted, DiscussionCommentEdited as DiscussionCommentEdited,
)
from .dismissal_request_code_scanning import (
    DismissalRequestCodeScanning as DismissalRequestCodeScanning, DismissalRequestCodeScanningCreated as
    DismissalRequestCodeScanningCreated, DismissalRequestCodeScanningResponseSubmitted as
    DismissalRequestCodeScanningResponseSubmitted,
)
from .dismissal_request_secret_scanning import (
    DismissalRequestSecretScanning as DismissalRequestSecretScanning, DismissalRequestSecretScanningCancelled
    as DismissalRequestSecretScanningCancelled, DismissalRequestSecretScanningCompleted as
    DismissalRequestSecretScanningCompleted, DismissalRequestSecretScanningCreated as
    DismissalRequestSecretScanningCreated, DismissalRequestSecretScanningResponseDismissed as
    DismissalRequestSecretScanningResponseDismissed, DismissalRequestSecretScanningResponseSubmitted as
    DismissalRequestSecretScanningResponseSubmitted,
)
from .enterprise import (
    Enterprise as Enterprise, EnterpriseAnonymousAccessDisabled as EnterpriseAnonymousAccessDisabled,
    EnterpriseAnonymousAccessEnabled as EnterpriseAnonymousAccessEnabled,
)
from .exemption_request_push_ruleset import (
    ExemptionRequestPushRuleset as ExemptionRequestPushRuleset, ExemptionRequestPushRulesetCancelled as
    ExemptionRequestPushRulesetCancelled, ExemptionRequestPushRulesetCompleted as
    ExemptionRequestPushRulesetCompleted, ExemptionRequestPushRulesetCreated as
    ExemptionRequestPushRulesetCreated, ExemptionRequestPushRulesetResponseDismissed as
    ExemptionRequestPushRulesetResponseDismissed, ExemptionRequestPushRulesetResponseSubmitted as
    ExemptionRequestPushRulesetResponseSubmitted,
)
from .exemption_request_secret_scanning import (
    ExemptionRequestSecretScanning as ExemptionRequestSecretScanning, ExemptionRequestSecretScanningCancelled
    as ExemptionRequestSecretScanningCancelled, ExemptionRequestSecretScanningCompleted as
    ExemptionRequestSecretScanningCompleted, ExemptionRequestSecretScanningCreated as
    ExemptionRequestSecretScanningCreated, ExemptionRequestSecretScanningResponseDismissed as
    ExemptionRequestSecretScanningResponseDismissed, ExemptionRequestSecretScanningResponseSubmitted as
    ExemptionRequestSecretScanningResponseSubmitted,
)
from .fork import (
    Fork as Fork,
)
from .github_app_authorization import (
    GithubAppAuthorization as GithubAppAuthorization, GithubAppAuthorizationRevoked as
    GithubAppAuthorizationRevoked,
)
from .gollum import (
    Gollum as Gollum,
)
from .installation import (
    Installation as Installation, InstallationCreated as InstallationCreated, InstallationDeleted as
    InstallationDeleted, InstallationNewPermissionsAccepted as InstallationNewPermissionsAccepted,
    InstallationSuspend as InstallationSuspend, InstallationUnsuspend as InstallationUnsuspend,
)
from .installation_repositories import (
    InstallationRepositories as InstallationRepositories, InstallationRepositoriesAdded as
    InstallationRepositoriesAdded, InstallationRepositoriesRemoved as InstallationRepositoriesRemoved,
)
from .installation_target import (
    InstallationTarget as InstallationTarget, InstallationTargetRenamed as InstallationTargetRenamed,
)
from .issue_comment import (
    IssueComment as IssueComment, IssueCommentCreated as IssueCommentCreated, IssueCommentDeleted as
    IssueCommentDeleted, IssueCommentEdited as IssueCommentEdited,
)
from .issue_dependencies import (
    IssueDependencies as IssueDependencies, IssueDependenciesBlockedByAdded as
    IssueDependenciesBlockedByAdded, IssueDependenciesBlockedByRemoved as IssueDependenciesBlockedByRemoved,
    IssueDependenciesBlockingAdded as IssueDependenciesBlockingAdded, IssueDependenciesBlockingRemoved as
    IssueDependenciesBlockingRemoved,
)
from .issues import (
    Issues as Issues, IssuesAssigned as IssuesAssigned, IssuesClosed as IssuesClosed, IssuesDeleted as
    IssuesDeleted, IssuesDemilestoned as IssuesDemilestoned, IssuesEdited as IssuesEdited, IssuesLabeled as
    IssuesLabeled, IssuesLocked as IssuesLocked, IssuesMilestoned as IssuesMilestoned, IssuesOpened as
    IssuesOpened, IssuesPinned as IssuesPinned, IssuesReopened as IssuesReopened, IssuesTransferred as
    IssuesTransferred, IssuesTyped as IssuesTyped, IssuesUnassigned as IssuesUnassigned, IssuesUnlabeled as
    IssuesUnlabeled, IssuesUnlocked as IssuesUnlocked, IssuesUnpinned as IssuesUnpinned, IssuesUntyped as
    IssuesUntyped,
)
from .label import (
    Label as Label, LabelCreated as LabelCreated, LabelDeleted as LabelDeleted, LabelEdited as LabelEdited,
)
from .marketplace_purchase import (
    MarketplacePurchase as MarketplacePurchase, MarketplacePurchaseCancelled as MarketplacePurchaseCancelled,
    MarketplacePurchaseChanged as MarketplacePurchaseChanged, MarketplacePurchasePendingChange as
    MarketplacePurchasePendingChange, MarketplacePurchasePendingChangeCancelled as
    MarketplacePurchasePendingChangeCancelled, MarketplacePurchasePurchased as MarketplacePurchasePurchased,
)
from .member import (
    Member as Member, MemberAdded as MemberAdded, MemberEdited as MemberEdited, MemberRemoved as MemberRemoved,
)
from .membership import (
    Membership as Membership, MembershipAdded as MembershipAdded, MembershipRemoved as MembershipRemoved,
)
from .merge_group import (
    MergeGroup as MergeGroup, MergeGroupChecksRequested as MergeGroupChecksRequested, MergeGroupDestroyed as
    MergeGroupDestroyed,
)
from .meta import (
    Meta as Meta, MetaDeleted as MetaDeleted,
)
from .milestone import (
    Milestone as Milestone, MilestoneClosed as MilestoneClosed, MilestoneCreated as MilestoneCreated,
    MilestoneDeleted as MilestoneDeleted, MilestoneEdited as MilestoneEdited, MilestoneOpened as
    MilestoneOpened,
)
from .org_block import (
    OrgBlock as OrgBlock, OrgBlockBlocked as OrgBlockBlocked, OrgBlockUnblocked as OrgBlockUnblocked,
)
from .organization import (
    Organization as Organization, OrganizationDeleted as OrganizationDeleted, OrganizationMemberAdded as
    OrganizationMemberAdded, OrganizationMemberInvited as OrganizationMemberInvited, OrganizationMemberRemoved
    as OrganizationMemberRemoved, OrganizationRenamed as OrganizationRenamed,
)
from .organization_custom_property import (
    OrganizationCustomProperty as OrganizationCustomProperty, OrganizationCustomPropertyCreated as
    OrganizationCustomPropertyCreated, OrganizationCustomPropertyDeleted as OrganizationCustomPropertyDeleted,
    OrganizationCustomPropertyUpdated as OrganizationCustomPropertyUpdated,
)
from .organization_custom_property_values import (
    OrganizationCustomPropertyValues as OrganizationCustomPropertyValues,
    OrganizationCustomPropertyValuesUpdated as OrganizationCustomPropertyValuesUpdated,
)
from .package import (
    Package as Package, PackagePublished as PackagePublished, PackageUpdated as PackageUpdated,
)
from .page_build import (
    PageBuild as PageBuild,
)
from .personal_access_token_request import (
    PersonalAccessTokenRequest as PersonalAccessTokenRequest, PersonalAccessTokenRequestApproved as
    PersonalAccessTokenRequestApproved, PersonalAccessTokenRequestCancelled as
    PersonalAccessTokenRequestCancelled, PersonalAccessTokenRequestCreated as
    PersonalAccessTokenRequestCreated, PersonalAccessTokenRequestDenied as PersonalAccessTokenRequestDenied,
)
from .ping import (
    Ping as Ping,
)
from .project import (
    Project as Project, ProjectClosed as ProjectClosed, ProjectCreated as ProjectCreated, ProjectDeleted as
    ProjectDeleted, ProjectEdited as ProjectEdited, ProjectReopened as ProjectReopened,
)
from .project_card import (
    ProjectCard as ProjectCard, ProjectCardConverted as ProjectCardConverted, ProjectCardCreated as
    ProjectCardCreated, ProjectCardDeleted as ProjectCardDeleted, ProjectCardEdited as ProjectCardEdited,
    ProjectCardMoved as ProjectCardMoved,
)
from .project_column import (
    ProjectColumn as ProjectColumn, ProjectColumnCreated as ProjectColumnCreated, ProjectColumnDeleted as
    ProjectColumnDeleted, ProjectColumnEdited as ProjectColumnEdited, ProjectColumnMoved as ProjectColumnMoved,
)
from .projects_v2 import (
    ProjectsV2 as ProjectsV2, ProjectsV2Closed as ProjectsV2Closed, ProjectsV2Created as ProjectsV2Created,
    ProjectsV2Deleted as ProjectsV2Deleted, ProjectsV2Edited as ProjectsV2Edited, ProjectsV2Reopened as
    ProjectsV2Reopened,
)
from .projects_v2_item import (
    ProjectsV2Item as ProjectsV2Item, ProjectsV2ItemArchived as ProjectsV2ItemArchived,
    ProjectsV2ItemConverted as ProjectsV2ItemConverted, ProjectsV2ItemCreated as ProjectsV2ItemCreated,
    ProjectsV2ItemDeleted as ProjectsV2ItemDeleted, ProjectsV2ItemEdited as ProjectsV2ItemEdited,
    ProjectsV2ItemReordered as ProjectsV2ItemReordered, ProjectsV2ItemRestored as ProjectsV2ItemRestored,
)
from .projects_v2_status_update import (
    ProjectsV2StatusUpdate as ProjectsV2StatusUpdate, ProjectsV2StatusUpdateCreated as
    ProjectsV2StatusUpdateCreated, ProjectsV2StatusUpdateDeleted as ProjectsV2StatusUpdateDeleted,
    ProjectsV2StatusUpdateEdited as ProjectsV2StatusUpdateEdited,
)
from .public import (
    Public as Public,
)
from .pull_request import (
    PullRequest as PullRequest, PullRequestAssigned as PullRequestAssigned, PullRequestAutoMergeDisabled as
    PullRequestAutoMergeDisabled, PullRequestAutoMergeEnabled as PullRequestAutoMergeEnabled,
    PullRequestClosed as PullRequestClosed, PullRequestConvertedToDraft as PullRequestConvertedToDraft,
    PullRequestDemilestoned as PullRequestDemilestoned, PullRequestDequeued as PullRequestDequeued,
    PullRequestEdited as PullRequestEdited, PullRequestEnqueued as PullRequestEnqueued, PullRequestLabeled as
    PullRequestLabeled, PullRequestLocked as PullRequestLocked, PullRequestMilestoned as
    PullRequestMilestoned, PullRequestOpened as PullRequestOpened, PullRequestReadyForReview as
    PullRequestReadyForReview, PullRequestReopened as PullRequestReopened, PullRequestReviewRequestRemoved as
    PullRequestReviewRequestRemoved, PullRequestReviewRequested as PullRequestReviewRequested,
    PullRequestSynchronize as PullRequestSynchronize, PullRequestUnassigned as PullRequestUnassigned,
    PullRequestUnlabeled as PullRequestUnlabeled, PullRequestUnlocked as PullRequestUnlocked,
)
from .pull_request_review import (
    PullRequestReview as PullRequestReview, PullRequestReviewDismissed as PullRequestReviewDismissed,
    PullRequestReviewEdited as PullRequestReviewEdited, PullRequestReviewSubmitted as
    PullRequestReviewSubmitted,
)
from .pull_request_review_comment import (
    PullRequestReviewComment as PullRequestReviewComment, PullRequestReviewCommentCreated as
    PullRequestReviewCommentCreated, PullRequestReviewCommentDeleted as PullRequestReviewCommentDeleted,
    PullRequestReviewCommentEdited as PullRequestReviewCommentEdited,
)
from .pull_request_review_thread import (
    PullRequestReviewThread as PullRequestReviewThread, PullRequestReviewThreadResolved as
    PullRequestReviewThreadResolved, PullRequestReviewThreadUnresolved as PullRequestReviewThreadUnresolved,
)
from .push import (
    Push as Push,
)
from .registry_package import (
    RegistryPackage as RegistryPackage, RegistryPackagePublished as RegistryPackagePublished,
    RegistryPackageUpdated as RegistryPackageUpdated,
)
from .release import (
    Release as Release, ReleaseCreated as ReleaseCreated, ReleaseDeleted as ReleaseDeleted, ReleaseEdited as
    ReleaseEdited, ReleasePrereleased as ReleasePrereleased, ReleasePublished as ReleasePublished,
    ReleaseReleased as ReleaseReleased, ReleaseUnpublished as ReleaseUnpublished,
)
from .repository import (
    Repository as Repository, RepositoryAnonymousAccessDisabled as RepositoryAnonymousAccessDisabled,
    RepositoryAnonymousAccessEnabled as RepositoryAnonymousAccessEnabled, RepositoryArchived as
    RepositoryArchived, RepositoryCreated as RepositoryCreated, RepositoryDeleted as RepositoryDeleted,
    RepositoryEdited as RepositoryEdited, RepositoryPrivatized as RepositoryPrivatized, RepositoryPublicized
    as RepositoryPublicized, RepositoryRenamed as RepositoryRenamed, RepositoryTransferred as
    RepositoryTransferred, RepositoryUnarchived as RepositoryUnarchived,
)
from .repository_advisory import (
    RepositoryAdvisory as RepositoryAdvisory, RepositoryAdvisoryPublished as RepositoryAdvisoryPublished,
    RepositoryAdvisoryReported as RepositoryAdvisoryReported,
)
from .repository_dispatch import (
    RepositoryDispatch as RepositoryDispatch,
)
from .repository_import import (
    RepositoryImport as RepositoryImport,
)
from .repository_ruleset import (
    RepositoryRuleset as RepositoryRuleset, RepositoryRulesetCreated as RepositoryRulesetCreated,
    RepositoryRulesetDeleted as RepositoryRulesetDeleted, RepositoryRulesetEdited as RepositoryRulesetEdited,
)
from .repository_vulnerability_alert import (
    RepositoryVulnerabilityAlert as RepositoryVulnerabilityAlert, RepositoryVulnerabilityAlertCreate as
    RepositoryVulnerabilityAlertCreate, RepositoryVulnerabilityAlertDismiss as
    RepositoryVulnerabilityAlertDismiss, RepositoryVulnerabilityAlertReopen as
    RepositoryVulnerabilityAlertReopen, RepositoryVulnerabilityAlertResolve as
    RepositoryVulnerabilityAlertResolve,
)
from .secret_scanning_alert import (
    SecretScanningAlert as SecretScanningAlert, SecretScanningAlertAssigned as SecretScanningAlertAssigned,
    SecretScanningAlertCreated as SecretScanningAlertCreated, SecretScanningAlertPubliclyLeaked as
    SecretScanningAlertPubliclyLeaked, SecretScanningAlertReopened as SecretScanningAlertReopened,
    SecretScanningAlertResolved as SecretScanningAlertResolved, SecretScanningAlertUnassigned as
    SecretScanningAlertUnassigned, SecretScanningAlertValidated as SecretScanningAlertValidated,
)
from .secret_scanning_alert_location import (
    SecretScanningAlertLocation as SecretScanningAlertLocation, SecretScanningAlertLocationCreated as
    SecretScanningAlertLocationCreated,
)
from .secret_scanning_scan import (
    SecretScanningScan as SecretScanningScan, SecretScanningScanCompleted as SecretScanningScanCompleted,
)
from .security_advisory import (
    SecurityAdvisory as SecurityAdvisory, SecurityAdvisoryPublished as SecurityAdvisoryPublished,
    SecurityAdvisoryUpdated as SecurityAdvisoryUpdated, SecurityAdvisoryWithdrawn as SecurityAdvisoryWithdrawn,
)
from .security_and_analysis import (
    SecurityAndAnalysis as SecurityAndAnalysis,
)
from .sponsorship import (
    Sponsorship as Sponsorship, SponsorshipCancelled as SponsorshipCancelled, SponsorshipCreated as
    SponsorshipCreated, SponsorshipEdited as SponsorshipEdited, SponsorshipPendingCancellation as
    SponsorshipPendingCancellation, SponsorshipPendingTierChange as SponsorshipPendingTierChange,
    SponsorshipTierChanged as SponsorshipTierChanged,
)
from .star import (
    Star as Star, StarCreated as StarCreated, StarDeleted as StarDeleted,
)
from .status import (
    Status as Status,
)
from .sub_issues import (
    SubIssues as SubIssues, SubIssuesParentIssueAdded as SubIssuesParentIssueAdded,
    SubIssuesParentIssueRemoved as SubIssuesParentIssueRemoved, SubIssuesSubIssueAdded as
    SubIssuesSubIssueAdded, SubIssuesSubIssueRemoved as SubIssuesSubIssueRemoved,
)
from .team import (
    Team as Team, TeamAddedToRepository as TeamAddedToRepository, TeamCreated as TeamCreated, TeamDeleted as
    TeamDeleted, TeamEdited as TeamEdited, TeamRemovedFromRepository as TeamRemovedFromRepository,
)
from .team_add import (
    TeamAdd as TeamAdd,
)
from .user import (
    User as User, UserCreated as UserCreated, UserDeleted as UserDeleted,
)
from .watch import (
    Watch as Watch, WatchStarted as WatchStarted,
)
from .workflow_dispatch import (
    WorkflowDispatch as WorkflowDispatch,
)
from .workflow_job import (
    WorkflowJob as WorkflowJob, WorkflowJobCompleted as WorkflowJobCompleted, WorkflowJobInProgress as
    WorkflowJobInProgress, WorkflowJobQueued as WorkflowJobQueued, WorkflowJobWaiting as WorkflowJobWaiting,
)
from .workflow_run import (
    WorkflowRun as WorkflowRun, WorkflowRunCompleted as WorkflowRunCompleted, WorkflowRunInProgress as
    WorkflowRunInProgress, WorkflowRunRequested as WorkflowRunRequested,
)
