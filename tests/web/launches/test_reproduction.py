"""Whether two trainings went the same way, and what the pages say of it."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.factories import make_checkpoint, make_experiment, make_run, record_epochs
from trainer.events.events import EpochEnded
from webapp.datasets.models import Dataset
from webapp.jobs.lifecycle import WrongState
from webapp.launches import reproduction
from webapp.runs.curve_comparison import CurveDifference, compare
from webapp.runs.models import Run
from webapp.workers.recording.recorder import record

NAN = float("nan")
TINY = 0.5000000000000001


def at(epoch, metric, a, b):
    return CurveDifference(epoch, metric, a, b)


def curve(*values, **more):
    """The curves of "loss" and of others, from epoch 1 on."""
    series = more | ({"loss": values} if values else {})
    return {metric: list(enumerate(points, start=1)) for metric, points in series.items()}


@pytest.mark.parametrize(("a", "b", "same", "difference", "is_same"), [
    ({}, {}, 0, None, False),
    (curve(0.5, 0.4), curve(0.5, 0.4), 2, None, True),
    (curve(0.5, 0.4), curve(0.5), 1, None, False),
    (curve(0.5), curve(0.5, 0.4), 1, None, False),
    (curve(0.5, 0.4), curve(0.5, 0.41), 1, at(2, "loss", 0.4, 0.41), False),
    (curve(0.5), curve(TINY), 0, at(1, "loss", 0.5, TINY), False),
    (curve("NaN"), curve("NaN"), 1, None, True),
    (curve(NAN), curve("NaN"), 1, None, True),
    (curve("NaN"), curve("Infinity"), 0, at(1, "loss", "NaN", "Infinity"), False),
    (curve("Infinity"), curve("-Infinity"), 0, at(1, "loss", "Infinity", "-Infinity"), False),
    (curve(1.0, auc=[2.0]), curve(9.0, auc=[8.0]), 0, at(1, "auc", 2.0, 8.0), False),
    (curve(1.0, auc=[2.0]), curve(1.0), 0, at(1, "auc", 2.0, None), False),
    ({"loss": [(5, 1.0)]}, curve(1.0), 0, None, False),
])  # fmt: skip
def test_two_trainings_are_compared_epoch_by_epoch(a, b, same, difference, is_same):
    compared = compare(a, b)
    assert (compared.same, compared.difference, compared.is_same) == (same, difference, is_same)


@pytest.fixture
def original(team, member):
    """A finished run of three epochs."""
    run = trained(make_run(make_experiment(team, member), member, "running", name="the first"), 3)
    return ended(run)


@pytest.fixture
def again_of(original, member):
    """A reproduction of ``original`` that is running and has done so many epochs."""

    def make(epochs):
        return trained(make_run(original.experiment, member, "running", reproduces=original, name="again"), epochs)

    return make


def trained(run, epochs):
    record_epochs(run, epochs)
    return run


def ended(run, state="finished", digest="a" * 64):
    make_checkpoint(run, run.epochs_done, digest=digest)
    Run.objects.filter(pk=run.pk).update(state=state)
    run.refresh_from_db()
    return run


def said(original, again):
    verdict = reproduction.reproduction_result(original, Run.objects.get(pk=again.pk))
    return verdict.kind, str(verdict.sentence)


def test_while_it_runs_it_says_how_many_epochs_agree(original, again_of):
    assert said(original, again_of(2)) == ("running", "2 epochs so far, every metric the same.")


def test_a_difference_is_said_at_once_and_in_full(original, again_of):
    again = again_of(1)
    values = {"loss": 0.50000001, "accuracy": 0.75, "val_loss": 0.6, "val_accuracy": 0.7}
    pace = {"learning_rate": 0.1, "seconds": 0.1, "examples_per_second": 1.0, "seconds_left": None}
    record(again, [EpochEnded(line=3, epoch=2, epochs=3, metrics=values, **pace)])
    expected = "The same up to epoch 1; at epoch 2 the training loss is 0.50000001 instead of 0.5."
    assert said(original, again) == ("different", expected)


def test_the_same_metrics_and_weights_are_a_reproduction(original, again_of):
    kind, sentence = said(original, ended(again_of(3)))
    assert (kind, sentence) == ("same", "Every metric of all 3 epochs is the same, and so are the weights at the end.")


def test_other_weights_are_none(original, again_of):
    kind, sentence = said(original, ended(again_of(3), digest="b" * 64))
    assert (kind, "but the weights at the end differ" in sentence) == ("different", True)


def test_another_number_of_epochs_is_said(original, again_of):
    kind, sentence = said(original, ended(again_of(2)))
    assert (kind, "one trained 3 and the other 2" in sentence) == ("different", True)


def test_one_that_was_stopped_is_no_verdict(original, again_of):
    kind, sentence = said(original, ended(again_of(2), "stopped"))
    assert (kind, sentence) == ("ended", "It was stopped. 2 epochs so far, every metric the same.")


def test_one_click_launches_the_same_spec_again(original, member, client_of):
    response = client_of(member).post(reverse("run-reproduce", args=[original.id]))
    again = Run.objects.get(reproduces=original)
    assert response["Location"] == reverse("run", args=[again.id])
    assert (again.name, again.tags, again.spec) == ("the first, again", ["reproduction"], original.spec)
    assert (again.experiment, again.state) == (original.experiment, "queued")


def test_two_clicks_launch_one(original, member):
    assert reproduction.reproduce(original, member) == reproduction.reproduce(original, member)


def test_a_run_that_has_not_finished_is_refused(original, again_of, member):
    with pytest.raises(WrongState, match="only a finished run can be reproduced"):
        reproduction.reproduce(again_of(1), member)


def test_changed_data_is_refused_before_anything_is_queued(original, member, client_of):
    Dataset.objects.filter(name="digits").update(state="finished", content_hash="f" * 64)
    page = client_of(member).post(reverse("run-reproduce", args=[original.id]), follow=True).content.decode()
    assert "The data of digits has changed since" in page
    assert not original.reproductions.exists()


def test_weights_that_are_gone_cannot_be_begun_with(original, member):
    parent = make_checkpoint(original, 2, purged_at="2026-01-01T00:00:00Z")
    branch = ended(trained(make_run(original.experiment, member, "running", parent=parent), 1))
    with pytest.raises(WrongState, match="whose files cannot be used"):
        reproduction.reproduce(branch, member)


def test_both_pages_say_it(original, again_of, viewer, client_of):
    again = ended(again_of(3))
    for run in (original, again):
        page = client_of(viewer).get(reverse("run", args=[run.id])).content.decode()
        assert "reproduced exactly" in page
        assert reverse("run", args=[original.id if run == again else again.id]) in page


def test_a_page_with_a_running_reproduction_looks_again_by_itself(original, again_of, viewer, client_of):
    again_of(1)
    part = client_of(viewer).get(reverse("run-parts", args=[original.id])).content.decode()
    assert 'data-part="exactness" class="exactness" data-busy' in part
