"""What is done to all selected runs at once."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import make_experiment, make_run
from webapp.experiments.models import Experiment
from webapp.runs.models import Run
from webapp.runs.tags import MAX_TAGS
from webapp.teams.models import Team, User

pytestmark = pytest.mark.django_db


def do(browser: Client, name: str, *runs: Run, **more: str) -> str:
    """Post the selection; returns the text of the list that follows."""
    data = {"runs": [str(run.id) for run in runs], **more}
    return browser.post(reverse(name), data, follow=True).content.decode()


def states(*runs: Run) -> list[str]:
    return [Run.objects.get(pk=run.pk).state for run in runs]


def test_queued_runs_are_stopped_together(browser: Client, digits: Experiment, member: User) -> None:
    runs = [make_run(digits, member) for _ in range(3)]
    assert "2 runs: asked to stop." in do(browser, "runs-stop", *runs[:2])
    assert states(*runs) == ["stopped", "stopped", "queued"]


def test_what_cannot_be_done_is_said_and_the_rest_is_done(browser: Client, digits: Experiment, member: User) -> None:
    ended, waiting = make_run(digits, member, "finished", name="Ended"), make_run(digits, member)
    text = do(browser, "runs-stop", ended, waiting)
    assert "Ended is finished; only what is queued or running can be stopped." in text
    assert states(ended, waiting) == ["finished", "stopped"]


def test_deleted_runs_are_restored_with_one_click(browser: Client, digits: Experiment, member: User) -> None:
    runs = [make_run(digits, member, "finished", name=f"Old {n}") for n in range(2)]
    text = do(browser, "runs-delete", *runs)
    assert "2 runs: deleted." in text
    assert "Undo" in text
    assert Run.objects.filter(deleted_at=None).count() == 0
    do(browser, "runs-restore", *runs)
    assert Run.objects.filter(deleted_at=None).count() == 2


def test_the_offer_to_undo_is_made_once(browser: Client, digits: Experiment, member: User) -> None:
    do(browser, "runs-delete", make_run(digits, member, "finished"))
    assert "Undo" not in browser.get("/runs/").content.decode()


def test_tags_are_added_to_those_that_are_there(browser: Client, digits: Experiment, member: User) -> None:
    runs = [make_run(digits, member, tags=["old"]), make_run(digits, member)]
    do(browser, "runs-tag", *runs, add_tags="wide, old")
    assert [Run.objects.get(pk=run.pk).tags for run in runs] == [["old", "wide"], ["wide", "old"]]


def test_too_many_tags_are_refused_and_none_is_lost(browser: Client, digits: Experiment, member: User) -> None:
    run = make_run(digits, member, tags=[str(n) for n in range(MAX_TAGS)])
    assert f"at most {MAX_TAGS} are accepted" in do(browser, "runs-tag", run, add_tags="more")
    assert len(Run.objects.get(pk=run.pk).tags) == MAX_TAGS


@pytest.mark.parametrize("name", ["runs-stop", "runs-delete", "runs-tag"])
def test_nothing_is_done_to_runs_of_others(
    browser: Client, digits: Experiment, admin: User, other_team: Team, outsider: User, name: str
) -> None:
    foreign = make_run(make_experiment(other_team, outsider), outsider)
    text = do(browser, name, make_run(digits, admin), foreign, add_tags="x")
    assert "Admin" in text
    assert "One of the runs no longer exists." in text
    assert list(Run.objects.values_list("state", "deleted_at", "tags")) == [("queued", None, [])] * 2


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/\\evil.example", "runs", "/x.html"])
def test_the_way_back_never_leaves_the_site(browser: Client, back: str) -> None:
    assert browser.post(reverse("runs-stop"), {"back": back}).url == "/runs/"


def test_the_way_back_is_the_list_with_its_filters(browser: Client) -> None:
    assert browser.post(reverse("runs-stop"), {"back": "/runs/?q=a.b"}).url == "/runs/?q=a.b"


def test_nothing_selected_is_said(browser: Client) -> None:
    assert "No run is selected." in do(browser, "runs-delete")
