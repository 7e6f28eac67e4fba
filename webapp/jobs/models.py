"""Workers, and the states of every job: queued, running, then stopped, finished or failed."""

from __future__ import annotations

import uuid
from datetime import timedelta
from functools import reduce
from typing import Any, ClassVar, Self

from django.apps import apps
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from trainer.messages.message import Message, Words
from webapp.language.fields import MessageField


class Worker(models.Model):
    """A process that takes jobs, as it last reported itself. A pool child is one worker, with one job at a time."""

    id = models.CharField(primary_key=True, max_length=200)
    host = models.CharField(max_length=200)
    pid = models.IntegerField()
    queues = models.JSONField(default=list)
    # Name, memory and load of each device, for the page.
    devices = models.JSONField(default=list)
    versions = models.JSONField(default=dict)
    started_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(db_index=True)
    # Set when the worker was asked to end: its job will save a checkpoint and be requeued.
    leaving = models.BooleanField(default=False)
    # Free bytes on the disk of its data folder, where its checkpoints are written.
    free_disk_bytes = models.PositiveBigIntegerField(null=True, blank=True)

    def __str__(self) -> str:
        return self.id

    @property
    def is_online(self) -> bool:
        return not self.leaving and self.last_seen_at > timezone.now() - timedelta(seconds=settings.LEASE_SECONDS)

    @property
    def num_devices(self) -> int:
        """How many devices a run has here: GPUs, or on a machine without GPUs the devices that JAX sees."""
        gpus = [device for device in self.devices if device.get("kind") == "GPU"]
        return len(gpus) or next((int(device.get("logical", 1)) for device in self.devices), 1)


class Turn(models.Model):
    """When a person's work in a queue was last started, for ``webapp.jobs.turns``. It outlives the job.

    ``team`` and ``person`` are ids as text; "" for work without an owner.
    """

    queue = models.CharField(max_length=20)
    team = models.CharField(max_length=36, blank=True)
    person = models.CharField(max_length=36, blank=True)
    served_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("queue", "team", "person"), name="one_turn_of_a_person"),)

    def __str__(self) -> str:
        return f"{self.person} of {self.team} in {self.queue}"


class JobState(models.TextChoices):
    """The states of a job."""

    QUEUED = "queued", _("Queued")  # waits for a worker
    RUNNING = "running", _("Running")  # a worker holds its lease
    STOPPED = "stopped", _("Stopped")  # ended because a person asked for it
    FINISHED = "finished", _("Finished")  # ended normally
    FAILED = "failed", _("Failed")  # ended by an error

    @property
    def is_finished(self) -> bool:
        return self in (JobState.STOPPED, JobState.FINISHED, JobState.FAILED)


class Job(models.Model):
    """A piece of work for a worker. ``webapp.jobs.lifecycle`` is the only place that changes its state.

    ``attempt`` counts executions and fences: a write that carries an old attempt number changes nothing.
    """

    # Set by each kind of job: the queue it is sent to.
    queue: ClassVar[str]
    # Lookups of the team and the person that a job is for; "" for work that serves all teams.
    team_lookup: ClassVar[str] = ""
    person_lookup: ClassVar[str] = ""
    # The name of the address of its page, which takes the job's id.
    page: ClassVar[str]
    # What the job is called where its name may not be shown.
    anonymous_name: ClassVar[Message] = Message("A job of another team")
    # The folder, below the data folder, in which trainers carry out jobs of this kind.
    folder: ClassVar[str]
    # Whether a person gave what it works on, so that its files are removed with it and are not kept with its logs.
    has_private_input: ClassVar[bool] = False
    # Whether people may delete it in any state, so that a killed worker can leave files of a job without a row.
    deleted_in_any_state: ClassVar[bool] = False
    # What a list of jobs selects along with the row, and the columns that may be large and are not shown there.
    related: ClassVar[tuple[str, ...]] = ()
    heavy_fields: ClassVar[tuple[str, ...]] = ()
    # What a kind of job resets when a worker claims it, besides the fields below.
    reset_at_claim: ClassVar[dict[str, Any]] = {}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(max_length=10, choices=JobState.choices, default=JobState.QUEUED)
    attempt = models.PositiveIntegerField(default=0)
    restarts = models.PositiveIntegerField(default=0)
    worker = models.ForeignKey(Worker, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    lease_until = models.DateTimeField(null=True, blank=True)
    stop_requested_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    queued_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # How far it is, for the page: {"fraction": 0..1, "message": the JSON of a message} and more for runs.
    progress = models.JSONField(default=dict)
    error = MessageField(blank=True)
    advice = MessageField(blank=True)

    class Meta:
        abstract = True
        indexes = (models.Index(fields=("state", "queued_at"), name="%(app_label)s_%(class)s_queue"),)

    def get_absolute_url(self) -> str:
        """The page that shows the job."""
        return reverse(self.page, args=[self.pk])

    @classmethod
    def heavy_fields_of(cls, relation: str) -> list[str]:
        """The heavy fields as rows name them that have such a job as their ``relation``."""
        return [f"{relation}__{name}" for name in cls.heavy_fields]

    @classmethod
    def kind(cls) -> str:
        """The name of this kind of job in messages to workers, such as "runs.run"."""
        return cls._meta.label_lower

    @classmethod
    def rows(cls) -> models.QuerySet[Self]:
        """All rows of this kind of job."""
        return cls._default_manager.all()

    @classmethod
    def suiting(cls, worker: Worker) -> models.Q:
        """A filter for the jobs that ``worker`` can do; overridden by kinds that not every worker can do."""
        return models.Q()

    @property
    def team_id(self) -> Any:
        """The id of the team that the job is for; ``None`` for work that is for everybody."""
        names = self.team_lookup.split("__") if self.team_lookup else []
        return reduce(getattr, names, self) if names else None

    @property
    def label(self) -> Words:
        """The job in a few words, such as "Evaluating cp-0005"."""
        return str(self)

    @property
    def detail(self) -> Words:
        """What the job belongs to."""
        return ""

    @property
    def num_devices(self) -> int:
        """How many devices of one machine it needs."""
        return 1

    @property
    def doing(self) -> Message:
        """What the worker says that it does now; empty when it has said nothing."""
        return Message.from_json(self.progress.get("message", ""))

    @property
    def shown_progress(self) -> dict[str, Any]:
        """``progress`` as its readers get it, in their language."""
        return self.progress | ({"message": str(self.doing)} if "message" in self.progress else {})

    @property
    def is_finished(self) -> bool:
        return JobState(self.state).is_finished

    @property
    def is_stopping(self) -> bool:
        return self.state == JobState.RUNNING and self.stop_requested_at is not None

    def record_state_change(self, reason: Message) -> None:
        """Called in the transaction of every change of state; kinds that keep a history write it here."""

    def fields_at_end(self, reason: str) -> dict[str, Any]:
        """The fields to set besides the state when the job ends because of ``reason``."""
        return {}


def job_models() -> list[type[Job]]:
    """Every kind of job."""
    return [model for model in apps.get_models() if issubclass(model, Job)]


def models_of(queue: str) -> list[type[Job]]:
    """Every kind of job that is sent to ``queue``."""
    return [model for model in job_models() if model.queue == queue]


def job_model(kind: object) -> type[Job] | None:
    """The kind of job that is named ``kind`` in messages; ``None`` when there is none."""
    return next((model for model in job_models() if model.kind() == kind), None)
