"""Events reach the database in order, exactly once, and only from the attempt that holds the run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests import factories
from tests.factories import epoch_event, started_event
from trainer.events.events import AnyEvent, CheckpointSaved, Logged, Progress
from trainer.messages.message import Message
from webapp.checkpoints.models import Checkpoint
from webapp.metrics.curves import curves, events_after
from webapp.metrics.models import RunEvent
from webapp.runs.models import Run
from webapp.teams.models import Team, User
from webapp.workers.recording.recorder import MissingLines, record

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(team: Team, member: User) -> Run:
    return factories.make_run(factories.make_experiment(team, member), member, "running")


def three_epochs(first_line: int = 1) -> list[AnyEvent]:
    return [started_event(first_line), *(epoch_event(first_line + n, n) for n in (1, 2, 3))]


def saved(line: int, epoch: int, **fields: Any) -> CheckpointSaved:
    name = f"cp-{epoch:04d}"
    values: dict[str, Any] = {"name": name, "path": f"checkpoints/{name}", "step": 0, "metrics": {"val_accuracy": 0.9}}
    return CheckpointSaved(line=line, epoch=epoch, size_bytes=10, digest="0" * 64, **(values | fields))


def next_attempt(run: Run) -> Run:
    Run.objects.filter(id=run.id).update(attempt=run.attempt + 1, recorded_lines=0)
    return Run.objects.get(id=run.id)


def test_a_batch_that_is_sent_again_changes_nothing(run: Run) -> None:
    assert record(run, three_epochs())
    assert record(run, three_epochs())
    run.refresh_from_db()
    assert (run.last_seq, run.recorded_lines, run.epochs_done) == (4, 4, 3)
    assert list(run.events.values_list("seq", flat=True)) == [1, 2, 3, 4]


def test_a_batch_that_overlaps_the_last_one_adds_what_is_new(run: Run) -> None:
    events = three_epochs()
    assert record(run, events[:2])
    assert record(run, events)
    assert [epoch for epoch, _ in curves(run)["loss"]] == [1, 2, 3]


def test_a_gap_is_refused(run: Run) -> None:
    with pytest.raises(MissingLines):
        record(run, three_epochs()[1:])


def test_a_stale_attempt_is_fenced_off(run: Run) -> None:
    record(run, three_epochs())
    fresh = next_attempt(run)
    assert not record(run, [epoch_event(5, 4), saved(6, 4)])
    assert record(fresh, [started_event(1, epoch=3)])
    assert not Checkpoint.objects.exists()
    assert not RunEvent.objects.filter(epoch=4).exists()


def test_progress_leaves_no_row_but_counts_its_line(run: Run) -> None:
    progress = Progress(
        line=2,
        epoch=1,
        step=20,
        epochs=30,
        steps_per_epoch=40,
        learning_rate=0.01,
        examples_per_second=9,
        seconds_left=7,
    )
    record(run, [started_event(1), progress])
    run.refresh_from_db()
    assert (run.last_seq, run.recorded_lines) == (1, 2)
    assert run.progress["fraction"] == pytest.approx(0.5 / 30)
    assert run.progress["seconds_left"] == 7


def test_the_summary_knows_last_and_best(run: Run) -> None:
    record(run, [started_event(1), epoch_event(2, 1, val_accuracy=0.8), epoch_event(3, 2, val_accuracy=0.7)])
    run.refresh_from_db()
    assert run.summary["val_accuracy"] == {"last": 0.7, "best": 0.8, "best_epoch": 1}
    assert run.summary["loss"]["best_epoch"] == 2
    assert run.best_value == 0.8


def test_nan_is_kept_as_text_and_is_never_best(run: Run) -> None:
    record(run, [started_event(1), epoch_event(2, 1, loss=float("nan")), epoch_event(3, 2, loss=float("inf"))])
    run.refresh_from_db()
    assert curves(run)["loss"] == [(1, "NaN"), (2, "Infinity")]
    assert run.summary["loss"] == {"last": "Infinity", "best": None, "best_epoch": None}


def test_a_new_attempt_takes_later_epochs_out_of_the_charts(run: Run) -> None:
    record(run, [*three_epochs(), saved(5, 3)])
    fresh = next_attempt(run)
    record(fresh, [started_event(1, epoch=1), epoch_event(2, 2, val_accuracy=0.99)])
    fresh.refresh_from_db()
    assert [epoch for epoch, _ in curves(fresh)["loss"]] == [1, 2]
    assert (fresh.epochs_done, fresh.summary["val_accuracy"]["best_epoch"], fresh.last_seq) == (2, 2, 7)
    assert [event["seq"] for event in events_after(fresh, 0)] == [1, 2, 5, 6, 7]
    assert Checkpoint.objects.count() == 1


def test_a_checkpoint_gets_its_row_with_its_key_and_value(run: Run) -> None:
    record(run, [started_event(1), saved(2, 5)])
    checkpoint = Checkpoint.objects.get()
    assert Path(checkpoint.key).parts == ("runs", run.id.hex, "attempt-1", "checkpoints", "cp-0005")
    assert checkpoint.value == 0.9


def test_control_characters_and_endless_lines_do_no_harm(run: Run) -> None:
    assert record(run, [Logged(line=1, level="info", message=Message("a\x00b" + "x" * 100_000))])
    message = RunEvent.objects.get().payload["message"]
    assert message.startswith("a\N{SYMBOL FOR NULL}b")
    assert len(message) < 21_000
