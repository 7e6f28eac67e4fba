"""A message says the same in every language, with the same values, however it was stored."""

from __future__ import annotations

import gettext
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from trainer.messages import language
from trainer.messages.message import Message, as_text, joined, joined_by, of_text

RUNS = Message("{count:,} run of {who}", plural="{count:,} runs of {who}", count=1200, who=Message("the team"))


class Reversed(gettext.NullTranslations):
    """A language that says everything in capitals, last value first."""

    def gettext(self, message: str) -> str:
        return {"{first} {second}": "{second}·{first}", "the team": "THE TEAM"}.get(message, message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return "{who}: {count:,}"


@pytest.fixture
def other_language() -> Iterator[None]:
    before = language.translation()
    language.use(Reversed())
    yield
    language.use(before)


def test_values_stand_where_the_text_has_their_names() -> None:
    assert str(RUNS) == "1,200 runs of the team"
    assert str(Message("{count} run", plural="{count} runs", count=1)) == "1 run"
    assert str(Message("{loss:.3g} at {share:.0%}", loss=0.123456, share=0.5)) == "0.123 at 50%"


def test_a_reader_gets_it_in_another_language_with_the_same_values(other_language: None) -> None:
    assert str(RUNS) == "THE TEAM: 1,200"
    assert str(joined(Message("One."), Message("Two."))) == "Two.·One."


def test_what_a_person_wrote_is_never_translated(other_language: None) -> None:
    assert str(Message("by {who}", who="the team")) == "by the team"


@pytest.mark.parametrize(
    "text", ["{", "{}", "{0}", "{who.__class__}", "{who:>99999999}", "a {b} c", "100 %", "{who!r}"]
)
def test_braces_that_are_no_placeholder_stay(text: str) -> None:
    assert str(Message(text, who="x")) == text
    assert str(Message(text)) == text


@pytest.mark.parametrize(
    "message", [RUNS, Message("plain"), Message(""), joined("a", RUNS), Message("{x}", x=Message("y"))]
)
def test_it_is_stored_and_read_back(message: Message) -> None:
    assert Message.from_json(json.loads(json.dumps(message.to_json()))) == message


# Django looks a carriage return up as a line feed.
@given(st.text(st.characters(exclude_characters="\r"), max_size=40))
def test_any_text_of_an_old_row_is_a_message_that_says_just_that(text: str) -> None:
    assert str(Message.from_json(text)) == text


TOO_DEEP: dict[str, object] = {"text": "x"}
for _ in range(40):
    TOO_DEEP = {"text": "{x}", "values": {"x": TOO_DEEP}}
NO_MESSAGES = [None, 5, [], {}, {"text": 5}, {"values": {}}, TOO_DEEP]
NO_MESSAGES += [{"text": "x", "values": values} for values in ([1], "a", {"x": None}, {"x": [1]}, {"plural": "y"})]
NO_MESSAGES += [{"text": "x", "plural": "y"}, {"text": "x", "plural": "y", "values": {"count": "two"}}]


@pytest.mark.parametrize("stored", NO_MESSAGES)
def test_nothing_else_is_read_as_a_message(stored: object) -> None:
    with pytest.raises(ValueError, match="a message is"):
        Message.from_json(stored)


@pytest.mark.parametrize("stored", NO_MESSAGES)
def test_a_text_that_looks_like_a_message_and_is_none_is_shown_as_it_is(stored: object) -> None:
    text = json.dumps(stored)
    assert str(of_text(text)) == text


def test_what_a_person_typed_is_never_taken_for_a_message() -> None:
    typed = '{"text": "Save", "values": {}}'
    assert str(of_text(as_text(typed))) == typed


def test_many_messages_are_joined_without_nesting_deeply() -> None:
    many = joined_by(", ", [Message("a")] * 500)
    assert str(Message.from_json(many.to_json())) == ", ".join(["a"] * 500)


def test_it_is_a_field_of_a_pydantic_model() -> None:
    class Row(BaseModel):
        error: Message

    assert Row.model_validate_json(Row(error=RUNS).model_dump_json()).error == RUNS
    with pytest.raises(ValidationError):
        Row.model_validate({"error": 5})


def test_joining_leaves_out_what_is_empty() -> None:
    assert str(joined(Message("A."), "", Message("B."))) == "A. B."
    assert str(joined_by("; ", ["a", Message("b"), "c"])) == "a; b; c"
    assert not joined()


@pytest.mark.parametrize(
    ("environment", "chinese"),
    [
        ({"LANG": "zh_CN.UTF-8"}, True),
        ({"LANG": "C.UTF-8"}, False),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, False),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "zh_CN:en"}, True),
        ({}, False),
    ],
)
def test_a_terminal_says_its_language(
    environment: dict[str, str], chinese: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert (language.of_terminal().gettext("Learning rate") == "学习率") == chinese
