# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    ContainerMetadata, DockerMetadata, EnterpriseObject, OrganizationSimple, Owner2, PackageFile,
    RepositoryObject, RubyGemsMetadata, SimpleInstallation, SimpleUser, Value,
)

class Author(TypedDict):
    avatar_url: str
    events_url: str
    followers_url: str
    following_url: str
    gists_url: str
    gravatar_id: str
    html_url: str
    id: int
    login: str
    node_id: str
    organizations_url: str
    received_events_url: str
    repos_url: str
    site_admin: bool
    starred_url: str
    subscriptions_url: str
    type: str
    url: str
    user_view_type: NotRequired[str]

class NpmMetadata(TypedDict):
    name: NotRequired[str]
    version: NotRequired[str]
    npm_user: NotRequired[str]
    author: NotRequired[str | dict[str, Any]]
    bugs: NotRequired[str | dict[str, Any]]
    dependencies: NotRequired[dict[str, Any]]
    dev_dependencies: NotRequired[dict[str, Any]]
    peer_dependencies: NotRequired[dict[str, Any]]
    optional_dependencies: NotRequired[dict[str, Any]]
    description: NotRequired[str]
    dist: NotRequired[str | dict[str, Any]]
    git_head: NotRequired[str]
    homepage: NotRequired[str]
    license: NotRequired[str]
    main: NotRequired[str]
    repository: NotRequired[str | dict[str, Any]]
    scripts: NotRequired[dict[str, Any]]
    id: NotRequired[str]
    node_version: NotRequired[str]
    npm_version: NotRequired[str]
    has_shrinkwrap: NotRequired[bool]
    maintainers: NotRequired[list[str]]
    contributors: NotRequired[list[str]]
    engines: NotRequired[dict[str, Any]]
    keywords: NotRequired[list[str]]
    files: NotRequired[list[str]]
    bin: NotRequired[dict[str, Any]]
    man: NotRequired[dict[str, Any]]
    directories: NotRequired[str | dict[str, Any]]
    os: NotRequired[list[str]]
    cpu: NotRequired[list[str]]
    readme: NotRequired[str]
    installation_command: NotRequired[str]
    release_id: NotRequired[int]
    commit_oid: NotRequired[str]
    published_via_actions: NotRequired[bool]
    deleted_by_id: NotRequired[int]

class NugetMetadata(TypedDict):
    id: NotRequired[str | dict[str, Any] | int]
    name: NotRequired[str]
    value: NotRequired[bool | str | int | Value]

class ReleaseObject(TypedDict):
    author: NotRequired[Owner2]
    created_at: NotRequired[str]
    draft: NotRequired[bool]
    html_url: NotRequired[str]
    id: NotRequired[int]
    name: NotRequired[str | None]
    prerelease: NotRequired[bool]
    published_at: NotRequired[str]
    tag_name: NotRequired[str]
    target_commitish: NotRequired[str]
    url: NotRequired[str]

class PackageVersion(TypedDict):
    author: NotRequired[Author]
    body: NotRequired[str | dict[str, Any]]
    body_html: NotRequired[str]
    container_metadata: NotRequired[ContainerMetadata]
    created_at: NotRequired[str]
    description: str
    docker_metadata: NotRequired[list[DockerMetadata]]
    draft: NotRequired[bool]
    html_url: str
    id: int
    installation_command: str
    manifest: NotRequired[str]
    metadata: list[dict[str, Any]]
    name: str
    npm_metadata: NotRequired[NpmMetadata | None]
    nuget_metadata: NotRequired[list[NugetMetadata] | None]
    package_files: list[PackageFile]
    package_url: str
    prerelease: NotRequired[bool]
    release: NotRequired[ReleaseObject]
    rubygems_metadata: NotRequired[list[RubyGemsMetadata]]
    summary: str
    tag_name: NotRequired[str]
    target_commitish: NotRequired[str]
    target_oid: NotRequired[str]
    updated_at: NotRequired[str]
    version: str

class Registry(TypedDict):
    about_url: NotRequired[str]
    name: NotRequired[str]
    type: NotRequired[str]
    url: NotRequired[str]
    vendor: NotRequired[str]

class RegistryPackageObject(TypedDict):
    created_at: str | None
    description: str | None
    ecosystem: str
    html_url: str
    id: int
    name: str
    namespace: str
    owner: Author
    package_type: str
    package_version: PackageVersion | None
    registry: Registry | None
    updated_at: str | None

class RegistryPackagePublished(TypedDict):
    action: Literal["published"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    registry_package: RegistryPackageObject
    repository: NotRequired[RepositoryObject]
    sender: SimpleUser

class PackageFile2(TypedDict):
    content_type: NotRequired[str]
    created_at: NotRequired[str]
    download_url: NotRequired[str]
    id: NotRequired[int]
    md5: NotRequired[str | None]
    name: NotRequired[str]
    sha1: NotRequired[str | None]
    sha256: NotRequired[str]
    size: NotRequired[int]
    state: NotRequired[str]
    updated_at: NotRequired[str]

class ReleaseObject2(TypedDict):
    author: Author
    created_at: str
    draft: bool
    html_url: str
    id: int
    name: str
    prerelease: bool
    published_at: str
    tag_name: str
    target_commitish: str
    url: str

class PackageVersion2(TypedDict):
    author: Author
    body: str
    body_html: str
    created_at: str
    description: str
    docker_metadata: NotRequired[list[DockerMetadata | None]]
    draft: NotRequired[bool]
    html_url: str
    id: int
    installation_command: str
    manifest: NotRequired[str]
    metadata: list[dict[str, Any]]
    name: str
    package_files: list[PackageFile2]
    package_url: str
    prerelease: NotRequired[bool]
    release: NotRequired[ReleaseObject2]
    rubygems_metadata: NotRequired[list[RubyGemsMetadata]]
    summary: str
    tag_name: NotRequired[str]
    target_commitish: str
    target_oid: str
    updated_at: str
    version: str

class RegistryPackageObject2(TypedDict):
    created_at: str
    description: None
    ecosystem: str
    html_url: str
    id: int
    name: str
    namespace: str
    owner: Author
    package_type: str
    package_version: PackageVersion2
    registry: dict[str, Any] | None
    updated_at: str

class RegistryPackageUpdated(TypedDict):
    action: Literal["updated"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    registry_package: RegistryPackageObject2
    repository: NotRequired[RepositoryObject]
    sender: SimpleUser

RegistryPackage: TypeAlias = RegistryPackagePublished | RegistryPackageUpdated
