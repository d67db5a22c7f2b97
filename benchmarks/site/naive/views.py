"""A receiver as people write it in an afternoon: check, save, `.delay`."""

from __future__ import annotations

import hashlib
import hmac
import json

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from benchmarks.corpus import SECRET

from .models import WebhookEvent
from .tasks import process


def is_valid(request: HttpRequest) -> bool:
    expected = "sha256=" + hmac.new(SECRET.encode(), request.body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, request.headers.get("X-Hub-Signature-256", ""))


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    if not is_valid(request):
        return HttpResponse(status=403)
    payload = json.loads(request.body)
    event = WebhookEvent.objects.create(
        delivery=request.headers["X-GitHub-Delivery"],
        event=request.headers["X-GitHub-Event"],
        action=payload.get("action"),
        payload=payload,
    )
    process.delay(event.pk)
    return JsonResponse({"ok": True}, status=202)


@csrf_exempt
@require_POST
async def awebhook(request: HttpRequest) -> HttpResponse:
    if not is_valid(request):
        return HttpResponse(status=403)
    payload = json.loads(request.body)
    event = await WebhookEvent.objects.acreate(
        delivery=request.headers["X-GitHub-Delivery"],
        event=request.headers["X-GitHub-Event"],
        action=payload.get("action"),
        payload=payload,
    )
    await sync_to_async(process.delay)(event.pk)
    return JsonResponse({"ok": True}, status=202)
