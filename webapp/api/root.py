"""The API object: its routers, its error handlers, its OpenAPI document."""

from __future__ import annotations

from django.conf import settings

from webapp.api import errors
from webapp.api.contract import Api, JsonParser
from webapp.api.routers import checkpoints, datasets, plugins, runs, space, step_losses, verification, versions, workers
from webapp.api.tokens import Bearer

api = Api(
    title="Trainyard",
    version=settings.VERSION,
    description="Bring data, launch runs from specs, follow their metrics, evaluate and download checkpoints.",
    auth=Bearer(),
    parser=JsonParser(),
    urls_namespace="api",
    docs_url=None,
)
errors.install(api)
api.add_router("", runs.router)
api.add_router("", verification.router)
api.add_router("", step_losses.router)
api.add_router("", checkpoints.router)
api.add_router("", space.router)
api.add_router("", datasets.router)
api.add_router("", plugins.router)
api.add_router("", versions.router)
api.add_router("", workers.router)
