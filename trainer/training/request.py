"""What a training is asked for, and whether it got the data that its spec names."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from pathlib import Path

from trainer.data.loading import Data
from trainer.events.events import Failed
from trainer.events.failures import TrainingFailed
from trainer.messages.message import Message
from trainer.spec import Spec
from trainer.spec.metrics import Direction


@dataclass(frozen=True)
class FitRequest:
    """What to train on which data, where to write it, and what to start from.

    ``resume_from`` is a checkpoint of the same run, ``weights_from`` one of another run that provides the initial
    weights. ``prune`` removes checkpoints by the spec's own rule; a managed run leaves that to the site, which
    knows what is pinned and used. ``judged_by`` is the metric of the experiment and its direction; by default, what
    suits the data.
    """

    spec: Spec
    out: Path
    data: Data
    resume_from: Path | None = None
    weights_from: Path | None = None
    prune: bool = False
    judged_by: tuple[str, Direction] | None = None
    stop: threading.Event = field(default_factory=threading.Event)


def check_content(request: FitRequest) -> None:
    """Raise :class:`TrainingFailed` if the data is not what the spec names, by its hash, or by its name without one."""
    data, chosen = request.data, request.spec.dataset
    name, expected, actual = chosen.name, chosen.content_hash, data.content_hash
    if expected is None and name != data.facts.name:
        error = Message("The spec is about {name}, but the data is {given}.", name=name, given=data.facts.name)
        advice = Message("Give the data of {name}.", name=name)
        raise TrainingFailed(Failed(cause="bad_data", error=error, advice=advice))
    if expected is not None and expected != actual:
        error = Message(
            "The data of {name} has changed: its hash is {actual}…, the spec was made for {expected}….",
            name=name,
            actual=actual[:12],
            expected=expected[:12],
        )
        advice = Message("Launch the run again with the data as it is now.")
        raise TrainingFailed(Failed(cause="bad_data", error=error, advice=advice))
