"""A repository's name, which is also the arguments of an address of the API. Pure."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["RepositoryName"]


class RepositoryName(str):
    """``owner/name``; empty for an event without a repository. Called, it returns arguments for an address.

    >>> repo = RepositoryName("octo-org/widgets")
    >>> repo(path="README.md")
    {'owner': 'octo-org', 'repo': 'widgets', 'path': 'README.md'}
    """

    __slots__ = ()

    @property
    def owner(self) -> str:
        """The account that the repository belongs to."""
        return self.partition("/")[0]

    @property
    def name(self) -> str:
        """The name without its owner."""
        return self.partition("/")[2]

    def __call__(self, **more: Any) -> dict[str, Any]:
        """Return ``owner``, ``repo`` and what else is given. Raises ValueError without a repository."""
        if not self:
            _refuse("repository")
        return {"owner": self.owner, "repo": self.name, **more}


def _refuse(what: str) -> NoReturn:
    raise ValueError(f"the event names no {what}")
