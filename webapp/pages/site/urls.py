"""URLs of the help pages."""

from __future__ import annotations

from django.urls import path

from webapp.pages.site import help

urlpatterns = [
    path("help/", help.help_page, name="help"),
    path("help/fields/", help.field_reference, name="help-fields"),
]
