"""Datasets: what is known of each version, and its preparation, which is a job."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from trainer.data.facts import DatasetFacts, joined_labels
from trainer.data.own.formats import title_of
from trainer.messages.message import Message, Words
from webapp.datasets.fields import FactsField
from webapp.jobs.models import Job
from webapp.teams.models import Team


class Dataset(Job):
    """One version of a dataset; as a job, it is being prepared for training.

    Without a ``team`` all teams share it. A version that people made by mending labels has ``corrections``, as a worker
    gets them, of the version ``base``, and its ``owner`` made it. ``content_hash`` and ``summary`` are known once a
    worker has prepared it; ``num_bytes`` is the size of the prepared dataset in the store, 0 while it is not there. A
    dataset that nobody asked for is "stopped".
    """

    queue: ClassVar[str] = "evaluate"
    team_lookup: ClassVar[str] = "team_id"
    person_lookup: ClassVar[str] = "owner_id"
    folder: ClassVar[str] = "preparations"
    deleted_in_any_state: ClassVar[bool] = True
    heavy_fields: ClassVar[tuple[str, ...]] = ("summary", "corrections")

    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE, related_name="datasets")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    name = models.CharField(max_length=64)
    version = models.PositiveIntegerField(default=1)
    facts: DatasetFacts = FactsField(default=dict)  # type: ignore[assignment]
    content_hash = models.CharField(max_length=64, blank=True)
    num_bytes = models.PositiveBigIntegerField(default=0)
    base = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    corrections = models.JSONField(default=list)
    # Class histogram, column statistics and samples (pictures as data URIs): see trainer/data/summary.py.
    summary = models.JSONField(default=dict)

    class Meta(Job.Meta):
        abstract = False
        constraints = (
            models.UniqueConstraint(fields=("team", "name", "version"), name="one_version_in_a_team"),
            models.UniqueConstraint(fields=("name", "version"), condition=Q(team=None), name="one_version_for_all"),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def title(self) -> Message:
        return self.facts.shown_title

    @property
    def is_described(self) -> bool:
        """Whether there is a summary; it remains valid for the data even if a later attempt fails."""
        return bool(self.summary)

    @property
    def is_stored(self) -> bool:
        """Whether the prepared dataset is in the store, where every worker finds it."""
        return self.num_bytes > 0

    @property
    def is_usable(self) -> bool:
        """Whether runs may train on it: a version that people made exists only once a worker has prepared it."""
        return self.version == 1 or bool(self.content_hash)

    @property
    def label(self) -> Message:
        if self.version > 1:
            return Message("Preparing {dataset}, version {version}", dataset=self.name, version=self.version)
        return Message("Preparing {dataset}", dataset=self.name)

    @property
    def detail(self) -> Words:
        return "" if self.team_id else Message("for all teams")

    def get_absolute_url(self) -> str:
        """The page of this version; that of a dataset that all teams share has only one."""
        page = reverse("dataset", args=[self.name])
        return page if self.team_id is None else f"{page}?version={self.version}"


class PendingCorrection(models.Model):
    """What a person says about an example, to be in the team's next version of the dataset.

    ``label`` is a class, a value or a list of labels; ``None`` leaves the example out, because it is ambiguous if
    ``is_ambiguous``.
    """

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    dataset = models.ForeignKey(Dataset, on_delete=models.CASCADE, related_name="pending")
    index = models.PositiveIntegerField()
    label = models.JSONField(null=True)
    is_ambiguous = models.BooleanField(default=False)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    said_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("index",)
        constraints = (
            models.UniqueConstraint(fields=("team", "dataset", "index"), name="one_correction_of_an_example"),
        )

    def __str__(self) -> str:
        return f"{self.dataset} {self.index}"

    @property
    def shown_label(self) -> Any:
        return joined_labels(self.label) if isinstance(self.label, list) else self.label


class PluginScan(Job):
    """The one reading of the plug-in folder: a worker says which datasets the Python files there declare.

    ``found`` are those of the last reading that succeeded, as :class:`trainer.plugins.facts.PluginFacts` in JSON.
    """

    queue: ClassVar[str] = "evaluate"
    page: ClassVar[str] = "plugins"
    folder: ClassVar[str] = "plugin-scans"
    heavy_fields: ClassVar[tuple[str, ...]] = ("found",)

    found = models.JSONField(default=list)

    class Meta(Job.Meta):
        abstract = False

    def __str__(self) -> str:
        return str(self.label)

    @property
    def label(self) -> Message:
        return Message("Reading the plug-in folder")

    @property
    def detail(self) -> Words:
        return Message("for all teams")

    def get_absolute_url(self) -> str:
        return reverse(self.page)


class UploadAct(models.TextChoices):
    """What a worker does with a file that has arrived."""

    UNDERSTAND = "understand", _("Understand")
    PREPARE = "prepare", _("Prepare")


class Upload(Job):
    """A file of a team on its way to a dataset: received in parts, understood by a worker, and then prepared.

    It is "stopped" while parts are missing, and finished when the ``act`` is done. ``understood`` is what
    :meth:`trainer.data.own.understanding.Understanding.to_json` gives, empty while nothing is known; ``dataset`` is
    what it became. ``fingerprint`` (``webapp/datasets/recognising.py``) is the sender's until the file has arrived;
    ``sha256`` is known once a worker has read the file, which must then be the ``announced_sha256``, if there is one.
    A dataset in Python has no bytes: ``plugin`` is what it declares, as :class:`trainer.plugins.facts.PluginFacts` in
    JSON, and its name is in ``file_name``.
    """

    queue: ClassVar[str] = "evaluate"
    team_lookup: ClassVar[str] = "team_id"
    person_lookup: ClassVar[str] = "owner_id"
    page: ClassVar[str] = "upload"
    folder: ClassVar[str] = "imports"
    deleted_in_any_state: ClassVar[bool] = True
    heavy_fields: ClassVar[tuple[str, ...]] = ("understood",)

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="uploads")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    file_name = models.CharField(max_length=255)
    num_bytes = models.PositiveBigIntegerField()
    received_bytes = models.PositiveBigIntegerField(default=0)
    fingerprint = models.CharField(max_length=64, blank=True)
    announced_sha256 = models.CharField(max_length=64, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    act = models.CharField(max_length=10, choices=UploadAct.choices, default=UploadAct.UNDERSTAND)
    choices = models.JSONField(default=dict)
    understood = models.JSONField(default=dict)
    dataset = models.ForeignKey(Dataset, null=True, on_delete=models.CASCADE, related_name="+")
    # The dataset of which it is to be the next version, if any.
    version_of = models.ForeignKey(Dataset, null=True, on_delete=models.SET_NULL, related_name="+")
    plugin = models.JSONField(default=dict)

    class Meta(Job.Meta):
        abstract = False

    def __str__(self) -> str:
        return self.file_name

    @property
    def title(self) -> str:
        """The title that the dataset gets: the one that was chosen, else what the file is called."""
        return self.choices.get("title") or title_of(self.file_name)

    @property
    def is_received(self) -> bool:
        return self.received_bytes == self.num_bytes

    @property
    def settled_choices(self) -> dict[str, Any]:
        """The choices with what was guessed, so that what is prepared is what was shown."""
        if self.understood.get("source") != "pictures":
            return dict(self.choices)
        height, width, channels = self.understood["input_shape"]
        shape = {"height": height, "width": width, "colour": "grey" if channels == 1 else "colour"}
        return self.choices | shape | {"group": self.understood["group_name"]}

    @property
    def label(self) -> Message:
        if self.plugin:
            return Message("Running {plugin}", plugin=self.file_name)
        return Message("Reading {file}", file=self.file_name)
