"""What a run's charts show: from recorded values to plain data, and from there to figures."""

from __future__ import annotations

import json
import re

import pytest

from tests.web.page_scripts import javascript, series
from webapp.metrics.charts import Sample, downsampled_samples, epoch_columns, label_of, panels, system_columns
from webapp.ui.filters import number, rounded, setting


def test_training_and_validation_share_a_chart():
    loss = panels(["accuracy", "val_loss", "loss", "val_accuracy"])[0]
    assert [(s["metric"], s["part"]) for s in loss["series"]] == [("loss", "train"), ("val_loss", "validation")]


def test_loss_comes_first_then_the_experiments_metric_and_the_learning_rate_last():
    shown = panels(["r2_score", "mean_absolute_error", "loss"], "val_r2_score", "max")
    assert [panel["id"] for panel in shown] == ["loss", "r2_score", "mean_absolute_error", "learning_rate"]


def test_the_experiment_says_which_end_of_its_metric_is_best():
    assert panels(["val_hinge"], "val_hinge", "max")[0]["mode"] == "max"
    assert [panel["mode"] for panel in panels(["loss", "accuracy"])] == ["min", "max", ""]


def test_without_metrics_there_is_no_chart():
    assert panels([]) == []


def test_names_are_readable():
    assert str(label_of("val_mean_absolute_error")) == "Validation mean absolute error"
    assert str(label_of("r2_score")) == "Training R² score"


def test_epochs_become_columns_and_what_is_missing_is_none():
    rows = [{"epoch": 1, "metrics": {"loss": 2.0}}, {"epoch": 2, "metrics": {"loss": "NaN", "val_loss": 1.0}}]
    columns = epoch_columns(rows)
    assert columns["epoch"] == [1, 2]
    assert columns["metrics"] == {"loss": [2.0, "NaN"], "val_loss": [None, 1.0]}


def test_two_attempts_are_not_joined_by_a_line():
    columns = system_columns([Sample("t1", 1, {"cpu_percent": 5}), Sample("t2", 2, {"cpu_percent": 7})])
    assert columns["cpu_percent"] == [5, None, 7]
    assert columns["at"] == ["t1", "t2", "t2"]


def test_a_peak_survives_thinning():
    samples = [Sample(str(at), 1, {"cpu_percent": 99 if at == 4321 else 10}) for at in range(10_000)]
    kept = downsampled_samples(samples, 600)
    assert len(kept) == 600
    assert max(sample.payload["cpu_percent"] for sample in kept) == 99


def test_training_is_solid_and_validation_dashed_in_one_colour():
    rows = [{"epoch": epoch, "metrics": {"loss": 1 / epoch, "val_loss": 2 / epoch}} for epoch in (1, 2)]
    columns = json.dumps(epoch_columns(rows))
    lines = javascript(f"done(draw(new Series({columns})).data.filter((t) => t.line && t.meta).map((t) => t.line))")
    assert [(line["color"], line["dash"]) for line in lines] == [("blue", "solid"), ("blue", "dash")]


def test_points_beyond_a_gap_are_not_connected():
    rows = json.dumps(epoch_columns([{"epoch": epoch, "metrics": {"loss": 1.0}} for epoch in (1, 2, 5)]))
    line = javascript(f"done(draw(new Series({rows})).data[0])")
    assert line["x"] == [1, 2, None, 5]
    assert line["y"] == [1, 1, None, 1]
    assert line["connectgaps"] is False


def test_what_is_not_finite_is_a_triangle_at_the_edge():
    values = [1.0, "NaN", "Infinity", "-Infinity"]
    marks = javascript(f"done(draw({series(values)}).data.find((t) => t.meta === 'odd'))")
    assert marks["x"] == [2, 3, 4]
    assert marks["marker"]["symbol"] == ["triangle-up", "triangle-up", "triangle-down"]
    assert marks["text"][0] == "NaN at epoch 2"


def test_the_best_point_is_marked_and_is_never_one_that_is_not_finite():
    mark = javascript(f"done(draw({series([3.0, 1.0, '-Infinity', 2.0])}).data.find((t) => t.meta === 'best'))")
    assert (mark["x"], mark["y"]) == ([2], [1])


@pytest.mark.parametrize("lost", ["NaN", "Infinity", "-Infinity"])
def test_an_epoch_that_lost_its_weights_is_not_the_best_as_on_the_server(lost):
    """See ``Summary`` and ``BestEpoch``: where the training loss is not finite, no checkpoint has the weights."""
    losses = [{"loss": 1.0, "val_loss": 3.0}, {"loss": lost, "val_loss": 1.0}, {"loss": 1.0, "val_loss": 2.0}]
    columns = epoch_columns([{"epoch": epoch, "metrics": values} for epoch, values in enumerate(losses, start=1)])
    mark = javascript(f"done(draw(new Series({json.dumps(columns)})).data.find((t) => t.meta === 'best'))")
    assert (mark["x"], mark["y"]) == ([3], [2])


def test_smoothing_has_no_bias_and_leaves_the_raw_line_behind():
    assert javascript("done(smoothed([5, 5, 5], 0.9))") == [5, 5, 5]
    data = javascript(f"done(draw({series([1.0, 2.0])}, {{ smoothing: 0.5 }}).data)")
    assert data[0]["y"] == [1, 2]
    assert data[0]["opacity"] < 0.5
    assert data[1]["y"] == [1, 5 / 3]


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([2.0, 1.0], ["1", "1.2", "1.4", "1.6", "1.8", "2"]),
        ([1.0, 0.05], ["0.05", "0.1", "0.2", "0.5", "1"]),
        ([1.0, 1e-4], ["0.0001", "0.001", "0.01", "0.1", "1"]),
        ([1.0, 1e-15], ["10⁻¹⁵", "10⁻¹²", "10⁻⁹", "10⁻⁶", "0.001", "1"]),
        ([0.07, 0.07], ["0.07"]),
    ],
)
def test_ticks_of_a_logarithmic_axis_are_numbers_in_full(values, texts):
    assert javascript(f"done(draw({series(values)}, {{ log: true }}).layout.yaxis.ticktext)") == texts


def test_a_zoomed_logarithmic_axis_has_ticks_in_what_is_shown():
    options = "{ log: true, zoom: [1, 2], y: [Math.log10(0.3), Math.log10(0.4)] }"
    ticks = javascript(f"done(draw({series([1.0, 1e-4])}, {options}).layout.yaxis.tickvals)")
    assert len([tick for tick in ticks if 0.3 <= tick <= 0.4]) >= 3


def test_a_zoom_is_part_of_the_figure_so_that_new_points_do_not_end_it():
    axis = javascript(f"done(draw({series([4.0, 3.0, 2.0, 1.0])}, {{ zoom: [2, 3] }}).layout)")
    assert axis["xaxis"]["range"] == [2, 3]
    low, high = axis["yaxis"]["range"]
    assert 1.8 < low < 2
    assert 3 < high < 3.2


def test_a_zoom_by_hand_keeps_its_own_height():
    assert javascript(f"done(draw({series([4.0, 3.0])}, {{ zoom: [1, 2], y: [0, 9] }}).layout.yaxis.range)") == [0, 9]


def test_one_outlier_does_not_flatten_the_rest_when_outliers_are_ignored():
    code = f"const s = {series([1.0, 1.1, 1.2, 1.3, 4e19, 1.4])};"
    low, high = javascript(f"{code} done(draw(s, {{ outliers: true }}).layout.yaxis.range)")
    assert 0.9 < low < high < 2
    assert javascript(f"{code} done([draw(s).layout.yaxis.range ?? null])") == [None]


def test_dashes_of_many_points_become_a_lighter_line():
    rows = [{"epoch": epoch, "metrics": {"loss": 1.0, "val_loss": 2.0}} for epoch in range(1, 300)]
    lines = javascript(
        f"done(draw(new Series({json.dumps(epoch_columns(rows))})).data.filter((t) => t.line && t.meta))"
    )
    assert [(line["line"]["dash"], line["opacity"]) for line in lines] == [("solid", 1), ("solid", 0.55)]


def test_curves_that_hide_each_other_are_named():
    runs = [("a", [1.0, 2.0]), ("b", [1.0, 2.5]), ("c", [1.0, 2.0])]
    drawn = ", ".join(f'{{ label: "{name}", series: {series(values)} }}' for name, values in runs)
    assert javascript(f"done(sameCurves(panel, [{drawn}]))") == [["a", "c"]]


def test_what_is_under_the_mouse_is_said_highest_first_and_as_plain_text():
    points = """[
      { x: 12, y: 0.5, data: { name: "<a href=x>a</a> · train", line: { color: "red" } } },
      { x: 12, y: 0.75, data: { name: "b · train", line: { color: "blue" } } },
      { x: 12, y: 1, text: "NaN at epoch 12", data: {} },
    ]"""
    rows = javascript(f"done(readoutRows({points}))")
    assert [(row["name"], row["text"]) for row in rows] == [
        ("b · train", "0.7500"),
        ("<a href=x>a</a> · train", "0.5000"),
        ("", "NaN at epoch 12"),
    ]
    said = javascript(f"done(readoutLine({points}.slice(0, 1), 'Epoch'))")
    assert said == "Epoch 12 · <a href=x>a</a> · train 0.5000"


def test_no_label_of_plotly_shows_the_name_of_a_run():
    code = (
        f"const f = figure(panel, [{{ label: '<b>x</b>', color: 'red', series: {series([3.0, 'NaN'])} }}], {{}}, look);"
    )
    assert set(javascript(f"{code} done(f.data.map((t) => t.hoverinfo))")) == {"none", "skip"}


@pytest.mark.parametrize(
    "query",
    ["", "?smoothing=0.6", "?x=time&zoom=2.5~40", "?log=1&outliers=1&steps=1", "?runs=a,b&smoothing=0.3&zoom=-1~2"],
)
def test_the_address_holds_how_the_charts_are_drawn(query):
    usual = "{ smoothing: 0, x: 'epoch', log: false, outliers: false, steps: false, zoom: null }"
    assert javascript(f"done(inAddress({json.dumps(query)}, ofAddress({json.dumps(query)}) ?? {usual}))") == query


@pytest.mark.parametrize("query", ["?zoom=x", "?smoothing=99&x=<b>", "?zoom=1~1e999"])
def test_an_address_that_makes_no_sense_is_taken_as_far_as_it_does(query):
    values = javascript(f"done(ofAddress({json.dumps(query)}))")
    assert values["zoom"] is None
    assert (0 <= values["smoothing"] <= 0.98, values["x"]) == (True, "epoch")


def test_the_time_axis_counts_training_only():
    line = javascript(f"done(draw({series([1.0, 1.0, 1.0])}, {{ x: 'time' }}).data[0])")
    assert line["x"] == [2, 4, 6]


def test_an_event_that_comes_twice_gives_one_point():
    event = '{ kind: "epoch", seq: 9, payload: { epoch: 2, metrics: { loss: 0.5 }, seconds: 1 } }'
    code = f"const s = {series([1.0])}; s.apply({event}); s.apply({event}); done(s.points('loss'))"
    assert [(p["epoch"], p["value"]) for p in javascript(code)] == [(1, 1), (2, 0.5)]


def test_a_resume_drops_what_came_after_its_checkpoint():
    event = "{ kind: 'started', payload: { epoch: 1 } }"
    assert javascript(f"const s = {series([4.0, 3.0, 2.0])}; done([s.apply({event}), s.epochs])") == [True, [1]]


STARTED = "{ kind: 'started', attempt: 2, payload: { epoch: 2, resumed_from: 'cp-0002' } }"


def test_a_thin_line_marks_where_an_attempt_resumed_and_says_so():
    code = f"const s = {series([4.0, 3.0, 2.0])}; const drawn = s.apply({STARTED}); const f = draw(s);"
    trace = "f.data.find((t) => t.meta === 'start')"
    drawn, shapes, x, text = javascript(f"{code} done([drawn, f.layout.shapes, {trace}.x, {trace}.text])")
    assert (drawn, x, text) == (True, [2], ["attempt 2 resumed from cp-0002"])
    assert [(shape["x0"], shape["x1"], shape["line"]["width"]) for shape in shapes] == [(2, 2, 1)]
    assert javascript(f"{code} done(f.layout.annotations.map((label) => label.text))") == ["attempt 2"]


def test_an_earlier_resume_takes_later_marks_with_it_and_a_comparison_has_none():
    earlier = "{ kind: 'started', attempt: 3, payload: { epoch: 1, resumed_from: 'cp-0001' } }"
    code = f"const s = {series([4.0, 3.0, 2.0])}; s.apply({STARTED}); s.apply({earlier});"
    both = "figure(panel, [1, 2].map((n) => ({ label: n, color: 'red', series: s })), {}, look).layout.shapes"
    assert javascript(f"{code} done([s.starts.map((m) => m.attempt), {both}])") == [[3], []]


# Halves (29/32, 31/32), numbers just below a power of ten, and every kind that is written in its own way.
NUMBERS = [
    0.97123,
    0.97,
    0.90625,
    0.96875,
    -102.34567,
    9.99996,
    1000.0,
    13_400.4,
    1_234_567.5,
    2e9,
    0.00002,
    1e-4,
    4.2e19,
]


def test_numbers_are_written_alike_by_the_server_and_in_the_live_page():
    live = javascript(f"done({NUMBERS}.map((n) => [figureText(n), settingText(n)]))")
    assert live == [[rounded(number, 4), setting(number)] for number in NUMBERS]
    odd = [None, "NaN", "Infinity", "-Infinity"]
    texts = javascript(f"done({json.dumps(odd)}.map(figureText))")
    assert texts == ["–", "NaN", "∞", "−∞"] == [re.sub("<.*?>", "", number(value)) for value in odd]


def test_numbers_and_durations_read_well():
    assert javascript("done([0.97, 13400, -0.5, 0.00002].map(figureText))") == [
        "0.9700",
        "13,400",
        "−0.5000",
        "2.000e−5",
    ]
    assert javascript("done([4, 192, 18180].map(durationText))") == ["4 s", "3 min 12 s", "5 h 03 min"]
