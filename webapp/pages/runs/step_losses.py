"""The losses of single steps, for the chart that shows them."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from webapp.metrics.step_losses import step_losses, steps_per_epoch
from webapp.runs.access import get_run
from webapp.teams.access import requires
from webapp.teams.models import Role


@requires(Role.VIEWER)
@require_safe
def run_step_losses(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """``{"steps": [1, …], "losses": […], "steps_per_epoch": n}``, downsampled to what a chart can show."""
    run = get_run(request.user, run_id)
    found = step_losses(run)
    columns = {"steps": [step for step, _ in found], "losses": [loss for _, loss in found]}
    return JsonResponse(columns | {"steps_per_epoch": steps_per_epoch(run)})
