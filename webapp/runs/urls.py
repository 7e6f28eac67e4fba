"""Addresses of runs: the list and the launch form, then the page of one run and its actions."""

from __future__ import annotations

from django.urls import URLPattern, path

from webapp.runs.views import acting, bulk, launching, listing, page, proving, steps

listing_and_launching: list[URLPattern] = [
    path("runs/", listing.runs, name="runs"),
    path("runs/active/", listing.runs_active, name="runs-active"),
    path("runs/export/", listing.runs_export, name="runs-export"),
    path("runs/stop/", bulk.runs_stop, name="runs-stop"),
    path("runs/delete/", bulk.runs_delete, name="runs-delete"),
    path("runs/restore/", bulk.runs_restore, name="runs-restore"),
    path("runs/tag/", bulk.runs_tag, name="runs-tag"),
    path("runs/new/", launching.launch, name="launch"),
    path("runs/new/preview/", launching.launch_preview, name="launch-preview"),
    path("runs/new/example/", launching.launch_example, name="launch-example"),
]
one_run: list[URLPattern] = [
    path("runs/<uuid:run_id>/", page.run, name="run"),
    path("runs/<uuid:run_id>/events/", page.run_events, name="run-events"),
    path("runs/<uuid:run_id>/step-losses/", steps.run_step_losses, name="run-step-losses"),
    path("runs/<uuid:run_id>/parts/", page.run_parts, name="run-parts"),
    path("runs/<uuid:run_id>/log/", page.run_log, name="run-log"),
    path("runs/<uuid:run_id>/spec/", page.run_spec, name="run-spec"),
    path("runs/<uuid:run_id>/stop/", acting.run_stop, name="run-stop"),
    path("runs/<uuid:run_id>/resume/", acting.run_resume, name="run-resume"),
    path("runs/<uuid:run_id>/check-resume/", proving.run_check_resume, name="run-check-resume"),
    path("runs/<uuid:run_id>/check-resume/stop/", proving.run_check_stop, name="run-check-stop"),
    path("runs/<uuid:run_id>/reproduce/", proving.run_reproduce, name="run-reproduce"),
    path("runs/<uuid:run_id>/delete/", acting.run_delete, name="run-delete"),
    path("runs/<uuid:run_id>/restore/", acting.run_restore, name="run-restore"),
    path("runs/<uuid:run_id>/purge/", acting.run_purge, name="run-purge"),
    path("runs/<uuid:run_id>/edit/", acting.run_edit, name="run-edit"),
]

urlpatterns = [*listing_and_launching, *one_run]
