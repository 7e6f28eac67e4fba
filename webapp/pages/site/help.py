"""Help: keys, words, roles, and a reference of every field of the spec."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from webapp.spec_ui.reference import sections
from webapp.teams.access import signed_in


@signed_in
@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    return render(request, "site/help.html")


@signed_in
@require_safe
def field_reference(request: HttpRequest) -> HttpResponse:
    """Every field with its help, source, unit, range and default, filtered by ``?q=``."""
    wanted = request.GET.get("q", "").strip()
    return render(request, "site/field_reference.html", {"sections": sections(wanted), "wanted": wanted})
