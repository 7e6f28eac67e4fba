"""Evaluations: one at a time for a split, watched, stopped, read."""

from __future__ import annotations

import json
import re

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_checkpoint, make_experiment, make_run
from webapp.checkpoints.availability import FilesGone
from webapp.checkpoints.evaluating import evaluate
from webapp.checkpoints.models import Evaluation
from webapp.pages.checkpoints import figures, reports
from webapp.pages.checkpoints.confusion_matrix import matrix_of
from webapp.pages.checkpoints.filters import data_number

CLASSES = ["cat", "dog", "<bird>"]
PER_CLASS = [
    {"name": "cat", "precision": 0.9, "recall": 0.8, "f1": 0.85, "support": 10},
    {"name": "dog", "precision": 0.5, "recall": 0.4, "f1": 0.44, "support": 5},
    {"name": "<bird>", "precision": 1.0, "recall": 1.0, "f1": 1.0, "support": 3},
]
CLASSIFICATION = {
    "task": "classification",
    "split": "test",
    "num_examples": 18,
    "metrics": {"loss": 0.5, "accuracy": 0.7777},
    "classes": CLASSES,
    "confusion": [[8, 2, 0], [3, 2, 0], [0, 0, 3]],
    "per_class": PER_CLASS,
    "mistakes": [
        {"true": "cat", "predicted": "dog", "probability": 0.99, "true_probability": 0.01, "index": 7}
        | {"image": "data:image/png;base64,AAAA"}
    ],
}
REGRESSION = {
    "task": "regression",
    "split": "test",
    "num_examples": 3,
    "metrics": {"loss": 0.5, "mean_absolute_error": 4.0, "root_mean_squared_error": 5.0, "r2_score": None},
    "target_name": "price",
    "pairs": [[1.0, 2.0], [3.0, 2.5]],
    "residual_histogram": [{"name": "-1 – 1", "low": -1.0, "high": 1.0, "count": 3}],
    "worst": [{"actual": 1.0, "predicted": 9.0, "residual": -8.0, "index": 4, "row": {"rooms": 3.0}}],
}

BASELINE = {"answer": "cat", "metrics": {"accuracy": 0.5625, "roc_auc": None}}
BINS = [
    {"low": 0.0, "high": 0.5, "count": 0, "confidence": None, "accuracy": None},
    {"low": 0.5, "high": 1.0, "count": 18, "confidence": 0.9, "accuracy": 0.7777},
]
RATES = dict.fromkeys(("accuracy", "balanced_accuracy", "precision", "recall", "specificity", "f1"), 0.25)
THRESHOLD = {
    "positive": "<bird>",
    "chosen_on": "validation",
    "num_validation": 123,
    "choices": [
        {"rule": rule, "threshold": at} | RATES
        for rule, at in (("default", 0.5), ("f1", 0.31), ("balanced_accuracy", 0.29))
    ],
    "roc": [[0.0, 0.0], [0.0, 1.0], [1.0, 1.0]],
    "precision_recall": [[1.0, 0.5], [0.0, 1.0]],
    "share": 0.25,
}
TWO_CLASSES = CLASSIFICATION | {"baseline": BASELINE, "reliability": BINS, "threshold": THRESHOLD}


@pytest.fixture
def checkpoint(team, member):
    return make_checkpoint(make_run(make_experiment(team, member), member, "finished", name="baseline"), 5)


def finished(checkpoint, result=CLASSIFICATION, **fields) -> Evaluation:
    fields = {"split": "test", "state": "finished", "finished_at": timezone.now(), "result": result} | fields
    return Evaluation.objects.create(checkpoint=checkpoint, **fields)


def page(client, evaluation, **query) -> str:
    response = client.get(reverse("evaluation", args=[evaluation.id]), query)
    assert response.status_code == 200
    return response.content.decode()


def test_one_click_queues_it_and_a_second_click_leads_to_the_same(client_of, member, checkpoint):
    url = reverse("checkpoint-evaluate", args=[checkpoint.id])
    first = client_of(member).post(url, {"split": "test"})
    second = client_of(member).post(url, {"split": "test"})
    evaluation = checkpoint.evaluations.get()
    assert first.url == second.url == reverse("evaluation", args=[evaluation.id])
    assert (evaluation.state, evaluation.created_by) == ("queued", member)


def test_the_other_split_and_a_new_one_after_the_end_are_evaluations_of_their_own(member, checkpoint):
    first = evaluate(checkpoint, "test", member)
    assert evaluate(checkpoint, "validation", member) != first
    Evaluation.objects.filter(pk=first.pk).update(state="finished")
    assert evaluate(checkpoint, "test", member) != first


@pytest.mark.parametrize("split", ["train", "", "x"])
def test_another_split_is_refused_naming_the_choices(client_of, member, checkpoint, split):
    response = client_of(member).post(reverse("checkpoint-evaluate", args=[checkpoint.id]), {"split": split})
    assert response.status_code == 400
    assert b"test or validation" in response.content


@pytest.mark.parametrize(
    ("fields", "word"), [({"purged_at": "2026-01-01T00:00Z"}, "removed"), ({"damaged": "cut off."}, "damaged")]
)
def test_without_whole_files_nothing_is_queued(member, checkpoint, fields, word):
    type(checkpoint).objects.filter(pk=checkpoint.pk).update(**fields)
    with pytest.raises(FilesGone, match=word):
        evaluate(checkpoint, "test", member)
    assert not checkpoint.evaluations.exists()


def test_viewers_look_but_do_not_ask(client_of, viewer, checkpoint):
    url = reverse("checkpoint-evaluate", args=[checkpoint.id])
    assert client_of(viewer).post(url, {"split": "test"}).status_code == 403
    assert "Confusion matrix" in page(client_of(viewer), finished(checkpoint))


def test_outsiders_get_404_everywhere(client_of, outsider, checkpoint):
    evaluation = finished(checkpoint)
    for name in ("evaluation", "evaluation-status"):
        assert client_of(outsider).get(reverse(name, args=[evaluation.id])).status_code == 404
    assert client_of(outsider).post(reverse("evaluation-stop", args=[evaluation.id])).status_code == 404


def test_while_it_works_the_page_polls_its_status_and_shows_how_far_it_is(client_of, member, checkpoint):
    evaluation = finished(checkpoint, state="running", progress={"fraction": 0.62, "message": "170 of 270 examples"})
    html = page(client_of(member), evaluation)
    status = reverse("evaluation-status", args=[evaluation.id])
    assert f'hx-get="{status}"' in html
    part = client_of(member).get(status).content.decode()
    assert 'value="0.62"' in part
    assert "170 of 270 examples" in part


def test_when_it_has_ended_the_poll_asks_for_the_whole_page(client_of, member, checkpoint):
    response = client_of(member).get(reverse("evaluation-status", args=[finished(checkpoint).id]))
    assert response["HX-Refresh"] == "true"


def test_a_queued_one_says_why_it_waits_and_can_be_stopped(client_of, member, checkpoint):
    evaluation = evaluate(checkpoint, "test", member)
    assert "No worker is online" in page(client_of(member), evaluation)
    client_of(member).post(reverse("evaluation-stop", args=[evaluation.id]))
    assert "It was stopped" in page(client_of(member), evaluation)


def test_a_failed_one_says_what_and_what_to_do_and_offers_another_try(client_of, member, checkpoint):
    evaluation = finished(checkpoint, state="failed", error="The data has changed.", advice="Bring it back.")
    html = page(client_of(member), evaluation)
    for text in ("The data has changed.", "Bring it back.", "Try again"):
        assert text in html


def test_the_report_has_metrics_matrix_classes_and_mistakes(client_of, member, checkpoint):
    html = page(client_of(member), finished(checkpoint))
    for text in ("0.7777", "cat → dog: 2 (20.0 %)", "&lt;bird&gt;", "99.0 %", "data:image/png;base64,AAAA", ">low<"):
        assert text in html
    assert "<bird>" not in html


def test_the_baseline_stands_beside_the_results(client_of, member, checkpoint):
    html = page(client_of(member), finished(checkpoint, TWO_CLASSES))
    assert "Baseline: always answering cat, the most frequent class of the training data, is right for 56.2%" in html
    assert "baseline 0.5625" in html
    mean = {"answer": 152.13, "metrics": {"mean_absolute_error": 66.04}}
    html = page(client_of(member), finished(checkpoint, REGRESSION | {"baseline": mean}))
    assert "always answering 152.1, the mean of the training data, is off by 66.04 on average" in html


@pytest.mark.parametrize(("split", "said"), [
    ("test", "chosen on the 123 validation examples; the numbers are those of the test examples"),
    ("validation", "chosen on these very validation examples"),
])  # fmt: skip
def test_thresholds_say_which_split_chose_them(client_of, member, checkpoint, split, said):
    html = page(client_of(member), finished(checkpoint, TWO_CLASSES | {"split": split}, split=split))
    for text in (said, "&lt;bird&gt;", "Best F1", "0.3100", "Specificity", 'data-figure="figure-roc"'):
        assert text in re.sub(r"\s+", " ", html)
    assert "<bird>" not in html


def test_an_evaluation_of_an_earlier_release_has_neither(client_of, member, checkpoint):
    html = page(client_of(member), finished(checkpoint))
    for absent in ("Baseline", "Reliability", "Decision threshold", "plotly"):
        assert absent not in html


def test_the_reliability_diagram_has_a_bar_for_each_bin_that_is_not_empty():
    bars, line, dots = figures.reliability(BINS)["data"]
    assert (bars["x"], bars["y"], bars["width"], bars["text"]) == ([0.75], [0.7777], [0.5], ["18"])
    assert (dots["x"], line["y"]) == ([0.9], [0, 1])
    guessing, curve = figures.precision_recall(THRESHOLD["precision_recall"], 0.25)["data"]
    assert (guessing["y"], curve["x"], curve["y"]) == ([0.25, 0.25], [1.0, 0.0], [0.5, 1.0])


@pytest.mark.parametrize(
    ("sort", "expected"), [("", ["cat", "dog"]), ("f1", ["dog", "cat"]), ("-recall", ["cat", "dog"])]
)
def test_classes_sort_by_a_link(client_of, member, checkpoint, sort, expected):
    html = page(client_of(member), finished(checkpoint), sort=sort)
    table = html[html.index('id="classes"') :]
    assert [name for name in re.findall(r'<th scope="row">(\w+)', table) if name in expected] == expected


def test_a_regression_is_drawn_from_data_in_the_page(client_of, member, checkpoint):
    html = page(client_of(member), finished(checkpoint, REGRESSION))
    script = re.search(r'<script id="figure-predicted" type="application/json">(.*?)</script>', html)
    assert json.loads(script[1])["data"][1]["y"] == [2.0, 2.5]
    assert "rooms" in html


def test_other_checkpoints_of_the_run_on_the_same_split_stand_beside_it(client_of, member, checkpoint):
    other = make_checkpoint(checkpoint.run, 10)
    finished(other, CLASSIFICATION | {"metrics": {"loss": 1.0, "accuracy": 0.1234}})
    finished(other, split="validation")
    evaluation = finished(checkpoint)
    assert [each.checkpoint for each in reports.others_of(evaluation)] == [checkpoint, other]
    assert "0.1234" in page(client_of(member), evaluation)


def test_a_hundred_classes_make_a_dense_matrix_without_numbers(client_of, member, checkpoint):
    counts = [[50 if row == column else row * column % 3 for column in range(100)] for row in range(100)]
    names = [f"class {number}" for number in range(100)]
    per_class = [PER_CLASS[0] | {"name": name} for name in names]
    result = CLASSIFICATION | {"classes": names, "confusion": counts, "per_class": per_class}
    html = page(client_of(member), finished(checkpoint, result))
    assert "matrix-dense" in html
    assert 'data-count="50"' in html
    assert len(html) < 1_500_000


def test_cells_are_coloured_by_their_share_of_the_true_class():
    matrix = matrix_of(["a", "b"], [[9, 1], [0, 0]])
    assert [(cell.shade, cell.right) for cell in matrix.rows[0].cells] == [(8, True), (1, False)]
    assert [cell.shade for cell in matrix.rows[1].cells] == [0, 0]
    assert [(each.true, each.predicted, each.count) for each in matrix.worst()] == [("a", "b", 1)]


def test_a_class_that_does_not_occur_does_not_count_in_the_mean():
    absent = {"name": "x", "precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 0}
    assert reports.means_of([PER_CLASS[2], absent])["f1"] == 1.0


def test_figures_are_data_and_name_colours_by_token():
    figure = figures.predicted_against_actual([], "price")
    assert figure["data"][0]["x"] == [0, 1]
    assert figures.residuals(REGRESSION["residual_histogram"], "price")["data"][0]["width"] == [2.0]
    assert json.loads(json.dumps(figure))["data"][1]["marker"]["color"] == "--run-1"


def test_whole_numbers_are_whole_and_negative_ones_have_a_minus_sign(client_of, member, checkpoint):
    html = page(client_of(member), finished(checkpoint, REGRESSION))
    worst = html[html.index('id="worst"') :]
    assert re.findall(r'<span title="([^"]+)">([^<]+)</span>', worst)[:4] == [
        ("1.0", "1"),
        ("9.0", "9"),
        ("-8.0", "−8"),
        ("3.0", "3"),
    ]
    assert [data_number(value) for value in (None, float("nan"), -0.5)][2] == '<span title="-0.5">−0.5000</span>'


def test_the_words_of_an_evaluation_are_those_of_the_field(client_of, member, checkpoint):
    result = CLASSIFICATION | {"metrics": {"top_5_accuracy": 0.9}}
    html = page(client_of(member), finished(checkpoint, result))
    for text in ("Top-5 accuracy", "predicted →", "predicted as", "held out from training"):
        assert text in html
    assert "Largest errors" in page(client_of(member), finished(checkpoint, REGRESSION))


def test_every_landmark_of_an_evaluation_has_a_name_of_its_own(client_of, member, checkpoint):
    html = page(client_of(member), finished(checkpoint))
    names = re.findall(r'(?:aria-labelledby|aria-label)="([^"]+)"', html[html.index("<main") : html.index("</main")])
    assert len(names) == len(set(names))
