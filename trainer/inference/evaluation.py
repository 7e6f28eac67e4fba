"""Evaluating a checkpoint on a split."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import numpy as np

from trainer.checkpoints.checkpoint_files import read_manifest
from trainer.checkpoints.loading import load_model
from trainer.data.loading import Data
from trainer.data.source import Report
from trainer.data.splits import Parts, split
from trainer.data.statistics import statistics_of
from trainer.errors import BadData
from trainer.inference.label_report import label_report
from trainer.inference.reports import Answers, classification_report, regression_report
from trainer.inference.threshold_report import threshold_report
from trainer.measures.measuring import baseline, probabilities_of
from trainer.messages.message import Message
from trainer.spec import Spec
from trainer.training.losses import loss_arguments

BATCH_SIZE = 256
REPORTS = {"classification": classification_report, "multilabel": label_report, "regression": regression_report}


def evaluate(spec: Spec, data: Data, checkpoint: Path, split_name: str, report: Report) -> dict[str, Any]:
    """Measure the network of ``checkpoint`` on the part ``split_name`` ("train", "validation" or "test") of ``data``.

    Returns JSON values: ``task``, ``split``, ``num_examples``, ``metrics``, ``baseline`` (what the simplest ``answer``
    of the training part reaches, ``metrics``), and what :mod:`trainer.inference.reports` adds for the task; for two
    classes ``threshold``, which needs the outputs for the validation part as well. Raises :class:`BadData` when the
    data is not that of the checkpoint or predictions are not finite, and :class:`trainer.errors.CheckpointDamaged`.
    """
    facts = data.facts
    _check_content(spec, checkpoint, data)
    parts = split(data, spec.split)
    indices, trained = _part(parts, split_name), data.targets[parts.train]
    model = load_model(checkpoint)
    outputs = predict_all(model, data.inputs, indices, lambda share, said: report(0.7 * share, said))
    answers = _answers(spec, data, indices, outputs)
    result = REPORTS[facts.task](answers, facts) | {"baseline": baseline(facts, trained, answers.targets)}
    if facts.task == "classification" and facts.num_classes == 2:
        validated = answers
        if split_name != "validation":
            later: Report = lambda share, said: report(0.7 + 0.2 * share, said)  # noqa: E731
            others = predict_all(model, data.inputs, parts.validation, later)
            validated = _answers(spec, data, parts.validation, others)
        result["threshold"] = threshold_report(trained, validated, answers, facts)
    report(0.95, Message("Measuring"))
    model.compile(**loss_arguments(spec, facts, statistics_of(data, parts)))
    loss = loss_on_data(model, data.inputs, answers.targets, outputs)
    result["metrics"] = {"loss": loss} | result["metrics"]
    report(1.0, Message("Measured"))
    return {"task": facts.task, "split": split_name, "num_examples": len(indices)} | result


def _answers(spec: Spec, data: Data, indices: np.ndarray, outputs: np.ndarray) -> Answers:
    """``outputs``: those of the network for ``data.inputs[indices]``."""
    return Answers(indices, data.inputs, data.targets[indices], probabilities_of(outputs, spec, data.facts))


def predict_all(model: keras.Model, inputs: np.ndarray, indices: np.ndarray, report: Report) -> np.ndarray:
    """Predict ``inputs[indices]`` in batches; raises :class:`BadData` when predictions are not finite."""
    pieces = []
    for start in range(0, len(indices), BATCH_SIZE):
        batch = indices[start : start + BATCH_SIZE]
        pieces.append(np.asarray(model.predict_on_batch(inputs[batch])))
        done = start + len(batch)
        report(done / len(indices), _examples_done(done, len(indices)))
    outputs = np.concatenate(pieces)
    if not np.isfinite(outputs).all():
        raise BadData(
            Message("The network of this checkpoint predicts NaN or infinity: it diverged. Choose an earlier one.")
        )
    return outputs


def _examples_done(done: int, total: int) -> Message:
    return Message("{done:,} of {count:,} example", plural="{done:,} of {count:,} examples", done=done, count=total)


def loss_on_data(model: keras.Model, inputs: np.ndarray, targets: np.ndarray, outputs: np.ndarray) -> float:
    """Return the loss of the predicted ``outputs`` for ``targets``; ``model`` is compiled with its training loss.

    What layers add to the loss, such as a penalty on large weights, is not counted, as in training.
    """
    model(inputs[:1], training=False)
    return float(model.compute_loss(y=targets, y_pred=outputs, training=False) - sum(model.losses))


def _part(parts: Parts, name: str) -> np.ndarray:
    choices = {"train": parts.train, "validation": parts.validation, "test": parts.test}
    if name not in choices:
        message = Message(
            "{name} given as split; accepted: {choices}. Choose one of these.",
            name=repr(name),
            choices=", ".join(choices),
        )
        raise BadData(message)
    return choices[name]


def _check_content(spec: Spec, checkpoint: Path, data: Data) -> None:
    """Other data would be split differently, so that training examples could end up in the test part.

    A mended version of the same data is not: its examples stay in their parts.
    """
    expected = spec.dataset.content_hash or read_manifest(checkpoint).content_hash
    if expected not in {data.content_hash, *data.mended_from}:
        raise BadData(
            Message(
                "The data of {title} has changed: its hash is {actual}…, the checkpoint learned from {expected}…. "
                "Restore the original data, or train again on the new data.",
                title=data.facts.shown_title,
                actual=data.content_hash[:12],
                expected=expected[:12],
            )
        )
