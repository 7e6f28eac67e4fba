"""What people may write: the same in every form, in the API, and in the pattern that the API's description gives."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client
from hypothesis import example, given
from hypothesis import strategies as st

from tests.factories import make_checkpoint, make_experiment, make_run
from webapp.experiments.models import Experiment
from webapp.launches.editing import RunDetails
from webapp.launches.forms import MAX_NOTES, RunForm
from webapp.pages.experiments.forms import ExperimentForm
from webapp.runs.models import Run
from webapp.runs.tags import MAX_TAG_LENGTH, MAX_TAGS
from webapp.teams.forms import NameForm, TeamForm, TokenForm
from webapp.teams.models import ApiToken
from webapp.ui.text import pattern, searchable, text_problem

# What is refused everywhere, and what the sentence says of it.
REFUSED = [
    ("a\0b", "U+0000 (NUL)"),
    ("a\x1b[31mb", "U+001B (ESCAPE)"),
    ("a\nb", "U+000A (LINE FEED)"),
    ("a\u2028b", "U+2028 (LINE SEPARATOR)"),
    ("a\u202eb", "U+202E (RIGHT-TO-LEFT OVERRIDE)"),
    ("a\u2066b", "U+2066 (LEFT-TO-RIGHT ISOLATE)"),
    ("\u200b\u200d", "U+200B (ZERO WIDTH SPACE), U+200D (ZERO WIDTH JOINER)"),
    ("\u3164", "HANGUL FILLER"),
    ("\ufe0f", "VARIATION SELECTOR-16"),
]
ACCEPTED = ["Größe 1/2", "학습", "می‌خواهم", "👩‍💻 run", "שלום\u200f 1", "<b>", "e\u0301"]


@pytest.mark.parametrize(("text", "said"), [*REFUSED, ("a\ud800b", "U+D800 (SURROGATE)")])
def test_what_cannot_be_shown_or_seen_is_refused_by_its_name(text, said):
    assert said in str(text_problem(text))


@pytest.mark.parametrize("text", ["", *ACCEPTED])
def test_every_script_is_accepted(text):
    assert not text_problem(text)


def test_notes_have_lines_and_tabs():
    assert not text_problem("a\r\n\tb", lines=True)
    assert "U+000B" in str(text_problem("a\vb", lines=True))


ODD = st.sampled_from("a, \t\n\r\0\x1c\x85\xa0\xad\u200b\u2028\u202e\u2066\u3000\u3164\ufe0f\U000e0041é\U0001f469")


@given(st.text(ODD | st.characters(exclude_categories=["Cs"]), max_size=6), st.booleans(), st.booleans())
@example("\x1c\u200b a\x85", False, True)
def test_the_pattern_of_the_schema_says_the_same(text, lines, required):
    stripped = text.strip()
    fits = not text_problem(stripped, lines=lines) and bool(stripped or not required)
    assert bool(re.search(pattern(lines=lines, required=required), text)) == fits


def problems_of(form, field):
    return " ".join(form.errors.get(field, []))


@pytest.mark.parametrize(("text", "said"), REFUSED)
def test_every_form_refuses_it_at_its_field(team, member, text, said):
    run = make_run(make_experiment(team, member), member)
    given = {"name": text, "notes": "\u202e", "tags": f"a, {text}", "question": "\u202e"}
    forms = [
        (RunDetails(given, instance=run), ("name", "tags")),
        (ExperimentForm(given, team=team), ("name",)),
        (RunForm({f"run-{name}": value for name, value in given.items()}, experiments=[]), ("name", "tags")),
        (TeamForm({"team_name": text}), ("team_name",)),
        (TokenForm({"token_name": text}), ("token_name",)),
        (NameForm(given), ("name",)),
    ]
    answers = [problems_of(form, name) for form, names in forms for name in names]
    assert [answer for answer in answers if said not in answer] == []
    assert all("U+202E" in problems_of(form, "notes") for form, _ in (forms[0], forms[2]))
    assert "U+202E" in problems_of(forms[1][0], "question")


@pytest.fixture
def api(team, member):
    secret = ApiToken.issue(user=member, team=team, name="t")[1]
    return Client(headers={"Authorization": f"Bearer {secret}"})


def launch(api, **body):
    body = {"experiment": "Digits", "spec": {}} | body
    return api.post("/api/v1/runs", json.dumps(body), content_type="application/json")


@pytest.mark.parametrize(("text", "said"), [*REFUSED, ("a\ud800b", "valid string")])
def test_the_api_refuses_it_at_its_field(api, text, said):
    answer = launch(api, experiment=text, name=text, tags=[text], notes="a\ud800\u202eb")
    problems = {problem["path"]: problem["message"] for problem in answer.json()["problems"]}
    assert (answer.status_code, problems.keys()) == (422, {"experiment", "name", "tags.0", "notes"})
    assert all(said in problems[path] for path in ("experiment", "name", "tags.0"))
    assert not Experiment.objects.exists()


@pytest.mark.parametrize("name", ["", "   ", "\t\n"])
def test_an_experiment_has_a_name(api, name):
    answer = launch(api, experiment=name)
    assert (answer.status_code, answer.json()["problems"][0]["path"]) == (422, "experiment")
    assert not Experiment.objects.exists()


def test_text_is_stored_without_spaces_around_it(api):
    launch(api, experiment=" Digits ", name="\tfirst\n", notes="\n a\n\tb ", tags=[" wide ", "wide"])
    run = Run.objects.get()
    assert (run.experiment.name, run.name, run.notes, run.tags) == ("Digits", "first", "a\n\tb", ["wide"])


def test_a_note_is_held_to_it_by_page_and_api(api, client_of, team, member):
    checkpoint = make_checkpoint(make_run(make_experiment(team, member), member))
    body = json.dumps({"note": "a\0"})
    assert (
        api.post(f"/api/v1/checkpoints/{checkpoint.id}/note", body, content_type="application/json").status_code == 422
    )
    page = client_of(member).post(f"/checkpoints/{checkpoint.id}/note/", {"note": "a\0"}, follow=True)
    assert "U+0000 (NUL)" in page.content.decode()
    checkpoint.refresh_from_db()
    assert checkpoint.note == ""


@pytest.mark.parametrize(
    "address",
    ["/experiments/?q=%00a&dataset=%00", "/compare/?q=%00", "/runs/?q=%00&tag=%00", "/checkpoints/?q=%00&tag=%00",
     "/datasets/?q=%00", "/help/fields/?q=%00", "/runs/export/?q=%00"],
)  # fmt: skip
def test_no_filter_of_a_page_reaches_a_database_that_cannot_take_it(client_of, member, address):
    assert client_of(member).get(address, follow=True).status_code in (200, 404)


@pytest.mark.parametrize("name", ["experiment", "dataset", "tag"])
def test_filters_of_the_api_are_held_to_it(api, name):
    answer = api.get("/api/v1/runs", {name: "a\0"})
    assert (answer.status_code, answer.json()["problems"][0]["path"]) == (422, name)


def test_searched_text_loses_what_no_text_has():
    assert searchable(" a\0b\u202e ") == "a b"


MOST = ", ".join(f"{number:02}" + "x" * (MAX_TAG_LENGTH - 2) for number in range(MAX_TAGS))


def test_a_run_with_as_many_and_as_long_tags_as_can_be_is_run_again(client_of, api, team, member):
    run = make_run(make_experiment(team, member), member)
    browser = client_of(member)
    assert browser.post(f"/runs/{run.id}/edit/", {"name": "A", "notes": "", "tags": MOST}).status_code == 302
    run.refresh_from_db()
    again = RunForm(
        {"run-id": str(run.id), "run-experiment": str(run.experiment.id), "run-tags": ", ".join(run.tags)},
        experiments=[run.experiment],
    )
    assert (again.is_valid(), again.cleaned_data["tags"]) == (True, MOST.split(", "))
    assert launch(api, experiment=run.experiment.name, tags=run.tags).json()["tags"] == run.tags


def test_notes_are_no_longer_on_the_run_page_than_in_the_form(client_of, team, member):
    run = make_run(make_experiment(team, member), member)
    answer = client_of(member).post(f"/runs/{run.id}/edit/", {"name": "A", "notes": "x" * (MAX_NOTES + 1), "tags": ""})
    assert (answer.status_code, f"at most {MAX_NOTES} characters" in answer.content.decode()) == (400, True)


@pytest.mark.parametrize("tags", [["x" * (MAX_TAG_LENGTH + 1)], ["a,b"], [""], [f"{n}" for n in range(MAX_TAGS + 1)]])
def test_the_api_takes_no_tags_that_a_form_cannot_hold(api, tags):
    assert launch(api, tags=tags).status_code == 422
