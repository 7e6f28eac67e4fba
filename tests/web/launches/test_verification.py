"""The self-check of exact resume on the page of a run."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_experiment, make_run
from webapp.jobs.models import JobState
from webapp.launches import verification
from webapp.runs.models import ResumeCheck

WHERE = {"host": "gpu-1", "device": "NVIDIA H200", "versions": {"keras": "3.15.1", "tensorflow": "2.21.0"}}
EXACT = {"exact": True, "digests": ["a", "a"], "metrics_differ_at": [], "metrics": [], **WHERE}
OTHER = {"exact": False, "digests": ["a", "b"], "metrics_differ_at": [3, 4], "metrics": ["loss", "val_loss"], **WHERE}


@pytest.fixture
def run(team, member):
    return make_run(make_experiment(team, member), member, "finished")


@pytest.fixture
def page_of(client_of):
    def page(run, user, name="run"):
        return client_of(user).get(reverse(name, args=[run.id])).content.decode()

    return page


def make_check(run, state, **fields):
    fields = {"finished_at": timezone.now()} | fields if JobState(state).is_finished else fields
    return ResumeCheck.objects.create(run=run, state=state, **fields)


def test_a_click_queues_a_check(run, member, client_of):
    response = client_of(member).post(reverse("run-check-resume", args=[run.id]))
    check = ResumeCheck.objects.get()
    assert (check.run, check.state, check.created_by) == (run, "queued", member)
    assert response["Location"] == reverse("run", args=[run.id]) + "#exactness"


def test_a_check_that_has_not_ended_is_returned_instead_of_a_second_one(run, member, admin):
    first = verification.ask(run, member)
    assert verification.ask(run, admin) == first
    ResumeCheck.objects.update(state="finished")
    assert verification.ask(run, admin) != first


def test_a_queued_check_is_stopped_at_once(run, member, client_of):
    check = verification.ask(run, member)
    client_of(member).post(reverse("run-check-stop", args=[run.id]))
    check.refresh_from_db()
    assert check.state == "stopped"


def test_a_running_check_is_asked_to_stop_and_shows_it(run, member, client_of, page_of):
    check = make_check(run, "running", progress={"fraction": 0.4, "message": "Training 2 epochs"})
    assert "Training 2 epochs" in page_of(run, member)
    client_of(member).post(reverse("run-check-stop", args=[run.id]))
    check.refresh_from_db()
    assert check.is_stopping
    assert "check stopping" in page_of(run, member, "run-parts")


def test_stopping_without_a_check_says_so(run, member, client_of):
    page = client_of(member).post(reverse("run-check-stop", args=[run.id]), follow=True).content.decode()
    assert "No check of this run is queued or running" in page


def test_the_proof_is_a_badge_in_the_head_with_machine_and_versions(run, viewer, page_of):
    make_check(run, "finished", result=EXACT)
    head = page_of(run, viewer, "run-parts").split("</header>")[0]
    assert "resume proven exact" in head
    assert "on gpu-1 (NVIDIA H200) with Keras 3.15.1, TensorFlow 2.21.0." in head


def test_what_differs_is_named(run, viewer, page_of):
    make_check(run, "finished", result=OTHER)
    page = page_of(run, viewer)
    assert "resume not exact" in page
    assert "the weights and metrics (training loss, validation loss) from epoch 3 on differed" in page


def test_a_failed_check_says_why_and_offers_another_without_losing_the_proof(run, member, page_of):
    make_check(run, "finished", result=EXACT)
    make_check(run, "failed", error="The loss is NaN after epoch 1.", advice="Lower the learning rate.")
    page = page_of(run, member)
    for words in ("resume proven exact", "The check failed: The loss is NaN", "Lower the learning rate", "Check again"):
        assert words in page


def test_a_viewer_sees_the_verdict_and_no_button(run, viewer, page_of):
    assert reverse("run-check-resume", args=[run.id]) not in page_of(run, viewer)


def test_a_page_with_a_check_looks_again_by_itself(run, member, page_of):
    verification.ask(run, member)
    assert 'class="exactness" data-busy' in page_of(run, member, "run-parts")


def test_the_workers_page_names_the_check(run, member, client_of):
    verification.ask(run, member)
    assert "Checking resume" in client_of(member).get(reverse("workers")).content.decode()
