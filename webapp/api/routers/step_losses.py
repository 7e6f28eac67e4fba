"""The losses of single steps, for programs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from webapp.api.access import run_for
from webapp.metrics.step_losses import FEWEST, MOST, POINTS, step_losses, steps_per_epoch

router = Router(tags=["Runs"])


class HowMany(Schema):
    points: int = Field(POINTS, ge=FEWEST, le=MOST, description="How many steps; of more, those that tell most.")


class StepLosses(Schema):
    steps: list[int] = Field(description="Counted from 1 over the whole run.")
    losses: list[float | str] = Field(description="Of each step's batch; what is no number is a string such as NaN.")
    steps_per_epoch: int | None = Field(description="Null before the run has begun.")


@router.get("/runs/{uuid:id}/step-losses", response={200: StepLosses}, summary="Losses of single steps")
def run_step_losses(request: HttpRequest, id: UUID, how: Query[HowMany]) -> dict[str, Any]:
    """The loss of every batch of the epochs that have ended, in order; of many, the extremes are among them."""
    run = run_for(request, id)
    found = step_losses(run, how.points)
    columns = {"steps": [step for step, _ in found], "losses": [loss for _, loss in found]}
    return columns | {"steps_per_epoch": steps_per_epoch(run)}
