"""What is asked of a worker while a launch form is filled in."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse

from trainer.messages.message import Message, Words
from webapp.datasets.models import Dataset
from webapp.jobs.models import Job
from webapp.teams.models import Team


class AugmentationPreview(Job):
    """Some pictures of a dataset as an augmentation makes them; kept only while the form is likely to be open.

    ``digest`` names the dataset's content and the ``augmentation``. ``result`` is ``{"examples": …}`` as
    :func:`trainer.augmentation.preview.examples_of` gives them.
    """

    queue: ClassVar[str] = "evaluate"
    team_lookup: ClassVar[str] = "team_id"
    person_lookup: ClassVar[str] = "person_id"
    anonymous_name: ClassVar[Message] = Message("A preview of another team")
    folder: ClassVar[str] = "augmentation-previews"
    has_private_input: ClassVar[bool] = True
    deleted_in_any_state: ClassVar[bool] = True
    related: ClassVar[tuple[str, ...]] = ("dataset",)
    heavy_fields: ClassVar[tuple[str, ...]] = ("result",)

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="+")
    augmentation = models.JSONField()
    digest = models.CharField(max_length=64)
    result = models.JSONField(default=dict)

    class Meta(Job.Meta):
        abstract = False
        # The name that it would have is longer than databases take.
        indexes = (models.Index(fields=("state", "queued_at"), name="launches_preview_queue"),)

    def __str__(self) -> str:
        return str(self.label)

    @property
    def label(self) -> Message:
        return Message("Augmenting some pictures")

    @property
    def detail(self) -> Words:
        return self.dataset.title

    def get_absolute_url(self) -> str:
        return f"{reverse('launch')}?dataset={self.dataset.name}"
