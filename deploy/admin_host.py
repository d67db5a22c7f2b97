"""The admin on a host of its own: under every other name its pages are not there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.http.request import split_domain_port
from django.utils.decorators import sync_and_async_middleware


def is_hidden(request: HttpRequest) -> bool:
    """Return whether a request asks for the admin, or for what leads there, under another name than ADMIN_HOST."""
    path = request.path_info.lstrip("/")
    if path and not path.startswith(settings.ADMIN_PATH):
        return False
    name, _ = split_domain_port(request.get_host().lower())
    return bool(name != settings.ADMIN_HOST.lower())


@sync_and_async_middleware
def only_on_its_host(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Answer 404 to requests for the admin that come under another name."""
    if iscoroutinefunction(get_response):

        async def asynchronous(request: HttpRequest) -> HttpResponse:
            if is_hidden(request):
                return HttpResponseNotFound()
            answer: HttpResponse = await get_response(request)
            return answer

        return asynchronous

    def synchronous(request: HttpRequest) -> HttpResponse:
        return HttpResponseNotFound() if is_hidden(request) else get_response(request)

    return synchronous
