"""What a request to a trainer needs on this machine: prepared data and checkpoints, fetched when they are elsewhere."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

from trainer.errors import Explained
from trainer.messages.message import Message
from webapp.checkpoints.models import Checkpoint
from webapp.datasets.models import Dataset
from webapp.jobs.models import Job
from webapp.runs.models import Run
from webapp.storage import prepared
from webapp.storage.bucket import NotHereYet, StoreError, StoreUnavailable
from webapp.workers.recording import store_fetch

WAIT = Message(
    "Nothing is lost: try again when the machine that wrote the checkpoint, or the bucket, is available again."
)


class CannotContinue(Explained):
    """A job cannot start or end. The message says why; ``advice`` says what to do, ``cause`` is one word."""

    def __init__(self, error: Message, advice: Message, cause: str) -> None:
        self.advice, self.cause = advice, cause
        super().__init__(error)


def data_of(run: Run, job: Job) -> dict[str, str]:
    """:func:`data_in` of the version that the run trains on."""
    return data_in(run.dataset, run.spec["dataset"].get("content_hash") or run.dataset.content_hash, job)


def data_in(dataset: Dataset, content_hash: str, job: Job) -> dict[str, str]:
    """The field of a request that says where the prepared data is on this machine.

    Without it the trainer prepares the data itself, which it can for the datasets that everybody has: a run need not
    wait for their preparation, or for the bucket. Raises :class:`CannotContinue` for a team's own data that is missing.
    """
    if dataset.team_id is None:
        with suppress(StoreError, StoreUnavailable):
            return {"data": str(prepared.path_of(content_hash))}
        return {}
    return {"data": own_data(content_hash, job)}


def own_data(content_hash: str, job: Job) -> str:
    """The folder of prepared data on this machine. Raises :class:`CannotContinue` when it is missing."""
    try:
        return str(store_fetch.StoreFetch(job).dataset(content_hash))
    except StoreUnavailable as error:
        raise CannotContinue(error.message, WAIT, "bad_data") from error
    except StoreError as error:
        raise CannotContinue(error.message, Message("Prepare the dataset again."), "bad_data") from error


def about(checkpoint: Checkpoint, job: Job) -> dict[str, Any]:
    """The fields of a request that name a checkpoint and its spec."""
    return {"spec": checkpoint.run.spec, **read_from("checkpoint", checkpoint_folder(checkpoint, job), checkpoint)}


def read_from(name: str, folder: Path, checkpoint: Checkpoint) -> dict[str, str]:
    """The fields of a request that name the checkpoint to read: its folder, and the hash of its manifest when saved."""
    return {name: str(folder), "manifest_sha256": checkpoint.manifest_sha256}


def checkpoint_folder(checkpoint: Checkpoint, job: Job) -> Path:
    """The files of another run's checkpoint; raises :class:`CannotContinue` when they are unavailable."""
    try:
        return store_fetch.StoreFetch(job).checkpoint(checkpoint.key, checkpoint.manifest_sha256)
    except (NotHereYet, StoreUnavailable) as error:
        raise CannotContinue(error.message, WAIT, "bad_checkpoint") from error
    except StoreError as error:
        raise CannotContinue(error.message, Message("Choose another checkpoint."), "bad_checkpoint") from error
