"""Workers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from webapp.api import rows
from webapp.api.schemas import workers as schemas
from webapp.jobs.models import Worker

router = Router(tags=["Datasets and workers"])


@router.get("/workers", response=list[schemas.WorkerOut], summary="List workers")
def list_workers(request: HttpRequest) -> list[dict[str, Any]]:
    """Return all workers, online and offline. Workers are shared by all teams, so everyone sees all of them.

    The queue takes turns between teams, then between the people within a team.
    """
    return [rows.worker_row(worker) for worker in Worker.objects.order_by("host", "id")]
