"""Datasets and workers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router

from webapp.api import rows
from webapp.api.access import caller_of
from webapp.api.schemas import inventory as schemas
from webapp.datasets.access import datasets_of
from webapp.jobs.models import Worker

router = Router(tags=["Datasets and workers"])


@router.get("/datasets", response=list[schemas.DatasetOut], summary="List datasets")
def list_datasets(request: HttpRequest) -> list[dict[str, Any]]:
    """Return the datasets that the team's specs may name: those that all teams share, and its own."""
    return [rows.dataset_row(dataset) for dataset in datasets_of(caller_of(request).team)]


@router.get("/workers", response=list[schemas.WorkerOut], summary="List workers")
def list_workers(request: HttpRequest) -> list[dict[str, Any]]:
    """Return all workers, online and offline. Workers are shared by all teams, so everyone sees all of them.

    The queue takes turns between teams, then between the people within a team.
    """
    return [rows.worker_row(worker) for worker in Worker.objects.order_by("host", "id")]
