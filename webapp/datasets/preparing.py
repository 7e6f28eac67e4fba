"""Requesting that a worker prepare a dataset."""

from __future__ import annotations

from trainer.messages.message import Message
from webapp.datasets.models import Dataset
from webapp.jobs.lifecycle import WrongState, queue_again


def prepare(dataset: Dataset) -> None:
    """Queue the preparation, unless the dataset is in the store, queued or running. Safe to call concurrently."""
    if dataset.is_finished and not dataset.is_stored:
        try:
            queue_again(dataset, Message("requested"))
        except WrongState:
            return  # another request was first
        dataset.refresh_from_db()
