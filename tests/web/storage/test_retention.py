"""What is removed, when, and what never is."""

from __future__ import annotations

import pytest
from django.conf import settings

from tests.factories import make_experiment, make_run
from tests.web.checkpoint_folders import make_checkpoint_with_files
from trainer.data.bundled.catalog import facts_of
from trainer.validation.presets import default_spec
from webapp.checkpoints.models import Checkpoint, Evaluation
from webapp.checkpoints.selection import latest
from webapp.storage import retention, store
from webapp.storage.bucket import StoreUnavailable

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def run(team, member):
    spec = default_spec(facts_of("digits"))
    keep_two = spec.checkpoints.model_copy(update={"keep_last": 2})
    spec = spec.model_copy(update={"checkpoints": keep_two})
    return make_run(make_experiment(team, member), member, "running", spec=spec)


def checkpoints(run, *epochs: int) -> list[Checkpoint]:
    return [make_checkpoint_with_files(run, epoch, value=0.9 + epoch / 1000) for epoch in epochs]


def is_there(checkpoint: Checkpoint) -> bool:
    checkpoint.refresh_from_db()
    on_disk = (settings.DATA_DIR / checkpoint.key).is_dir()
    assert on_disk == (checkpoint.purged_at is None)
    return on_disk


def test_the_older_ones_go_and_their_rows_stay(run):
    every = checkpoints(run, 5, 10, 15, 20)
    assert retention.apply(run) == every[:2]
    assert [is_there(checkpoint) for checkpoint in every] == [False, False, True, True]
    assert retention.apply(run) == []


def test_best_pinned_and_used_ones_stay(run, member):
    best, pinned, branched, evaluated, spare, *last_two = checkpoints(run, 5, 10, 15, 20, 25, 30, 35)
    Checkpoint.objects.filter(pk=best.pk).update(value=0.999)
    Checkpoint.objects.filter(pk=pinned.pk).update(pinned=True)
    make_run(run.experiment, member, parent=branched)
    Evaluation.objects.create(checkpoint=evaluated, split="test", state="finished")
    assert retention.apply(run) == [spare]
    assert all(is_there(each) for each in (best, pinned, branched, evaluated, *last_two))


def test_a_damaged_newer_one_does_not_push_out_the_last_good_one(run):
    good, *bad = checkpoints(run, 5, 10, 15)
    Checkpoint.objects.filter(pk__in=[each.pk for each in bad]).update(damaged="cut off")
    assert retention.apply(run) == []
    assert latest(run) == good


def test_a_pin_that_came_a_moment_earlier_wins(run):
    (checkpoint,) = checkpoints(run, 5)
    Checkpoint.objects.filter(pk=checkpoint.pk).update(pinned=True)
    assert not retention._mark_purged(checkpoint)
    assert is_there(checkpoint)


def test_files_go_only_after_the_row_says_so(run, monkeypatch):
    checkpoints(run, 5, 10, 15)
    seen = []
    monkeypatch.setattr(store, "remove", lambda key: seen.append(Checkpoint.objects.get(key=key).purged_at))
    retention.apply(run)
    assert len(seen) == 1
    assert seen[0] is not None


def test_a_store_that_refuses_breaks_nothing(run, monkeypatch, caplog):
    checkpoints(run, 5, 10, 15)
    monkeypatch.setattr(store, "remove", lambda key: 1 / 0)
    assert len(retention.apply(run)) == 1
    assert "could not be removed" in caplog.text


def test_the_newest_that_has_arrived_in_the_bucket_stays_while_a_later_one_is_on_its_way(run, monkeypatch):
    old, arrived, *on_their_way = checkpoints(run, 5, 10, 15, 20)
    monkeypatch.setattr(store, "is_published", lambda key: key in {old.key, arrived.key})
    assert retention.apply(run) == [old]
    assert all(is_there(each) for each in (arrived, *on_their_way))


def test_nothing_is_removed_while_the_bucket_is_away(run, monkeypatch):
    def away(key: str) -> bool:
        raise StoreUnavailable("no route")

    checkpoints(run, 5, 10, 15)
    monkeypatch.setattr(store, "is_published", away)
    assert retention.apply(run) == []


def test_a_person_may_delete_an_old_one_but_not_what_the_run_goes_on_from(run):
    old, new = checkpoints(run, 5, 10)
    retention.delete(old)
    assert not is_there(old)
    with pytest.raises(retention.NotDeletable, match="Stop the run first"):
        retention.delete(new)
    assert is_there(new)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [({"pinned": True}, "Unpin it first"), ({"purged_at": "2026-01-01T00:00Z"}, "already removed")],
)
def test_a_deletion_that_makes_no_sense_is_refused_with_a_sentence(run, fields, sentence):
    (checkpoint,) = checkpoints(run, 5)
    Checkpoint.objects.filter(pk=checkpoint.pk).update(**fields)
    checkpoint.refresh_from_db()
    with pytest.raises(retention.NotDeletable, match=sentence):
        retention.delete(checkpoint)
