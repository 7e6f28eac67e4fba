"""The page of one checkpoint, and what a person does on it."""

from __future__ import annotations

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_checkpoint, make_experiment, make_run
from tests.web.checkpoint_folders import make_checkpoint_with_files
from webapp.checkpoints.models import Checkpoint, Evaluation
from webapp.ui.filters import filesize_short


@pytest.fixture
def run(team, member):
    return make_run(make_experiment(team, member, name="Question"), member, "finished", name="baseline")


@pytest.fixture
def checkpoint(run):
    return make_checkpoint_with_files(run, 5)


def page(client, checkpoint: Checkpoint) -> str:
    response = client.get(reverse("checkpoint", args=[checkpoint.id]))
    assert response.status_code == 200
    return response.content.decode()


def test_it_shows_what_a_person_wants_to_know(client_of, member, checkpoint):
    html = page(client_of(member), checkpoint)
    for text in ("cp-0005", "baseline", "Question", "Handwritten digits", checkpoint.digest, "latest", "best"):
        assert text in html
    assert f"{reverse('launch')}?branch={checkpoint.id}" in html


def test_resume_is_offered_for_the_latest_of_an_ended_run_only(client_of, member, run, checkpoint):
    resume = reverse("run-resume", args=[run.id])
    assert resume in page(client_of(member), checkpoint)
    newer = make_checkpoint(run, 10)
    assert resume not in page(client_of(member), checkpoint)
    assert resume in page(client_of(member), newer)


def test_a_viewer_sees_it_without_anything_that_changes_it(client_of, viewer, checkpoint):
    html = page(client_of(viewer), checkpoint)
    assert "Download .keras" in html
    for name in ("checkpoint-delete", "checkpoint-pin", "checkpoint-evaluate", "checkpoint-try"):
        assert reverse(name, args=[checkpoint.id]) not in html


def test_a_removed_one_says_so_and_offers_nothing_that_needs_the_files(client_of, member, run):
    gone = make_checkpoint(run, 5, purged_at=timezone.now())
    html = page(client_of(member), gone)
    assert "The files were removed" in html
    assert reverse("checkpoint-download", args=[gone.id]) not in html
    assert reverse("checkpoint-evaluate", args=[gone.id]) not in html


def test_a_damaged_one_says_which_file_it_is(client_of, member, run):
    html = page(client_of(member), make_checkpoint(run, 5, damaged="cp-0005/state.npz has 3 bytes instead of 9."))
    assert "state.npz has 3 bytes" in html


def test_outsiders_do_not_learn_that_it_exists(client_of, outsider, checkpoint):
    assert client_of(outsider).get(reverse("checkpoint", args=[checkpoint.id])).status_code == 404


def test_pin_and_unpin(client_of, member, checkpoint):
    for value, pinned in (("1", True), ("0", False)):
        client_of(member).post(reverse("checkpoint-pin", args=[checkpoint.id]), {"pinned": value})
        checkpoint.refresh_from_db()
        assert checkpoint.pinned is pinned


def test_a_note_is_kept_and_shown_escaped(client_of, member, checkpoint):
    client_of(member).post(reverse("checkpoint-note", args=[checkpoint.id]), {"note": " <b>for the paper</b> "})
    assert "&lt;b&gt;for the paper&lt;/b&gt;" in page(client_of(member), checkpoint)


def test_a_note_that_is_too_long_is_refused_with_its_length(client_of, member, checkpoint):
    url = reverse("checkpoint-note", args=[checkpoint.id])
    html = client_of(member).post(url, {"note": "x" * 5001}, follow=True).content.decode()
    assert "5,001 characters; at most 5,000" in html


@pytest.mark.django_db(transaction=True)
def test_deleting_frees_the_disk_and_says_how_much(client_of, member, checkpoint, settings):
    url = reverse("checkpoint-delete", args=[checkpoint.id])
    html = client_of(member).post(url, follow=True).content.decode()
    assert f"{filesize_short(checkpoint.size_bytes)} freed" in html
    assert not (settings.DATA_DIR / checkpoint.key).exists()


def test_a_used_one_is_refused_with_a_sentence(client_of, member, run, checkpoint):
    make_run(run.experiment, member, parent=checkpoint, name="the child")
    html = client_of(member).post(reverse("checkpoint-delete", args=[checkpoint.id]), follow=True).content.decode()
    assert "cp-0005 stays. the child begins with it and has no checkpoint yet." in html
    checkpoint.refresh_from_db()
    assert checkpoint.purged_at is None


@pytest.mark.parametrize("name", ["checkpoint-pin", "checkpoint-note", "checkpoint-delete"])
def test_only_the_owner_of_the_run_or_an_admin_changes_it(client_of, admin, member, checkpoint, name):
    checkpoint.run.created_by = admin
    checkpoint.run.save()
    url = reverse(name, args=[checkpoint.id])
    assert client_of(member).post(url).status_code == 403
    assert client_of(admin).post(url).status_code == 302


def test_its_evaluations_are_listed_with_their_numbers(client_of, member, checkpoint):
    result = {"metrics": {"accuracy": 0.9815, "loss": 0.1}}
    Evaluation.objects.create(checkpoint=checkpoint, split="test", state="finished", result=result)
    html = page(client_of(member), checkpoint)
    assert "0.9815" in html
    assert "not measured yet" in html  # validation
