"""Datasets in Python: the list of what the files in the plug-in folder declare, and beginning one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from webapp.datasets import plugins
from webapp.datasets.uploading import Refused
from webapp.jobs.lifecycle import why_waiting
from webapp.jobs.models import JobState
from webapp.pages.datasets.choices_form import TASK
from webapp.teams.access import person_of, requires, team_of
from webapp.teams.models import Role
from webapp.ui.polling import reload_page


@requires(Role.MEMBER)
@require_safe
def plugin_list(request: HttpRequest) -> HttpResponse:
    return render(request, "plugins/list.html", _context())


@requires(Role.MEMBER)
@require_safe
def plugin_status(request: HttpRequest) -> HttpResponse:
    """The part that is polled while a worker reads the folder; once it has, the whole page is reloaded."""
    context = _context()
    return reload_page() if context["scan"].is_finished else render(request, "plugins/_status.html", context)


@requires(Role.MEMBER)
@require_POST
def plugin_scan(request: HttpRequest) -> HttpResponse:
    """Have the folder read again."""
    try:
        plugins.scan_again()
    except Refused as error:
        messages.error(request, str(error))
    return redirect("plugins")


@requires(Role.MEMBER)
@require_POST
def plugin_begin(request: HttpRequest) -> HttpResponse:
    """Begin a dataset with the defaults of its parameters; its page is that of an upload."""
    try:
        upload = plugins.begin(team_of(request), person_of(request), request.POST.get("plugin", ""))
    except Refused as error:
        messages.error(request, str(error))
        return redirect("plugins")
    return redirect("upload", upload.pk)


def _context() -> dict[str, Any]:
    scan = plugins.last_scan()
    found = plugins.plugins_of(scan)
    return {
        "scan": scan,
        "plugins": [each for each in found if each.function],
        "problems": [each for each in found if not each.function],
        "tasks": dict(TASK),
        "is_configured": plugins.is_configured(),
        "has_failed": scan.state == JobState.FAILED,
        "why_waiting": "" if scan.is_finished else why_waiting(scan),
    }
