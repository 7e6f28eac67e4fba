"""Runs: one training of one spec."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from trainer.errors import SpecError
from trainer.messages.message import Message
from trainer.spec import Spec, upgrade
from trainer.validation.parsing import parse_spec
from webapp.datasets.models import Dataset
from webapp.experiments.models import Experiment
from webapp.jobs.models import Job, JobState, Worker
from webapp.language.fields import MessageField
from webapp.runs.durations import time_at_work


def with_devices(spec: str, worker: Worker) -> models.Q:
    """Rows whose ``spec`` requires no more devices than ``worker`` has; old specs have no such field and mean one."""
    asked = f"{spec}__computation__devices"
    return models.Q(**{f"{asked}__lte": worker.num_devices}) | models.Q(**{f"{asked}__isnull": True})


def devices_in(spec: dict[str, Any]) -> int:
    """How many devices of one machine a spec requires."""
    return int(spec.get("computation", {}).get("devices", 1))


class Run(Job):
    """One training of one spec. Its states, metrics and checkpoints belong to it.

    ``last_seq`` numbers the events of the run; ``recorded_lines`` is how many lines of the current attempt's
    ``events.jsonl`` are in the database. Both change only in ``webapp.workers.recording.recorder``.
    """

    queue: ClassVar[str] = "train"
    team_lookup: ClassVar[str] = "experiment__team_id"
    person_lookup: ClassVar[str] = "created_by_id"
    page: ClassVar[str] = "run"
    anonymous_name: ClassVar[Message] = Message("A run of another team")
    folder: ClassVar[str] = "runs"
    related: ClassVar[tuple[str, ...]] = ("experiment", "created_by")
    heavy_fields: ClassVar[tuple[str, ...]] = ("summary",)
    # The lines of events.jsonl are counted within one attempt.
    reset_at_claim: ClassVar[dict[str, Any]] = {"recorded_lines": 0, "reason": "", "claimed_at": Now()}

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="runs")
    # The version of its experiment's dataset that it trains on.
    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="runs")
    name = models.CharField(max_length=100)
    number = models.PositiveIntegerField(help_text="1, 2, 3 … within the experiment.")
    notes = models.TextField(blank=True)
    tags = models.JSONField(default=list)
    spec = models.JSONField()
    parent = models.ForeignKey(
        "checkpoints.Checkpoint", null=True, blank=True, on_delete=models.SET_NULL, related_name="children"
    )
    # The run whose spec was trained again, to check that every number is the same.
    reproduces = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="reproductions"
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    deleted_at = models.DateTimeField(null=True, blank=True)
    # The most that its checkpoints and rows will take by its spec, counted against the quota until it ends.
    promised_bytes = models.PositiveBigIntegerField(default=0)
    # When it first kept fewer checkpoints than its spec wants, because the quota of the team was used up.
    over_quota_at = models.DateTimeField(null=True, blank=True)

    # The total number of epochs to which a resume extended it, if that differs from its spec.
    extended_to = models.PositiveIntegerField(null=True, blank=True)

    last_seq = models.PositiveBigIntegerField(default=0)
    recorded_lines = models.PositiveBigIntegerField(default=0)
    # The approximate size of its events in the database: see webapp.metrics.row_sizes.
    recorded_bytes = models.PositiveBigIntegerField(default=0)
    epochs_done = models.PositiveIntegerField(default=0)
    # {metric: {"last": x, "best": x, "best_epoch": n}} for every metric that was reported.
    summary = models.JSONField(default=dict)
    # Of the experiment's metric, for sorting.
    best_value = models.FloatField(null=True, blank=True)
    # When the current attempt began, and how long workers worked on the run before it.
    claimed_at = models.DateTimeField(null=True, blank=True)
    worked_before = models.DurationField(default=timedelta)
    # Why training ended: an ``Ending`` of the trainer's events or the cause of the failure.
    reason = models.CharField(max_length=30, blank=True)

    class Meta(Job.Meta):
        abstract = False
        constraints = (models.UniqueConstraint(fields=("experiment", "number"), name="one_run_of_a_number"),)

    def __str__(self) -> str:
        return self.name

    @property
    def detail(self) -> str:
        return str(self.experiment)

    def record_state_change(self, reason: Message) -> None:
        StateChange.objects.create(run=self, state=self.state, attempt=self.attempt, reason=reason)
        if self.state != JobState.RUNNING:
            worked = time_at_work(self.history.order_by("id").values_list("state", "at"))
            Run.objects.filter(pk=self.pk).update(worked_before=worked)

    def fields_at_end(self, reason: str) -> dict[str, Any]:
        return {"reason": reason[:30]}

    @classmethod
    def suiting(cls, worker: Worker) -> models.Q:
        return with_devices("spec", worker)

    @property
    def num_devices(self) -> int:
        return devices_in(self.spec)

    @property
    def current_spec(self) -> dict[str, Any]:
        """The spec as launched, upgraded to this release; as stored when this release cannot upgrade it."""
        try:
            upgraded: dict[str, Any] = upgrade(self.spec)
        except SpecError:
            return self.spec  # type: ignore[no-any-return]
        return upgraded

    @property
    def parsed_spec(self) -> Spec:
        """The spec as launched. Raises :class:`SpecError` when this release cannot read it."""
        return parse_spec(self.spec)

    @property
    def planned_epochs(self) -> int:
        """The total number of epochs to train."""
        return self.extended_to or int(self.spec["fit"]["epochs"])

    @property
    def planned_spec(self) -> dict[str, Any]:
        """What its trainer carries out: the spec with the currently planned number of epochs."""
        spec = self.current_spec
        return spec | {"fit": spec["fit"] | {"epochs": self.planned_epochs}}

    @property
    def duration(self) -> timedelta | None:
        """How long workers worked on it, until now if it is running; pauses between attempts do not count."""
        if self.state == JobState.RUNNING and self.claimed_at is not None:
            return self.worked_before + max(timezone.now() - self.claimed_at, timedelta())
        return self.worked_before or None

    @property
    def display_state(self) -> str:
        """The state as pages show it, which may also be "starting" or "stopping"."""
        if self.is_stopping:
            return "stopping"
        if self.state == JobState.RUNNING and not self.progress.get("epoch"):
            return "starting"
        return self.state


class ResumeCheck(Job):
    """A check whether a run's spec, resumed on a worker, gives bit for bit the uninterrupted training."""

    queue: ClassVar[str] = "evaluate"
    team_lookup: ClassVar[str] = "run__experiment__team_id"
    person_lookup: ClassVar[str] = "created_by_id"
    anonymous_name: ClassVar[Message] = Message("A resume check of another team")
    folder: ClassVar[str] = "resume-checks"
    related: ClassVar[tuple[str, ...]] = ("run__experiment", "created_by")
    heavy_fields: ClassVar[tuple[str, ...]] = ("result",)

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="resume_checks")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    # Result, machine and versions: see trainer/process/resume_verification.py.
    result = models.JSONField(default=dict)

    class Meta(Job.Meta):
        abstract = False

    def __str__(self) -> str:
        return str(Message("The resume check of {run}", run=str(self.run)))

    @property
    def label(self) -> Message:
        return Message("Checking resume")

    @property
    def detail(self) -> str:
        return str(self.run)

    def get_absolute_url(self) -> str:
        return f"{self.run.get_absolute_url()}#exactness"

    @classmethod
    def suiting(cls, worker: Worker) -> models.Q:
        return with_devices("run__spec", worker)

    @property
    def num_devices(self) -> int:
        return devices_in(self.run.spec)


class StateChange(models.Model):
    """One line of a run's history."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="history")
    state = models.CharField(max_length=10)
    attempt = models.PositiveIntegerField()
    reason = MessageField(blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.state} at {self.at:%H:%M:%S}"
