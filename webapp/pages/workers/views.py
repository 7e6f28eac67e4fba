"""The workers page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from webapp.jobs import dispatch
from webapp.pages.workers import overview
from webapp.teams.access import requires, team_of
from webapp.teams.models import Role


@requires(Role.VIEWER)
@require_safe
def workers(request: HttpRequest) -> HttpResponse:
    """Hosts, devices, current jobs and the queue. htmx polls the part that changes."""
    given = request.GET.get("queue", "")
    queue = given if given in dispatch.QUEUES else ""
    team = team_of(request)
    lines, queued = overview.workers(team, queue), overview.queued(team, queue)
    context = {
        "queue": queue,
        "here": [line for line in lines if line.is_here or line.state == "gone"],
        "left": [line for line in lines if line.state == "left"],
        "queued": queued,
        "redis_is_there": dispatch.is_redis_there(),
        "summary": overview.summary_of(lines, queued.number),
    }
    return render(request, "workers/_now.html" if request.htmx else "workers/workers.html", context)  # type: ignore[attr-defined]
