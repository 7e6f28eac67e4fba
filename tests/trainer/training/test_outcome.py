"""A training that ends without having learned says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.trainer.training.test_session import SMALL_MLP, events, spec_of, train
from trainer.data.bundled.catalog import facts_of
from trainer.events.events import Finished, Logged
from trainer.events.sink import EventSink
from trainer.messages.message import Message
from trainer.training.outcome import spelled, warning_of
from trainer.training.progress import DownloadLog

SIZES = {"train": 1257, "validation": 270}


def said(dataset: str, first_loss: float, **last: float) -> str:
    return str(warning_of(first_loss, last, facts_of(dataset), SIZES))


def accuracies(loss: float, train: float, validation: float) -> dict[str, float]:
    return {"loss": loss, "accuracy": train, "val_accuracy": validation}


@pytest.mark.parametrize(
    ("dataset", "first_loss", "last", "words"),
    [
        ("digits", 2.3, accuracies(2.31, 0.104, 0.1), "Accuracy is 10 % at the end, which is chance for 10 classes."),
        ("digits", 2.3, accuracies(4e19, 0.1, 0.1), "The loss grew from 2.3 to 4e+19: the training diverged."),
        ("digits", 2.3, accuracies(float("nan"), 0.1, 0.1), "The loss is NaN at the end"),
        ("diabetes", 1.0, {"loss": 1.1, "r2_score": -0.1, "val_r2_score": -0.2}, "no better than the mean"),
    ],
)
def test_what_learned_nothing_is_said_with_what_to_do(
    dataset: str, first_loss: float, last: dict[str, float], words: str
) -> None:
    sentence = said(dataset, first_loss, **last)
    assert words in sentence
    assert "Lower the learning rate" in sentence


@pytest.mark.parametrize(
    ("dataset", "last"),
    [
        ("digits", accuracies(2.1, 0.2, 0.1)),
        ("digits", accuracies(0.3, 0.9, 0.93)),
        ("diabetes", {"loss": 0.9, "r2_score": 0.1, "val_r2_score": -0.01}),
    ],
)
def test_what_learned_a_little_is_left_alone(dataset: str, last: dict[str, float]) -> None:
    assert said(dataset, 2.3, **last) == ""


def test_a_diverged_training_ends_with_a_warning_in_its_log_and_its_last_event(tmp_path: Path) -> None:
    values: dict[str, Any] = SMALL_MLP | {"optimizer": {"kind": "sgd", "learning_rate": 50.0, "momentum": 0.9}}
    found = train(spec_of(values, epochs=2), tmp_path)
    warnings = [event.message for event in found if isinstance(event, Logged) and event.level == "warning"]
    assert isinstance(found[-1], Finished)
    assert warnings == [found[-1].message]
    assert "Lower the learning rate" in str(found[-1].message)


def test_only_a_download_is_worth_lines_and_not_one_for_every_piece(tmp_path: Path) -> None:
    sink = EventSink(tmp_path)
    report = DownloadLog(sink)
    for fraction, message in ((0.0, "Loading"), (0.1, "of it"), (0.2, "more of it"), (1.0, "Loaded")):
        report(fraction, Message(message))
    assert [str(event.message) for event in events(tmp_path) if isinstance(event, Logged)] == ["of it (10%)"]


def test_what_is_no_number_is_spelled_one_way() -> None:
    assert [spelled(value) for value in (float("nan"), float("inf"), 0.123456)] == ["NaN", "Infinity", "0.1235"]
