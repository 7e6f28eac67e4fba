"""Datasets in Python on the pages and in the API: listed by a worker, their parameters a form, begun, made."""

from __future__ import annotations

import json

import pytest
from django.urls import reverse

from tests.trainer.data.own.made import quiet
from tests.trainer.plugins.made import MOONS, written
from tests.web.api.test_uploads import client_of as program_of
from tests.web.api.test_uploads import post
from trainer.process.plugin_data import generate, listed
from trainer.process.requests import ADAPTER, GenerateCommand
from webapp.datasets import plugins
from webapp.datasets.models import Dataset, PluginScan, Upload, UploadAct
from webapp.jobs.models import JobState
from webapp.storage.datasets import receiving
from webapp.workers.handlers.registry import work_on
from webapp.workers.trainer_process import trainer_environment

pytestmark = pytest.mark.one_database
NEEDED = "from trainer.plugins import dataset\n@dataset()\ndef needed(size: int, is_new: bool = True): pass\n"
ANSWERS = {
    "title": "Moons of ours",
    "parameter-num_examples": "50",
    "parameter-noise": "0.5",
    "parameter-shape": "flat",
    "parameter-shuffled": "on",
    "parameter-note": "",
}


def carried_out(job, settings):
    """Do the job as a worker and its trainer do, without the processes."""
    command = ADAPTER.validate_json(json.dumps(work_on(job).request()))
    if isinstance(command, GenerateCommand):
        places = {"dataset": command.name, "datasets": settings.DATA_DIR / "datasets", "previous": command.previous}
        result = generate(command.plugin, command.choices, quiet, **places)
    else:
        result = listed()
    result = json.loads(json.dumps(result))
    type(job).objects.filter(pk=job.pk).update(state=JobState.FINISHED, **work_on(job).fields_of(result))
    job.refresh_from_db()


@pytest.fixture
def folder(tmp_path, settings, monkeypatch, data):
    """A plug-in folder that a worker has read."""
    settings.PLUGIN_DIR = tmp_path / "plugins"
    written(settings.PLUGIN_DIR, MOONS)
    written(settings.PLUGIN_DIR, "1 / 0\n", "broken.py")
    written(settings.PLUGIN_DIR, NEEDED, "needed.py")
    monkeypatch.setenv("TRAINYARD_PLUGINS", trainer_environment("")["TRAINYARD_PLUGINS"])
    return settings.PLUGIN_DIR


@pytest.fixture
def client(member, client_of, folder, settings, db):
    carried_out(plugins.scan_again(), settings)
    return client_of(member)


@pytest.fixture
def programs(client, member, team):
    return program_of(member, team)


def begun(client, name="moons.py:moons"):
    client.post(reverse("plugin-begin"), {"plugin": name})
    return Upload.objects.get()


def test_the_page_lists_what_the_files_declare_and_what_cannot_be_used(client):
    assert reverse("plugin-scan") in client.get(reverse("dataset-new")).text
    page = client.get(reverse("plugins")).text
    for text in ("Two moons", "Two interleaved half circles.", "moons.py:moons", "Num examples", "needed.py:needed"):
        assert text in page
    assert "broken.py, line 1: ZeroDivisionError: division by zero" in page


def test_the_page_waits_while_a_worker_reads_the_folder(client):
    client.post(reverse("plugin-scan"))
    assert PluginScan.objects.get().state == JobState.QUEUED
    assert "Waiting for a worker" in client.get(reverse("plugins")).text
    assert "Two moons" in client.get(reverse("plugins")).text, "what was read before stays"
    assert client.get(reverse("plugin-status")).status_code == 200
    client.post(reverse("plugin-scan"))
    assert PluginScan.objects.count() == 1


def test_without_a_folder_nothing_is_offered(client, settings):
    settings.PLUGIN_DIR = None
    assert reverse("plugin-scan") not in client.get(reverse("dataset-new")).text
    refused = client.post(reverse("plugin-scan"), follow=True).text
    assert "TRAINYARD_PLUGINS" in refused
    assert "TRAINYARD_PLUGINS" not in trainer_environment("")


def test_from_the_defaults_over_the_form_to_a_dataset(client, settings, team, member):
    upload = begun(client)
    assert (upload.state, upload.choices["title"], upload.choices["parameters"]["noise"]) == (
        "queued",
        "Two moons",
        0.1,
    )
    carried_out(upload, settings)
    page = client.get(reverse("upload", args=[upload.pk])).text
    for text in ("Made by moons.py:moons", "upper", "Of both moons.", 'min="10"', 'max="100000"', "A note", "flat"):
        assert text in page
    assert "parameter-noise" in page
    client.post(reverse("upload-look", args=[upload.pk]), ANSWERS)
    upload.refresh_from_db()
    assert upload.choices["parameters"] == {
        "num_examples": 50,
        "noise": 0.5,
        "shape": "flat",
        "shuffled": True,
        "note": "",
    }
    carried_out(upload, settings)
    client.post(reverse("upload-accept", args=[upload.pk]))
    upload.refresh_from_db()
    assert upload.act == UploadAct.PREPARE
    carried_out(upload, settings)
    dataset = Dataset.objects.get(team=team)
    assert (dataset.name, dataset.owner, dataset.facts.num_examples) == ("moons-of-ours", member, 50)
    assert (dataset.is_stored, dataset.facts.class_names) == (True, ("upper", "lower"))


def test_other_parameters_may_be_the_next_version(client, settings, team, member):
    for number, parameters in enumerate(({"num_examples": 50}, {"num_examples": 90})):
        upload = plugins.begin(team, member, "moons.py:moons", parameters=parameters)
        carried_out(upload, settings)
        receiving.accept(upload, Dataset.objects.filter(team=team).first() if number else None)
        upload.refresh_from_db()
        carried_out(upload, settings)
    assert (upload.dataset.name, upload.dataset.version, upload.dataset.facts.num_examples) == ("two-moons", 2, 90)
    assert upload.dataset.summary["difference"]


@pytest.mark.parametrize(
    ("name", "given", "sentence"),
    [
        ("noise", "1", "accepted: a number, at least 0, below 1."),
        ("noise", "nan", "Enter a number."),
        ("num_examples", "9", "greater than or equal to 10"),
        ("shape", "square", "Select a valid choice"),
        ("note", "much too long", "at most 9 characters"),
    ],
)
def test_a_wrong_parameter_is_refused_at_its_field(name, given, sentence, client):
    upload = begun(client)
    answer = client.post(reverse("upload-look", args=[upload.pk]), ANSWERS | {f"parameter-{name}": given})
    upload.refresh_from_db()
    errors = answer.context["form"].errors
    assert (answer.status_code, list(errors)) == (422, [f"parameter-{name}"])
    assert sentence in str(errors)
    assert upload.choices["parameters"]["shape"] == "round"


def test_a_parameter_without_a_default_is_asked_for_first(client):
    upload = begun(client, "needed.py:needed")
    page = client.get(reverse("upload", args=[upload.pk])).text
    assert (upload.state, "parameter-size" in page, "Create dataset" in page) == ("stopped", True, False)
    client.post(reverse("upload-look", args=[upload.pk]), {"title": "", "parameter-size": "3"})
    upload.refresh_from_db()
    assert (upload.state, upload.choices["parameters"]) == ("queued", {"size": 3, "is_new": False})


@pytest.mark.parametrize("name", ["", "other.py:f", "broken.py:", "../moons.py:moons"])
def test_what_no_file_declares_is_refused(name, client):
    answer = client.post(reverse("plugin-begin"), {"plugin": name}, follow=True).text
    assert "accepted: moons.py:moons, needed.py:needed." in answer
    assert not Upload.objects.exists()


def test_a_program_lists_begins_and_corrects(programs, team):
    listed = programs.get("/api/v1/plugins").json()
    broken, moons, _ = listed["datasets"]
    assert (listed["state"], broken["name"], moons["name"]) == ("finished", "broken.py", "moons.py:moons")
    assert "line 1: ZeroDivisionError" in broken["problem"]
    assert moons["parameters"][1] == {
        "name": "noise",
        "title": "Noise",
        "help": "",
        "type": "number",
        "default": 0.1,
        "options": [],
        "accepted": "a number, at least 0, below 1",
    }
    answer = post(programs, "/plugins/datasets", {"plugin": "moons.py:moons", "parameters": {"noise": 0.3}})
    upload = Upload.objects.get()
    assert (answer.status_code, answer.json()["choices"]["parameters"]["noise"]) == (201, 0.3)
    assert (upload.state, upload.team) == ("queued", team)
    Upload.objects.update(state=JobState.FINISHED)
    assert post(programs, f"/uploads/{upload.pk}/look", {"parameters": {"shape": "flat"}}).status_code == 202
    assert post(programs, "/plugins/read").status_code == 202


@pytest.mark.parametrize(
    ("given", "status", "field"),
    [
        ({"plugin": "moons.py:moons", "parameters": {"noise": 1, "colour": 2}}, 422, "parameters.colour"),
        ({"plugin": "moons.py:moons", "parameters": {"note": "a\x00"}}, 422, "parameters.note"),
        ({"plugin": "needed.py:needed"}, 422, "parameters.size"),
        ({"plugin": "other.py:f"}, 409, None),
    ],
)
def test_a_program_is_refused_at_the_field(given, status, field, programs):
    answer = post(programs, "/plugins/datasets", given)
    paths = [problem["path"] for problem in answer.json()["problems"]]
    assert (answer.status_code, paths[:1] == [field] if field else not paths) == (status, True), answer.json()
    assert not Upload.objects.exists()


def test_a_file_has_no_parameters(programs, member, team):
    upload = Upload.objects.create(
        team=team, owner=member, file_name="a.csv", num_bytes=1, received_bytes=1, state="failed"
    )
    answer = post(programs, f"/uploads/{upload.pk}/look", {"parameters": {"noise": 1}})
    assert (answer.status_code, answer.json()["problems"][0]["path"]) == (422, "parameters.noise")
