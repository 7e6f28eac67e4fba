"""What a person may do with a run, and what happens when it makes no sense."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.factories import make_checkpoint, make_experiment, make_run, make_user
from webapp.runs.models import Run

ACTIONS = ["run-stop", "run-resume", "run-delete", "run-restore", "run-edit"]


@pytest.fixture
def experiment(team, member):
    return make_experiment(team, member)


@pytest.fixture
def act(client_of):
    """POST an action of a run as ``user``; follows to the page where its message is read."""

    def post(user, action, run, /, *, json=False, **fields):
        headers = {"accept": "application/json"} if json else {"accept": "text/html"}
        return client_of(user).post(reverse(action, args=[run.id]), fields, headers=headers, follow=not json)

    return post


def test_a_queued_run_is_stopped_at_once(experiment, member, act):
    run = make_run(experiment, member)
    act(member, "run-stop", run)
    assert Run.objects.get(id=run.id).state == "stopped"


def test_a_running_run_is_asked_to_stop(experiment, member, act):
    run = make_run(experiment, member, "running")
    page = act(member, "run-stop", run).content.decode()
    assert Run.objects.get(id=run.id).is_stopping
    assert "badge-stopping" in page


def test_a_run_that_has_ended_cannot_be_stopped_and_the_page_says_why(experiment, member, act):
    run = make_run(experiment, member, "finished")
    assert "only what is queued or running can be stopped" in act(member, "run-stop", run).content.decode()


def test_a_program_gets_409_and_the_sentence(experiment, member, act):
    response = act(member, "run-stop", make_run(experiment, member, "finished"), json=True)
    assert response.status_code == 409
    assert "finished" in response.json()["error"]


def test_a_stopped_run_goes_on_to_its_epochs(experiment, member, act):
    run = make_run(experiment, member, "stopped")
    make_checkpoint(run)
    act(member, "run-resume", run)
    assert Run.objects.get(id=run.id).state == "queued"


def test_a_finished_run_goes_on_to_more_epochs(experiment, member, act):
    run = make_run(experiment, member, "finished")
    make_checkpoint(run, 30)
    act(member, "run-resume", run, epochs="60")
    resumed = Run.objects.get(id=run.id)
    assert (resumed.state, resumed.planned_epochs, resumed.spec) == ("queued", 60, run.spec)


def test_resuming_with_nothing_left_says_what_number_would_do(experiment, member, act):
    run = make_run(experiment, member, "finished")
    make_checkpoint(run, 30)
    assert "Give a number of epochs above 30" in act(member, "run-resume", run).content.decode()


@pytest.mark.parametrize("epochs", ["many", "-3", "0", "1.5"])
def test_an_impossible_number_of_epochs_is_refused(epochs, experiment, member, act):
    run = make_run(experiment, member, "stopped")
    response = act(member, "run-resume", run, json=True, epochs=epochs)
    assert response.status_code == 400
    assert "whole number" in response.json()["error"]


def test_too_many_epochs_are_refused_by_the_spec(experiment, member, act):
    response = act(member, "run-resume", make_run(experiment, member, "stopped"), json=True, epochs="1000000000")
    assert response.status_code == 400


def test_a_deleted_run_can_be_brought_back_from_its_page(experiment, member, act):
    run = make_run(experiment, member, "finished")
    assert reverse("run-restore", args=[run.id]) in act(member, "run-delete", run).content.decode()
    act(member, "run-restore", run)
    assert Run.objects.get(id=run.id).deleted_at is None


def test_a_running_run_is_not_deleted(experiment, member, act):
    run = make_run(experiment, member, "running")
    assert act(member, "run-delete", run, json=True).status_code == 409
    assert Run.objects.get(id=run.id).deleted_at is None


def test_name_notes_and_tags_can_be_changed(experiment, member, act):
    run = make_run(experiment, member)
    act(member, "run-edit", run, name="small", notes="Why not?", tags="a, b,, a")
    changed = Run.objects.get(id=run.id)
    assert (changed.name, changed.notes, changed.tags) == ("small", "Why not?", ["a", "b"])


def test_a_run_needs_a_name_and_the_page_says_so_at_the_field(experiment, member, act):
    run = make_run(experiment, member)
    response = act(member, "run-edit", run, name="  ", notes="kept", tags="")
    assert response.status_code == 400
    assert "field-error" in response.content.decode()
    assert "kept" in response.content.decode()


def test_a_tag_that_is_too_long_is_refused(experiment, member, act):
    response = act(member, "run-edit", make_run(experiment, member), name="x", tags="t" * 41)
    assert "at most 40" in response.content.decode()


@pytest.mark.parametrize("name", ACTIONS)
def test_actions_are_post_only(name, experiment, member, client_of):
    run = make_run(experiment, member)
    assert client_of(member).get(reverse(name, args=[run.id])).status_code == 405


@pytest.fixture
def stopped(experiment, member):
    return make_run(experiment, member, "stopped")


@pytest.mark.parametrize("name", ACTIONS)
def test_viewers_and_outsiders_are_refused(name, stopped, viewer, outsider, act):
    assert act(viewer, name, stopped).status_code == 403
    assert act(outsider, name, stopped).status_code == 404
    assert Run.objects.get(id=stopped.id).state == "stopped"


def test_members_change_their_own_runs_and_admins_all(experiment, team, member, admin, act):
    run = make_run(experiment, member)
    colleague = make_user("colleague@example.org", team)
    assert act(colleague, "run-stop", run).status_code == 403
    assert act(admin, "run-stop", run).status_code == 200
    assert Run.objects.get(id=run.id).state == "stopped"
