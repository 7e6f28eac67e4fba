"""One registry of metrics: every page, form and summary calls a metric by the same name and agrees on its best."""

from __future__ import annotations

import pytest

from tests.factories import epoch_event
from trainer.spec.metrics import METRICS, direction_of, label_of, on_validation, trained_metrics
from webapp.checkpoints.listing import METRIC_CHOICES
from webapp.experiments.models import Experiment
from webapp.metrics.charts import panels
from webapp.pages.checkpoints.reports import metric_rows
from webapp.pages.comparison.results import cells_of
from webapp.pages.experiments.forms import metric_choices
from webapp.runs.models import Run
from webapp.workers.recording.summary import RunSummary

JUDGED_BY_LOSS = {"metric": "val_loss", "metric_mode": "min"}


def summarised(name: str, values: list[float], **experiment: str) -> Run:
    """A run whose epochs measured these values."""
    run = Run(experiment=Experiment(**(JUDGED_BY_LOSS | experiment)))
    summary = RunSummary(run)
    for epoch, value in enumerate(values, 1):
        summary.add(epoch_event(epoch, epoch, **{name: value}))
    run.summary = summary.metrics
    return run


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_has_one_name_and_one_direction_everywhere(name):
    about, on_val = METRICS[name], on_validation(name)
    best = {"max": 0.9, "min": 0.1}[about.direction]
    runs = [summarised(on_val, [0.5, 0.1, 0.9]), summarised(on_val, [0.5, 0.5])]
    assert runs[0].summary[on_val]["best"] == best
    assert panels([name, on_val])[0]["mode"] == panels([on_val])[0]["mode"] == about.direction
    assert [cell.leads for cell in cells_of(runs, on_val)] == [True, False]
    assert panels([name])[0]["title"] == about.label == str(metric_rows({name: 1.0})[0][1])
    listed = {value for value, _ in METRIC_CHOICES}
    assert on_val in listed
    assert (name in listed) == about.in_training
    for task in about.tasks:
        offered = dict(metric_choices(task))
        assert about.in_training == (about in trained_metrics(task))
        assert str(offered[on_val]).startswith(str(label_of(on_val)))


def test_a_metric_that_needs_many_classes_judges_no_experiment_about_few():
    offered = [dict(metric_choices("classification", number)) for number in (5, 6)]
    assert ["val_top_5_accuracy" in names for names in offered] == [False, True]
    assert next(iter(offered[0])) == "val_accuracy"


def test_a_metric_that_nobody_registered_is_drawn_and_has_no_best():
    runs = [summarised("val_hinge", [0.5, 0.1, 0.9]), summarised("val_hinge", [0.3])]
    assert runs[0].summary["val_hinge"] == {"last": 0.9, "best": None, "best_epoch": None}
    assert (direction_of("val_hinge"), panels(["val_hinge"])[0]["mode"]) == (None, "")
    assert not any(cell.leads for cell in cells_of(runs, "val_hinge"))


def test_an_experiment_that_is_judged_by_an_unknown_metric_says_itself_which_end_is_best():
    run = summarised("val_hinge", [0.5, 0.1, 0.9], metric="val_hinge", metric_mode="max")
    assert (run.summary["val_hinge"]["best"], run.summary["val_hinge"]["best_epoch"]) == (0.9, 3)


@pytest.mark.parametrize(("name", "direction"), [("roc_auc", "max"), ("val_f1", "max"), ("val_accuracy", "max")])
def test_the_highest_auc_f1_and_accuracy_are_best(name, direction):
    assert direction_of(name) == direction
