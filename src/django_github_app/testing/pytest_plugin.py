"""Fixtures for projects that use this package."""
