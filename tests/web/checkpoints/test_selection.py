"""Latest, best, marks and use: questions to the database."""

from __future__ import annotations

import math

import pytest
from django.utils import timezone

from tests.factories import make_checkpoint, make_experiment, make_run
from webapp.checkpoints.models import Evaluation, Prediction
from webapp.checkpoints.selection import best, latest, marks
from webapp.storage.references import use_of


@pytest.fixture
def run(team, member):
    return make_run(make_experiment(team, member), member, "finished")


def test_latest_is_the_furthest_in_training_that_is_whole(run):
    good = make_checkpoint(run, 10)
    make_checkpoint(run, 5, created_at=timezone.now())
    make_checkpoint(run, 15, damaged="state.npz is cut off.")
    make_checkpoint(run, 20, purged_at=timezone.now())
    assert latest(run) == good


def test_of_two_at_the_same_place_the_later_attempt_is_the_latest(run):
    make_checkpoint(run, 10, attempt=1)
    later = make_checkpoint(run, 10, attempt=2)
    assert latest(run) == later


def test_best_follows_the_mode_of_the_metric_and_the_first_of_equals_wins(run, team, member):
    top = make_checkpoint(run, 5, value=0.97)
    make_checkpoint(run, 10, value=0.97)
    make_checkpoint(run, 15, value=0.5)
    assert best(run) == top
    regression = make_run(make_experiment(team, member, "diabetes"), member)
    lowest = make_checkpoint(regression, 5, value=0.2)
    make_checkpoint(regression, 10, value=0.3)
    assert best(regression) == lowest


def test_what_an_older_release_wrote_inside_an_epoch_is_never_the_best(run):
    make_checkpoint(run, 5, step=67, value=0.99)
    assert best(run) is None
    measured = make_checkpoint(run, 10, value=0.1)
    assert best(run) == measured
    assert marks([measured])[measured.id].best


@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_what_is_not_a_number_is_never_the_best(run, value):
    make_checkpoint(run, 5, value=value)
    assert best(run) is None
    measured = make_checkpoint(run, 10, value=0.1)
    assert best(run) == measured


def test_the_marks_of_many_checkpoints_are_one_query(run, team, member, django_assert_num_queries):
    other = make_run(make_experiment(team, member), member)
    top, last = make_checkpoint(run, 5, value=0.9), make_checkpoint(run, 10, value=0.1)
    alone = make_checkpoint(other, 5, pinned=True)
    with django_assert_num_queries(1):
        marked = marks([top, last, alone])
    assert (marked[top.id].best, marked[top.id].latest) == (True, False)
    assert (marked[last.id].best, marked[last.id].latest) == (False, True)
    assert (marked[alone.id].best, marked[alone.id].latest, marked[alone.id].pinned) == (True, True, True)


def test_an_unused_checkpoint_may_go(run):
    use = use_of(make_checkpoint(run, 5))
    assert not use.is_used
    assert not use.objection


def test_what_was_branched_from_protects(run, member):
    checkpoint = make_checkpoint(run, 5)
    child = make_run(run.experiment, member, parent=checkpoint, name="child")
    assert "child" in str(use_of(checkpoint).objection)
    child.deleted_at = timezone.now()
    child.save()
    assert not use_of(checkpoint).objection


def test_a_finished_evaluation_keeps_it_from_retention_but_not_from_a_person(run):
    checkpoint = make_checkpoint(run, 5)
    evaluation = Evaluation.objects.create(checkpoint=checkpoint, split="test")
    assert "A worker is reading it" in str(use_of(checkpoint).objection)
    Evaluation.objects.filter(pk=evaluation.pk).update(state="finished")
    assert not use_of(checkpoint).objection
    assert use_of(checkpoint).is_used


def test_a_try_in_progress_protects(run):
    checkpoint = make_checkpoint(run, 5)
    Prediction.objects.create(checkpoint=checkpoint)
    assert use_of(checkpoint).is_used


@pytest.mark.parametrize("state", ["queued", "running"])
def test_the_checkpoint_from_which_an_unfinished_run_would_go_on_protects_itself(team, member, state):
    run = make_run(make_experiment(team, member), member, state)
    old, new = make_checkpoint(run, 5), make_checkpoint(run, 10)
    assert "Stop the run first" in str(use_of(new).objection)
    assert not use_of(old).objection
