"""The URL of the workers page."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.pages.workers import views

urlpatterns: list[URLPattern] = [path("workers/", views.workers, name="workers")]
