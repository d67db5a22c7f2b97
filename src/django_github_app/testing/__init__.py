"""Helpers for tests of projects that use this package."""
