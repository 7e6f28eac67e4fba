"""Comparing runs."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.pages.comparison import views

urlpatterns: list[URLPattern] = [
    path("compare/", views.compare, name="compare"),
    path("compare/parts/", views.compare_parts, name="compare-parts"),
]
