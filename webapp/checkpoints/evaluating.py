"""Asking a worker about a checkpoint: how good it is on a split, and what it says of one example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from trainer.data.catalog import DatasetFacts, facts_of
from webapp.checkpoints.availability import lock_usable
from webapp.checkpoints.models import Checkpoint, Evaluation, Prediction
from webapp.checkpoints.selection import UNFINISHED
from webapp.jobs.dispatch import notify_workers


class WrongExample(ValueError):
    """A picture for a network of tables, a row for one of pictures, or a row of another length. Says what is wanted."""


def facts_for(checkpoint: Checkpoint) -> DatasetFacts:
    """Facts of the dataset that the checkpoint learned from."""
    return facts_of(checkpoint.run.experiment.dataset)


def evaluate(checkpoint: Checkpoint, split: str, user: Any) -> Evaluation:
    """Have the checkpoint measured on ``split`` ("validation" or "test").

    An evaluation of the same split that has not ended is returned instead of a second one. Raises
    :class:`usable.FilesGone`.
    """
    with transaction.atomic():
        lock_usable(checkpoint)
        unfinished = checkpoint.evaluations.filter(split=split, state__in=UNFINISHED).first()
        if unfinished is not None:
            return unfinished
        evaluation = Evaluation.objects.create(checkpoint=checkpoint, split=split, created_by=user)
        notify_workers(evaluation)
    return evaluation


def try_it(
    checkpoint: Checkpoint, user: Any, picture: bytes | None = None, row: Sequence[float] | None = None
) -> Prediction:
    """Ask the checkpoint about a picture (a file's bytes) or a row of numbers.

    Raises :class:`WrongExample` for what its network cannot read, and :class:`usable.FilesGone`.
    """
    _refuse_wrong_example(facts_for(checkpoint), picture, row)
    with transaction.atomic():
        lock_usable(checkpoint)
        values = None if row is None else list(row)
        prediction = Prediction.objects.create(checkpoint=checkpoint, created_by=user, picture=picture, row=values)
        notify_workers(prediction)
    return prediction


def _refuse_wrong_example(facts: DatasetFacts, picture: bytes | None, row: Sequence[float] | None) -> None:
    if facts.kind == "image":
        if picture is None or row is not None:
            raise WrongExample(f"{facts.title} has pictures: give a picture, not a row of numbers.")
        return
    wanted = len(facts.feature_names)
    if row is None or picture is not None:
        raise WrongExample(f"{facts.title} is a table: give a row of {wanted} numbers, not a picture.")
    if len(row) != wanted:
        raise WrongExample(f"{len(row)} numbers given, but {facts.title} has {wanted} columns: give one for each.")
