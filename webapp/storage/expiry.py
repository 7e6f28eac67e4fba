"""Inputs of "Try it" are not kept: an uploaded picture is removed at the answer, and the answer after some days.

The uploaded picture is in the row only until the job ends; see ``Prediction.fields_at_end``.
"""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db.models import DurationField, Value
from django.db.models.functions import Now

from webapp.checkpoints.models import Prediction
from webapp.jobs.lifecycle import ENDED


def forget(prediction: Prediction) -> None:
    """Remove the example and its answer at once; a worker that is processing it loses the job."""
    Prediction.objects.filter(pk=prediction.pk).delete()


def forget_old_predictions() -> None:
    """Remove predictions older than ``PREDICTIONS_KEPT_DAYS``. Called by the reconciler."""
    before = Now() - Value(timedelta(days=settings.PREDICTIONS_KEPT_DAYS), output_field=DurationField())
    Prediction.objects.filter(state__in=ENDED, created_at__lt=before).delete()
