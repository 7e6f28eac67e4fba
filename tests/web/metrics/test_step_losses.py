"""The losses of single steps: recorded whole, shown as many as can be seen."""

from __future__ import annotations

from base64 import b64encode

import numpy as np
import pytest

from tests.factories import epoch_event, make_experiment, make_run, started_event
from tests.web.api.test_api import api
from trainer.events.events import AnyEvent, StepLosses
from webapp.metrics.curves import events_after
from webapp.metrics.replay import recorded_epochs
from webapp.metrics.step_losses import StepLossCache, _downsampled, step_losses
from webapp.workers.recording.recorder import record

__all__ = ["api"]

pytestmark = pytest.mark.django_db


@pytest.fixture
def run(team, member):
    return make_run(make_experiment(team, member), member, state="running")


def steps_event(line: int, epoch: int, losses) -> StepLosses:
    return StepLosses(line=line, epoch=epoch, losses=b64encode(np.asarray(losses, "<f4").tobytes()).decode())


def tell(run, *epochs, resumed_from: int = 0, line: int = 1) -> None:
    """An attempt that begins after epoch ``resumed_from`` and tells the losses of ``epochs``."""
    events: list[AnyEvent] = [started_event(line=line, epoch=resumed_from)]
    for number, losses in enumerate(epochs, resumed_from + 1):
        events.append(steps_event(events[-1].line + 1, number, losses))
        events.append(epoch_event(events[-1].line + 1, number))
    assert record(run, events)


def test_steps_count_from_one_over_all_epochs(run):
    tell(run, [3.0, 2.5], [2.0, float("nan")], [1.0, float("inf")])
    assert step_losses(run) == [(1, 3.0), (2, 2.5), (3, 2.0), (4, "NaN"), (5, 1.0), (6, "Infinity")]


def test_an_epoch_that_was_trained_again_counts_once(run):
    tell(run, [3.0], [2.0])
    tell(run, [1.5], resumed_from=1, line=6)
    assert step_losses(run) == [(1, 3.0), (2, 1.5)]


def test_a_million_steps_are_recorded_whole_and_thinned_with_every_extreme(run):
    losses = np.random.default_rng(0).random(1_000_000, np.float32)
    losses[[123_456, 765_432]] = -1.0, 9.0
    tell(run, losses[:500_000], losses[500_000:])
    found = step_losses(run, points=2000)
    assert len(found) <= 2002
    assert {(1, float(losses[0])), (123_457, -1.0), (765_433, 9.0), (1_000_000, float(losses[-1]))} <= set(found)


def test_the_page_reads_no_losses_of_steps_unless_it_asks(run):
    tell(run, [3.0, 2.0])
    assert [event["kind"] for event in events_after(run, 0)] == ["started", "epoch"]


@pytest.mark.parametrize("points", [2, 10**9, "many"])
def test_a_number_of_points_that_cannot_be_had_is_refused(api, member, run, points):
    assert api(member).get(f"/runs/{run.id}/step-losses", points=points).status_code == 422


def test_page_and_api_give_columns(client_of, api, member, run):
    tell(run, [3.0, float("nan")])
    expected = {"steps": [1, 2], "losses": [3.0, "NaN"], "steps_per_epoch": 40}
    assert client_of(member).get(f"/runs/{run.id}/step-losses/").json() == expected
    assert api(member).get(f"/runs/{run.id}/step-losses", points=100).json() == expected


def test_what_came_since_is_read_and_nothing_twice(run, django_assert_max_num_queries):
    tell(run, [3.0, 2.5], [2.0, 1.9])
    assert len(step_losses(run)) == 4
    with django_assert_max_num_queries(0):
        step_losses(run)
    assert record(run, [steps_event(6, 3, [1.8, 1.7])])
    with django_assert_max_num_queries(2):
        assert step_losses(run)[3:] == [(4, pytest.approx(1.9)), (5, pytest.approx(1.8)), (6, pytest.approx(1.7))]
    tell(run, [1.0, 0.9], resumed_from=1, line=7)
    assert [round(loss, 1) for _, loss in step_losses(run)] == [3.0, 2.5, 1.0, 0.9]


def test_the_steps_of_few_runs_are_kept_at_a_time(run, team, member):
    cache, other = StepLossCache(most=3), make_run(run.experiment, member, state="running")
    for each in (run, other):
        tell(each, [3.0, 2.0])
        cache.of(each.pk, each.last_seq)
    assert list(cache._known) == [other.pk]


def test_nobody_changes_what_others_get(run):
    tell(run, [3.0, 2.0])
    step_losses(run).clear()
    assert len(step_losses(run)) == 2
    with pytest.raises(ValueError, match="read-only"):
        _downsampled(run.pk, run.last_seq, 2000).losses[0] = 7.0
    recorded_epochs(run)["metrics"]["loss"].clear()
    assert len(recorded_epochs(run)["metrics"]["loss"]) == 1
