"""What events about releases, packages, labels, rules, alerts and the like add to a payload."""

from __future__ import annotations

from .payload_objects import HTML, NOW, Options, Payload, dated, number_of, sha

__all__ = [
    "branch_protection_rule",
    "code_scanning_alert",
    "dependabot_alert",
    "deploy_key",
    "fork",
    "label",
    "merge_group",
    "milestone",
    "package",
    "project",
    "release",
    "repository_ruleset",
    "secret_scanning_alert",
    "vulnerability_alert",
    "wiki",
]


def _alert(o: Options) -> Payload:
    kinds = {"number": o.number, "state": "open", "created_at": NOW}
    return {
        **kinds,
        "html_url": f"{o.html_url}/security/alerts/{o.number}",
        "url": f"{o.url}/alerts/{o.number}",
    }


_DISMISSED = ("dismissed_at", "dismissed_by", "dismissed_reason")


def code_scanning_alert(o: Options) -> Payload:
    return {
        "alert": {
            **_alert(o),
            **dict.fromkeys(_DISMISSED),
            "rule": {
                "id": "py/sql-injection",
                "severity": "error",
                "description": "SQL built from user input",
            },
            "tool": {"name": "CodeQL", "version": "2.20.0"},
        },
        "ref": o.ref,
        "commit_oid": sha("head"),
    }


def dependabot_alert(o: Options) -> Payload:
    package, low = {"ecosystem": "pip", "name": "octo"}, "< 1.0.1"
    vulnerable = {
        "package": package,
        "severity": "high",
        "vulnerable_version_range": low,
        "first_patched_version": {"identifier": "1.0.1"},
    }
    return {
        "alert": {
            **_alert(o),
            **dict.fromkeys((*_DISMISSED, "dismissed_comment", "fixed_at")),
            "updated_at": NOW,
            "dependency": {"package": package, "manifest_path": "requirements.txt", "scope": "runtime"},
            "security_advisory": {
                "ghsa_id": "GHSA-0000-0000-0000",
                "cve_id": None,
                "summary": "octo reads too much",
                "description": "octo reads too much of a file.",
                "vulnerabilities": [vulnerable],
                "severity": "high",
                "cvss": {"score": 7.5, "vector_string": None},
                "cwes": [],
                "identifiers": [{"type": "GHSA", "value": "GHSA-0000-0000-0000"}],
                "references": [],
                "published_at": NOW,
                "updated_at": NOW,
                "withdrawn_at": None,
            },
            "security_vulnerability": vulnerable,
        }
    }


def secret_scanning_alert(o: Options) -> Payload:
    return {"alert": {**_alert(o), "secret_type": "custom", "resolution": None}}


def vulnerability_alert(o: Options) -> Payload:
    return {
        "alert": {
            **dated("RepositoryVulnerabilityAlert", number_of("alert")),
            "number": o.number,
            "state": "open",
            "severity": "high",
            "affected_package_name": "octo",
            "affected_range": "< 1.0.1",
            "external_identifier": "CVE-2026-0000",
            "external_reference": None,
            "fixed_in": "1.0.1",
            "ghsa_id": "GHSA-0000-0000-0000",
        }
    }


def branch_protection_rule(o: Options) -> Payload:
    off = (
        *(
            "pull_request_reviews",
            "required_status_checks",
            "signature_requirement",
            "linear_history_requirement",
        ),
        *("lock_branch", "allow_force_pushes", "allow_deletions", "merge_queue", "required_deployments"),
    )
    no = (
        *("dismiss_stale_reviews_on_push", "require_code_owner_review", "authorized_dismissal_actors_only"),
        *("ignore_approvals_from_contributors", "strict_required_status_checks_policy", "admin_enforced"),
        "authorized_actors_only",
    )
    return {
        "rule": {
            **dated("BranchProtectionRule", number_of(o.full_name, "rule")),
            "repository_id": number_of(o.full_name),
            "name": "main",
            **{f"{name}_enforcement_level": "off" for name in off},
            "required_conversation_resolution_level": "off",
            **dict.fromkeys(no, False),
            "required_approving_review_count": 1,
            "required_status_checks": [],
            "authorized_actor_names": [],
        }
    }


def deploy_key(o: Options) -> Payload:
    number = number_of(o.full_name, "key")
    return {
        "key": {
            **dated("Key", number),
            "key": "ssh-ed25519 AAAA",
            "url": f"{o.url}/keys/{number}",
            "title": "deploy",
            "read_only": True,
            "verified": True,
        }
    }


def release(o: Options) -> Payload:
    number = number_of(o.full_name, "release")
    url = f"{o.url}/releases/{number}"
    return {
        "release": {
            **dated("Release", number),
            "url": url,
            "assets_url": f"{url}/assets",
            "upload_url": f"{url}/assets{{?name,label}}",
            "html_url": f"{o.html_url}/releases/tag/v1.0.0",
            "tarball_url": f"{o.url}/tarball/v1.0.0",
            "zipball_url": f"{o.url}/zipball/v1.0.0",
            "tag_name": "v1.0.0",
            "target_commitish": "main",
            "name": "1.0.0",
            "body": o.body,
            "draft": False,
            "immutable": False,
            "prerelease": False,
            "author": o.sender,
            "published_at": NOW,
            "assets": [],
        }
    }


def package(o: Options) -> Payload:
    number, page = number_of(o.full_name, "package"), f"{HTML}/orgs/{o.owner}/packages/container/package/octo"
    registry = {"name": "GitHub CONTAINER registry", "type": "CONTAINER", "vendor": "GitHub Inc"}
    return {
        "package": {
            **dated("Package", number),
            "name": "octo",
            "namespace": o.owner,
            "description": "",
            "ecosystem": "CONTAINER",
            "package_type": "CONTAINER",
            "html_url": page,
            "owner": o.sender,
            "package_version": {
                "id": number,
                "version": "1.0.0",
                "name": "1.0.0",
                "summary": "",
                "description": "",
                "html_url": f"{page}/1",
                "installation_command": "",
                "metadata": [],
                "package_files": [],
            },
            "registry": {**registry, "about_url": f"{HTML}/features/packages", "url": f"{HTML}/{o.owner}"},
        }
    }


def project(o: Options) -> Payload:
    number = number_of(o.full_name, "project")
    url = f"https://api.github.com/projects/{number}"
    return {
        "project": {
            **dated("Project", number),
            "owner_url": o.url,
            "url": url,
            "html_url": f"{o.html_url}/projects/1",
            "columns_url": f"{url}/columns",
            "name": "Plan",
            "body": None,
            "number": 1,
            "state": "open",
            "creator": o.sender,
        }
    }


def label(o: Options) -> Payload:
    number = number_of("label")
    made = {"id": number, "node_id": f"Label_{number}", "url": f"{o.url}/labels/bug", "name": "bug"}
    return {"label": {**made, "color": "d73a4a", "default": True, "description": None}}


def milestone(o: Options) -> Payload:
    url = f"{o.url}/milestones/5"
    return {
        "milestone": {
            **dated("Milestone", 5),
            "url": url,
            "html_url": f"{o.html_url}/milestone/5",
            "labels_url": f"{url}/labels",
            "number": 5,
            "title": "1.0",
            "description": None,
            "creator": o.sender,
            "open_issues": 1,
            "closed_issues": 0,
            "state": "open",
            "due_on": None,
            "closed_at": None,
        }
    }


def fork(o: Options) -> Payload:
    return {
        "forkee": {
            **o.repository,
            "full_name": f"{o.sender_login}/{o.name}",
            "owner": o.sender,
            "language": None,
            "fork": True,
        }
    }


def wiki(o: Options) -> Payload:
    page = {"page_name": "Home", "title": "Home", "summary": None, "action": "edited", "sha": sha("wiki")}
    return {"pages": [{**page, "html_url": f"{o.html_url}/wiki/Home"}]}


def repository_ruleset(o: Options) -> Payload:
    return {
        "repository_ruleset": {"id": 1, "name": "main", "source": o.full_name, "enforcement": "active"},
    }


def merge_group(o: Options) -> Payload:
    commit = o.commit()
    shown = ("id", "tree_id", "message", "timestamp", "author", "committer")
    return {
        "merge_group": {
            "head_sha": sha("head"),
            "head_ref": f"refs/heads/gh-readonly-queue/main/pr-{o.number}-{sha('base')}",
            "base_sha": sha("base"),
            "base_ref": "refs/heads/main",
            "head_commit": {name: commit[name] for name in shown},
        }
    }
