"""Each system check, by what it finds and what it leaves alone."""

from __future__ import annotations

from django.core.checks import ERROR, run_checks
from django.test import override_settings


def test_mapping_both_views_is_no_error() -> None:
    # django_github_app.E001 of django-github-app; tests.support.urls maps both.
    assert "django_github_app.E001" not in [message.id for message in run_checks()]


def test_the_checks_are_registered() -> None:
    with override_settings(GITHUB_APP={}):
        plain, deployed = run_checks(), run_checks(include_deployment_checks=True)
    assert "django_github_app.W013" in [message.id for message in plain]
    assert "django_github_app.E002" in [message.id for message in deployed]


def test_a_fresh_checkout_without_a_secret_may_migrate_and_test() -> None:
    with override_settings(GITHUB_APP={}):
        serious = [message for message in run_checks() if message.is_serious(ERROR)]
    assert [message.id for message in serious if str(message.id).startswith("django_github_app")] == []
