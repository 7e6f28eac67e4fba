"""A checkpoint knows how much of the history came before it."""

from __future__ import annotations

from pathlib import Path

from tests.trainer.training.test_session import SMALL_MLP, spec_of, train
from trainer.checkpoints import checkpoint_files
from trainer.events.events import EpochEnded, Logged


def test_a_checkpoint_names_the_last_event_before_it(tmp_path: Path) -> None:
    found = train(spec_of(SMALL_MLP, epochs=2), tmp_path)
    manifest = checkpoint_files.read_manifest(tmp_path / "checkpoints" / "cp-0002")
    last = max(event.line for event in found if isinstance(event, EpochEnded))
    assert manifest.last_event >= last
    assert "checkpoint" in {event.kind for event in found[manifest.last_event :]}


def test_events_that_a_machine_lost_are_told_at_the_resume(tmp_path: Path) -> None:
    train(spec_of(SMALL_MLP, epochs=2), tmp_path)
    lines = (tmp_path / "events.jsonl").read_text().splitlines(keepends=True)
    (tmp_path / "events.jsonl").write_text("".join(lines[:2]))
    start = tmp_path / "checkpoints" / "cp-0002"
    found = train(spec_of(SMALL_MLP, epochs=3), tmp_path, resume_from=start)
    warnings = [event.message for event in found if isinstance(event, Logged) and event.level == "warning"]
    assert len(warnings) == 1
    assert "before cp-0002 are lost" in str(warnings[0])


def test_a_checkpoint_that_came_without_its_events_warns_of_nothing(tmp_path: Path) -> None:
    train(spec_of(SMALL_MLP, epochs=2), tmp_path / "first")
    (tmp_path / "first" / "events.jsonl").unlink()
    start = tmp_path / "first" / "checkpoints" / "cp-0002"
    found = train(spec_of(SMALL_MLP, epochs=3), tmp_path / "rest", resume_from=start)
    assert not [event for event in found if isinstance(event, Logged) and event.level == "warning"]
