"""The typed events that a trainer emits: one JSON object per line in ``events.jsonl``.

Lines are numbered from 1 within one attempt (``line``). A non-finite number is written as the string
"NaN", "Infinity" or "-Infinity", so that every line is valid JSON.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from trainer.messages.message import Message

Metrics = dict[str, float]
# Exit code of a trainer that could not write its last event because of a disk error (EX_IOERR of sysexits.h).
DISK_REFUSED = 74


class Event(BaseModel):
    """Fields of all events: their line in the attempt's file and the time of writing (UTC)."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="strings")

    line: int = 0
    at: datetime = Field(default_factory=lambda: datetime.now(UTC))


class Started(Event):
    """The network is built and training is about to start. ``epoch`` and ``step`` count what is already done."""

    kind: Literal["started"] = "started"
    epoch: int
    step: int
    epochs: int
    steps_per_epoch: int
    num_parameters: int
    num_train: int
    num_validation: int
    num_test: int
    device: str
    content_hash: str
    versions: dict[str, str]
    resumed_from: str = ""


class Progress(Event):
    """Progress within 1-based ``epoch``: ``step`` of ``steps_per_epoch`` done. At most two per second."""

    kind: Literal["progress"] = "progress"
    epoch: int
    step: int
    epochs: int
    steps_per_epoch: int
    learning_rate: float
    examples_per_second: float
    seconds_left: float | None


class StepLosses(Event):
    """The loss of every batch of 1-based ``epoch``, which ends with the next event.

    ``losses`` is base64 of little-endian float32, one per step: about five characters each, and NaN is an ordinary
    value. Steps whose loss is unknown, because a checkpoint of an older release was inside the epoch, are NaN.
    """

    kind: Literal["steps"] = "steps"
    epoch: int
    losses: str


class EpochEnded(Event):
    """1-based ``epoch`` is complete. ``metrics`` has those of training and, with prefix ``val_``, of validation."""

    kind: Literal["epoch"] = "epoch"
    epoch: int
    epochs: int
    metrics: Metrics
    learning_rate: float
    seconds: float
    examples_per_second: float
    seconds_left: float | None


class Logged(Event):
    """A log line for people."""

    kind: Literal["log"] = "log"
    level: Literal["info", "warning", "error"]
    message: Message


class SystemSampled(Event):
    """Resource usage of this trainer; ``None`` where it cannot be measured."""

    kind: Literal["system"] = "system"
    cpu_percent: float
    memory_bytes: int
    gpu_percent: float | None = None
    gpu_memory_bytes: int | None = None


class CheckpointSaved(Event):
    """A checkpoint is complete and has its name. ``path`` is relative to the attempt's folder.

    ``manifest_sha256`` covers its manifest and, through the digests in it, all its files; "" in events of old releases.
    """

    kind: Literal["checkpoint"] = "checkpoint"
    name: str
    path: str
    epoch: int
    step: int
    metrics: Metrics
    size_bytes: int
    digest: str
    manifest_sha256: str = ""


Ending = Literal["completed", "early_stopping", "target_reached", "time_limit", "stopped"]


class Finished(Event):
    """Training ended normally: all epochs done, a rule of the spec that ends it early, or a requested stop."""

    kind: Literal["finished"] = "finished"
    reason: Ending
    epoch: int
    message: Message = Message("")


class Failed(Event):
    """Training cannot continue. ``error`` says what happened, ``advice`` what to do."""

    kind: Literal["failed"] = "failed"
    cause: Literal["error", "out_of_memory", "nan", "bad_spec", "bad_data", "bad_checkpoint"]
    error: Message
    advice: Message = Message("")


class Worked(Event):
    """Progress of an evaluation, a prediction or the preparation of a dataset; ``fraction`` in 0..1."""

    kind: Literal["worked"] = "worked"
    fraction: float
    message: Message = Message("")


class Result(Event):
    """The outcome of an evaluation, a prediction or the preparation of a dataset."""

    kind: Literal["result"] = "result"
    result: dict[str, Any]


AnyEvent = Annotated[
    Started
    | Progress
    | StepLosses
    | EpochEnded
    | Logged
    | SystemSampled
    | CheckpointSaved
    | Finished
    | Failed
    | Worked
    | Result,
    Field(discriminator="kind"),
]
ADAPTER: TypeAdapter[AnyEvent] = TypeAdapter(AnyEvent)


def parse_line(line: str | bytes) -> AnyEvent:
    """Parse one line of ``events.jsonl``; raises ``pydantic.ValidationError`` when it is not an event."""
    return ADAPTER.validate_json(line)
