"""What a run's charts show: from recorded values to plain data, and from there to figures."""

from __future__ import annotations

import json
import re

from tests.web.page_scripts import javascript, series
from webapp.runs.charts import Sample, epoch_columns, label_of, panels, system_columns, thinned
from webapp.teams.templatetags.pages import number, rounded, setting

DECADES = [[2.0, 1.0], [1.0, 0.05], [1.0, 1e-4], [1.0, 1e-15]]


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
    assert label_of("val_mean_absolute_error") == "Validation mean absolute error"
    assert label_of("r2_score") == "Training R² score"


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
    kept = thinned(samples, 600)
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


def test_smoothing_has_no_bias_and_leaves_the_raw_line_behind():
    assert javascript("done(smoothed([5, 5, 5], 0.9))") == [5, 5, 5]
    data = javascript(f"done(draw({series([1.0, 2.0])}, {{ smoothing: 0.5 }}).data)")
    assert data[0]["y"] == [1, 2]
    assert data[0]["opacity"] < 0.5
    assert data[1]["y"] == [1, 5 / 3]


def test_labels_of_a_logarithmic_axis_do_not_touch():
    ticks = [javascript(f"done([draw({series(values)}, {{ log: true }}).layout.yaxis.dtick])")[0] for values in DECADES]
    assert ticks == [None, "D2", 1, 3]


def test_zoom_survives_new_points_but_not_another_axis():
    revisions = javascript(
        f"const s = {series([1.0])}; done([{{}}, {{}}, {{ x: 'time' }}].map((o) => draw(s, o).layout.uirevision))"
    )
    assert revisions[0] == revisions[1] != revisions[2]


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


def test_a_thin_line_marks_where_an_attempt_went_on_and_says_so():
    code = f"const s = {series([4.0, 3.0, 2.0])}; const drawn = s.apply({STARTED}); const f = draw(s);"
    trace = "f.data.find((t) => t.meta === 'start')"
    drawn, shapes, x, text = javascript(f"{code} done([drawn, f.layout.shapes, {trace}.x, {trace}.text])")
    assert (drawn, x, text) == (True, [2], ["attempt 2 continued from cp-0002"])
    assert [(shape["x0"], shape["x1"], shape["line"]["width"]) for shape in shapes] == [(2, 2, 1)]
    assert shapes[0]["label"]["text"] == "resumed"


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
