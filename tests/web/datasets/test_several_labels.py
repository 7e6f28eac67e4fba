"""Data with several labels an example: its pages, its corrections, and what evaluations and answers say of it."""

from __future__ import annotations

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_checkpoint, make_dataset, make_experiment, make_run
from tests.web.api.test_uploads import client_of as token_of
from tests.web.api.test_uploads import post
from trainer.data.loading import load
from trainer.data.summary import summarize
from webapp.checkpoints.models import Evaluation, Prediction
from webapp.datasets.models import Dataset, PendingCorrection, Upload
from webapp.datasets.summaries import summary_of
from webapp.experiments.models import Experiment
from webapp.pages.checkpoints.reports import answer_line
from webapp.pages.datasets.choices_form import choices_form
from webapp.storage.prepared import folder_of
from webapp.workers.handlers.datasets import DatasetWork

LABELS = ("cat", "dog", "<owl>")
PER_CLASS = [{"name": name, "precision": 0.5, "recall": 0.4, "f1": 0.44, "support": 9} for name in LABELS]
RESULT = {
    "task": "multilabel",
    "split": "test",
    "num_examples": 20,
    "metrics": {"loss": 0.3, "micro_f1": 0.8, "exact_match": 0.75, "log_loss": 0.3},
    "baseline": {"answer": ["cat", "<owl>"], "metrics": {"micro_f1": 0.4, "exact_match": 0.125}},
    "classes": list(LABELS),
    "per_class": PER_CLASS,
    "mistakes": [
        {"label": "dog", "is_there": True, "probability": 0.03, "index": 7, "row": {"length": 1.5}},
        {"label": "<owl>", "is_there": False, "probability": 0.9, "index": 3, "row": {"length": 2.5}},
    ],
    "wrong": [[7, 1, 1, 0.03], [3, 2, 0, 0.9], [7, 2, 0, 0.6]],
}


@pytest.fixture
def tags(data, team, member):
    made = make_dataset(team, member, name="tags", title="Tags", task="multilabel", class_names=LABELS)
    made.summary = summarize(load(folder_of(made.content_hash)))
    made.save()
    return made


@pytest.fixture
def checkpoint(tags, team, member):
    experiment = make_experiment(team, member, "tags")
    return make_checkpoint(make_run(experiment, member, "finished", dataset=tags))


def words(text: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_its_page_counts_labels_and_how_many_an_example_has(client_of, viewer, tags):
    text = words(client_of(viewer).get("/datasets/tags/").text)
    assert "several labels an example, of 3" in text
    assert "Labels of an example 0" in text
    assert "&lt;owl&gt;" in text
    assert "Tags" in client_of(viewer).get("/datasets/", {"task": "multilabel"}).text
    assert "Tags" not in client_of(viewer).get("/datasets/", {"task": "classification"}).text


def test_shares_are_those_of_the_examples(tags):
    summary = summary_of(tags.summary)
    assert sum(bar.count for bar in summary.labels_each) == 200
    assert [bar.share for bar in summary.bars] == [bar.count / 200 for bar in summary.bars]


def test_examples_are_filtered_by_any_of_their_labels_and_by_what_is_wrong(client_of, viewer, tags, checkpoint):
    client, targets = client_of(viewer), load(folder_of(tags.content_hash)).targets
    text = client.get("/datasets/tags/examples/", {"class": "dog"}).text
    found = [int(index) for index in re.findall(r'id="example-(\d+)"', text)]
    assert found == [index for index, row in enumerate(targets) if row[1]][:60]
    evaluation = Evaluation.objects.create(checkpoint=checkpoint, split="test", state="finished", result=RESULT)
    text = client.get("/datasets/tags/examples/", {"evaluation": evaluation.pk}).text
    assert re.findall(r'id="example-(\d+)"', text) == ["7", "3"]
    assert "missed dog, 3% · predicted &lt;owl&gt;, 60%" in text


def test_all_labels_of_an_example_are_corrected_together(client_of, member, tags):
    client, given = client_of(member), {"index": [3, 4], "label": ["cat", "<owl>"]}
    text = client.post("/datasets/tags/relabel/", given, follow=True).text
    assert "multiple" in text
    assert '<strong class="good">cat, &lt;owl&gt;</strong>' in text
    client.post("/datasets/tags/relabel/", {"index": 4})
    assert {each.index: each.label for each in PendingCorrection.objects.all()} == {3: ["cat", "<owl>"], 4: []}
    refused = client.post("/datasets/tags/relabel/", {"index": 4, "label": "bird"}, follow=True)
    assert "is no list of labels; accepted: any of cat" in words(refused.text)


def test_programs_give_lists_and_a_worker_gets_them(member, team, tags):
    client = token_of(member, team)
    post(
        client,
        "/datasets/tags/corrections",
        {"corrections": [{"index": 3, "label": ["dog"]}, {"index": 5, "label": None}]},
    )
    assert [each["label"] for each in client.get("/api/v1/datasets/tags/corrections").json()] == [["dog"], None]
    assert post(client, "/datasets/tags/versions").status_code == 202
    request = DatasetWork(Dataset.objects.get(name="tags", version=2)).request()
    assert request["corrections"] == [{"index": 3, "label": ["dog"]}, {"index": 5, "label": None}]


def test_the_form_of_a_run_offers_what_fits_and_experiments_are_judged_by_micro_f1(client_of, member, tags):
    text = client_of(member).get(reverse("launch"), {"dataset": "tags"}).text
    assert "Softmax (classification only)" in text
    assert "Stratified" not in text
    assert "Class weights" not in text
    client_of(member).post("/experiments/new/", {"name": "Ours", "dataset": "tags", "metric": "", "question": ""})
    assert Experiment.objects.get(name="Ours").metric == "val_micro_f1"


def test_an_evaluation_tells_each_label_and_no_confusions(client_of, viewer, checkpoint):
    evaluation = Evaluation.objects.create(
        checkpoint=checkpoint, split="test", state="finished", finished_at=timezone.now(), result=RESULT
    )
    text = client_of(viewer).get(f"/evaluations/{evaluation.pk}/").text
    assert "always answering cat, &lt;owl&gt;, what at least half" in text
    assert "5 of 20" in words(text)
    assert "has it" in text
    assert "does not have it" in text
    assert "Confusion matrix" not in text
    assert "Micro F1" in text


def test_an_answer_marks_the_labels_that_are_given(client_of, member, checkpoint):
    labels = [
        {"name": "<owl>", "probability": 0.9, "is_given": True},
        {"name": "cat", "probability": 0.2, "is_given": False},
    ]
    prediction = Prediction.objects.create(
        checkpoint=checkpoint, created_by=member, state="finished", row=[1, 2, 3, 4], result={"labels": labels}
    )
    text = client_of(member).get(f"/predictions/{prediction.pk}/").text
    assert text.count("is-given") == 1
    assert answer_line(prediction) == "<owl>"


def test_an_upload_may_be_told_that_pictures_have_one_class_or_several_labels(team, member):
    understood = {"source": "pictures", "task": "multilabel", "input_shape": [8, 8, 1], "classes": []}
    upload = Upload(team=team, owner=member, file_name="a.zip", num_bytes=1, understood=understood)
    given = {"title": "A", "height": 8, "width": 8, "resize": "crop", "colour": "auto", "group": ""}
    form = choices_form(upload, given | {"task": "classification"})
    assert form.is_valid(), form.errors
    assert form.choices.task == "classification"
