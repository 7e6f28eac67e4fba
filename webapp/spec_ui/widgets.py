"""The tree of widgets that the templates render: one class for each kind of input."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar

from trainer.messages.message import NOTHING, Message, Words, joined_by
from webapp.spec_ui.schema import Bound
from webapp.spec_ui.words import bounds_in_words, num_rows, on_or_off

# A choice with no more options than this is shown as buttons side by side.
MAX_SEGMENTS = 3
MAX_SEGMENT_LETTERS = 44  # of all labels, so that they fit side by side on a phone
EMPTY = Message("empty")


@dataclass(kw_only=True)
class Widget:
    """One field. ``problems`` are shown with it; ``before`` is its value in the run it is compared with.

    ``corrected`` is the number that was read from another notation, such as one with a decimal comma. ``synonyms`` are
    other words by which people look for the field.
    """

    name: str
    label: Words
    help: Message = NOTHING
    source: str = ""
    unit: Message = NOTHING
    advanced: bool = False
    essential: bool = False
    optional: bool = False
    in_row: bool = False
    problems: list[Message] = field(default_factory=list)
    before: Words | None = None
    corrected: str | None = None
    synonyms: str = ""
    is_default: bool = False
    template: ClassVar[str]

    @property
    def id(self) -> str:
        return "f-" + self.name.replace(".", "-")

    @property
    def look(self) -> str:
        """The kind of input, which gives it its width."""
        return "text"

    @property
    def classes(self) -> str:
        wrong, changed = " has-error" if self.problems else "", " is-changed" if self.before is not None else ""
        return f"field launch-{self.look}{wrong}{changed}"

    @property
    def searched(self) -> str:
        """By what the field is found besides what is shown: its name in a spec, its English label and synonyms."""
        english = self.label.text if isinstance(self.label, Message) else self.label
        return f"{self.name} {self.name.replace('_', ' ')} {english} {self.synonyms}".lower()

    @property
    def shows_unit(self) -> bool:
        """Whether the label is followed by the unit; rows have no space for it, and "Epochs" needs none."""
        declared = self.label.text if isinstance(self.label, Message) else self.label
        return bool(self.unit) and not self.in_row and self.unit.text != declared.lower()

    @property
    def error_id(self) -> str:
        return "e-" + self.name.replace(".", "-")

    @property
    def note_id(self) -> str:
        return "n-" + self.name.replace(".", "-")

    @property
    def note(self) -> Message:
        """How its value was read, and what it was before."""
        understood = Message("Read as {number}", number=self.corrected) if self.corrected else NOTHING
        changed = Message("was {value}", value=self.before) if self.before is not None else NOTHING
        return joined_by(" · ", [understood, changed])

    @property
    def now(self) -> Words:
        """Its value in words."""
        return ""

    @property
    def focus_name(self) -> str:
        """The name of the input that gets the focus when this field has a problem."""
        return self.name

    @property
    def focus_id(self) -> str:
        return "f-" + self.focus_name.replace(".", "-")

    @property
    def parts(self) -> list[Widget]:
        """The widgets directly inside this one."""
        return []

    @property
    def accepted(self) -> Message:
        """Which values are accepted, in words; empty when the widget itself shows it."""
        return NOTHING

    def walk(self) -> Iterator[Widget]:
        yield self
        for part in self.parts:
            yield from part.walk()

    @property
    def has_problems(self) -> bool:
        return any(widget.problems for widget in self.walk())


@dataclass(kw_only=True)
class NumberWidget(Widget):
    """A number, as it was typed."""

    text: str
    integer: bool
    least: Bound | None
    most: Bound | None
    template: ClassVar[str] = "spec_ui/_number.html"

    @property
    def look(self) -> str:
        return "integer" if self.integer else "decimal"

    @property
    def now(self) -> Words:
        return self.text or EMPTY

    @property
    def accepted(self) -> Message:
        bounds = bounds_in_words(self.least, self.most)
        if bounds and self.integer:
            number = Message("A whole number, {bounds}", bounds=bounds)
        elif bounds:
            number = Message("A number, {bounds}", bounds=bounds)
        else:
            number = Message("A whole number") if self.integer else Message("A number")
        if self.optional:
            return Message("{number}; may stay empty.", number=number)
        return Message("{number}.", number=number)


@dataclass(kw_only=True)
class TextWidget(Widget):
    """A line of text."""

    text: str
    max_length: int | None
    template: ClassVar[str] = "spec_ui/_text.html"

    @property
    def now(self) -> Words:
        return self.text or EMPTY


@dataclass(kw_only=True)
class FlagWidget(Widget):
    """A tick box."""

    on: bool
    template: ClassVar[str] = "spec_ui/_flag.html"

    @property
    def look(self) -> str:
        return "flag"

    @property
    def now(self) -> Words:
        return on_or_off(self.on)


@dataclass(frozen=True)
class Option:
    """One option of a choice; one without a meaning for the data cannot be chosen, and its label says why."""

    value: str
    label: Words
    chosen: bool
    disabled: bool = False


@dataclass(kw_only=True)
class ChoiceWidget(Widget):
    """One of some values: buttons side by side when there are few and all can be chosen, else a select."""

    options: list[Option]
    template: ClassVar[str] = "spec_ui/_choice.html"

    @property
    def look(self) -> str:
        return "segmented" if self.segmented else "choice"

    @property
    def segmented(self) -> bool:
        letters = sum(len(str(option.label)) for option in self.options)
        fits = len(self.options) <= MAX_SEGMENTS and letters <= MAX_SEGMENT_LETTERS and not self.in_row
        return fits and not any(option.disabled for option in self.options)

    @property
    def now(self) -> Words:
        return next((option.label for option in self.options if option.chosen), EMPTY)


@dataclass(kw_only=True)
class SectionWidget(Widget):
    """A part. When it is optional it has a switch, ``on``."""

    children: list[Widget]
    on: bool = True
    template: ClassVar[str] = "spec_ui/_section.html"

    @property
    def now(self) -> Words:
        return on_or_off(self.on)

    @property
    def parts(self) -> list[Widget]:
        return self.children

    @property
    def plain_children(self) -> list[Widget]:
        """The fields that the section itself shows: the essential ones are at the top of the form."""
        return [child for child in self.children if not (child.advanced or child.essential)]

    @property
    def advanced_children(self) -> list[Widget]:
        return [child for child in self.children if child.advanced]

    @property
    def is_automatic(self) -> bool:
        """Whether all its fields are advanced, so that none needs to be chosen."""
        return all(child.advanced for child in self.children)

    @property
    def opens_advanced(self) -> bool:
        return any(child.has_problems or child.before is not None for child in self.advanced_children)


@dataclass(kw_only=True)
class AlternativesWidget(Widget):
    """A choice between parts, and the fields of the chosen one. ``shown`` names the part whose fields these are."""

    choice: ChoiceWidget
    chosen: SectionWidget
    shown: str
    template: ClassVar[str] = "spec_ui/_alternatives.html"

    @property
    def focus_name(self) -> str:
        return self.choice.name

    @property
    def parts(self) -> list[Widget]:
        return [self.choice, self.chosen]


@dataclass(kw_only=True)
class RowsWidget(Widget):
    """A list. Each row is the widget of its item."""

    rows: list[Widget]
    can_add: bool
    can_remove: bool
    template: ClassVar[str] = "spec_ui/_rows.html"

    @property
    def now(self) -> Words:
        return num_rows(len(self.rows))

    @property
    def parts(self) -> list[Widget]:
        return self.rows


def as_text(value: Any) -> str:
    """A plain JSON value as it is shown in an input; numbers without needless digits."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        if not math.isfinite(value):
            return {"nan": "NaN", "inf": "Infinity"}.get(str(value), "-Infinity")
        return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else f"{value!r}"
    return str(value)
