"""URLs of the launch form and of the actions on runs."""

from __future__ import annotations

from django.urls import path

from webapp.pages.launches import actions, augmentation, bulk, launching, verification

urlpatterns = [
    path("runs/stop/", bulk.runs_stop, name="runs-stop"),
    path("runs/delete/", bulk.runs_delete, name="runs-delete"),
    path("runs/restore/", bulk.runs_restore, name="runs-restore"),
    path("runs/tag/", bulk.runs_tag, name="runs-tag"),
    path("runs/new/", launching.launch, name="launch"),
    path("runs/new/preview/", launching.launch_preview, name="launch-preview"),
    path("runs/new/augmentation/", augmentation.launch_augmentation, name="launch-augmentation"),
    path(
        "runs/new/augmentation/<uuid:preview_id>/",
        augmentation.launch_augmentation_status,
        name="launch-augmentation-status",
    ),
    path("runs/new/example/", launching.launch_example, name="launch-example"),
    path("runs/<uuid:run_id>/stop/", actions.run_stop, name="run-stop"),
    path("runs/<uuid:run_id>/resume/", actions.run_resume, name="run-resume"),
    path("runs/<uuid:run_id>/check-resume/", verification.run_check_resume, name="run-check-resume"),
    path("runs/<uuid:run_id>/check-resume/stop/", verification.run_check_stop, name="run-check-stop"),
    path("runs/<uuid:run_id>/reproduce/", verification.run_reproduce, name="run-reproduce"),
    path("runs/<uuid:run_id>/delete/", actions.run_delete, name="run-delete"),
    path("runs/<uuid:run_id>/restore/", actions.run_restore, name="run-restore"),
    path("runs/<uuid:run_id>/purge/", actions.run_purge, name="run-purge"),
    path("runs/<uuid:run_id>/edit/", actions.run_edit, name="run-edit"),
]
