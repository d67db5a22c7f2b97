# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Any, Literal, NotRequired, TypedDict

class EnterpriseObject(TypedDict):
    description: NotRequired[str | None]
    html_url: str
    website_url: NotRequired[str | None]
    id: int
    node_id: str
    name: str
    slug: str
    created_at: str | None
    updated_at: str | None
    avatar_url: str

class SimpleInstallation(TypedDict):
    id: int
    node_id: str

class OrganizationSimple(TypedDict):
    login: str
    id: int
    node_id: str
    url: str
    repos_url: str
    events_url: str
    hooks_url: str
    issues_url: str
    members_url: str
    public_members_url: str
    avatar_url: str
    description: str | None

class LicenseSimple(TypedDict):
    key: str
    name: str
    url: str | None
    spdx_id: str | None
    node_id: str
    html_url: NotRequired[str]

class SimpleUser(TypedDict):
    name: NotRequired[str | None]
    email: NotRequired[str | None]
    login: str
    id: int
    node_id: str
    avatar_url: str
    gravatar_id: str | None
    url: str
    html_url: str
    followers_url: str
    following_url: str
    gists_url: str
    starred_url: str
    subscriptions_url: str
    organizations_url: str
    repos_url: str
    events_url: str
    received_events_url: str
    type: str
    site_admin: bool
    starred_at: NotRequired[str]
    user_view_type: NotRequired[str]

class Permissions(TypedDict):
    admin: bool
    pull: bool
    triage: NotRequired[bool]
    push: bool
    maintain: NotRequired[bool]

class Owner(TypedDict):
    login: NotRequired[str]
    id: NotRequired[int]
    node_id: NotRequired[str]
    avatar_url: NotRequired[str]
    gravatar_id: NotRequired[str]
    url: NotRequired[str]
    html_url: NotRequired[str]
    followers_url: NotRequired[str]
    following_url: NotRequired[str]
    gists_url: NotRequired[str]
    starred_url: NotRequired[str]
    subscriptions_url: NotRequired[str]
    organizations_url: NotRequired[str]
    repos_url: NotRequired[str]
    events_url: NotRequired[str]
    received_events_url: NotRequired[str]
    type: NotRequired[str]
    site_admin: NotRequired[bool]

class Permissions2(TypedDict):
    admin: NotRequired[bool]
    maintain: NotRequired[bool]
    push: NotRequired[bool]
    triage: NotRequired[bool]
    pull: NotRequired[bool]

class TemplateRepository(TypedDict):
    id: NotRequired[int]
    node_id: NotRequired[str]
    name: NotRequired[str]
    full_name: NotRequired[str]
    owner: NotRequired[Owner]
    private: NotRequired[bool]
    html_url: NotRequired[str]
    description: NotRequired[str]
    fork: NotRequired[bool]
    url: NotRequired[str]
    archive_url: NotRequired[str]
    assignees_url: NotRequired[str]
    blobs_url: NotRequired[str]
    branches_url: NotRequired[str]
    collaborators_url: NotRequired[str]
    comments_url: NotRequired[str]
    commits_url: NotRequired[str]
    compare_url: NotRequired[str]
    contents_url: NotRequired[str]
    contributors_url: NotRequired[str]
    deployments_url: NotRequired[str]
    downloads_url: NotRequired[str]
    events_url: NotRequired[str]
    forks_url: NotRequired[str]
    git_commits_url: NotRequired[str]
    git_refs_url: NotRequired[str]
    git_tags_url: NotRequired[str]
    git_url: NotRequired[str]
    issue_comment_url: NotRequired[str]
    issue_events_url: NotRequired[str]
    issues_url: NotRequired[str]
    keys_url: NotRequired[str]
    labels_url: NotRequired[str]
    languages_url: NotRequired[str]
    merges_url: NotRequired[str]
    milestones_url: NotRequired[str]
    notifications_url: NotRequired[str]
    pulls_url: NotRequired[str]
    releases_url: NotRequired[str]
    ssh_url: NotRequired[str]
    stargazers_url: NotRequired[str]
    statuses_url: NotRequired[str]
    subscribers_url: NotRequired[str]
    subscription_url: NotRequired[str]
    tags_url: NotRequired[str]
    teams_url: NotRequired[str]
    trees_url: NotRequired[str]
    clone_url: NotRequired[str]
    mirror_url: NotRequired[str]
    hooks_url: NotRequired[str]
    svn_url: NotRequired[str]
    homepage: NotRequired[str]
    language: NotRequired[str]
    forks_count: NotRequired[int]
    stargazers_count: NotRequired[int]
    watchers_count: NotRequired[int]
    size: NotRequired[int]
    default_branch: NotRequired[str]
    open_issues_count: NotRequired[int]
    is_template: NotRequired[bool]
    topics: NotRequired[list[str]]
    has_issues: NotRequired[bool]
    has_projects: NotRequired[bool]
    has_wiki: NotRequired[bool]
    has_pages: NotRequired[bool]
    has_downloads: NotRequired[bool]
    archived: NotRequired[bool]
    disabled: NotRequired[bool]
    visibility: NotRequired[str]
    pushed_at: NotRequired[str]
    created_at: NotRequired[str]
    updated_at: NotRequired[str]
    permissions: NotRequired[Permissions2]
    allow_rebase_merge: NotRequired[bool]
    temp_clone_token: NotRequired[str]
    allow_squash_merge: NotRequired[bool]
    allow_auto_merge: NotRequired[bool]
    delete_branch_on_merge: NotRequired[bool]
    allow_update_branch: NotRequired[bool]
    use_squash_pr_title_as_default: NotRequired[bool]
    squash_merge_commit_title: NotRequired[str]
    squash_merge_commit_message: NotRequired[str]
    merge_commit_title: NotRequired[str]
    merge_commit_message: NotRequired[str]
    allow_merge_commit: NotRequired[bool]
    subscribers_count: NotRequired[int]
    network_count: NotRequired[int]

class RepositoryObject(TypedDict):
    id: int
    node_id: str
    name: str
    full_name: str
    license: LicenseSimple | None
    organization: NotRequired[SimpleUser | None]
    forks: int
    permissions: NotRequired[Permissions]
    owner: SimpleUser
    private: bool
    html_url: str
    description: str | None
    fork: bool
    url: str
    archive_url: str
    assignees_url: str
    blobs_url: str
    branches_url: str
    collaborators_url: str
    comments_url: str
    commits_url: str
    compare_url: str
    contents_url: str
    contributors_url: str
    deployments_url: str
    downloads_url: str
    events_url: str
    forks_url: str
    git_commits_url: str
    git_refs_url: str
    git_tags_url: str
    git_url: str
    issue_comment_url: str
    issue_events_url: str
    issues_url: str
    keys_url: str
    labels_url: str
    languages_url: str
    merges_url: str
    milestones_url: str
    notifications_url: str
    pulls_url: str
    releases_url: str
    ssh_url: str
    stargazers_url: str
    statuses_url: str
    subscribers_url: str
    subscription_url: str
    tags_url: str
    teams_url: str
    trees_url: str
    clone_url: str
    mirror_url: str | None
    hooks_url: str
    svn_url: str
    homepage: str | None
    language: str | None
    forks_count: int
    stargazers_count: int
    watchers_count: int
    size: int
    default_branch: str
    open_issues_count: int
    is_template: NotRequired[bool]
    topics: NotRequired[list[str]]
    custom_properties: NotRequired[dict[str, Any]]
    has_issues: bool
    has_projects: bool
    has_wiki: bool
    has_pages: bool
    has_downloads: bool
    has_discussions: NotRequired[bool]
    archived: bool
    disabled: bool
    visibility: NotRequired[str]
    pushed_at: str | None
    created_at: str | None
    updated_at: str | None
    allow_rebase_merge: NotRequired[bool]
    template_repository: NotRequired[TemplateRepository | None]
    temp_clone_token: NotRequired[str]
    allow_squash_merge: NotRequired[bool]
    allow_auto_merge: NotRequired[bool]
    delete_branch_on_merge: NotRequired[bool]
    allow_update_branch: NotRequired[bool]
    use_squash_pr_title_as_default: NotRequired[bool]
    squash_merge_commit_title: NotRequired[str]
    squash_merge_commit_message: NotRequired[str]
    merge_commit_title: NotRequired[str]
    merge_commit_message: NotRequired[str]
    allow_merge_commit: NotRequired[bool]
    allow_forking: NotRequired[bool]
    web_commit_signoff_required: NotRequired[bool]
    subscribers_count: NotRequired[int]
    network_count: NotRequired[int]
    open_issues: int
    watchers: int
    master_branch: NotRequired[str]
    starred_at: NotRequired[str]
    anonymous_access_enabled: NotRequired[bool]

Body = TypedDict(
    "Body",
    {
        "from": str,
    },
)

class Permissions3(TypedDict):
    issues: NotRequired[str]
    checks: NotRequired[str]
    metadata: NotRequired[str]
    contents: NotRequired[str]
    deployments: NotRequired[str]

class GitHubApp(TypedDict):
    id: int
    slug: NotRequired[str]
    node_id: str
    client_id: NotRequired[str]
    owner: SimpleUser | EnterpriseObject
    name: str
    description: str | None
    external_url: str
    html_url: str
    created_at: str
    updated_at: str
    permissions: Permissions3
    events: list[str]
    installations_count: NotRequired[int]

class RepoRef(TypedDict):
    id: int
    url: str
    name: str

class Head(TypedDict):
    ref: str
    sha: str
    repo: RepoRef

class PullRequestMinimal(TypedDict):
    id: int
    number: int
    url: str
    head: Head
    base: Head

class AdvancedSecurity(TypedDict):
    status: NotRequired[str]

class SecurityAndAnalysisObject(TypedDict):
    advanced_security: NotRequired[AdvancedSecurity]
    code_security: NotRequired[AdvancedSecurity]
    dependabot_security_updates: NotRequired[AdvancedSecurity]
    secret_scanning: NotRequired[AdvancedSecurity]
    secret_scanning_push_protection: NotRequired[AdvancedSecurity]
    secret_scanning_non_provider_patterns: NotRequired[AdvancedSecurity]
    secret_scanning_ai_detection: NotRequired[AdvancedSecurity]

class UserObject(TypedDict):
    avatar_url: NotRequired[str]
    deleted: NotRequired[bool]
    email: NotRequired[str | None]
    events_url: NotRequired[str]
    followers_url: NotRequired[str]
    following_url: NotRequired[str]
    gists_url: NotRequired[str]
    gravatar_id: NotRequired[str]
    html_url: NotRequired[str]
    id: int
    login: str
    name: NotRequired[str]
    node_id: NotRequired[str]
    organizations_url: NotRequired[str]
    received_events_url: NotRequired[str]
    repos_url: NotRequired[str]
    site_admin: NotRequired[bool]
    starred_url: NotRequired[str]
    subscriptions_url: NotRequired[str]
    type: NotRequired[str]
    url: NotRequired[str]
    user_view_type: NotRequired[str]

class Permissions4(TypedDict):
    actions: NotRequired[str]
    administration: NotRequired[str]
    checks: NotRequired[str]
    content_references: NotRequired[str]
    contents: NotRequired[str]
    deployments: NotRequired[str]
    discussions: NotRequired[str]
    emails: NotRequired[str]
    environments: NotRequired[str]
    issues: NotRequired[str]
    keys: NotRequired[str]
    members: NotRequired[str]
    metadata: NotRequired[str]
    organization_administration: NotRequired[str]
    organization_hooks: NotRequired[str]
    organization_packages: NotRequired[str]
    organization_plan: NotRequired[str]
    organization_projects: NotRequired[str]
    organization_secrets: NotRequired[str]
    organization_self_hosted_runners: NotRequired[str]
    organization_user_blocking: NotRequired[str]
    packages: NotRequired[str]
    pages: NotRequired[str]
    pull_requests: NotRequired[str]
    repository_hooks: NotRequired[str]
    repository_projects: NotRequired[str]
    secret_scanning_alerts: NotRequired[str]
    secrets: NotRequired[str]
    security_events: NotRequired[str]
    security_scanning_alert: NotRequired[str]
    single_file: NotRequired[str]
    statuses: NotRequired[str]
    team_discussions: NotRequired[str]
    vulnerability_alerts: NotRequired[str]
    workflows: NotRequired[str]

class Committer(TypedDict):
    date: NotRequired[str]
    email: str | None
    name: str
    username: NotRequired[str]

class SimpleCommit(TypedDict):
    author: Committer
    committer: Committer
    id: str
    message: str
    timestamp: str
    tree_id: str

Reactions = TypedDict(
    "Reactions",
    {
        "+1": int,
        "-1": int,
        "confused": int,
        "eyes": int,
        "heart": int,
        "hooray": int,
        "laugh": int,
        "rocket": int,
        "total_count": int,
        "url": str,
    },
)

class OrganizationCustomPropertyObject(TypedDict):
    property_name: str
    url: NotRequired[str]
    source_type: NotRequired[str]
    value_type: str
    required: NotRequired[bool]
    default_value: NotRequired[str | list[str]]
    description: NotRequired[str | None]
    allowed_values: NotRequired[list[str] | None]
    values_editable_by: NotRequired[str | None]

class Definition(TypedDict):
    property_name: str

class CustomPropertyValue(TypedDict):
    property_name: str
    value: str | list[str]

class PackageObject(TypedDict):
    ecosystem: str
    name: str

class FirstPatchedVersion(TypedDict):
    identifier: str

class Vulnerabilitie(TypedDict):
    package: PackageObject
    severity: str
    vulnerable_version_range: str
    first_patched_version: FirstPatchedVersion | None

class Cvss(TypedDict):
    score: float
    vector_string: str | None

class CvssV3(TypedDict):
    vector_string: str | None
    score: float | None

class CvssSeverities(TypedDict):
    cvss_v3: NotRequired[CvssV3 | None]
    cvss_v4: NotRequired[CvssV3 | None]

class Cwe(TypedDict):
    cwe_id: str
    name: str

class Identifier(TypedDict):
    type: str
    value: str

class Reference(TypedDict):
    url: str

class App(TypedDict):
    created_at: str | None
    description: str | None
    events: NotRequired[list[str]]
    external_url: str | None
    html_url: str
    id: int | None
    name: str
    node_id: str
    owner: UserObject | None
    permissions: NotRequired[Permissions4]
    slug: NotRequired[str]
    updated_at: str | None

class Workflow(TypedDict):
    badge_url: str
    created_at: str
    html_url: str
    id: int
    name: str
    node_id: str
    path: str
    state: str
    updated_at: str
    url: str

class HeadRepository(TypedDict):
    archive_url: NotRequired[str]
    assignees_url: NotRequired[str]
    blobs_url: NotRequired[str]
    branches_url: NotRequired[str]
    collaborators_url: NotRequired[str]
    comments_url: NotRequired[str]
    commits_url: NotRequired[str]
    compare_url: NotRequired[str]
    contents_url: NotRequired[str]
    contributors_url: NotRequired[str]
    deployments_url: NotRequired[str]
    description: NotRequired[None]
    downloads_url: NotRequired[str]
    events_url: NotRequired[str]
    fork: NotRequired[bool]
    forks_url: NotRequired[str]
    full_name: NotRequired[str]
    git_commits_url: NotRequired[str]
    git_refs_url: NotRequired[str]
    git_tags_url: NotRequired[str]
    hooks_url: NotRequired[str]
    html_url: NotRequired[str]
    id: NotRequired[int]
    issue_comment_url: NotRequired[str]
    issue_events_url: NotRequired[str]
    issues_url: NotRequired[str]
    keys_url: NotRequired[str]
    labels_url: NotRequired[str]
    languages_url: NotRequired[str]
    merges_url: NotRequired[str]
    milestones_url: NotRequired[str]
    name: NotRequired[str]
    node_id: NotRequired[str]
    notifications_url: NotRequired[str]
    owner: NotRequired[Owner]
    private: NotRequired[bool]
    pulls_url: NotRequired[str]
    releases_url: NotRequired[str]
    stargazers_url: NotRequired[str]
    statuses_url: NotRequired[str]
    subscribers_url: NotRequired[str]
    subscription_url: NotRequired[str]
    tags_url: NotRequired[str]
    teams_url: NotRequired[str]
    trees_url: NotRequired[str]
    url: NotRequired[str]

class ReferencedWorkflow(TypedDict):
    path: str
    ref: NotRequired[str]
    sha: str

class DeploymentObject(TypedDict):
    url: str
    id: int
    node_id: str
    sha: str
    ref: str
    task: str
    payload: dict[str, Any] | str
    original_environment: NotRequired[str]
    environment: str
    description: str | None
    creator: SimpleUser | None
    created_at: str
    updated_at: str
    statuses_url: str
    repository_url: str
    transient_environment: NotRequired[bool]
    production_environment: NotRequired[bool]
    performed_via_github_app: NotRequired[GitHubApp | None]

class LabelObject(TypedDict):
    id: int
    node_id: str
    url: str
    name: str
    description: str | None
    color: str
    default: bool

class MilestoneObject(TypedDict):
    url: str
    html_url: str
    labels_url: str
    id: int
    node_id: str
    number: int
    state: str
    title: str
    description: str | None
    creator: SimpleUser | None
    open_issues: int
    closed_issues: int
    created_at: str
    updated_at: str
    closed_at: str | None
    due_on: str | None

class TeamSimple(TypedDict):
    id: int
    node_id: str
    url: str
    members_url: str
    name: str
    description: str | None
    permission: str
    privacy: NotRequired[str]
    notification_setting: NotRequired[str]
    html_url: str
    repositories_url: str
    slug: str
    ldap_dn: NotRequired[str]
    type: str
    organization_id: NotRequired[int]
    enterprise_id: NotRequired[int]

class CodeSearchIndexStatus(TypedDict):
    lexical_search_ok: NotRequired[bool]
    lexical_commit_sha: NotRequired[str]

class RepositoryObject2(TypedDict):
    id: int
    node_id: str
    name: str
    full_name: str
    license: LicenseSimple | None
    forks: int
    permissions: NotRequired[Permissions]
    owner: SimpleUser
    private: bool
    html_url: str
    description: str | None
    fork: bool
    url: str
    archive_url: str
    assignees_url: str
    blobs_url: str
    branches_url: str
    collaborators_url: str
    comments_url: str
    commits_url: str
    compare_url: str
    contents_url: str
    contributors_url: str
    deployments_url: str
    downloads_url: str
    events_url: str
    forks_url: str
    git_commits_url: str
    git_refs_url: str
    git_tags_url: str
    git_url: str
    issue_comment_url: str
    issue_events_url: str
    issues_url: str
    keys_url: str
    labels_url: str
    languages_url: str
    merges_url: str
    milestones_url: str
    notifications_url: str
    pulls_url: str
    releases_url: str
    ssh_url: str
    stargazers_url: str
    statuses_url: str
    subscribers_url: str
    subscription_url: str
    tags_url: str
    teams_url: str
    trees_url: str
    clone_url: str
    mirror_url: str | None
    hooks_url: str
    svn_url: str
    homepage: str | None
    language: str | None
    forks_count: int
    stargazers_count: int
    watchers_count: int
    size: int
    default_branch: str
    open_issues_count: int
    is_template: NotRequired[bool]
    topics: NotRequired[list[str]]
    has_issues: bool
    has_projects: bool
    has_wiki: bool
    has_pages: bool
    has_downloads: bool
    has_discussions: NotRequired[bool]
    archived: bool
    disabled: bool
    visibility: NotRequired[str]
    pushed_at: str | None
    created_at: str | None
    updated_at: str | None
    allow_rebase_merge: NotRequired[bool]
    temp_clone_token: NotRequired[str]
    allow_squash_merge: NotRequired[bool]
    allow_auto_merge: NotRequired[bool]
    delete_branch_on_merge: NotRequired[bool]
    allow_update_branch: NotRequired[bool]
    use_squash_pr_title_as_default: NotRequired[bool]
    squash_merge_commit_title: NotRequired[str]
    squash_merge_commit_message: NotRequired[str]
    merge_commit_title: NotRequired[str]
    merge_commit_message: NotRequired[str]
    allow_merge_commit: NotRequired[bool]
    allow_forking: NotRequired[bool]
    web_commit_signoff_required: NotRequired[bool]
    open_issues: int
    watchers: int
    master_branch: NotRequired[str]
    starred_at: NotRequired[str]
    anonymous_access_enabled: NotRequired[bool]
    code_search_index_status: NotRequired[CodeSearchIndexStatus]

class Head2(TypedDict):
    label: str
    ref: str
    repo: RepositoryObject2
    sha: str
    user: SimpleUser

class Link(TypedDict):
    href: str

class Links(TypedDict):
    comments: Link
    commits: Link
    statuses: Link
    html: Link
    issue: Link
    review_comments: Link
    review_comment: Link
    self: Link

class AutoMerge(TypedDict):
    enabled_by: SimpleUser
    merge_method: str
    commit_title: str
    commit_message: str

class Owner2(TypedDict):
    avatar_url: NotRequired[str]
    events_url: NotRequired[str]
    followers_url: NotRequired[str]
    following_url: NotRequired[str]
    gists_url: NotRequired[str]
    gravatar_id: NotRequired[str]
    html_url: NotRequired[str]
    id: NotRequired[int]
    login: NotRequired[str]
    node_id: NotRequired[str]
    organizations_url: NotRequired[str]
    received_events_url: NotRequired[str]
    repos_url: NotRequired[str]
    site_admin: NotRequired[bool]
    starred_url: NotRequired[str]
    subscriptions_url: NotRequired[str]
    type: NotRequired[str]
    url: NotRequired[str]
    user_view_type: NotRequired[str]

class UserObject2(TypedDict):
    avatar_url: NotRequired[str]
    deleted: NotRequired[bool]
    email: NotRequired[str | None]
    events_url: NotRequired[str]
    followers_url: NotRequired[str]
    following_url: NotRequired[str]
    gists_url: NotRequired[str]
    gravatar_id: NotRequired[str]
    html_url: NotRequired[str]
    id: int
    login: str
    name: NotRequired[str]
    node_id: NotRequired[str]
    organizations_url: NotRequired[str]
    received_events_url: NotRequired[str]
    repos_url: NotRequired[str]
    site_admin: NotRequired[bool]
    starred_url: NotRequired[str]
    subscriptions_url: NotRequired[str]
    type: NotRequired[str]
    url: NotRequired[str]

class Category(TypedDict):
    created_at: str
    description: str
    emoji: str
    id: int
    is_answerable: bool
    name: str
    node_id: NotRequired[str]
    repository_id: int
    slug: str
    updated_at: str

class DiscussionObject(TypedDict):
    active_lock_reason: str | None
    answer_chosen_at: str | None
    answer_chosen_by: UserObject | None
    answer_html_url: str | None
    author_association: str
    body: str
    category: Category
    comments: int
    created_at: str
    html_url: str
    id: int
    locked: bool
    node_id: str
    number: int
    reactions: NotRequired[Reactions]
    repository_url: str
    state: str
    state_reason: str | None
    timeline_url: NotRequired[str]
    title: str
    updated_at: str
    user: UserObject | None
    labels: NotRequired[list[LabelObject]]

class Changes(TypedDict):
    body: NotRequired[Body]
    title: NotRequired[Body]

class AppPermissions(TypedDict):
    actions: NotRequired[str]
    administration: NotRequired[str]
    artifact_metadata: NotRequired[str]
    attestations: NotRequired[str]
    checks: NotRequired[str]
    codespaces: NotRequired[str]
    contents: NotRequired[str]
    dependabot_secrets: NotRequired[str]
    deployments: NotRequired[str]
    discussions: NotRequired[str]
    environments: NotRequired[str]
    issues: NotRequired[str]
    merge_queues: NotRequired[str]
    metadata: NotRequired[str]
    packages: NotRequired[str]
    pages: NotRequired[str]
    pull_requests: NotRequired[str]
    repository_custom_properties: NotRequired[str]
    repository_hooks: NotRequired[str]
    repository_projects: NotRequired[str]
    secret_scanning_alerts: NotRequired[str]
    secrets: NotRequired[str]
    security_events: NotRequired[str]
    single_file: NotRequired[str]
    statuses: NotRequired[str]
    vulnerability_alerts: NotRequired[str]
    workflows: NotRequired[str]
    custom_properties_for_organizations: NotRequired[str]
    members: NotRequired[str]
    organization_administration: NotRequired[str]
    organization_custom_roles: NotRequired[str]
    organization_custom_org_roles: NotRequired[str]
    organization_custom_properties: NotRequired[str]
    organization_copilot_seat_management: NotRequired[str]
    organization_announcement_banners: NotRequired[str]
    organization_events: NotRequired[str]
    organization_hooks: NotRequired[str]
    organization_personal_access_tokens: NotRequired[str]
    organization_personal_access_token_requests: NotRequired[str]
    organization_plan: NotRequired[str]
    organization_projects: NotRequired[str]
    organization_packages: NotRequired[str]
    organization_secrets: NotRequired[str]
    organization_self_hosted_runners: NotRequired[str]
    organization_user_blocking: NotRequired[str]
    team_discussions: NotRequired[str]
    email_addresses: NotRequired[str]
    followers: NotRequired[str]
    git_ssh_keys: NotRequired[str]
    gpg_keys: NotRequired[str]
    interaction_limits: NotRequired[str]
    profile: NotRequired[str]
    starring: NotRequired[str]
    enterprise_custom_properties_for_organizations: NotRequired[str]

class InstallationObject(TypedDict):
    id: int
    account: SimpleUser | EnterpriseObject
    repository_selection: str
    access_tokens_url: str
    repositories_url: str
    html_url: str
    app_id: int
    client_id: NotRequired[str]
    target_id: int
    target_type: str
    permissions: AppPermissions
    events: list[str]
    created_at: str
    updated_at: str
    single_file_name: str | None
    has_multiple_single_files: NotRequired[bool]
    single_file_paths: NotRequired[list[str]]
    app_slug: str
    suspended_by: SimpleUser | None
    suspended_at: str | None
    contact_email: NotRequired[str | None]

class Repositorie(TypedDict):
    full_name: str
    id: int
    name: str
    node_id: str
    private: bool

class PullRequestObject(TypedDict):
    diff_url: NotRequired[str]
    html_url: NotRequired[str]
    merged_at: NotRequired[str | None]
    patch_url: NotRequired[str]
    url: NotRequired[str]

Reactions2 = TypedDict(
    "Reactions2",
    {
        "+1": NotRequired[int],
        "-1": NotRequired[int],
        "confused": NotRequired[int],
        "eyes": NotRequired[int],
        "heart": NotRequired[int],
        "hooray": NotRequired[int],
        "laugh": NotRequired[int],
        "rocket": NotRequired[int],
        "total_count": NotRequired[int],
        "url": NotRequired[str],
    },
)

class SubIssuesSummary(TypedDict):
    total: int
    completed: int
    percent_completed: int

class IssueDependenciesSummary(TypedDict):
    blocked_by: int
    blocking: int
    total_blocked_by: int
    total_blocking: int

class IssueType(TypedDict):
    id: int
    node_id: str
    name: str
    description: str | None
    color: NotRequired[str | None]
    created_at: NotRequired[str]
    updated_at: NotRequired[str]
    is_enabled: NotRequired[bool]

class Changes2(TypedDict):
    body: NotRequired[Body]

class LabelObject2(TypedDict):
    id: NotRequired[int]
    node_id: NotRequired[str]
    url: NotRequired[str]
    name: NotRequired[str]
    description: NotRequired[str | None]
    color: NotRequired[str | None]
    default: NotRequired[bool]

class PullRequestObject2(TypedDict):
    merged_at: NotRequired[str | None]
    diff_url: str | None
    html_url: str | None
    patch_url: str | None
    url: str | None

class SingleSelectOption(TypedDict):
    id: int
    name: str
    color: str

class IssueFieldValue(TypedDict):
    issue_field_id: int
    node_id: str
    data_type: str
    value: str | float | int
    single_select_option: NotRequired[SingleSelectOption | None]

class Issue(TypedDict):
    id: int
    node_id: str
    url: str
    repository_url: str
    labels_url: str
    comments_url: str
    events_url: str
    html_url: str
    number: int
    state: str
    state_reason: NotRequired[str | None]
    title: str
    body: NotRequired[str | None]
    user: SimpleUser | None
    labels: list[str | LabelObject2]
    assignee: SimpleUser | None
    assignees: NotRequired[list[SimpleUser] | None]
    milestone: MilestoneObject | None
    locked: bool
    active_lock_reason: NotRequired[str | None]
    comments: int
    pull_request: NotRequired[PullRequestObject2]
    closed_at: str | None
    created_at: str
    updated_at: str
    draft: NotRequired[bool]
    closed_by: NotRequired[SimpleUser | None]
    body_html: NotRequired[str]
    body_text: NotRequired[str]
    timeline_url: NotRequired[str]
    type: NotRequired[IssueType | None]
    repository: NotRequired[RepositoryObject2]
    performed_via_github_app: NotRequired[GitHubApp | None]
    author_association: NotRequired[str]
    reactions: NotRequired[Reactions]
    sub_issues_summary: NotRequired[SubIssuesSummary]
    parent_issue_url: NotRequired[str | None]
    issue_dependencies_summary: NotRequired[IssueDependenciesSummary]
    issue_field_values: NotRequired[list[IssueFieldValue]]

class MilestoneObject2(TypedDict):
    closed_at: str | None
    closed_issues: int
    created_at: str
    creator: UserObject | None
    description: str | None
    due_on: str | None
    html_url: str
    id: int
    labels_url: str
    node_id: str
    number: int
    open_issues: int
    state: str
    title: str
    updated_at: str
    url: str

class License(TypedDict):
    key: str
    name: str
    node_id: str
    spdx_id: str
    url: str | None

class RepositoryObject3(TypedDict):
    allow_auto_merge: NotRequired[bool]
    allow_forking: NotRequired[bool]
    allow_merge_commit: NotRequired[bool]
    allow_rebase_merge: NotRequired[bool]
    allow_squash_merge: NotRequired[bool]
    allow_update_branch: NotRequired[bool]
    archive_url: str
    archived: bool
    assignees_url: str
    blobs_url: str
    branches_url: str
    clone_url: str
    collaborators_url: str
    comments_url: str
    commits_url: str
    compare_url: str
    contents_url: str
    contributors_url: str
    created_at: int | str
    custom_properties: NotRequired[dict[str, Any]]
    default_branch: str
    delete_branch_on_merge: NotRequired[bool]
    deployments_url: str
    description: str | None
    disabled: NotRequired[bool]
    downloads_url: str
    events_url: str
    fork: bool
    forks: int
    forks_count: int
    forks_url: str
    full_name: str
    git_commits_url: str
    git_refs_url: str
    git_tags_url: str
    git_url: str
    has_downloads: bool
    has_issues: bool
    has_pages: bool
    has_projects: bool
    has_wiki: bool
    has_discussions: bool
    homepage: str | None
    hooks_url: str
    html_url: str
    id: int
    is_template: NotRequired[bool]
    issue_comment_url: str
    issue_events_url: str
    issues_url: str
    keys_url: str
    labels_url: str
    language: str | None
    languages_url: str
    license: License | None
    master_branch: NotRequired[str]
    merges_url: str
    milestones_url: str
    mirror_url: str | None
    name: str
    node_id: str
    notifications_url: str
    open_issues: int
    open_issues_count: int
    organization: NotRequired[str]
    owner: UserObject | None
    permissions: NotRequired[Permissions]
    private: bool
    public: NotRequired[bool]
    pulls_url: str
    pushed_at: int | str
    releases_url: str
    role_name: NotRequired[str | None]
    size: int
    ssh_url: str
    stargazers: NotRequired[int]
    stargazers_count: int
    stargazers_url: str
    statuses_url: str
    subscribers_url: str
    subscription_url: str
    svn_url: str
    tags_url: str
    teams_url: str
    topics: list[str]
    trees_url: str
    updated_at: str
    url: str
    visibility: str
    watchers: int
    watchers_count: int
    web_commit_signoff_required: NotRequired[bool]

ArchivedAt = TypedDict(
    "ArchivedAt",
    {
        "from": NotRequired[str | None],
        "to": NotRequired[str | None],
    },
)

class Parent(TypedDict):
    description: str | None
    html_url: str
    id: int
    members_url: str
    name: str
    node_id: str
    permission: str
    privacy: str
    notification_setting: str
    repositories_url: str
    slug: str
    url: str
    type: str
    organization_id: NotRequired[int]
    enterprise_id: NotRequired[int]

class TeamObject(TypedDict):
    deleted: NotRequired[bool]
    description: NotRequired[str | None]
    html_url: NotRequired[str]
    id: int
    members_url: NotRequired[str]
    name: str
    node_id: NotRequired[str]
    parent: NotRequired[Parent | None]
    permission: NotRequired[str]
    privacy: NotRequired[str]
    notification_setting: NotRequired[str]
    repositories_url: NotRequired[str]
    slug: NotRequired[str]
    url: NotRequired[str]
    type: NotRequired[str]
    organization_id: NotRequired[int]
    enterprise_id: NotRequired[int]

Login = TypedDict(
    "Login",
    {
        "from": NotRequired[str],
    },
)

class Tag(TypedDict):
    digest: NotRequired[str]
    name: NotRequired[str]

class ContainerMetadata(TypedDict):
    labels: NotRequired[dict[str, Any] | None]
    manifest: NotRequired[dict[str, Any] | None]
    tag: NotRequired[Tag]

class DockerMetadata(TypedDict):
    tags: NotRequired[list[str]]

class Value(TypedDict):
    url: NotRequired[str]
    branch: NotRequired[str]
    commit: NotRequired[str]
    type: NotRequired[str]

class PackageFile(TypedDict):
    content_type: str
    created_at: str
    download_url: str
    id: int
    md5: str | None
    name: str
    sha1: str | None
    sha256: str | None
    size: int
    state: str | None
    updated_at: str

class VersionInfo(TypedDict):
    version: NotRequired[str]

class RubyGemsMetadata(TypedDict):
    name: NotRequired[str]
    description: NotRequired[str]
    readme: NotRequired[str]
    homepage: NotRequired[str]
    version_info: NotRequired[VersionInfo]
    platform: NotRequired[str]
    metadata: NotRequired[dict[str, str]]
    repo: NotRequired[str]
    dependencies: NotRequired[list[dict[str, str]]]
    commit_oid: NotRequired[str]

Note = TypedDict(
    "Note",
    {
        "from": str | None,
    },
)

class ProjectsV2StatusUpdateObject(TypedDict):
    id: float
    node_id: str
    project_node_id: NotRequired[str]
    creator: NotRequired[SimpleUser]
    created_at: str
    updated_at: str
    status: NotRequired[str | None]
    start_date: NotRequired[str]
    target_date: NotRequired[str]
    body: NotRequired[str | None]

class PullRequestAutoMerge(TypedDict):
    commit_message: str | None
    commit_title: str | None
    enabled_by: UserObject | None
    merge_method: str

class RepositoryObject4(TypedDict):
    allow_auto_merge: NotRequired[bool]
    allow_forking: NotRequired[bool]
    allow_merge_commit: NotRequired[bool]
    allow_rebase_merge: NotRequired[bool]
    allow_squash_merge: NotRequired[bool]
    allow_update_branch: NotRequired[bool]
    archive_url: str
    archived: bool
    assignees_url: str
    blobs_url: str
    branches_url: str
    clone_url: str
    collaborators_url: str
    comments_url: str
    commits_url: str
    compare_url: str
    contents_url: str
    contributors_url: str
    created_at: int | str
    default_branch: str
    delete_branch_on_merge: NotRequired[bool]
    deployments_url: str
    description: str | None
    disabled: NotRequired[bool]
    downloads_url: str
    events_url: str
    fork: bool
    forks: int
    forks_count: int
    forks_url: str
    full_name: str
    git_commits_url: str
    git_refs_url: str
    git_tags_url: str
    git_url: str
    has_downloads: bool
    has_issues: bool
    has_pages: bool
    has_projects: bool
    has_wiki: bool
    has_discussions: bool
    homepage: str | None
    hooks_url: str
    html_url: str
    id: int
    is_template: NotRequired[bool]
    issue_comment_url: str
    issue_events_url: str
    issues_url: str
    keys_url: str
    labels_url: str
    language: str | None
    languages_url: str
    license: License | None
    master_branch: NotRequired[str]
    merge_commit_message: NotRequired[str]
    merge_commit_title: NotRequired[str]
    merges_url: str
    milestones_url: str
    mirror_url: str | None
    name: str
    node_id: str
    notifications_url: str
    open_issues: int
    open_issues_count: int
    organization: NotRequired[str]
    owner: UserObject | None
    permissions: NotRequired[Permissions]
    private: bool
    public: NotRequired[bool]
    pulls_url: str
    pushed_at: int | str
    releases_url: str
    role_name: NotRequired[str | None]
    size: int
    squash_merge_commit_message: NotRequired[str]
    squash_merge_commit_title: NotRequired[str]
    ssh_url: str
    stargazers: NotRequired[int]
    stargazers_count: int
    stargazers_url: str
    statuses_url: str
    subscribers_url: str
    subscription_url: str
    svn_url: str
    tags_url: str
    teams_url: str
    topics: list[str]
    trees_url: str
    updated_at: str
    url: str
    use_squash_pr_title_as_default: NotRequired[bool]
    visibility: str
    watchers: int
    watchers_count: int
    web_commit_signoff_required: NotRequired[bool]

class Base(TypedDict):
    label: str
    ref: str
    repo: RepositoryObject4
    sha: str
    user: UserObject | None

class Head3(TypedDict):
    label: str | None
    ref: str
    repo: RepositoryObject4 | None
    sha: str
    user: UserObject | None

class Parent2(TypedDict):
    description: str | None
    html_url: str
    id: int
    members_url: str
    name: str
    node_id: str
    permission: str
    privacy: str
    repositories_url: str
    slug: str
    url: str

class TeamObject2(TypedDict):
    deleted: NotRequired[bool]
    description: str | None
    html_url: str
    id: int
    members_url: str
    name: str
    node_id: str
    parent: NotRequired[Parent2 | None]
    permission: str
    privacy: str
    repositories_url: str
    slug: str
    url: str

class TeamObject3(TypedDict):
    deleted: NotRequired[bool]
    description: NotRequired[str | None]
    html_url: NotRequired[str]
    id: int
    members_url: NotRequired[str]
    name: str
    node_id: NotRequired[str]
    parent: NotRequired[Parent2 | None]
    permission: NotRequired[str]
    privacy: NotRequired[str]
    repositories_url: NotRequired[str]
    slug: NotRequired[str]
    url: NotRequired[str]

class Links2(TypedDict):
    html: Link
    pull_request: Link
    self: Link

class PullRequestReviewCommentObject(TypedDict):
    _links: Links2
    author_association: str
    body: str
    commit_id: str
    created_at: str
    diff_hunk: str
    html_url: str
    id: int
    in_reply_to_id: NotRequired[int]
    line: int | None
    node_id: str
    original_commit_id: str
    original_line: int | None
    original_position: int
    original_start_line: int | None
    path: str
    position: int | None
    pull_request_review_id: int | None
    pull_request_url: str
    reactions: Reactions
    side: str
    start_line: int | None
    start_side: str | None
    subject_type: NotRequired[str]
    updated_at: str
    url: str
    user: UserObject | None

class PullRequestReviewCommentObject2(TypedDict):
    _links: Links2
    author_association: str
    body: str
    commit_id: str
    created_at: str
    diff_hunk: str
    html_url: str
    id: int
    in_reply_to_id: NotRequired[int]
    line: int | None
    node_id: str
    original_commit_id: str
    original_line: int
    original_position: int
    original_start_line: int | None
    path: str
    position: int | None
    pull_request_review_id: int | None
    pull_request_url: str
    reactions: Reactions
    side: str
    start_line: int | None
    start_side: str | None
    subject_type: NotRequired[str]
    updated_at: str
    url: str
    user: UserObject | None

class Head4(TypedDict):
    label: str
    ref: str
    repo: RepositoryObject4 | None
    sha: str
    user: UserObject | None

class PullRequestAutoMerge2(TypedDict):
    commit_message: str | None
    commit_title: str
    enabled_by: UserObject | None
    merge_method: str

class Alert(TypedDict):
    number: NotRequired[int]
    created_at: NotRequired[str]
    updated_at: NotRequired[str | None]
    url: NotRequired[str]
    html_url: NotRequired[str]
    locations_url: NotRequired[str]
    resolution: NotRequired[str | None]
    resolved_at: NotRequired[str | None]
    resolved_by: NotRequired[SimpleUser | None]
    resolution_comment: NotRequired[str | None]
    secret_type: NotRequired[str]
    secret_type_display_name: NotRequired[str]
    validity: NotRequired[str]
    push_protection_bypassed: NotRequired[bool | None]
    push_protection_bypassed_by: NotRequired[SimpleUser | None]
    push_protection_bypassed_at: NotRequired[str | None]
    push_protection_bypass_request_reviewer: NotRequired[SimpleUser | None]
    push_protection_bypass_request_reviewer_comment: NotRequired[str | None]
    push_protection_bypass_request_comment: NotRequired[str | None]
    push_protection_bypass_request_html_url: NotRequired[str | None]
    publicly_leaked: NotRequired[bool | None]
    multi_repo: NotRequired[bool | None]
    assigned_to: NotRequired[SimpleUser | None]

class Data(TypedDict):
    ruleset_id: NotRequired[int]
    ruleset_name: NotRequired[str]
    total_violations: NotRequired[int]
    rule_type: NotRequired[str]

class PushRulesetBypassExemptionRequestData(TypedDict):
    type: NotRequired[str]
    data: NotRequired[list[Data]]

class Location(TypedDict):
    commit: NotRequired[str]
    branch: NotRequired[str]
    path: NotRequired[str]

class Data2(TypedDict):
    secret_type: NotRequired[str]
    locations: NotRequired[list[Location]]

class SecretScanningPushProtectionExemptionRequestData(TypedDict):
    type: NotRequired[str]
    data: NotRequired[list[Data2]]

class Data3(TypedDict):
    reason: NotRequired[str]
    secret_type: NotRequired[str]
    alert_number: NotRequired[str]

class SecretScanningAlertDismissalRequestData(TypedDict):
    type: NotRequired[str]
    data: NotRequired[list[Data3]]

class Data4(TypedDict):
    alert_number: NotRequired[str]

class CodeScanningAlertDismissalRequestData(TypedDict):
    type: NotRequired[str]
    data: NotRequired[list[Data4]]

class SecretScanningPushProtectionExemptionRequestMetadata(TypedDict):
    label: NotRequired[str]
    reason: NotRequired[str]

class SecretScanningAlertDismissalRequestMetadata(TypedDict):
    alert_title: NotRequired[str]
    reason: NotRequired[str]

class ExemptionResponse(TypedDict):
    id: NotRequired[int]
    reviewer_id: NotRequired[int]
    reviewer_login: NotRequired[str]
    status: NotRequired[str]
    reviewer_comment: NotRequired[str | None]
    created_at: NotRequired[str]

class ExemptionRequest(TypedDict):
    id: NotRequired[int]
    number: NotRequired[int | None]
    repository_id: NotRequired[int]
    requester_id: NotRequired[int]
    requester_login: NotRequired[str]
    request_type: NotRequired[str]
    exemption_request_data: NotRequired[PushRulesetBypassExemptionRequestData | SecretScanningPushProtectionExemptionRequestData | SecretScanningAlertDismissalRequestData | CodeScanningAlertDismissalRequestData]
    resource_identifier: NotRequired[str]
    status: NotRequired[str]
    requester_comment: NotRequired[str | None]
    metadata: NotRequired[SecretScanningPushProtectionExemptionRequestMetadata | SecretScanningAlertDismissalRequestMetadata]
    expires_at: NotRequired[str]
    created_at: NotRequired[str]
    responses: NotRequired[list[ExemptionResponse] | None]
    html_url: NotRequired[str]

class ExemptionRequestCancellationEvent(TypedDict):
    action: Literal["cancelled"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: NotRequired[RepositoryObject]
    exemption_request: ExemptionRequest
    sender: SimpleUser

class ExemptionRequestCompletedEvent(TypedDict):
    action: Literal["completed"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: NotRequired[RepositoryObject]
    exemption_request: ExemptionRequest
    sender: SimpleUser

class ExemptionRequestCreatedEvent(TypedDict):
    action: Literal["created"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: NotRequired[RepositoryObject]
    exemption_request: ExemptionRequest
    sender: SimpleUser

class ExemptionResponseDismissedEvent(TypedDict):
    action: Literal["response_dismissed"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: NotRequired[RepositoryObject]
    exemption_request: ExemptionRequest
    exemption_response: ExemptionResponse
    sender: SimpleUser

class ExemptionResponseSubmittedEvent(TypedDict):
    action: Literal["response_submitted"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    repository: NotRequired[RepositoryObject]
    exemption_request: ExemptionRequest
    exemption_response: ExemptionResponse
    sender: SimpleUser
