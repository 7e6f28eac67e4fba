"""What is promised of a resume before it is asked for, and where the charts say that one took place."""

from __future__ import annotations

import json

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from tests.factories import epoch_event, make_checkpoint, make_experiment, make_run, started_event
from trainer.checkpoints.checkpoint_files import Manifest
from webapp.datasets.models import Dataset
from webapp.jobs.models import Worker
from webapp.launches import lifecycle
from webapp.launches.resume_outlook import resume_outlook
from webapp.metrics.replay import starts
from webapp.runs.models import ResumeCheck, Run
from webapp.workers.recording.recorder import record

VERSIONS = {"keras": "3.15.1", "tensorflow": "2.21.0"}
CPU = {"kind": "CPU", "name": "Xeon", "cores": 8}


@pytest.fixture
def run(team, member):
    return make_run(make_experiment(team, member), member, "stopped")


@pytest.fixture
def checkpoint(run):
    return make_checkpoint(run, 10)


def worker(host="cpu-1", devices=(CPU,), **versions):
    seen = {"started_at": timezone.now(), "last_seen_at": timezone.now(), "pid": 1, "queues": ["train"]}
    return Worker.objects.create(id=host, host=host, devices=list(devices), versions=VERSIONS | versions, **seen)


def write_manifest(checkpoint, device="Xeon, 8 cores", **versions):
    folder = settings.DATA_DIR / checkpoint.key
    folder.mkdir(parents=True)
    spec = checkpoint.run.spec
    manifest = Manifest(10, 0, "", {}, spec, "", versions=VERSIONS | versions, device=device)
    (folder / "manifest.json").write_text(json.dumps(vars(manifest)))


def test_the_same_machine_is_promised_bit_for_bit(run, checkpoint):
    worker()
    write_manifest(checkpoint)
    promised = resume_outlook(run)
    assert (promised.exact, str(promised.sentence)) == (
        True,
        "Continues from cp-0010, bit for bit as if it had never stopped.",
    )


@pytest.mark.parametrize(("written_on", "words"), [
    ({"tensorflow": "2.20.0"}, "TensorFlow 2.20.0"),
    ({"keras": "3.12.0"}, "Keras 3.12.0"),
    ({"device": "NVIDIA H200"}, "NVIDIA H200"),
    ({"device": "Epyc, 8 cores"}, "Epyc"),
    ({"device": "Xeon, 4 cores"}, "4 cores"),
])  # fmt: skip
def test_another_machine_is_not_and_the_reason_is_said(written_on, words, run, checkpoint):
    worker()
    write_manifest(checkpoint, **written_on)
    promised = resume_outlook(run)
    assert (promised.exact, str(promised.sentence)) == (False, "Continues from cp-0010, but not bit for bit.")
    assert words in " ".join(map(str, promised.reasons))


def test_of_two_kinds_of_workers_the_other_one_is_named(run, checkpoint):
    worker()
    worker("gpu-1", devices=({"kind": "GPU", "name": "NVIDIA H200"}, CPU))
    write_manifest(checkpoint)
    promised = resume_outlook(run)
    assert str(promised.sentence) == "Continues from cp-0010; bit for bit unless gpu-1 takes it."
    assert str(promised.reasons[0]).startswith("On gpu-1: ")


def test_a_check_that_found_a_difference_counts_more_than_the_same_machine(run, checkpoint):
    worker()
    write_manifest(checkpoint)
    ResumeCheck.objects.create(run=run, state="finished", finished_at=timezone.now(), result={"exact": False})
    [reason] = resume_outlook(run).reasons
    assert str(reason) == "The last check of its resume found that it was not exact."


def test_several_devices_are_no_promise(run, checkpoint):
    worker()
    run.spec["computation"] = {"devices": 2}
    write_manifest(checkpoint)
    assert resume_outlook(run).exact is False


def test_without_a_worker_it_says_on_which_machine_it_would_be(run, checkpoint):
    write_manifest(checkpoint)
    expected = "No worker is online; bit for bit on a machine like Xeon, 8 cores with TensorFlow 2.21.0."
    assert str(resume_outlook(run).sentence).endswith(expected)


@pytest.mark.parametrize(("device", "exact"), [("CPU, 8 cores", True), ("CPU, 4 cores", False), ("NVIDIA H200", False)])
def test_without_the_files_the_events_say_where_it_was_trained(device, exact, run, checkpoint):
    Run.objects.update(state="running")
    record(run, [started_event(1, device=device, versions=VERSIONS)])
    Run.objects.update(state="stopped")
    worker()
    assert resume_outlook(Run.objects.get()).exact is exact


def test_without_a_checkpoint_it_begins_again(run):
    assert str(resume_outlook(run).sentence).startswith("Resuming would start over")


def test_with_none_but_damaged_checkpoints_there_is_nothing_to_go_on_from(run, checkpoint):
    run.checkpoints.update(damaged="cp-0010/model.keras was changed.")
    assert not resume_outlook(run).possible
    assert "can be used: cp-0010/model.keras" in str(resume_outlook(run).sentence)


def test_a_run_that_has_not_ended_has_no_outlook(team, member):
    assert resume_outlook(make_run(make_experiment(team, member), member, "running")) is None


def test_the_dialog_says_it_before_the_resume(run, checkpoint, member, client_of):
    worker(tensorflow="2.22.0")
    write_manifest(checkpoint)
    page = client_of(member).get(reverse("run", args=[run.id])).content.decode()
    dialog = page.split('<dialog id="resume-dialog"')[1].split("</dialog>")[0]
    assert "Continues from cp-0010, but not bit for bit." in dialog
    assert "2.22.0" in dialog


@pytest.mark.parametrize("known_from", ["spec", "event"])
def test_a_resume_with_other_data_is_refused_before_it_is_queued(known_from, run, member, client_of):
    trained_on(run, known_from)
    Dataset.objects.filter(name="digits").update(state="finished", content_hash="f" * 64)
    page = client_of(member).post(reverse("run-resume", args=[run.id]), follow=True).content.decode()
    assert "The data of digits has changed since: Run 1 was trained on that of hash 000000000000…" in page
    assert Run.objects.get().state == "stopped"
    assert not resume_outlook(Run.objects.get()).possible


def trained_on(run, known_from):
    """Let the run's data be known to have the hash 000… from one place only."""
    Run.objects.update(state="running")
    record(run, [started_event(1)])
    spec = run.spec | {"dataset": run.spec["dataset"] | {"content_hash": "0" * 64 if known_from == "spec" else None}}
    Run.objects.update(state="stopped", spec=spec)


@pytest.mark.parametrize(("resumed_at", "marked"), [
    ([], []),
    ([2], [(2, 2)]),
    ([2, 4], [(2, 2), (4, 3)]),
    ([4, 2], [(2, 3)]),
    ([2, 2], [(2, 3)]),
    ([2, 0], []),
])  # fmt: skip
def test_the_charts_know_where_attempts_went_on(resumed_at, marked, team, member):
    run = make_run(make_experiment(team, member), member, "running")
    record(run, [started_event(1), *(epoch_event(epoch + 1, epoch) for epoch in range(1, 5))])
    for attempt, epoch in enumerate(resumed_at, start=2):
        Run.objects.update(attempt=attempt, recorded_lines=0)
        started = started_event(1, epoch=epoch, resumed_from=f"cp-{epoch:04d}" if epoch else "")
        record(Run.objects.get(), [started])
    assert [(start["epoch"], start["attempt"]) for start in starts(run)] == marked


def test_a_resume_to_the_planned_epochs_still_works(run, checkpoint, member):
    Dataset.objects.filter(name="digits").update(state="finished", content_hash="0" * 64)
    lifecycle.resume(run, user=member)
    assert Run.objects.get().state == "queued"
