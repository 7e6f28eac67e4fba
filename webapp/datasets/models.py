"""What Trainyard knows of a dataset once a worker has read it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.urls import reverse

from webapp.jobs.models import Job


class Dataset(Job):
    """One dataset of ``trainer.data.catalog``; as a job, it is reading and describing the data.

    Finished means ready: ``content_hash`` and ``summary`` are set. Datasets are shared by all teams.
    """

    queue: ClassVar[str] = "evaluate"
    folder: ClassVar[str] = "preparations"
    heavy_fields: ClassVar[tuple[str, ...]] = ("summary",)

    name = models.CharField(max_length=64, unique=True)
    content_hash = models.CharField(max_length=64, blank=True)
    # Class histogram, column statistics and samples (pictures as data URIs): see trainer/data/summary.py.
    summary = models.JSONField(default=dict)

    class Meta(Job.Meta):
        abstract = False

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        return f"Reading {self.name}"

    @property
    def detail(self) -> str:
        return "for all teams"

    def get_absolute_url(self) -> str:
        return reverse("dataset", args=[self.name])
