"""What the preview beside the launch form says of the form, and what is marked in it."""

from __future__ import annotations

import html
import re

import pytest
from django.test import Client

from tests.factories import make_run
from tests.web.launches.launch_form import PREVIEW, URL, about, fields_of
from webapp.experiments.models import Experiment

pytestmark = pytest.mark.django_db


def test_the_preview_counts_parameters_examples_and_steps(browser: Client, digits: Experiment) -> None:
    fields = about(digits) | {"network.kind": "mlp", "network.layers": "", "fit.batch_size": "100"}
    page = browser.post(PREVIEW, fields).text
    assert "650" in page
    assert "1,257 train" in page
    assert "13 an epoch" in page
    assert "FLOP" in page


def test_the_preview_counts_the_steps_of_sampled_classes(browser: Client, digits: Experiment) -> None:
    counts = [{"name": name, "count": 1000 if name == "0" else 100} for name in digits.dataset.facts.class_names]
    type(digits.dataset).objects.filter(pk=digits.dataset_id).update(summary={"histogram": counts})
    fields = about(digits) | {"fit.batch_size": "100", "balance.sampling": "oversample"}
    page = browser.post(PREVIEW, fields).text
    # Of 1,900 examples, 1,257 are to train on, 662 of them zeros: ten times as many are 67 batches.
    assert "67 an epoch" in page
    assert "approximate" in page


def test_the_form_draws_the_learning_rates_that_its_schedule_gives(browser: Client, digits: Experiment) -> None:
    warm = {"schedule.shape.kind": "cosine", "schedule.warmup_epochs": "5", "fit.epochs": "20", "fit.batch_size": "100"}
    page = browser.post(
        PREVIEW, about(digits) | warm | {"optimizer.kind": "sgd", "optimizer.learning_rate": "0.2"}
    ).text
    (points,) = re.findall('<polyline points="([^"]*)"', page)
    drawn = [tuple(map(float, point.split(","))) for point in points.split()]
    # 240 wide for 20 epochs, 48 high for a rate of 0.2; after half of what follows the warm-up, half of it is left.
    assert drawn[0] == (0.0, 48.0)
    assert (60.0, 0.0) in drawn
    assert min(drawn, key=lambda point: abs(point[0] - 150))[1] == pytest.approx(24, abs=1)
    assert "0 at the start, 0.2 at the peak after epoch 5, 1.3e-05 at the end." in page
    assert "<polyline" not in browser.post(PREVIEW, about(digits)).text


def test_the_preview_says_what_is_wrong_at_the_slots_of_the_fields(browser: Client, digits: Experiment) -> None:
    page = browser.post(PREVIEW, about(digits) | {"fit.epochs": "0"}).text
    assert "&quot;e-fit-epochs&quot;" in page
    assert "Training › Epochs" in page


def test_the_preview_says_what_closed_sections_hold(browser: Client, digits: Experiment) -> None:
    fields = about(digits) | {"optimizer.kind": "sgd", "optimizer.learning_rate": "0.2"}
    said = html.unescape(browser.post(PREVIEW, fields).text)
    assert '"short-optimizer": "SGD \\u00b7 Learning rate 0.2' in said
    assert '"short-general": "Engine TensorFlow' in said
    assert "short-dataset" not in said


def test_run_again_is_filled_from_the_run_and_marks_what_is_changed(browser: Client, digits: Experiment) -> None:
    run = make_run(digits, None, "finished", name="Old", tags=["wide"])
    page = browser.get(URL, {"like": str(run.id)}).text
    assert 'value="wide"' in page
    assert "was " not in page
    assert "No changes against" in page
    again = browser.post(URL, fields_of(page) | {"fit.epochs": "9", "_change": "check"}).text
    assert again.count(">was 30<") == 1
    assert "1 change against" in again
    back = fields_of(browser.post(URL, fields_of(again) | {"_change": "reset:fit.epochs"}).text)
    assert back["fit.epochs"] == "30"


def test_changes_are_marked_while_one_types(browser: Client, digits: Experiment) -> None:
    run = make_run(digits, None, "finished", name="Old")
    page = fields_of(browser.get(URL, {"like": str(run.id)}).text)
    answer = browser.post(PREVIEW, page | {"fit.epochs": "9", "optimizer.learning_rate": "0,3"}).text
    said = html.unescape(answer).replace("\\u00b7", "·")
    assert '"n-fit-epochs": "was 30"' in said
    assert '"n-optimizer-learning_rate": "Read as 0.3 · was 0.001"' in said
    assert 'data-changed="["n-optimizer-learning_rate", "n-fit-epochs"]"' in said
    assert "2 changes against" in said
    assert 'value="reset:fit.epochs"' in said
