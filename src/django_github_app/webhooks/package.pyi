# Written by `make webhooks`; do not edit.
# From @octokit/openapi-webhooks (MIT License, Copyright (c) 2020 Octokit contributors).

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

from ._common import (
    ContainerMetadata, DockerMetadata, EnterpriseObject, OrganizationSimple, PackageFile, RepositoryObject,
    RubyGemsMetadata, SimpleInstallation, SimpleUser, UserObject, Value,
)

class NpmMetadata(TypedDict):
    name: NotRequired[str]
    version: NotRequired[str]
    npm_user: NotRequired[str]
    author: NotRequired[dict[str, Any] | None]
    bugs: NotRequired[dict[str, Any] | None]
    dependencies: NotRequired[dict[str, Any]]
    dev_dependencies: NotRequired[dict[str, Any]]
    peer_dependencies: NotRequired[dict[str, Any]]
    optional_dependencies: NotRequired[dict[str, Any]]
    description: NotRequired[str]
    dist: NotRequired[dict[str, Any] | None]
    git_head: NotRequired[str]
    homepage: NotRequired[str]
    license: NotRequired[str]
    main: NotRequired[str]
    repository: NotRequired[dict[str, Any] | None]
    scripts: NotRequired[dict[str, Any]]
    id: NotRequired[str]
    node_version: NotRequired[str]
    npm_version: NotRequired[str]
    has_shrinkwrap: NotRequired[bool]
    maintainers: NotRequired[list[dict[str, Any]]]
    contributors: NotRequired[list[dict[str, Any]]]
    engines: NotRequired[dict[str, Any]]
    keywords: NotRequired[list[str]]
    files: NotRequired[list[str]]
    bin: NotRequired[dict[str, Any]]
    man: NotRequired[dict[str, Any]]
    directories: NotRequired[dict[str, Any] | None]
    os: NotRequired[list[str]]
    cpu: NotRequired[list[str]]
    readme: NotRequired[str]
    installation_command: NotRequired[str]
    release_id: NotRequired[int]
    commit_oid: NotRequired[str]
    published_via_actions: NotRequired[bool]
    deleted_by_id: NotRequired[int]

class NugetMetadata(TypedDict):
    id: NotRequired[int | str]
    name: NotRequired[str]
    value: NotRequired[bool | str | int | Value]

class ReleaseObject(TypedDict):
    author: UserObject | None
    created_at: str
    draft: bool
    html_url: str
    id: int
    name: str | None
    prerelease: bool
    published_at: str
    tag_name: str
    target_commitish: str
    url: str

class PackageVersion(TypedDict):
    author: NotRequired[UserObject | None]
    body: NotRequired[str | dict[str, Any]]
    body_html: NotRequired[str]
    container_metadata: NotRequired[ContainerMetadata | None]
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
    package_url: NotRequired[str]
    prerelease: NotRequired[bool]
    release: NotRequired[ReleaseObject]
    rubygems_metadata: NotRequired[list[RubyGemsMetadata]]
    source_url: NotRequired[str]
    summary: str
    tag_name: NotRequired[str]
    target_commitish: NotRequired[str]
    target_oid: NotRequired[str]
    updated_at: NotRequired[str]
    version: str

class Registry(TypedDict):
    about_url: str
    name: str
    type: str
    url: str
    vendor: str

class PackageObject2(TypedDict):
    created_at: str | None
    description: str | None
    ecosystem: str
    html_url: str
    id: int
    name: str
    namespace: str
    owner: UserObject | None
    package_type: str
    package_version: PackageVersion | None
    registry: Registry | None
    updated_at: str | None

class PackagePublished(TypedDict):
    action: Literal["published"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    package: PackageObject2
    repository: NotRequired[RepositoryObject]
    sender: SimpleUser

class PackageFile2(TypedDict):
    content_type: str
    created_at: str
    download_url: str
    id: int
    md5: str | None
    name: str
    sha1: str | None
    sha256: str
    size: int
    state: str
    updated_at: str

class ReleaseObject2(TypedDict):
    author: UserObject | None
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
    author: UserObject | None
    body: str
    body_html: str
    created_at: str
    description: str
    docker_metadata: NotRequired[list[DockerMetadata]]
    draft: NotRequired[bool]
    html_url: str
    id: int
    installation_command: str
    manifest: NotRequired[str]
    metadata: list[dict[str, Any]]
    name: str
    package_files: list[PackageFile2]
    package_url: NotRequired[str]
    prerelease: NotRequired[bool]
    release: NotRequired[ReleaseObject2]
    rubygems_metadata: NotRequired[list[RubyGemsMetadata]]
    source_url: NotRequired[str]
    summary: str
    tag_name: NotRequired[str]
    target_commitish: str
    target_oid: str
    updated_at: str
    version: str

class PackageObject3(TypedDict):
    created_at: str
    description: str | None
    ecosystem: str
    html_url: str
    id: int
    name: str
    namespace: str
    owner: UserObject | None
    package_type: str
    package_version: PackageVersion2
    registry: Registry | None
    updated_at: str

class PackageUpdated(TypedDict):
    action: Literal["updated"]
    enterprise: NotRequired[EnterpriseObject]
    installation: NotRequired[SimpleInstallation]
    organization: NotRequired[OrganizationSimple]
    package: PackageObject3
    repository: RepositoryObject
    sender: SimpleUser

Package: TypeAlias = PackagePublished | PackageUpdated
