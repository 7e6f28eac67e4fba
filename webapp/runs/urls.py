"""Addresses of runs: the list, and the page of one run with what it shows."""

from __future__ import annotations

from django.urls import path

from webapp.runs.views import listing, page, steps

urlpatterns = [
    path("runs/", listing.runs, name="runs"),
    path("runs/active/", listing.runs_active, name="runs-active"),
    path("runs/export/", listing.runs_export, name="runs-export"),
    path("runs/<uuid:run_id>/", page.run, name="run"),
    path("runs/<uuid:run_id>/events/", page.run_events, name="run-events"),
    path("runs/<uuid:run_id>/step-losses/", steps.run_step_losses, name="run-step-losses"),
    path("runs/<uuid:run_id>/parts/", page.run_parts, name="run-parts"),
    path("runs/<uuid:run_id>/log/", page.run_log, name="run-log"),
    path("runs/<uuid:run_id>/spec/", page.run_spec, name="run-spec"),
]
