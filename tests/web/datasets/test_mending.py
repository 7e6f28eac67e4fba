"""Corrections wait until somebody makes a version of them; then a run is trained on it and both are measured."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.factories import make_checkpoint, make_dataset, make_experiment, make_run
from trainer.data.versions.corrections import Correction
from webapp.checkpoints.evaluating import WrongVersion, evaluate
from webapp.checkpoints.models import Evaluation
from webapp.datasets import mending
from webapp.datasets.models import Dataset, PendingCorrection
from webapp.datasets.versions import left_out_of, newest_mended
from webapp.runs.models import Run
from webapp.workers.handlers.datasets import DatasetWork

ADDRESS = "/datasets/parts/"
AMBIGUOUS = {"index": 9, "ambiguous": "1"}


@pytest.fixture
def parts(data, team, member):
    return make_dataset(team, member)


@pytest.fixture
def version(parts, team, member):
    """A second version as a worker leaves it, without its files."""
    mending.correct(team, member, parts, [Correction(index=3, label="scrap"), Correction(index=8, label=None)])
    made = mending.make_version(team, member, parts)
    Dataset.objects.filter(pk=made.pk).update(state="finished", content_hash="2" * 64, num_bytes=9)
    made.refresh_from_db()
    return made


def correct(client, act: str, *indices: int, label: str = ""):
    return client.post(f"{ADDRESS}{act}/", {"index": indices, "label": label}, follow=True)


def waiting(parts) -> dict[int, object]:
    return {each.index: each.label for each in PendingCorrection.objects.filter(dataset=parts)}


def test_a_member_relabels_leaves_out_and_takes_back(client_of, member, parts):
    client = client_of(member)
    assert "2 corrections wait." in correct(client, "relabel", 3, 4, label="scrap").text
    correct(client, "leave-out", 8)
    client.post(f"{ADDRESS}leave-out/", AMBIGUOUS)
    correct(client, "relabel", 4, label="good")
    assert waiting(parts) == {3: "scrap", 4: "good", 8: None, 9: None}
    correct(client, "take-back", 8, 3)
    assert waiting(parts) == {4: "good", 9: None}
    assert "2 corrections are discarded." in client.post(f"{ADDRESS}forget/", follow=True).text
    assert waiting(parts) == {}


def test_an_act_returns_to_where_the_person_was_and_nowhere_else(client_of, member, parts):
    client, back = client_of(member), f"{ADDRESS}examples/?class=good&page=2"
    given = {"index": 3, "back": back}
    assert client.post(f"{ADDRESS}leave-out/", given).url == back
    assert client.post(f"{ADDRESS}leave-out/", given | {"back": "//evil.example/"}).url.startswith(ADDRESS)


@pytest.mark.parametrize(
    ("indices", "label", "words"),
    [
        ([200], "scrap", "no example 200"),
        ([3], "rust", "is no class; accepted: good, scrap"),
        ([], "scrap", "Choose at"),
    ],
)
def test_what_cannot_be_is_refused_in_words(client_of, member, parts, indices, label, words):
    assert words in correct(client_of(member), "relabel", *indices, label=label).text
    assert waiting(parts) == {}


def test_a_version_takes_what_waits_and_names_its_author(client_of, member, parts):
    correct(client_of(member), "relabel", 3, label="scrap")
    client_of(member).post(f"{ADDRESS}leave-out/", AMBIGUOUS)
    text = client_of(member).post(f"{ADDRESS}mend/", follow=True).text
    made = Dataset.objects.get(name="parts", version=2)
    assert (made.owner, made.base, made.state) == (member, parts, "queued")
    assert made.corrections == [{"index": 3, "label": "scrap"}, {"index": 9, "label": None, "ambiguous": True}]
    assert waiting(parts) == {}
    assert "version 2" in text
    assert "There is a later version of parts than 1" in correct(client_of(member), "leave-out", 5).text
    assert client_of(member).get(ADDRESS).text.count("version 1") >= 1, "version 2 is not ready: 1 is the newest usable"


def test_nothing_to_mend_makes_no_version(client_of, member, parts):
    assert "There are no corrections." in client_of(member).post(f"{ADDRESS}mend/", follow=True).text
    assert Dataset.objects.filter(name="parts").count() == 1


def test_a_team_mends_what_all_share_for_itself(data, client_of, team, member, other_team, parts):
    Dataset.objects.filter(name="digits").update(num_bytes=9, content_hash=parts.content_hash, state="finished")
    client_of(member).post("/datasets/digits/leave-out/", {"index": [3]})
    client_of(member).post("/datasets/digits/mend/")
    made = Dataset.objects.get(name="digits", version=2)
    assert made.team == team
    assert client_of(member).get("/datasets/digits/?version=2").status_code == 200


def test_the_worker_mends_the_version_before(version, parts):
    work = DatasetWork(version)
    request = work.request()
    assert request["do"] == "mend"
    assert request["data"].endswith(parts.content_hash)
    assert request["corrections"] == [{"index": 3, "label": "scrap"}, {"index": 8, "label": None}]
    counts = {"relabelled": 1, "left_out": 1, "added": 0, "removed": 0, "moved": 0, "taken_back": 0}
    result = {"summary": {"content_hash": parts.content_hash}, "facts": {"num_left_out": 1}, "difference": counts}
    fields = work.fields_of(result)
    assert fields["facts"].num_left_out == 1
    assert fields["summary"]["difference"] == counts


def test_the_same_spec_is_trained_on_it_and_both_are_measured(client_of, member, team, version, parts):
    experiment = make_experiment(team, member, "parts")
    experiment.dataset = parts
    experiment.save()
    before = make_run(experiment, member, "finished")
    make_checkpoint(before)
    version.summary = {
        "difference": {"relabelled": 1, "left_out": 1, "added": 0, "removed": 0, "moved": 0, "taken_back": 0}
    }
    version.save()
    page = client_of(member).get(version.get_absolute_url()).text
    assert "1 example relabelled, 1 example left out" in " ".join(page.split())
    assert str(before.pk) in page
    answer = client_of(member).post(f"{ADDRESS}train/?version=2", {"run": str(before.pk)})
    again = Run.objects.exclude(pk=before.pk).get()
    assert answer.url == f"{reverse('compare')}?runs={before.pk},{again.pk}"
    assert (again.dataset, again.experiment) == (version, experiment)
    assert again.spec["dataset"]["content_hash"] == version.content_hash
    assert again.spec["network"] == before.spec["network"]
    measured = Evaluation.objects.get(checkpoint__run=before)
    assert (measured.dataset, measured.split) == (version, "test")
    text = client_of(member).get(answer.url).text
    assert "On test data" in text


def test_a_network_is_measured_only_where_it_is_fair(member, team, version, parts):
    newer = make_run(make_experiment(team, member, "parts"), member, "finished")
    assert newer.dataset == version
    with pytest.raises(WrongVersion, match="was trained on version 2, and version 1 is not a mended one of it"):
        evaluate(make_checkpoint(newer), "test", member, parts)


def test_a_version_that_is_not_there_is_not_measured(client_of, member, team, parts):
    checkpoint = make_checkpoint(make_run(make_experiment(team, member, "parts"), member, "finished"))
    address = reverse("checkpoint-evaluate", args=[checkpoint.pk])
    for version in ("7", "two"):
        assert client_of(member).post(address, {"split": "test", "version": version}).status_code == 404
    assert not Evaluation.objects.exists()


def test_versions_know_where_they_came_from(team, version, parts):
    assert newest_mended(team, parts) == version
    assert newest_mended(team, version) == version
    assert left_out_of(version) == {8}
    assert left_out_of(parts) == set()


def test_a_version_that_is_used_says_by_what_and_another_goes(client_of, member, team, version, parts):
    run = make_run(make_experiment(team, member, "parts", name="Which?"), member, "finished")
    assert run.dataset == version
    assert "1 experiment uses it: Which?" in client_of(member).post(f"{ADDRESS}delete/?version=2", follow=True).text
    run.experiment.delete()
    assert "Version 2 of parts is deleted." in client_of(member).post(f"{ADDRESS}delete/?version=2", follow=True).text
    assert list(Dataset.objects.filter(name="parts")) == [parts]
