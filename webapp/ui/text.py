"""Rules for text that people write, in forms and in the API: visible, and storable in every database.

A name is one line. Notes may have several, and tabs. Neither may hold control characters, lone surrogates, or
characters that reverse the order of others; a text that is not empty must have a visible character.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from django import forms

from trainer.messages.message import Message

# Spaces of one line; breaks are the other characters that str.strip() takes away.
SPACES = r"\x20\xa0\u1680\u2000-\u200a\u202f\u205f\u3000"
BREAKS = r"\t-\r\x1c-\x1f\x85\u2028\u2029"
CONTROLS = r"\x00-\x1f\x7f-\x9f\u2028\u2029"
# Without the three breaks that notes may have.
CONTROLS_IN_LINES = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029"
# https://www.unicode.org/reports/tr9/: embeddings, overrides and isolates. The marks U+200E, U+200F and U+061C stay:
# right-to-left text needs them, and they affect only their neighbours.
BIDI = r"\u202a-\u202e\u2066-\u2069"
SURROGATES = r"\ud800-\udfff"
# The rest of Unicode's Default_Ignorable_Code_Point, and the Braille pattern without dots.
IGNORABLE = (
    r"\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060-\u2065\u206a-\u206f\u2800\u3164"
    "\\ufe00-\\ufe0f\\ufeff\\uffa0\\ufff0-\\ufff8\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
VISIBLE = re.compile(f"[^{SPACES}{BREAKS}{IGNORABLE}]")
NOT_IN_A_NAME = re.compile(f"[{CONTROLS}{BIDI}{SURROGATES}]")
NOT_IN_LINES = re.compile(f"[{CONTROLS_IN_LINES}{BIDI}{SURROGATES}]")


def text_problem(text: str, *, lines: bool = False) -> Message:
    """Return what is wrong with stripped ``text``; an empty message if nothing is. ``lines`` allows several."""
    if found := (NOT_IN_LINES if lines else NOT_IN_A_NAME).search(text):
        return _refusal(found[0])
    if text and not VISIBLE.search(text):
        names = ", ".join(dict.fromkeys(_name_of(character) for character in text[:3]))
        return Message("This has no visible characters: it consists of {names}. Write visible text.", names=names)
    return Message("")


def pattern(*, lines: bool = False, required: bool = False, without: str = "") -> str:
    """The same rule as a regular expression for a JSON schema, which cannot express surrogates."""
    refused = (CONTROLS_IN_LINES if lines else CONTROLS) + BIDI + without
    unseen = SPACES + IGNORABLE + (r"\t\n\r" if lines else "")
    core = f"[{unseen}]*[^{refused}{unseen}][^{refused}]*"
    edge = f"[{SPACES}{BREAKS}]*"
    return f"^{edge}{core}{edge}$" if required else f"^{edge}(?:{core})?{edge}$"


def searchable(text: str) -> str:
    """A search text without characters that stored text never has and that a database may refuse."""
    return NOT_IN_A_NAME.sub(" ", text).strip()


def _refusal(character: str) -> Message:
    name = _name_of(character)
    if re.match(f"[{BIDI}]", character):
        return Message(
            "This contains {character}, which reverses the order of the letters after it. Remove it.", character=name
        )
    if re.match(r"[\t\n\r\u2028\u2029]", character):
        return Message("This contains {character}; a name is one line. Replace it by a space.", character=name)
    return Message("This contains {character}, which cannot be shown. Remove it.", character=name)


CONTROL_NAMES = {"\0": "NUL", "\t": "TAB", "\n": "LINE FEED", "\r": "CARRIAGE RETURN", "\x1b": "ESCAPE"}


def _name_of(character: str) -> str:
    """``U+202E (RIGHT-TO-LEFT OVERRIDE)``."""
    kind = "SURROGATE" if unicodedata.category(character) == "Cs" else "CONTROL CHARACTER"
    name = CONTROL_NAMES.get(character) or unicodedata.name(character, kind)
    return f"U+{ord(character):04X} ({name})"


class LineField(forms.CharField):
    """A name or another text of one line."""

    lines = False

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and (sentence := text_problem(value, lines=self.lines)):
            raise forms.ValidationError(str(sentence))


class LinesField(LineField):
    """Notes."""

    lines = True
    widget = forms.Textarea
