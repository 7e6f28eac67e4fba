"""URLs of runs: the list, and the page of one run with its data."""

from __future__ import annotations

from django.urls import path

from webapp.pages.runs import listing, run, step_losses

urlpatterns = [
    path("runs/", listing.runs, name="runs"),
    path("runs/active/", listing.runs_active, name="runs-active"),
    path("runs/export/", listing.runs_export, name="runs-export"),
    path("runs/<uuid:run_id>/", run.run, name="run"),
    path("runs/<uuid:run_id>/events/", run.run_events, name="run-events"),
    path("runs/<uuid:run_id>/step-losses/", step_losses.run_step_losses, name="run-step-losses"),
    path("runs/<uuid:run_id>/parts/", run.run_parts, name="run-parts"),
    path("runs/<uuid:run_id>/log/", run.run_log, name="run-log"),
    path("runs/<uuid:run_id>/spec/", run.run_spec, name="run-spec"),
]
