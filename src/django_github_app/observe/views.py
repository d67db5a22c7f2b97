"""Pages for machines: ``livez``, ``readyz`` and ``metrics``. None needs a session; metrics need a token, or staff."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from django_github_app import probes
from django_github_app.conf import app_settings

from . import health

__all__ = ["livez", "metrics", "readyz"]


@login_not_required
@never_cache
@require_safe
def livez(request: HttpRequest) -> HttpResponse:
    """Answer 200: the process does. A database that is away is no reason to start it anew."""
    _let_the_watch_look()
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    """Answer 200 when deliveries can be stored, else 503; say of each thing that was looked at how it is."""
    findings = health.examine()
    _let_the_watch_look()
    content = {one.subject: one.problem or "ok" for one in findings}
    return JsonResponse(content, status=200 if health.is_ready(findings) else 503)


@login_not_required
@never_cache
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer with the metrics: to whoever has the token, or to staff that is logged in; else 404 or 401."""
    if not app_settings.METRICS:
        return HttpResponse("GITHUB_APP['METRICS'] is off\n", status=404, content_type="text/plain")
    if not _may_read(request):
        headers = {"WWW-Authenticate": "Bearer"}
        return HttpResponse("a token is needed\n", status=401, headers=headers, content_type="text/plain")
    from .metrics import exposition

    _let_the_watch_look()
    body, content_type = exposition(request.headers.get("Accept", ""))
    return HttpResponse(body, content_type=content_type)


def _may_read(request: HttpRequest) -> bool:
    from .serving import is_allowed

    token = app_settings.METRICS_TOKEN
    if token and is_allowed(request.headers.get("Authorization", ""), token):
        return True
    user: Any = getattr(request, "user", None)  # without Django's authentication there is nobody
    return bool(user is not None and user.is_active and user.is_staff)


def _let_the_watch_look() -> None:
    # These pages are asked also when no hook sends anything any more.
    if probes.after_answer is not None:
        probes.after_answer()
