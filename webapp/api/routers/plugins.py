"""Datasets in Python: which there are, and beginning one."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import Router
from ninja.responses import Status

from webapp.api import rows
from webapp.api.access import caller_of
from webapp.api.schemas import plugins as schemas
from webapp.api.schemas.base import Refusal
from webapp.api.schemas.datasets import UploadOut
from webapp.datasets import plugins
from webapp.teams.models import Role

router = Router(tags=["Datasets and workers"])
REFUSALS = {403: Refusal}
CHANGES = {**REFUSALS, 409: Refusal}


@router.get("/plugins", response={200: schemas.PluginsOut, **REFUSALS}, summary="List datasets in Python")
def list_plugins(request: HttpRequest) -> dict[str, Any]:
    """Return what the Python files on the server declared when a worker last read them."""
    caller_of(request, Role.MEMBER)
    return rows.scan_row(plugins.last_scan())


@router.post("/plugins/read", response={202: schemas.PluginsOut, **CHANGES}, summary="Read the plug-in folder")
def read_plugins(request: HttpRequest) -> Any:
    """Have a worker read the Python files again; poll the list until its `state` is `finished`."""
    caller_of(request, Role.MEMBER)
    return Status(202, rows.scan_row(plugins.scan_again()))


@router.post("/plugins/datasets", response={201: UploadOut, **CHANGES}, summary="Begin a dataset in Python")
def begin_plugin_dataset(request: HttpRequest, body: schemas.NewPluginDataset) -> Any:
    """Have a worker run the function for a preview; the answer is an upload without bytes, to look at and accept."""
    caller = caller_of(request, Role.MEMBER)
    upload = plugins.begin(caller.team, caller.user, body.plugin, body.title, body.parameters)
    return Status(201, rows.upload_row(upload))
