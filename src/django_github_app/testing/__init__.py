"""Helpers for tests of projects that use this package."""

from __future__ import annotations

from .fake_github import FakeGitHub

__all__ = ["FakeGitHub"]
