"""Every option that is registered: the form shows it and gives it back, or it is refused in words."""

from __future__ import annotations

import pytest

from tests.every_option import VARIANTS, Values, refusals, refused
from tests.web.spec_ui.test_form import as_posted
from trainer.data.bundled.catalog import facts_of
from trainer.spec import Spec
from trainer.validation.parsing import parse_spec
from webapp.spec_ui.form import SpecForm

pytestmark = pytest.mark.one_database
REFUSALS = refusals()


def through_the_form(values: Values) -> SpecForm:
    facts = facts_of(values["dataset"]["name"])
    return SpecForm.of_post(as_posted(SpecForm.of_values(values, Spec), facts), Spec, facts=facts)


@pytest.mark.parametrize("name", VARIANTS)
def test_the_form_gives_back_what_it_shows(name: str) -> None:
    assert parse_spec(through_the_form(VARIANTS[name]).values) == parse_spec(VARIANTS[name])


@pytest.mark.parametrize("name", REFUSALS)
def test_what_cannot_work_is_refused_with_what_was_given_and_what_is_accepted(name: str) -> None:
    for sentence in refused(REFUSALS[name]):
        assert "given" in sentence
        assert "accepted" in sentence
