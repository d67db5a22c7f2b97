"""Admin sites of projects that have one of their own, or several."""

from __future__ import annotations

import os

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig


class OwnSite(admin.AdminSite):
    site_header = "Operations"


class OwnAdminConfig(AdminConfig):
    """In INSTALLED_APPS in place of ``django.contrib.admin``: the site that everything is registered on is ours."""

    default_site = "tests.support.setups.sites.OwnSite"


def second_site() -> admin.AdminSite:
    """Return a site that our models moved to: the default one does not have them any more."""
    site = OwnSite("operations")
    for model, of_model in list(admin.site._registry.items()):
        if model._meta.app_label == "django_github_app":
            site.register(model, type(of_model))
            admin.site.unregister(model)
    return site


SEVERAL = os.environ.get("SETUP_ADMIN") == "several"
site = second_site() if SEVERAL else admin.site
"""Where our models are."""
