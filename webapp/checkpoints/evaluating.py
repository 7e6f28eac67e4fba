"""Queueing work on a checkpoint: its evaluation on a split, or its prediction for one example."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from trainer.data.facts import DatasetFacts
from trainer.errors import Explained
from trainer.messages.message import Message
from webapp.checkpoints.availability import lock_usable
from webapp.checkpoints.models import Checkpoint, Evaluation, Prediction
from webapp.datasets.models import Dataset
from webapp.datasets.versions import mended_from
from webapp.jobs.dispatch import notify_workers
from webapp.jobs.lifecycle import UNFINISHED


class WrongExample(Explained, ValueError):
    """A picture for tabular data, a row for pictures, or a row of the wrong length. Says what is accepted."""


class WrongVersion(Explained, ValueError):
    """A version of the data on which a checkpoint cannot be measured fairly."""


def facts_for(checkpoint: Checkpoint) -> DatasetFacts:
    """Facts of the dataset that the checkpoint was trained on."""
    return checkpoint.run.dataset.facts


def evaluate(checkpoint: Checkpoint, split: str, user: Any, version: Dataset | None = None) -> Evaluation:
    """Queue an evaluation of the checkpoint on ``split`` ("validation" or "test").

    ``version`` is a mended version of the data that it was trained on; without one, it is measured on that data.
    Returns the unfinished evaluation of the same split, if there is one. Raises :class:`FilesGone` when the files
    cannot be used, and :class:`WrongVersion`.
    """
    dataset = _other_version(checkpoint, version)
    with transaction.atomic():
        lock_usable(checkpoint)
        unfinished = checkpoint.evaluations.filter(split=split, dataset=dataset, state__in=UNFINISHED).first()
        if unfinished is not None:
            return unfinished
        evaluation = Evaluation.objects.create(checkpoint=checkpoint, split=split, dataset=dataset, created_by=user)
        notify_workers(evaluation)
    return evaluation


def _other_version(checkpoint: Checkpoint, version: Dataset | None) -> Dataset | None:
    own = checkpoint.run.dataset
    if version is None or version.pk == own.pk:
        return None
    if not (version.content_hash and mended_from(version, own)):
        raise WrongVersion(
            Message(
                "{checkpoint} was trained on version {own}, and version {other} is not a mended one of it: its test "
                "data may have training examples of the network. Choose another version.",
                checkpoint=checkpoint.name,
                own=own.version,
                other=version.version,
            )
        )
    return version


def try_it(
    checkpoint: Checkpoint, user: Any, picture: bytes | None = None, row: Sequence[float | str | None] | None = None
) -> Prediction:
    """Queue a prediction for a picture (a file's bytes) or a row: numbers, names of categories, ``None`` if missing.

    Raises :class:`WrongExample` for input that the network cannot read, and :class:`FilesGone` when the files cannot
    be used.
    """
    _refuse_wrong_example(facts_for(checkpoint), picture, row)
    with transaction.atomic():
        lock_usable(checkpoint)
        values = None if row is None else list(row)
        prediction = Prediction.objects.create(checkpoint=checkpoint, created_by=user, picture=picture, row=values)
        notify_workers(prediction)
    return prediction


def _refuse_wrong_example(facts: DatasetFacts, picture: bytes | None, row: Sequence[Any] | None) -> None:
    if facts.kind == "image":
        if picture is None or row is not None:
            raise WrongExample(
                Message("{dataset} has pictures: give a picture, not a row of a table.", dataset=facts.shown_title)
            )
        return
    wanted = len(facts.feature_names)
    if row is None or picture is not None:
        raise WrongExample(
            Message(
                "{dataset} is a table: give a row of {count} value, not a picture.",
                plural="{dataset} is a table: give a row of {count} values, not a picture.",
                dataset=facts.shown_title,
                count=wanted,
            )
        )
    if len(row) != wanted:
        raise WrongExample(
            Message(
                "{given} values given, but {dataset} has {wanted} columns: give one for each.",
                given=len(row),
                dataset=facts.shown_title,
                wanted=wanted,
            )
        )
