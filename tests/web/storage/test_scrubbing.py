"""Store and database compared both ways; what nobody knows is never deleted."""

from __future__ import annotations

import io
import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from tests.factories import make_checkpoint
from tests.web.checkpoint_folders import make_checkpoint_with_files
from webapp.checkpoints.models import Checkpoint
from webapp.checkpoints.selection import best
from webapp.runs.models import Run
from webapp.storage import store
from webapp.storage.scrubbing import scrub

pytestmark = pytest.mark.django_db


@pytest.fixture
def checkpoint(run) -> Checkpoint:
    return make_checkpoint_with_files(run, 5)


def content_of(data: Path) -> dict[str, bytes | None]:
    return {str(path): path.read_bytes() if path.is_file() else None for path in data.rglob("*")}


def without_a_row(checkpoint: Checkpoint) -> Checkpoint:
    """The checkpoint as it was, after its row was lost."""
    Checkpoint.objects.filter(pk=checkpoint.pk).delete()
    return checkpoint


def torn(checkpoint: Checkpoint, data: Path) -> Path:
    """What is left when whoever removed it was killed in between."""
    folder = data / checkpoint.key
    left = folder.with_name(f".removing-{folder.name}-0123abcd")
    folder.rename(left)
    (left / "manifest.json").unlink()
    return left


def command(*options: str) -> str:
    said = io.StringIO()
    call_command("scrub_checkpoints", *options, stdout=said)
    return said.getvalue()


def test_where_all_is_well_it_says_so_and_changes_nothing(data, checkpoint):
    before = content_of(data)
    assert command() == "Whole: 1. Nothing is wrong.\n"
    assert content_of(data) == before


def test_rows_whose_files_are_missing_or_damaged_are_marked_with_the_sentence(data, run, checkpoint):
    gone, broken = make_checkpoint(run, 10), make_checkpoint_with_files(run, 15)
    (data / broken.key / "state.npz").write_bytes(b"st4te")
    assert "Damaged or missing, and marked as such (2):" in command()
    assert "not in the data folder" in str(Checkpoint.objects.get(pk=gone.pk).damaged)
    assert "state.npz was changed" in str(Checkpoint.objects.get(pk=broken.pk).damaged)
    assert not Checkpoint.objects.get(pk=checkpoint.pk).damaged


def test_a_report_changes_nothing_and_its_exit_code_tells(data, run, checkpoint, capsys):
    make_checkpoint(run, 10)
    purged = make_checkpoint_with_files(run, 15, purged_at=timezone.now())
    before, rows = content_of(data), list(Checkpoint.objects.values())
    with pytest.raises(SystemExit) as end:
        command("--report")
    assert end.value.code == 1
    assert content_of(data) == before
    assert list(Checkpoint.objects.values()) == rows
    assert (data / purged.key).exists()


def test_files_of_a_row_that_says_they_are_removed_are_removed(data, run, checkpoint):
    half = make_checkpoint_with_files(run, 10, purged_at=timezone.now())
    size = store.size(half.key)
    report = scrub()
    assert (report.half_removed, report.freed) == ([half.key], size)
    assert not (data / half.key).exists()
    assert (data / checkpoint.key).exists()


def test_a_removal_that_was_cut_short_is_finished(data, run, checkpoint):
    half = make_checkpoint_with_files(run, 10, purged_at=timezone.now())
    left = torn(half, data)
    scrub(change=False)
    assert left.exists()
    assert scrub().half_removed == [left.name]
    assert not left.exists()


def test_what_is_being_removed_but_should_be_there_is_told_and_left(data, checkpoint):
    left = torn(checkpoint, data)
    assert "its row says that it exists" in scrub().unknown[0]
    assert left.exists()


def test_the_folder_of_a_purged_run_that_was_left_half_removed_goes(data, run, checkpoint):
    whole_run = data / "runs" / run.pk.hex
    left = whole_run.with_name(f".removing-{run.pk.hex}-0123abcd")
    whole_run.rename(left)
    assert scrub().unknown
    assert left.exists()
    Checkpoint.objects.update(purged_at=timezone.now())
    Run.objects.update(deleted_at=timezone.now())
    scrub()
    assert not left.exists()


def test_what_nobody_knows_is_told_and_never_deleted(data, run, checkpoint):
    stranger = without_a_row(checkpoint)
    for name in ("runs/notes/mine.txt", "runs/.removing-photos/a.png", f"{stranger.key}/../.removing-x/b"):
        path = (data / name).resolve()
        path.parent.mkdir(parents=True)
        path.touch()
    before = content_of(data)
    assert [line.split(":")[0] for line in scrub().unknown] == [stranger.key]
    assert content_of(data) == before


def test_what_a_run_at_work_has_just_written_is_left_to_it(data, run, checkpoint):
    without_a_row(checkpoint)
    Run.objects.update(state="running")
    assert scrub(adopt=True).is_clean


def test_a_whole_one_without_a_row_can_be_adopted(data, run):
    lost = without_a_row(make_checkpoint_with_files(run, 10))
    assert "Adopted" in command("--adopt")
    row = Checkpoint.objects.get(key=lost.key)
    assert (row.name, row.epoch, row.attempt, row.digest) == ("cp-0010", 10, 1, lost.digest)
    assert row.size_bytes == lost.size_bytes == store.size(row.key)
    assert row.metrics == {"loss": 0.5}
    assert command() == "Whole: 1. Nothing is wrong.\n"


def test_an_adopted_one_is_judged_by_its_experiments_metric(data, run):
    run.experiment.metric, run.experiment.metric_mode = "loss", "min"
    run.experiment.save()
    without_a_row(make_checkpoint_with_files(run, 10))
    scrub(adopt=True)
    assert best(run).value == 0.5


@pytest.mark.parametrize("break_it", [lambda folder: (folder / "state.npz").unlink(), lambda folder: None])
def test_what_is_damaged_or_has_no_run_is_not_adopted(data, run, checkpoint, break_it):
    without_a_row(checkpoint)
    break_it(data / checkpoint.key)
    if (data / checkpoint.key / "state.npz").exists():
        run.delete()
    report = scrub(adopt=True)
    assert (len(report.unknown), report.adopted) == (1, [])
    assert (data / checkpoint.key).exists()


def test_a_store_that_is_not_mounted_damages_nothing(data, checkpoint):
    shutil.rmtree(data / "runs")
    with pytest.raises(CommandError, match="Is it mounted"):
        command()
    assert not Checkpoint.objects.get().damaged


def test_with_a_bucket_both_places_are_compared(bucket, data, run, checkpoint):
    lost, half = (make_checkpoint_with_files(run, epoch) for epoch in (10, 15))
    for each in (checkpoint, lost, half):
        store.publish(each.key)
    shutil.rmtree(data / "runs")
    without_a_row(lost)
    Checkpoint.objects.filter(pk=half.pk).update(purged_at=timezone.now())
    on_its_way = make_checkpoint(run, 20)
    report = scrub()
    assert (report.whole, report.half_removed) == (1, [half.key])
    assert [line.split(":")[0] for line in report.unknown] == [lost.key]
    assert on_its_way.key in report.unavailable[0]
    assert store.keys() == {checkpoint.key, lost.key}
