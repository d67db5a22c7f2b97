"""Every page that our models have on their admin site."""

from __future__ import annotations

from typing import Any

# Pages of our models that nobody may have, or that are posted to.
NO_PAGES = {"add": 403, "delete": 403, "cancel": 405, "replay": 405}


def look_at_all(script: str) -> int:
    """Get each, and start a job that leads to its page; return how many there were. ``script``: FORCE_SCRIPT_NAME."""
    from django.contrib.auth import get_user_model
    from django.test import Client
    from django.urls import reverse

    from tests.support.setups.sites import site

    user: Any = get_user_model()
    names = {"username": "admin"} if user.USERNAME_FIELD == "username" else {}
    client = Client()
    client.force_login(user.objects.create_superuser(**names, email="admin@example.com", password="secret"))
    seen = 0

    def url_of(name: str, *args: int) -> str:
        return reverse(f"admin:{name}", args=args, current_app=site.name)

    def get(url: str, status: int = 200) -> None:
        response = client.get(url.removeprefix(script))
        assert response.status_code == status, (url, response.status_code, response.content[:500])
        response.close()

    ours = [model for model in site._registry if model._meta.app_label == "django_github_app"]
    assert len(ours) == 5
    get(url_of("index"))
    get(reverse("admin:app_list", args=["django_github_app"], current_app=site.name))
    for model in ours:
        row = model._default_manager.order_by("-pk").first()
        assert row is not None, model
        for pattern in site._registry[model].get_urls():
            name = getattr(pattern, "name", None)
            if not name:
                continue  # Django's own: leads from an old address to the present one
            page = name.rpartition("_")[2]
            url = url_of(name, *[row.pk] * len(pattern.pattern.converters))
            get(url + ("?days_to_keep=1" if page == "due" else ""), NO_PAGES.get(page, 200))
            seen += 1
            if page == "changelist":
                get(url + "?q=octo")
    posted = client.post(
        url_of("django_github_app_eventlog_cleanup").removeprefix(script), {"days_to_keep": 90, "post": "yes"}
    )
    assert posted.status_code == 302, (posted.status_code, posted.content[:500])
    assert posted["Location"].startswith(url_of("index")), posted["Location"]
    get(posted["Location"])
    return seen
