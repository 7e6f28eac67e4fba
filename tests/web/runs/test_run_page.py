"""The page of one run in each of its states."""

from __future__ import annotations

import json
import re

import pytest
from django.urls import reverse

from tests.factories import epoch_event, make_checkpoint, make_experiment, make_run, record_epochs, started_event
from trainer.data.bundled.catalog import facts_of
from trainer.data.findings.finding import Finding
from trainer.events.events import Logged
from trainer.messages.message import Message
from trainer.spec import DatasetChoice, Fit, Spec, Split
from trainer.validation.parsing import parse_spec
from trainer.validation.presets import default_spec
from webapp.datasets.models import Dataset
from webapp.launches.on_version import move_to
from webapp.metrics import replay
from webapp.runs.models import Run
from webapp.workers.recording.recorder import add_log_line, record


@pytest.fixture
def experiment(team, member):
    return make_experiment(team, member)


@pytest.fixture
def page_of(client_of, viewer):
    """The text of a run's page as a viewer, or as another person, sees it."""

    def page(run, user=None, name="run"):
        response = client_of(user or viewer).get(reverse(name, args=[run.id]))
        assert response.status_code == 200
        return response.content.decode()

    return page


def data_of(page):
    """The JSON in the page from which the charts are drawn."""
    return json.loads(page.split('<script id="run-data" type="application/json">')[1].split("</script>")[0])


def test_a_queued_run_says_its_place_and_why_it_waits(experiment, member, page_of):
    make_run(experiment, member)
    page = page_of(make_run(experiment, member))
    assert "Place 2 in the queue" in page
    assert "No worker is online" in page


def test_a_running_run_shows_its_progress(experiment, member, page_of):
    run = make_run(experiment, member, "running")
    record_epochs(run, 3)
    page = page_of(run)
    assert "badge-running" in page
    assert '<span data-now="epoch" data-scripted>3</span>' in page


def test_a_run_shows_how_many_examples_each_part_of_its_split_got(experiment, member, page_of):
    run = make_run(experiment, member, "running")
    assert "validation · " not in page_of(run)
    record_epochs(run, 1)
    assert "1,257 train · 270 validation · 270 test" in page_of(run)


LEAK = Finding("leak", Message("{count:,} examples are in both.", count=7), Message("Drop them."), (1, 2), 14)
COPIES = Finding("copies", Message("Some are copies."), Message("Choose stable."), (3, 4), 2)


@pytest.mark.parametrize(
    ("split", "told"),
    [
        ({}, (True, True)),
        ({"method": "stable"}, (True, False)),
        ({"official_test": False}, (False, True)),
    ],
)
def test_leaks_stand_on_every_run_of_the_version_that_its_split_concerns(split, told, experiment, member, page_of):
    dataset = experiment.dataset
    dataset.facts = dataset.facts.model_copy(update={"num_test": 100})
    dataset.summary = {"findings": [LEAK.to_json(), COPIES.to_json(), "A sentence of an earlier release."]}
    dataset.save()
    spec = Spec(dataset=DatasetChoice(name="digits"), split=Split(**split))
    page = page_of(make_run(experiment, member, spec=spec))
    assert ("7 examples are in both." in page, "Some are copies." in page) == told
    assert ("#finding-leak" in page, "earlier release" in page) == (told[0], False)


def test_leaks_stay_on_a_run_when_its_experiment_moves_to_a_mended_version(experiment, team, member, page_of):
    run = make_run(experiment, member)
    run.dataset.summary = {"findings": [COPIES.to_json()]}
    run.dataset.save()
    mended = Dataset.objects.create(team=team, name="digits", version=2, facts=run.dataset.facts, base=run.dataset)
    move_to(mended, experiment)
    assert "Some are copies." in page_of(run)


def test_the_page_holds_the_curves_and_the_number_of_the_last_event(experiment, member, page_of):
    run = make_run(experiment, member, "running")
    record_epochs(run, 3)
    data = data_of(page_of(run))
    assert data["seq"] == run.last_seq == 4
    assert data["epochs"]["epoch"] == [1, 2, 3]
    assert [panel["id"] for panel in data["panels"]] == ["loss", "accuracy", "learning_rate"]


def test_the_log_has_a_line_for_every_epoch_between_those_that_were_written(experiment, member, page_of):
    run = make_run(experiment, member, "running")
    record_epochs(run, 3)
    add_log_line(run, "warning", "The disk is nearly full.")
    page = page_of(run)
    assert page.index("epoch 2/3 · loss 0.5 · accuracy 0.75") < page.index("The disk is nearly full.")
    text = page_of(run, name="run-log")
    assert [line.split(maxsplit=2)[2] for line in text.splitlines()][-1] == "warning The disk is nearly full."
    assert "info    epoch 3/3 · loss 0.3333 · accuracy 0.8333 · val loss 0.4 · val accuracy 0.8 · 0.10 s" in text
    assert replay.batch(run, 0)["events"][1]["line"] in text


def test_very_many_epochs_hide_no_warning_from_the_log(experiment, member, page_of, monkeypatch):
    run = make_run(experiment, member, "running")
    add_log_line(run, "warning", "Early words.")
    record_epochs(run, 8)
    lines = [line.message for line in replay.log_lines(run, limit=5)]
    assert lines[0] == "Early words."
    assert [line.split(" ·")[0] for line in lines[1:]] == [f"epoch {epoch}/8" for epoch in range(4, 9)]


def test_a_finished_run_that_learned_nothing_says_so_above_its_figures(experiment, member, page_of):
    advice = "Accuracy is 10 % at the end, which is chance for 10 classes. Lower the learning rate."
    assert advice in page_of(make_run(experiment, member, "finished", advice=advice))


def test_a_failed_run_says_first_what_happened_and_then_what_to_do(experiment, member, page_of):
    run = make_run(experiment, member, "failed", error="The loss is NaN.", advice="Lower the learning rate.")
    make_checkpoint(run)
    page = page_of(run, member)
    order = [page.index(text) for text in ("The loss is NaN.", "Lower the learning rate.", "Resume from cp-0005")]
    assert order == sorted(order)


def test_a_page_with_nan_opens(experiment, member, page_of):
    run = make_run(experiment, member, "running")
    record(run, [started_event(1), epoch_event(2, 1, loss=float("nan"), val_loss=float("inf"))])
    metrics = data_of(page_of(run))["epochs"]["metrics"]
    assert (metrics["loss"], metrics["val_loss"]) == (["NaN"], ["Infinity"])


def test_a_run_without_events_says_so(experiment, member, page_of):
    page = page_of(make_run(experiment, member, "stopped"))
    for sentence in ("Nothing was measured", "No checkpoint yet", "Not evaluated yet", "Nothing was logged"):
        assert sentence in page


@pytest.mark.parametrize(("state", "buttons"), [
    ("queued", {"stop", "delete"}),
    ("running", {"stop"}),
    ("stopped", {"resume", "delete"}),
    ("finished", {"resume", "delete"}),
    ("failed", {"resume", "delete"}),
])  # fmt: skip
def test_only_buttons_that_make_sense_are_shown(state, buttons, experiment, member, page_of):
    run = make_run(experiment, member, state)
    head = page_of(run, member, "run-parts").split("</header>")[0]
    assert {act for act in ("stop", "resume", "delete") if reverse(f"run-{act}", args=[run.id]) in head} == buttons


def test_a_viewer_gets_no_buttons_that_change_anything(experiment, member, page_of):
    run = make_run(experiment, member, "failed")
    make_checkpoint(run)
    main = page_of(run).split('id="content"')[1]
    assert f"/runs/{run.id}/resume/" not in main
    assert reverse("launch") not in main
    assert "Evaluate latest" not in main


def test_checkpoints_carry_their_marks(experiment, member, page_of):
    run = make_run(experiment, member, "finished")
    make_checkpoint(run, 5, value=0.95)
    make_checkpoint(run, 10, value=0.90, pinned=True)
    rows = page_of(run).split('data-part="checkpoints"')[1].split("<tr")
    assert "latest" in rows[2]
    assert "pinned" in rows[2]
    assert "best" in rows[3]


def test_a_branched_run_shows_its_parent_and_what_differs(experiment, member, page_of):
    parent = make_run(experiment, member, "finished", name="the parent")
    spec = Spec(dataset=DatasetChoice(name="digits"), fit=Fit(epochs=77))
    child = make_run(experiment, member, spec=spec, parent=make_checkpoint(parent), name="the child")
    page = page_of(child)
    assert "the parent" in page
    assert "1 field changed" in page
    assert "the child" in page_of(parent)


def test_the_spec_marks_what_differs_from_what_the_form_of_the_dataset_opens_with(experiment, member, page_of):
    usual = default_spec(facts_of("digits"))
    spec = usual.model_copy(update={"fit": usual.fit.model_copy(update={"epochs": 1})})
    page = page_of(make_run(experiment, member, spec=spec))
    assert "1 value differs from the defaults for" in page
    assert f'1 epoch <span class="default">default {usual.fit.epochs}' in " ".join(page.split())


def test_the_resume_dialog_and_the_checkpoint_page_name_the_same_epoch(experiment, member, client_of, page_of):
    run = make_run(experiment, member, "finished", epochs_done=30)
    checkpoint = make_checkpoint(run, 30)
    field = re.compile(r'id="resume-epochs"[^>]* value="(\d+)"')
    pages = [page_of(run, member), page_of(run, member, "run-parts")]
    pages.append(client_of(member).get(reverse("checkpoint", args=[checkpoint.id])).content.decode())
    assert [field.search(page)[1] for page in pages] == ["45"] * 3


@pytest.mark.parametrize(("shape", "count"), [("cosine", 1), ("step", 0)])
def test_a_resume_says_whether_the_learning_rate_depends_on_its_epochs(shape, count, experiment, member, page_of):
    spec = parse_spec({"schedule": {"shape": {"kind": shape}}})
    run = make_run(experiment, member, "finished", epochs_done=30, spec=spec)
    assert page_of(run, member).count("with another number, the rate changes from here on") == count


def test_a_viewer_gets_no_resume_form_among_the_parts(experiment, member, page_of):
    assert 'data-part="resume"' not in page_of(make_run(experiment, member, "stopped"), name="run-parts")


def test_the_spec_can_be_downloaded_and_is_what_was_launched(experiment, member, client_of):
    run = make_run(experiment, member)
    response = client_of(member).get(reverse("run-spec", args=[run.id]))
    assert response.json() == run.spec
    assert "attachment" in response["Content-Disposition"]


def test_the_log_is_shown_and_is_there_as_text(experiment, member, page_of):
    run = make_run(experiment, member, "running")
    record(run, [Logged(line=1, level="warning", message="<b>careful</b>")])
    assert "&lt;b&gt;careful&lt;/b&gt;" in page_of(run)
    assert "warning <b>careful</b>" in page_of(run, name="run-log")


def test_events_after_a_number_are_those_of_the_socket(experiment, member, client_of):
    run = make_run(experiment, member, "running")
    record_epochs(run, 3)
    batch = client_of(member).get(reverse("run-events", args=[run.id]), {"after": 2}).json()
    assert [event["seq"] for event in batch["events"]] == [3, 4]
    assert (batch["seq"], batch["state"], batch["more"]) == (4, "running", False)
    assert batch["progress"]["epoch"] == 3


@pytest.mark.parametrize("after", ["-1", "x", "1.5", "²", "9" * 30])
def test_an_impossible_number_is_refused_with_a_sentence(after, experiment, member, client_of):
    run = make_run(experiment, member)
    response = client_of(member).get(reverse("run-events", args=[run.id]), {"after": after})
    assert response.status_code == 400
    assert "give the number of the last event" in response.json()["error"]


def test_a_long_history_comes_in_batches_without_gap(experiment, member, client_of, monkeypatch):
    monkeypatch.setattr("webapp.metrics.replay.BATCH", 2)
    run = make_run(experiment, member, "running")
    record_epochs(run, 4)
    client, seen, more = client_of(member), [0], True
    while more:
        batch = client.get(reverse("run-events", args=[run.id]), {"after": seen[-1]}).json()
        seen += [event["seq"] for event in batch["events"]]
        more = batch["more"]
    assert seen == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("name", ["run", "run-parts", "run-events", "run-log", "run-spec"])
def test_outsiders_see_nothing(name, experiment, member, outsider, client_of):
    run = make_run(experiment, member)
    assert client_of(outsider).get(reverse(name, args=[run.id])).status_code == 404


def test_a_deleted_run_offers_to_undo(experiment, member, page_of):
    run = make_run(experiment, member, "finished", deleted_at="2026-01-01T00:00:00Z")
    page = page_of(Run.objects.get(id=run.id), member)
    assert reverse("run-restore", args=[run.id]) in page
