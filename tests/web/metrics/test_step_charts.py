"""Losses of single steps in the loss chart of a run."""

from __future__ import annotations

import json

from tests.web.page_scripts import javascript, series
from webapp.metrics.charts import panels

# Two epochs of four steps, of 2 seconds each; the second half of the second has no loss.
STEPS = {
    "steps": [1, 2, 3, 4, 5, 6, 7, 8],
    "losses": [4.0, 3.0, 2.0, 1.0, 1.0, 1.0, "NaN", "NaN"],
    "steps_per_epoch": 4,
}


def drawn(what, panel="panel", options="{}", steps=STEPS):
    run = f'{{ label: "", color: "blue", series: {series([2.5, "NaN"])}, steps: {json.dumps(steps)} }}'
    return javascript(f"const f = figure({panel}, [{run}], {options}, look); done({what})")


def test_steps_lie_between_the_epochs_under_their_line():
    first, x = drawn("[f.data[0].meta, f.data[0].x]")
    assert (first, x) == ("steps", [0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 2.0])


def test_steps_follow_the_epochs_to_the_time_axis():
    assert drawn("f.data[0].x", options='{ x: "time" }') == [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0]


def test_a_mark_says_at_which_step_the_loss_became_nan():
    x, text = drawn("f.data.filter((t) => t.meta === 'odd').map((t) => [t.x, t.text])[0]")
    assert (x, text) == ([1.75], ["NaN from step 7, in epoch 2"])


def test_the_line_of_steps_breaks_where_there_is_no_number():
    assert drawn("f.data[0].y") == [4.0, 3.0, 2.0, 1.0, 1.0, 1.0, None, None]


def test_all_charts_begin_where_the_steps_begin():
    accuracy = json.dumps(panels(["accuracy"])[0])
    first = "f.layout.xaxis.autorangeoptions.include[0]"
    assert drawn(first) == drawn(first, panel=accuracy) < 0.25
    assert drawn(first, steps=None) > 0.9


def test_only_the_loss_has_steps_and_none_are_none():
    accuracy = json.dumps(panels(["accuracy"])[0])
    assert drawn("f.data.filter((t) => t.meta === 'steps').length", panel=accuracy) == 0
    none = {"steps": [], "losses": [], "steps_per_epoch": None}
    assert drawn("f.data.filter((t) => t.meta === 'steps').length", steps=none) == 0


def test_smoothing_smooths_the_steps_and_leaves_the_raw_ones_behind():
    raw, smooth = drawn("f.data.slice(0, 2).map((t) => [t.meta, t.opacity, t.y[1]])", options="{ smoothing: 0.5 }")
    assert (raw[0], raw[2]) == ("raw", 3.0)
    assert raw[1] < 0.2
    assert smooth == ["steps", 1, 10 / 3]
