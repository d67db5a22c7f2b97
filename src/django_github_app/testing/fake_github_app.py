"""Endpoints of the fake GitHub about the app itself: installations, tokens, webhooks, manifests."""

from __future__ import annotations

import html
import json
import secrets
from typing import Any
from urllib.parse import parse_qs, urlencode

from .fake_github_installations import FakeInstallation, Token
from .fake_github_server import ApiError, Context, Reply, Routes
from .fake_github_users import iso

routes = Routes()


@routes.add("GET", "/")
def root(context: Context) -> dict[str, Any]:
    return {"rate_limit_url": f"{context.fake.url}/rate_limit"}


@routes.add("GET", "/rate_limit")
def rate_limit(context: Context) -> dict[str, Any]:
    limits = context.fake.limits
    window = limits.window(context.actor.key)
    core = {
        "limit": limits.limit,
        "used": window.used,
        "remaining": max(limits.limit - window.used, 0),
        "reset": int(window.reset),
    }
    return {"resources": {"core": core, "search": core, "graphql": core}, "rate": core}


@routes.add("GET", "/app", "jwt")
def app(context: Context) -> dict[str, Any]:
    return {**context.fake.app_json(), "installations_count": len(context.fake.installations)}


@routes.add("GET", "/app/installations", "jwt")
def installations(context: Context) -> Reply:
    return context.page([one.json() for one in context.fake.installations.values()])


def _installation(context: Context) -> FakeInstallation:
    found = context.fake.installations.get(int(context.params["id"]))
    if found is None:
        raise ApiError(404, "Not Found")
    return found


@routes.add("GET", "/app/installations/{id}", "jwt")
def installation(context: Context) -> dict[str, Any]:
    return _installation(context).json()


@routes.add("POST", "/app/installations/{id}/access_tokens", "jwt")
def access_token(context: Context) -> Reply:
    fake, found = context.fake, _installation(context)
    if found.suspended_at is not None:
        raise ApiError(403, "This installation has been suspended")
    permissions = context.data.get("permissions") or found.permissions
    order = ("read", "write", "admin")
    for name, level in permissions.items():
        if name not in found.permissions or order.index(level) > order.index(found.permissions[name]):
            raise ApiError(422, "The permissions requested are not granted to this installation.")
    names, ids = context.data.get("repositories"), context.data.get("repository_ids")
    scoped = None
    if names or ids:
        repos = [repo for repo in found.repos if repo.name in (names or ()) or repo.id in (ids or ())]
        if len(repos) != len(names or ()) + len(ids or ()):
            raise ApiError(422, "There is at least one repository that does not exist or is not accessible.")
        scoped = frozenset(repo.id for repo in repos)
    # Long and of odd characters, as since 2026: a client must not assume forty letters.
    value = f"ghs_{secrets.token_urlsafe(360)}"
    expires_at = fake.now() + fake.token_lifetime
    token = Token(value, f"{fake.slug}[bot]", expires_at, found, dict(permissions), scoped)
    fake.tokens[value] = token
    found.tokens.append(token)
    data = {"token": value, "expires_at": iso(expires_at), "permissions": token.permissions}
    return Reply(201, {**data, "repository_selection": found.repository_selection})


@routes.add("PUT", "/app/installations/{id}/suspended", "jwt")
def suspend(context: Context) -> Reply:
    _installation(context).suspend()
    return Reply(204)


@routes.add("DELETE", "/app/installations/{id}/suspended", "jwt")
def unsuspend(context: Context) -> Reply:
    _installation(context).unsuspend()
    return Reply(204)


@routes.add("DELETE", "/app/installations/{id}", "jwt")
def uninstall(context: Context) -> Reply:
    context.fake.delete_installation(_installation(context))
    return Reply(204)


def _installation_of(context: Context, login: str) -> dict[str, Any]:
    for found in context.fake.installations.values():
        if found.account.login.lower() == login.lower():
            return found.json()
    raise ApiError(404, "Not Found")


@routes.add("GET", "/orgs/{login}/installation", "jwt")
@routes.add("GET", "/users/{login}/installation", "jwt")
def account_installation(context: Context) -> dict[str, Any]:
    return _installation_of(context, context.params["login"])


@routes.add("GET", "/repos/{owner}/{repo}/installation", "jwt")
def repo_installation(context: Context) -> dict[str, Any]:
    name = f"{context.params['owner']}/{context.params['repo']}".lower()
    for found in context.fake.installations.values():
        if any(repo.full_name.lower() == name for repo in found.repos):
            return found.json()
    raise ApiError(404, "Not Found")


@routes.add("GET", "/installation/repositories", "installation")
def installation_repositories(context: Context) -> Reply:
    token, found = context.actor.token, context.actor.installation
    repos = found.repos if found else []
    if token is not None and token.repository_ids is not None:
        repos = [repo for repo in repos if repo.id in token.repository_ids]
    return context.page([repo.json() for repo in repos], "repositories")


@routes.add("DELETE", "/installation/token", "installation")
def revoke_token(context: Context) -> Reply:
    if context.actor.token is not None:
        context.actor.token.revoked = True
    return Reply(204)


# Webhooks


@routes.add("GET", "/app/hook/config", "jwt")
def hook_config(context: Context) -> dict[str, Any]:
    fake = context.fake
    secret = "********" if fake.webhook_secret else None
    return {"url": fake.webhook_url, "content_type": "json", "insecure_ssl": "0", "secret": secret}


@routes.add("PATCH", "/app/hook/config", "jwt")
def update_hook_config(context: Context) -> dict[str, Any]:
    context.fake.webhook_url = context.data.get("url", context.fake.webhook_url)
    context.fake.webhook_secret = context.data.get("secret", context.fake.webhook_secret)
    return hook_config(context)


@routes.add("GET", "/app/hook/deliveries", "jwt")
def deliveries(context: Context) -> Reply:
    query = context.request.query
    size = min(int(query.get("per_page", 30)), 100)
    newest_first = sorted(context.fake.deliveries, key=lambda delivery: -delivery.id)
    if "cursor" in query:
        newest_first = [d for d in newest_first if d.id < int(query["cursor"].removeprefix("v1_"))]
    kept = [d for d in newest_first if d.delivered_at > context.fake.now() - 3 * 86400]
    part, headers = kept[:size], {}
    if len(kept) > size:
        after = urlencode({**query, "cursor": f"v1_{part[-1].id}"})
        headers["Link"] = f'<{context.fake.url}{context.request.path}?{after}>; rel="next"'
    return Reply(200, [delivery.json() for delivery in part], headers)


@routes.add("GET", "/app/hook/deliveries/{id}", "jwt")
def delivery(context: Context) -> dict[str, Any]:
    found = context.fake.deliveries.find(int(context.params["id"]))
    if found is None:
        raise ApiError(404, "Not Found")
    return found.json(full=True)


@routes.add("POST", "/app/hook/deliveries/{id}/attempts", "jwt")
def redeliver(context: Context) -> Reply:
    found = context.fake.deliveries.find(int(context.params["id"]))
    if found is None:
        raise ApiError(404, "Not Found")
    context.fake.deliveries.redeliver(found)
    return Reply(202, {})


# The manifest flow: the two pages of github.com that it needs, and the exchange of the code


@routes.add("POST", "/settings/apps/new")
@routes.add("POST", "/organizations/{org}/settings/apps/new")
def new_app(context: Context) -> Reply:
    form = {name: values[-1] for name, values in parse_qs(context.request.body.decode()).items()}
    manifest = json.loads(form["manifest"])
    code = secrets.token_hex(20)
    context.fake.manifests[code] = manifest
    state = context.request.query.get("state") or form.get("state", "")
    back = f"{manifest['redirect_url']}?{urlencode({'code': code, 'state': state})}"
    return Reply(302, f'<a href="{html.escape(back)}">Create GitHub App</a>', {"Location": back})


@routes.add("POST", "/app-manifests/{code}/conversions")
def convert_manifest(context: Context) -> Reply:
    fake = context.fake
    manifest = fake.manifests.pop(context.params["code"], None)  # a code works once
    if manifest is None:
        raise ApiError(404, "Not Found")
    fake.slug = manifest.get("name", fake.slug).lower().replace(" ", "-")
    fake.webhook_url = manifest.get("hook_attributes", {}).get("url", "")
    fake.permissions = manifest.get("default_permissions", {})
    fake.events = manifest.get("default_events", [])
    data = {
        **fake.app_json(),
        "name": manifest.get("name", fake.slug),
        "client_secret": secrets.token_hex(20),
        "webhook_secret": fake.webhook_secret,
        "pem": fake.private_key,
        "owner": fake.world.user(context.params.get("org", "octocat")).json(),
    }
    return Reply(201, data)
