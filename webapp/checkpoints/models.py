"""Checkpoints, their evaluations and their predictions."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from trainer.messages.message import Message
from webapp.datasets.models import Dataset
from webapp.datasets.versions import mended_from
from webapp.jobs.models import Job
from webapp.language.fields import MessageField
from webapp.runs.models import Run


class Checkpoint(models.Model):
    """Everything that is needed to resume from one moment of a run.

    ``key`` is its folder in the store (``runs/<run id>/attempt-<n>/checkpoints/cp-0005``). ``purged_at`` is set
    when its files are removed: the row stays, so that lineage and evaluations keep their meaning.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="checkpoints")
    attempt = models.PositiveIntegerField()
    name = models.CharField(max_length=40)
    epoch = models.PositiveIntegerField()
    step = models.PositiveIntegerField(default=0, help_text="Steps done in the epoch after `epoch`.")
    key = models.CharField(max_length=300, unique=True)
    metrics = models.JSONField(default=dict)
    # The experiment's metric at this checkpoint, for sorting.
    value = models.FloatField(null=True, blank=True)
    size_bytes = models.PositiveBigIntegerField()
    digest = models.CharField(max_length=64)
    # SHA-256 of its manifest.json as saved; "" for those of old releases that have not been verified since.
    manifest_sha256 = models.CharField(max_length=64, blank=True, default="")
    created_at = models.DateTimeField()
    pinned = models.BooleanField(default=False)
    note = models.TextField(blank=True)
    purged_at = models.DateTimeField(null=True, blank=True)
    # Set when its files no longer match their manifest.
    damaged = MessageField(blank=True)

    class Meta:
        ordering = ("-epoch", "-step", "-attempt")
        constraints = (models.UniqueConstraint(fields=("run", "attempt", "name"), name="one_checkpoint_of_a_name"),)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("checkpoint", args=[self.pk])


class Evaluation(Job):
    """A checkpoint measured on a split."""

    queue: ClassVar[str] = "evaluate"
    team_lookup: ClassVar[str] = "checkpoint__run__experiment__team_id"
    person_lookup: ClassVar[str] = "created_by_id"
    page: ClassVar[str] = "evaluation"
    anonymous_name: ClassVar[Message] = Message("An evaluation of another team")
    folder: ClassVar[str] = "evaluations"
    related: ClassVar[tuple[str, ...]] = ("checkpoint__run__experiment", "created_by")
    heavy_fields: ClassVar[tuple[str, ...]] = ("result",)

    class Split(models.TextChoices):
        VALIDATION = "validation", _("Validation")
        TEST = "test", _("Test")

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.CASCADE, related_name="evaluations")
    split = models.CharField(max_length=10, choices=Split.choices)
    # A mended version of the run's data on which it is measured; without one, the data that the run trained on.
    dataset = models.ForeignKey(Dataset, null=True, on_delete=models.PROTECT, related_name="evaluations")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    # Metrics, confusion matrix, per-class scores, mistakes: see trainer/inference/evaluation.py.
    result = models.JSONField(default=dict)

    class Meta(Job.Meta):
        abstract = False

    @property
    def measured_on(self) -> Dataset:
        """The version of the data on which it is measured."""
        return self.dataset or self.checkpoint.run.dataset

    def is_about(self, dataset: Dataset) -> bool:
        """Whether the examples that it names are those of ``dataset``: only mending labels keeps their places."""
        return mended_from(dataset, self.measured_on) or mended_from(self.measured_on, dataset)

    def __str__(self) -> str:
        if self.split == self.Split.TEST:
            return str(Message("{checkpoint} on test", checkpoint=self.checkpoint.name))
        return str(Message("{checkpoint} on validation", checkpoint=self.checkpoint.name))

    @property
    def label(self) -> Message:
        return Message("Evaluating {checkpoint}", checkpoint=self.checkpoint.name)

    @property
    def detail(self) -> str:
        return str(self.checkpoint.run)


class Prediction(Job):
    """ "Try it": what a checkpoint predicts for one picture or row that a person gave."""

    queue: ClassVar[str] = "evaluate"
    team_lookup: ClassVar[str] = "checkpoint__run__experiment__team_id"
    person_lookup: ClassVar[str] = "created_by_id"
    page: ClassVar[str] = "prediction"
    anonymous_name: ClassVar[Message] = Message("A question of another team")
    folder: ClassVar[str] = "predictions"
    has_private_input: ClassVar[bool] = True
    deleted_in_any_state: ClassVar[bool] = True
    related: ClassVar[tuple[str, ...]] = ("checkpoint__run__experiment", "created_by")
    heavy_fields: ClassVar[tuple[str, ...]] = ("result", "picture", "row")

    checkpoint = models.ForeignKey(Checkpoint, on_delete=models.CASCADE, related_name="predictions")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    # A picture as uploaded, until the job ends; or a row in the order of the dataset's columns:
    # numbers, names of categories, nothing where a cell is missing.
    picture = models.BinaryField(null=True)
    row = models.JSONField(null=True)
    # Classes with probabilities, or a number: see trainer/inference/prediction.py.
    result = models.JSONField(default=dict)

    class Meta(Job.Meta):
        abstract = False

    def __str__(self) -> str:
        return str(Message("Prediction by {checkpoint}", checkpoint=self.checkpoint.name))

    @property
    def label(self) -> Message:
        return Message("Trying {checkpoint}", checkpoint=self.checkpoint.name)

    @property
    def detail(self) -> str:
        return str(self.checkpoint.run)

    def fields_at_end(self, reason: str) -> dict[str, Any]:
        """The upload is never kept; the answer has the picture as the network saw it."""
        return {"picture": None}
