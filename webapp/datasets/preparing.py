"""Requesting that a worker read and describe a dataset."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from trainer.data.catalog import DatasetFacts
from webapp.datasets.models import Dataset
from webapp.jobs.dispatch import notify_workers
from webapp.jobs.lifecycle import WrongState, queue_again


def prepare(facts: DatasetFacts) -> Dataset:
    """Queue the reading of the dataset, unless it is ready, queued or running. Safe to call concurrently."""
    dataset = Dataset.objects.filter(name=facts.name).first()
    if dataset is None:
        return _first_time(facts.name)
    if dataset.is_finished and not is_ready(dataset):
        _once_more(dataset)
    return dataset


def is_ready(dataset: Dataset | None) -> bool:
    """Whether there is a summary; it remains valid for the data even if a later attempt fails."""
    return dataset is not None and bool(dataset.summary)


def _first_time(name: str) -> Dataset:
    try:
        with transaction.atomic():
            dataset = Dataset.objects.create(name=name)
            notify_workers(dataset)
    except IntegrityError:
        return Dataset.objects.get(name=name)
    return dataset


def _once_more(dataset: Dataset) -> None:
    try:
        queue_again(dataset, "asked for again")
    except WrongState:
        return  # another request was first
    dataset.refresh_from_db()
