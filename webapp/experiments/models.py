"""Experiments: a question about one dataset, and the runs that answer it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from webapp.datasets.models import Dataset
from webapp.teams.models import Team


class Experiment(models.Model):
    """A name, a dataset, and the metric by which its runs are judged.

    ``metric`` is a name as in the events, such as ``val_accuracy``; ``metric_mode`` is "max" or "min".
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="experiments")
    name = models.CharField(max_length=100)
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="experiments")
    question = models.TextField(blank=True, help_text=_("What the experiment wants to find out."))
    metric = models.CharField(max_length=64)
    metric_mode = models.CharField(max_length=3, choices=[("max", "highest"), ("min", "lowest")])
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    archived_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("team", "name"), name="one_experiment_of_a_name"),)

    def __str__(self) -> str:
        return self.name
