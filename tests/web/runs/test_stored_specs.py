"""Specs that an earlier release stored: read as what they meant then, and never rewritten."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.factories import make_experiment, make_run
from trainer.spec import Spec
from webapp.pages.comparison.results import spec_rows
from webapp.runs.models import Run
from webapp.storage.retention import rule_of


def version_1() -> dict[str, object]:
    """As the first release stored it."""
    spec = Spec().to_json() | {"version": 1}
    spec["checkpoints"] = {"every_epochs": 3, "every_minutes": 10.0, "keep_last": 2, "keep_best": 1, "keep_every": None}
    return spec


@pytest.fixture
def old(team, member):
    return make_run(make_experiment(team, member), member, "finished", spec=version_1())


def test_an_old_run_keeps_its_meaning_wherever_it_is_read(old):
    assert (rule_of(old).last, old.parsed_spec.checkpoints.when_improved) == (2, False)
    assert old.planned_spec["checkpoints"]["when_improved"] is False
    assert Run.objects.get().spec == version_1()


def test_an_old_run_is_shown_and_run_again_as_it_was(old, client, member):
    client.force_login(member)
    assert client.get(reverse("run", args=[old.id])).status_code == 200
    page = client.get(reverse("launch"), {"like": old.id})
    assert page.context["draft"].spec_form.values["checkpoints"]["when_improved"] is False


def test_an_old_and_a_new_run_differ_in_what_the_old_one_could_not_say(old, member):
    new = make_run(old.experiment, member, "finished", spec=Spec())
    row = next(row for row in spec_rows([old, new], old) if str(row.label) == "When improved")
    assert row.differs
