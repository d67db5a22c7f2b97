"""Two Celery applications: ours as the documentation says, and one as people set it up without us."""

from __future__ import annotations

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.site.settings")

if os.environ.get("BENCH_NAIVE"):
    app = Celery("naive")
else:
    from django_github_app.celery import configure

    app = configure(Celery("benchmark"))
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.set_default()
