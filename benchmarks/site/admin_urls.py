from __future__ import annotations

from django.contrib import admin
from django.urls import path

from .urls import urlpatterns as webhooks

urlpatterns = [*webhooks, path("admin/", admin.site.urls)]
