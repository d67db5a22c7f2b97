"""Routers of projects with several databases."""

from __future__ import annotations

from typing import Any, ClassVar


class _Router:
    apps: ClassVar[set[str]] = {"django_github_app"}
    reads: ClassVar[str] = "default"
    writes: ClassVar[str] = "default"

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return self.reads if model._meta.app_label in self.apps else None

    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        return self.writes if model._meta.app_label in self.apps else None

    def allow_relation(self, *objects: Any, **hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return db == self.writes if app_label in self.apps else db == "default"


class Replica(_Router):
    """Reads go to a replica so late that it has no tables yet: whoever asks it fails."""

    reads = "other"


class LateReplica(_Router):
    """Reads go to a replica that has the tables and never gets a row."""

    apps = {"django_github_app", "django_celery_beat"}
    reads = "other"

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return True


class OursElsewhere(_Router):
    reads = writes = "other"


class BeatElsewhere(_Router):
    apps = {"django_celery_beat"}
    reads = writes = "other"


class BothElsewhere(_Router):
    apps = {"django_github_app", "django_celery_beat"}
    reads = writes = "other"
