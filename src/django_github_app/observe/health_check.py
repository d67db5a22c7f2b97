"""A check for django-health-check (4.0 or newer): put it into the ``checks`` of its view.

HealthCheckView.as_view(checks=["django_github_app.observe.health_check.GitHubAppReady"])
"""

from __future__ import annotations

import dataclasses

from health_check.base import HealthCheck
from health_check.exceptions import ServiceUnavailable, ServiceWarning

from . import health

__all__ = ["GitHubAppReady"]


@dataclasses.dataclass
class GitHubAppReady(HealthCheck):  # type: ignore[misc]  # django-health-check has no types
    """Whether deliveries can be stored; a warning when they only cannot be published."""

    def run(self) -> None:
        """Raise what is wrong, as django-health-check wants it."""
        findings = health.examine()
        problems = "; ".join(f"{one.subject}: {one.problem}" for one in findings if one.problem)
        if not health.is_ready(findings):
            raise ServiceUnavailable(problems)
        if problems:
            raise ServiceWarning(problems)
