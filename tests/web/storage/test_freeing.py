"""Freeing space: what is said beforehand is what happens, to the byte."""

from __future__ import annotations

import html as markup
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.factories import make_checkpoint, make_experiment, make_run, make_user
from tests.web.checkpoint_folders import make_checkpoint_with_files
from webapp.checkpoints.models import Checkpoint, Evaluation
from webapp.storage import freeing

pytestmark = pytest.mark.django_db(transaction=True)
FREE = "/checkpoints/free/"
# What the form sends that is shown at first.
SHOW = {"chosen": "1", **freeing.Cleaning.CAUTIOUS}


@pytest.fixture
def run(data, team, member):
    return make_run(make_experiment(team, member, name="Question"), member, "finished", name="baseline")


@pytest.fixture
def every(run) -> list[Checkpoint]:
    """Five: the second is the best, the last the latest."""
    values = (0.5, 0.99, 0.7, 0.8, 0.9)
    return [make_checkpoint_with_files(run, 5 * at, value=value) for at, value in enumerate(values, start=1)]


def on_disk(data: Path) -> int:
    return sum(path.stat().st_size for path in data.rglob("*") if path.is_file())


def offered(html: str) -> list[str]:
    """Those that are selected on the page."""
    return re.findall(r'<input type="checkbox" name="id" value="([^"]+)" form="free-selected" checked', html)


def ids(*checkpoints: Checkpoint) -> list[str]:
    return [str(checkpoint.id) for checkpoint in checkpoints]


def gone(every: list[Checkpoint]) -> list[bool]:
    there = dict(Checkpoint.objects.values_list("id", "purged_at"))
    return [there[checkpoint.id] is not None for checkpoint in every]


def test_the_page_says_to_the_byte_what_becomes_free_and_so_does_the_answer(client_of, member, data, every):
    client, before = client_of(member), on_disk(data)
    html = client.get(FREE, SHOW).content.decode()
    promised = int(re.search(r"exactly ([\d,]+) bytes", html)[1].replace(",", ""))
    assert offered(html) == ids(every[0], every[2], every[3])
    answer = client.post(FREE, {"id": offered(html)}, follow=True).content.decode()
    assert before - on_disk(data) == promised > 20_000
    assert f"({promised:,} bytes) freed: the files of 3 checkpoints were deleted." in answer
    assert gone(every) == [True, False, True, True, False]


def test_the_page_opens_with_nothing_selected_but_the_careful_choice(client_of, member, every):
    html = client_of(member).get(FREE).content.decode()
    assert 'name="id"' not in html
    assert "exactly" not in html
    assert re.findall(r'name="(\w+)" id="free-\w+" checked', html) == ["ended", "best", "latest", "evaluated"]


def test_all_can_be_selected_and_none(client_of, member, every):
    client = client_of(member)
    none = client.get(FREE, SHOW | {"select": "none"}).content.decode()
    assert offered(none) == []
    links = re.findall(r'Select: <a href="([^"]+)#plan">all</a> <a href="([^"]+)#plan">none</a>', none)
    assert offered(client.get(FREE + markup.unescape(links[0][0])).content.decode()) == ids(
        every[0], every[2], every[3]
    )
    assert "select=none" in links[0][1]


def test_the_filters_of_the_list_are_said_as_the_list_says_them(client_of, member, every):
    said = {"network": "mlp", "metric": "val_loss", "person": str(member.id), "nonsense": "x"}
    html = client_of(member).get(FREE, said).content.decode()
    chips = re.findall(r'class="chip">([^<]+)<', html)
    assert chips == ["Network: Multilayer perceptron", "Metric: loss (validation)", f"Person: {member}"]
    assert 'type="hidden" name="network" value="mlp"' in html


def test_looking_removes_nothing(client_of, member, data, every):
    before = on_disk(data)
    client_of(member).get(FREE, SHOW)
    assert on_disk(data) == before
    assert not any(gone(every))


def test_what_is_left_alone_can_be_chosen(client_of, member, every):
    html = client_of(member).get(FREE, {"chosen": "1", "best": "on"}).content.decode()
    assert offered(html) == ids(every[0], *every[2:])


def test_only_old_ones_when_an_age_is_given(client_of, member, every):
    Checkpoint.objects.filter(pk=every[3].pk).update(created_at=timezone.now() - timedelta(days=31))
    html = client_of(member).get(FREE, SHOW | {"older": "30"}).content.decode()
    assert offered(html) == ids(every[3])


def test_an_age_that_is_none_is_said_at_its_field_and_nothing_is_offered(client_of, member, every):
    html = client_of(member).get(FREE, SHOW | {"older": "-3"}).content.decode()
    assert "greater than or equal to 0" in html
    assert offered(html) == []


def test_unmeasured_ones_are_not_mistaken_for_the_best(client_of, member, run):
    first, _ = [make_checkpoint_with_files(run, epoch, value=None) for epoch in (5, 10)]
    assert offered(client_of(member).get(FREE, SHOW).content.decode()) == ids(first)


def test_runs_that_train_are_left_alone(client_of, member, run, every):
    type(run).objects.filter(pk=run.pk).update(state="running")
    assert offered(client_of(member).get(FREE, SHOW).content.decode()) == []


def test_the_filters_of_the_list_hold_here_too(client_of, member, run, every, team):
    other = make_run(make_experiment(team, member, name="Other"), member, "finished", name="second")
    old, _ = [make_checkpoint_with_files(other, epoch, value=epoch) for epoch in (5, 10)]
    client = client_of(member)
    assert offered(client.get(FREE, SHOW | {"q": "Other"}).content.decode()) == ids(old)
    assert offered(client.get(FREE, SHOW | {"run": str(other.id)}).content.decode()) == ids(old)
    assert offered(client.get(FREE, SHOW | {"experiment": str(run.experiment_id)}).content.decode()) == ids(
        every[0], every[2], every[3]
    )


def test_pinned_and_used_ones_stay_with_the_reason(client_of, member, run, every):
    Checkpoint.objects.filter(pk=every[0].pk).update(pinned=True)
    make_run(run.experiment, member, parent=every[2], name="the child")
    html = client_of(member).get(FREE, SHOW).content.decode()
    assert offered(html) == ids(every[3])
    assert "It is pinned. Unpin it first." in html
    assert "the child begins with it and has no checkpoint yet." in html


def test_a_branch_with_a_checkpoint_of_its_own_needs_its_parent_no_more(client_of, member, run, every):
    child = make_run(run.experiment, member, "finished", parent=every[2])
    make_checkpoint(child, 5)
    client_of(member).post(FREE, {"id": ids(every[2])})
    child.refresh_from_db()
    assert gone(every) == [False, False, True, False, False]
    assert child.parent == every[2]


def test_selected_ones_are_taken_as_they_are_even_the_best(client_of, member, every):
    html = client_of(member).get(FREE, {"id": ids(every[1], every[4])}).content.decode()
    assert offered(html) == ids(every[1], every[4])


def test_what_was_pinned_or_is_read_since_the_page_was_shown_stays(client_of, member, every):
    client = client_of(member)
    chosen = offered(client.get(FREE, SHOW).content.decode())
    Checkpoint.objects.filter(pk=every[0].pk).update(pinned=True)
    Evaluation.objects.create(checkpoint=every[2], split="test")
    html = client.post(FREE, {"id": chosen}, follow=True).content.decode()
    assert gone(every) == [False, False, False, True, False]
    assert "stays. It is pinned." in html
    assert "stays. A worker is reading it." in html


def test_a_pin_between_the_question_and_the_removal_wins(member, every, monkeypatch):
    def pin_meanwhile(checkpoints: list[Checkpoint], membership: object) -> dict[object, str]:
        Checkpoint.objects.filter(pk=every[0].pk).update(pinned=True)
        return {each.id: "" for each in checkpoints}

    monkeypatch.setattr(freeing, "_reasons", pin_meanwhile)
    freed = freeing.free([every[0]], member.memberships.get())
    assert [str(each) for each, _ in freed.stayed] == ["cp-0005"]
    assert not any(gone(every))


def test_pressing_twice_frees_once(client_of, member, every):
    client = client_of(member)
    for expected in ("freed:", "Nothing was deleted"):
        assert expected in client.post(FREE, {"id": ids(every[0])}, follow=True).content.decode()


def test_members_free_their_own_runs_and_admins_all(client_of, admin, team, every):
    other = client_of(make_user("other@example.org", team))
    assert offered(other.get(FREE, SHOW).content.decode()) == []
    assert "stays. This belongs to Member." in other.post(FREE, {"id": ids(every[0])}, follow=True).content.decode()
    assert offered(client_of(admin).get(FREE, SHOW).content.decode()) == ids(every[0], every[2], every[3])


def test_nobody_frees_what_belongs_to_another_team(client_of, outsider, every):
    html = client_of(outsider).post(FREE, {"id": [*ids(*every), "nonsense"]}, follow=True).content.decode()
    assert "Nothing was deleted" in html
    assert not any(gone(every))


def test_a_damaged_one_can_be_freed(client_of, member, every):
    Checkpoint.objects.filter(pk=every[1].pk).update(damaged="cut off")
    client_of(member).post(FREE, {"id": ids(every[1])})
    assert gone(every)[1]


def test_more_than_fit_on_a_page_are_freed_in_turns(client_of, member, every, monkeypatch):
    monkeypatch.setattr(freeing, "MOST_AT_ONCE", 2)
    html = client_of(member).get(FREE, SHOW).content.decode()
    assert offered(html) == ids(every[0], every[2])
    assert "1 more match" in html


def test_the_pages_show_the_space_and_lead_here(client_of, member, viewer, run, every):
    for page, link in (
        (reverse("run", args=[run.id]), f"{FREE}?run={run.id}"),
        (reverse("experiment", args=[run.experiment_id]), f"{FREE}?experiment={run.experiment_id}"),
        (reverse("checkpoints"), FREE),
    ):
        html = client_of(member).get(page).content.decode()
        assert f'href="{link}' in html
        assert "kB" in html
        assert FREE not in client_of(viewer).get(page).content.decode()
