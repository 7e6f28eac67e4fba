"""Checkpoints, evaluations and predictions."""

from __future__ import annotations

from django.urls import path

from webapp.pages.checkpoints import changes, checkpoints, evaluations, predictions

urlpatterns = [
    path("checkpoints/", checkpoints.checkpoint_list, name="checkpoints"),
    path("checkpoints/<uuid:id>/", checkpoints.checkpoint_page, name="checkpoint"),
    path("checkpoints/<uuid:id>/pin/", changes.checkpoint_pin, name="checkpoint-pin"),
    path("checkpoints/<uuid:id>/note/", changes.checkpoint_note, name="checkpoint-note"),
    path("checkpoints/<uuid:id>/verify/", changes.checkpoint_verify, name="checkpoint-verify"),
    path("checkpoints/<uuid:id>/delete/", changes.checkpoint_delete, name="checkpoint-delete"),
    path("checkpoints/<uuid:id>/evaluate/", evaluations.checkpoint_evaluate, name="checkpoint-evaluate"),
    path("checkpoints/<uuid:id>/try/", predictions.checkpoint_try, name="checkpoint-try"),
    path("evaluations/<uuid:id>/", evaluations.evaluation_page, name="evaluation"),
    path("evaluations/<uuid:id>/status/", evaluations.evaluation_status, name="evaluation-status"),
    path("evaluations/<uuid:id>/stop/", evaluations.evaluation_stop, name="evaluation-stop"),
    path("predictions/<uuid:id>/", predictions.prediction_page, name="prediction"),
    path("predictions/<uuid:id>/status/", predictions.prediction_status, name="prediction-status"),
    path("predictions/<uuid:id>/delete/", predictions.prediction_delete, name="prediction-delete"),
]
