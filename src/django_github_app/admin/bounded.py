"""Lists over tables of any size: nothing counts to the end, and no filter reads the whole table."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import logging
from collections.abc import Iterator
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.views.main import ChangeList
from django.core.exceptions import FieldError
from django.core.paginator import Paginator
from django.db import DataError, OperationalError, connections, transaction
from django.db.models import Max, Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString

from django_github_app.observe.redaction import redact
from django_github_app.process.clock import as_aware
from django_github_app.sql.dialects import is_postgresql

logger = logging.getLogger(__name__)

COUNT_LIMIT = 10_000
WINDOW = 200_000
STATEMENT_SECONDS = 5
SHOWN_CHARACTERS = 500_000


class Capped(int):
    """A count that stopped at a limit, and says so."""

    def __str__(self) -> str:
        return f"more than {int(self):,}"


class BoundedPaginator(Paginator):  # type: ignore[type-arg]  # generic in the stubs only
    """A paginator that counts to `COUNT_LIMIT` at most."""

    @cached_property
    def count(self) -> int:
        rows: Any = self.object_list
        # Newest first: from the other end it would read past what was deleted.
        found = len(rows.order_by("-pk").values_list("pk")[: COUNT_LIMIT + 1])
        return Capped(COUNT_LIMIT) if found > COUNT_LIMIT else found


class BoundedChangeList(ChangeList):
    """A list whose filters look at the newest rows only, unless an index answers them."""

    windowed = False
    window = f"{WINDOW:,}"

    def get_ordering_field(self, field_name: Any) -> Any:
        # Django hides the links of other columns and sorts by them all the same when an address says so.
        allowed = self.sortable_by
        return super().get_ordering_field(field_name) if allowed is None or field_name in allowed else None

    def get_queryset(self, request: HttpRequest, exclude_parameters: Any = None) -> QuerySet[Any]:
        found = super().get_queryset(request, exclude_parameters)
        bounded: Any = self.model_admin
        if not (self.query or self.get_filters_params()) or bounded.has_index_for(request):
            return found
        newest = self.root_queryset.aggregate(Max("pk"))["pk__max"] or 0
        if newest <= WINDOW:
            return found
        self.windowed = True
        return found.filter(pk__gt=newest - WINDOW)


class BoundedAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # generic in the stubs only
    """An admin that shows and never edits."""

    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator
    list_per_page = 50
    list_max_show_all = 0
    change_list_template = "admin/django_github_app/bounded_change_list.html"

    class Media:
        css = {"all": ["django_github_app/admin.css"]}

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return BoundedChangeList

    def url_of(self, name: str, *args: Any) -> str:
        """Return the address of one of our pages on this admin's own site: a project may have several."""
        name = f"admin:django_github_app_{name}"
        return reverse(name, args=args, current_app=self.admin_site.name)

    def has_index_for(self, request: HttpRequest) -> bool:
        """Say whether what the list is filtered by is found through an index."""
        return False

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        try:
            with statement_timeout(self.model):
                response = super().changelist_view(request, extra_context)
                # Rendered inside, because that is when rows are read.
                if hasattr(response, "render"):
                    response.render()
                return response
        except OperationalError as error:
            if "timeout" not in str(error) or not request.GET:
                raise
            messages.error(request, "This search takes too long on a table of this size: narrow it down.")
            return HttpResponseRedirect(request.path)
        except (DataError, ValueError, OverflowError, FieldError) as error:
            # What stands in the address, or was posted, is no value that a column can have: a NUL, a number beyond
            # the column's, a broken pattern.
            if not (request.GET or request.POST):
                raise
            logger.warning("admin request that cannot be understood", exc_info=error)
            messages.error(request, "This search or selection cannot be understood.")
            return HttpResponseRedirect(request.path)


@contextlib.contextmanager
def statement_timeout(model: type[Model]) -> Iterator[None]:
    """Let no statement of a request run for more than a few seconds, where the database can do that."""
    connection = connections[model._default_manager.db]
    if not is_postgresql(connection):
        yield
        return
    with transaction.atomic(using=connection.alias):
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('statement_timeout')")
            (before,) = cursor.fetchone()
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [f"{STATEMENT_SECONDS}s"])
        yield
        with connection.cursor() as cursor:
            # For a request that is one transaction itself (ATOMIC_REQUESTS): the project's own holds again.
            cursor.execute("SELECT set_config('statement_timeout', %s, true)", [before])


def pretty(value: Any) -> SafeString:
    """Show a decoded value as indented JSON, tokens blanked out, cut where nobody reads on."""
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    # A lone surrogate is valid JSON and no valid page.
    text = redact(text.encode("utf-8", "backslashreplace").decode())
    if len(text) > SHOWN_CHARACTERS:
        text = f"{text[:SHOWN_CHARACTERS]}\n… {len(text) - SHOWN_CHARACTERS:,} more characters"
    return format_html('<pre class="github-payload">{}</pre>', text)


def badge(label: str, kind: str) -> SafeString:
    """Show a state as a coloured word."""
    return format_html('<span class="github-badge github-{}">{}</span>', kind, label)


def to_the_second(moment: dt.datetime) -> str:
    """Show a moment in the site's time zone, short enough for a column."""
    return f"{timezone.localtime(as_aware(moment)):%Y-%m-%d %H:%M:%S}"
