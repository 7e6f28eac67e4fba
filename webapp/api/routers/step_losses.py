"""The losses of single steps."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from webapp.api.access import run_for
from webapp.metrics.step_losses import FEWEST, MOST, POINTS, step_losses, steps_per_epoch

router = Router(tags=["Runs"])


class StepLossesQuery(Schema):
    points: int = Field(POINTS, ge=FEWEST, le=MOST, description="Maximum number of steps; longer runs are downsampled.")


class StepLossesOut(Schema):
    steps: list[int] = Field(description="Step numbers, from 1 over the whole run.")
    losses: list[float | str] = Field(description="Loss of each step's batch; NaN and infinities are strings.")
    steps_per_epoch: int | None = Field(description="null before the run has started.")


@router.get("/runs/{uuid:id}/step-losses", response={200: StepLossesOut}, summary="List step losses")
def run_step_losses(request: HttpRequest, id: UUID, how: Query[StepLossesQuery]) -> dict[str, Any]:
    """Return the loss of every batch of the completed epochs, in order. Downsampling keeps the extremes."""
    run = run_for(request, id)
    found = step_losses(run, how.points)
    columns = {"steps": [step for step, _ in found], "losses": [loss for _, loss in found]}
    return columns | {"steps_per_epoch": steps_per_epoch(run)}
