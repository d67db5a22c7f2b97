"""Projects written for django-github-app, by the patterns that public ones have: unchanged, through the workers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.core.checks import Error
from django.db import connection, models
from django.http import HttpResponse, JsonResponse
from django.test import AsyncClient, Client
from django.urls import clear_url_caches, path

from django_github_app._typing import override
from django_github_app.checks import check_webhook_views, get_webhook_views
from django_github_app.execution import project_views
from django_github_app.github import AsyncGitHubAPI, SyncGitHubAPI
from django_github_app.models import EventLog, EventStatus, Installation, Repository
from django_github_app.routing import GitHubRouter
from django_github_app.testing import payloads
from django_github_app.testing.deliver import process
from django_github_app.views import AsyncWebhookView, BaseWebhookView, SyncWebhookView, get_router
from tests.support.requests import request as webhook

pytestmark = pytest.mark.django_db

Map = Callable[..., None]


@pytest.fixture
def urls(settings: Any) -> Iterator[Map]:
    """Map views at ``/0/``, ``/1/``, …, and have the worker look at them."""
    with GitHubRouter.isolated():

        def map_views(*views: Any) -> None:
            patterns = [
                path(f"{n}/", view.as_view() if hasattr(view, "as_view") else view)
                for n, view in enumerate(views)
            ]
            settings.ROOT_URLCONF = type("urls", (), {"urlpatterns": patterns})
            clear_url_caches()
            project_views.look()

        yield map_views
        project_views.clients.by_kind.clear()
        clear_url_caches()


def post(payload: Any, event: str = "issues", path: str = "/0/", **headers: Any) -> Any:
    """Send a webhook through Django's test client and process what it stored; return the response."""
    made = webhook(event=event, payload=payload)
    extra: dict[str, Any] = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in made.headers.items()
             if name.lower() != "content-type"}  # fmt: skip
    extra |= headers
    response = Client().post(path, made.body, content_type="application/json", **extra)
    process(*EventLog.objects.filter(status=EventStatus.PENDING))
    return response


def opened() -> Any:
    return payloads.build("issues", number=3)


# A view with a post of its own


class TestOwnPost:
    def test_a_synchronous_view_that_fetches_and_dispatches(self, urls: Map) -> None:
        gh = GitHubRouter()
        ran: list[Any] = []

        @gh.event("issues", action="opened")
        def on_opened(event: Any, gh: Any, *args: Any, react: bool = True, **kwargs: Any) -> JsonResponse:
            ran.append((event.data["issue"]["number"], type(gh), react))
            return JsonResponse({"handled": True})

        class View(SyncWebhookView):
            @override
            def post(self, request: Any) -> HttpResponse:
                event = self.get_event(request)
                found = self.router.fetch(event)
                log = EventLog.objects.create_from_event(event) if found else None
                installation = Installation.objects.get_from_event(event)
                with self.get_github_api(installation) as client:
                    self.router.dispatch(event, client)
                return self.get_response(log)

        urls(View)
        response = post(opened())
        row = EventLog.objects.get()
        assert (response.status_code, response.json()) == (200, {"message": "ok", "event_id": row.pk})
        assert ran == [(3, SyncGitHubAPI, True)]
        assert (row.status, row.runs.count(), row.worker_type) == (EventStatus.DONE, 1, "sync")

    def test_an_asynchronous_view_that_calls_what_it_fetched(self, urls: Map) -> None:
        gh = GitHubRouter()
        ran: list[Any] = []

        @gh.event("issues", action="opened")
        async def on_opened(event: Any, gh: Any, *args: Any, **kwargs: Any) -> None:
            ran.append(type(gh))

        class View(AsyncWebhookView):
            async def post(self, request: Any) -> HttpResponse:
                event = self.get_event(request)
                installation = await Installation.objects.aget_from_event(event)
                async with self.get_github_api(installation) as client:
                    for callback in self.router.fetch(event):
                        await callback(event, client)
                return self.get_response(None)

        urls(View)
        assert post(opened()).json() == {"message": "ok"}
        assert ran == [AsyncGitHubAPI]
        assert EventLog.objects.get().worker_type == "async"

    def test_a_bad_signature_is_a_400_in_such_a_view(self, urls: Map) -> None:
        class View(BaseWebhookView[SyncGitHubAPI]):
            github_api_class = SyncGitHubAPI

            def post(self, request: Any) -> HttpResponse:
                self.get_event(request)
                return self.get_response(None)

        urls(View)
        assert post(opened(), HTTP_X_HUB_SIGNATURE_256="sha256=" + "0" * 64).status_code == 400


# What a view sets


class Client_(AsyncGitHubAPI):
    """A client whose ``__init__`` is its own, and passes on what it was given."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.made_with = (args, kwargs)


class SyncClient(SyncGitHubAPI):
    def __init__(self, requester: str, *, installation_id: int | None = None) -> None:
        super().__init__(requester, installation_id=installation_id)


@pytest.mark.parametrize("by", ["class attribute", "as_view"])
def test_the_client_class_of_a_view_is_what_handlers_get(urls: Map, by: str) -> None:
    gh = GitHubRouter()
    got: list[Any] = []

    @gh.event("issues")
    async def on_issue(event: Any, gh: Any, *args: Any, **kwargs: Any) -> None:
        got.append(gh)

    class View(AsyncWebhookView):
        github_api_class = Client_

    urls(View if by == "class attribute" else AsyncWebhookView.as_view(github_api_class=Client_))
    post({**opened(), "installation": {"id": 77}})
    assert [type(one) for one in got] == [Client_]
    assert got[0].made_with == (("test-app",), {"installation_id": 77})
    assert (got[0].installation_id, got[0].requester) == (77, "test-app")


def test_a_client_that_calls_no_init_of_ours_can_be_asked_for_its_installation() -> None:
    class Own(AsyncGitHubAPI):
        def __init__(self) -> None:
            self.requester = "own"

    assert (Own().installation_id, Own().installation) == (None, None)


def test_the_router_of_a_view_is_all_that_its_worker_type_calls(urls: Map) -> None:
    mine, other = GitHubRouter(), GitHubRouter()
    ran: list[str] = []
    mine.add(lambda event: ran.append("mine"), "issues")
    other.add(lambda event: ran.append("other"), "issues")

    class View(SyncWebhookView):
        @property
        def router(self) -> Any:
            return mine

    urls(View)
    post(opened())
    assert ran == ["mine"]


def test_a_router_made_of_all_routers_runs_nothing_twice(urls: Map) -> None:
    first = GitHubRouter()
    ran: list[str] = []
    first.add(lambda event: ran.append("first"), "issues")
    everything = GitHubRouter(*GitHubRouter.routers)
    everything.add(lambda event: ran.append("second"), "issues")
    GitHubRouter(*GitHubRouter.routers)
    urls(SyncWebhookView)
    post(opened())
    assert ran == ["first", "second"]
    assert len(get_router().registrations) == 2
    assert get_router() is get_router()


@pytest.mark.parametrize("base", [SyncWebhookView, AsyncWebhookView])
def test_a_get_response_that_was_written_for_event_logs_gets_one(
    urls: Map, base: Any, django_assert_max_num_queries: Any
) -> None:
    class View(base):  # type: ignore[misc]  # either
        def get_response(self, event_log: EventLog | None) -> HttpResponse:
            response: HttpResponse = super().get_response(event_log)
            assert event_log is not None
            response["X-Event"] = f"{event_log.pk} {event_log.event} {event_log.payload['issue']['number']}"
            return response

    urls(View)
    response = post(opened())
    row = EventLog.objects.get()
    assert (response.status_code, response["X-Event"]) == (200, f"{row.pk} issues 3")
    refused = post(opened(), HTTP_X_HUB_SIGNATURE_256="sha256=" + "0" * 64)
    assert refused.status_code in (401, 403)
    assert "X-Event" not in refused


def test_a_get_response_that_takes_an_answer_gets_every_answer(urls: Map) -> None:
    class View(SyncWebhookView):
        def get_response(self, answer: Any) -> Any:
            response = super().get_response(answer)
            response["X-Status"] = str(answer.status)
            return response

    urls(View)
    assert post(opened())["X-Status"] == "202"


def test_a_header_that_a_test_client_passes_as_a_number_is_read(urls: Map) -> None:
    urls(SyncWebhookView)
    response = post(opened(), HTTP_X_GITHUB_DELIVERY=1234, HTTP_X_GITHUB_HOOK_ID=7)
    assert response.status_code == 202
    assert (EventLog.objects.get().delivery, EventLog.objects.get().hook_id) == ("1234", 7)


# What cannot work is said


def test_what_a_view_overrides_in_vain_is_an_error_with_the_step_to_take(urls: Map) -> None:
    class View(SyncWebhookView):
        def get_event(self, request: Any) -> Any:
            return None

        def get_github_api(self, installation: Any) -> Any:
            return None

    class Own(View):
        def post(self, request: Any) -> HttpResponse:
            return self.get_response(None)

    urls(View, Own)
    found = check_webhook_views(None)
    assert [(type(e), e.id) for e in found] == [(Error, "django_github_app.E021")] * 2
    assert "View.get_event() is never called" in found[0].msg
    assert "get_delivery()" in str(found[0].hint)
    assert "github_api_class" in str(found[1].hint)
    assert get_webhook_views() == [View, Own]


def test_two_views_of_a_type_that_disagree_are_an_error(urls: Map) -> None:
    class View(SyncWebhookView):
        github_api_class = SyncClient

    urls(View, SyncWebhookView)
    (error,) = check_webhook_views(None)
    assert error.id == "django_github_app.E022"
    urls(View, AsyncWebhookView)
    assert check_webhook_views(None) == []


# Models and commands of a project


def test_a_handler_links_its_own_rows_to_the_repository_and_the_event(urls: Map) -> None:
    from django.apps import apps

    class Triage(models.Model):  # noqa: DJ008 - nobody reads it
        repository = models.ForeignKey(Repository, on_delete=models.CASCADE, related_name="triages")
        event = models.ForeignKey(EventLog, on_delete=models.CASCADE, related_name="triages")

        class Meta:
            app_label = "django_github_app"
            db_table = "project_triage"

    triages: Any = Triage._default_manager  # the plugin knows no managers of a function's models
    with connection.schema_editor() as editor:
        editor.create_model(Triage)
    try:
        installation = Installation.objects.create(installation_id=77)
        payload = {**opened(), "installation": {"id": 77}}
        Repository.objects.create_from_gh_data(payload["repository"], installation)
        gh = GitHubRouter()

        @gh.event("issues", action="opened")
        def on_opened(event: Any, gh: Any, *args: Any, **kwargs: Any) -> None:
            row = EventLog.objects.filter(event="issues", action="opened").latest("id")
            triages.create(repository=Repository.objects.get_from_event(event), event=row)

        urls(SyncWebhookView)
        post(payload)
        row = EventLog.objects.get()
        assert [t.event_id for t in triages.all()] == [row.pk]
        connection.check_constraints()
        assert EventLog.objects.cleanup_events(0)[0] == 1
        assert not triages.exists()
        connection.check_constraints()
    finally:
        del apps.all_models["django_github_app"]["triage"]
        apps.clear_cache()


def test_a_plain_async_client_works_in_tests_too(urls: Map) -> None:
    gh = GitHubRouter()
    gh.add(lambda event: None, "issues")
    urls(AsyncWebhookView)
    made = webhook(event="issues", payload=opened())
    headers = {k: v for k, v in made.headers.items() if k.lower() != "content-type"}
    response = async_to_sync(AsyncClient().post)(
        "/0/", made.body, content_type="application/json", headers=headers
    )
    assert response.status_code == 202
    assert json.loads(response.content)["event_id"] == EventLog.objects.get().pk
