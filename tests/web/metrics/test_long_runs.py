"""Runs of very many epochs: their charts get as much as can be seen, and say the same."""

from __future__ import annotations

import json

import pytest
from django.utils import timezone

from tests.factories import make_experiment, make_run
from tests.web.page_scripts import epochs, javascript
from webapp.metrics.charts import epoch_columns
from webapp.metrics.curves import curves
from webapp.metrics.models import RunEvent

LONG = 20_000


def losses(**odd):
    """A saw of ``LONG`` losses; ``e123=9.0`` is that of epoch 123."""
    values = [1.0 + at % 7 / 100 for at in range(LONG)]
    for name, value in odd.items():
        values[int(name[1:]) - 1] = value
    return values


def thin(values, marked=()):
    return epoch_columns(epochs(values), 500, marked)


def found(columns):
    return dict(zip(columns["epoch"], columns["metrics"]["loss"], strict=True))


def test_a_short_run_is_sent_whole():
    columns = epoch_columns(epochs([1.0] * 500), 500)
    assert len(columns["epoch"]) == 500
    assert "until" not in columns


def test_a_long_run_keeps_its_ends_and_its_extremes():
    kept = found(thin(losses(e1234=9.0, e7890=-3.0)))
    assert len(kept) <= 520
    assert (kept[1234], kept[7890], min(kept), max(kept)) == (9.0, -3.0, 1, LONG)


def test_of_equal_values_the_first_is_kept():
    assert found(thin(losses(e321=0.5, e322=0.5, e9000=0.5)))[321] == 0.5


def test_the_first_epoch_that_is_not_finite_is_kept_and_not_every_later_one():
    kept = found(thin([*losses()[:4321], *["NaN"] * (LONG - 4321)]))
    assert min(epoch for epoch, loss in kept.items() if loss == "NaN") == 4322
    assert len(kept) <= 760


def test_where_an_attempt_went_on_is_kept():
    assert 4567 in found(thin(losses(), marked={4567}))


def test_a_metric_that_few_epochs_have_keeps_its_extremes():
    rows = epochs(losses())
    for row in rows[::100]:
        row["metrics"]["val_loss"] = 8.0 if row["epoch"] == 5001 else 2.0
    columns = epoch_columns(rows, 500)
    assert columns["metrics"]["val_loss"][columns["epoch"].index(5001)] == 8.0


def test_thinned_epochs_keep_the_time_of_all():
    assert thin(losses())["elapsed"][-1] == 2.0 * LONG


def test_epochs_left_out_are_no_gap_and_missing_ones_are():
    rows = [row for row in epochs(losses()) if not 8000 <= row["epoch"] < 9000]
    columns = json.dumps(epoch_columns(rows, 500))
    x = javascript(f"done(draw(new Series({columns})).data[0].x)")
    assert x.count(None) == 1
    assert (x[x.index(None) - 1], x[x.index(None) + 1]) == (7999, 9000)


def test_a_long_run_goes_on_live_without_a_gap_and_with_its_time():
    event = "{ kind: 'epoch', payload: { epoch: 20001, seconds: 3, metrics: { loss: 1 } } }"
    code = f"const s = new Series({json.dumps(thin(losses()))}); s.apply({event});"
    assert javascript(f"{code} done([s.seconds.at(-1), draw(s).data[0].x.includes(null)])") == [40_003, False]


def test_a_resume_from_an_epoch_that_was_left_out_goes_on_without_a_gap_and_with_its_time():
    columns = thin(losses())
    left_out = next(epoch for epoch in range(9000, 10_000) if epoch not in columns["epoch"])
    started = f"{{ kind: 'started', payload: {{ epoch: {left_out} }} }}"
    event = f"{{ kind: 'epoch', payload: {{ epoch: {left_out + 1}, seconds: 3, metrics: {{ loss: 1 }} }} }}"
    code = f"const s = new Series({json.dumps(columns)}); s.apply({started}); s.apply({event});"
    time, gap = javascript(f"{code} done([s.seconds.at(-1), draw(s).data[0].x.includes(null)])")
    assert (time, gap) == (pytest.approx(2 * left_out + 3), False)


@pytest.mark.django_db
def test_pages_of_long_runs_stay_small_and_what_is_read_elsewhere_stays_whole(team, member, client_of):
    run = make_run(make_experiment(team, member), member, "finished", last_seq=LONG, summary={"loss": {}})
    about = {"run": run, "attempt": 1, "kind": "epoch", "at": timezone.now()}
    rows = [{"seq": row["epoch"], "epoch": row["epoch"], "payload": row} for row in epochs(losses())]
    RunEvent.objects.bulk_create([RunEvent(**about, **row) for row in rows], batch_size=2000)
    client = client_of(member)
    for address in (f"/runs/{run.id}/", f"/compare/?runs={run.id}"):
        assert len(client.get(address).content) < 300_000
    assert len(curves(run)["loss"]) == LONG
