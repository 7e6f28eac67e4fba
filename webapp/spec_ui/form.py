"""The form of a whole spec: read from a request, checked, and rendered as sections."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from django.http import QueryDict

from trainer.errors import Problem, SpecError
from trainer.messages.message import Message, Words, joined_by
from trainer.spec.fields import Part
from webapp.spec_ui.building import MISSING, WidgetBuilder, place_problems
from webapp.spec_ui.changes import apply_change
from webapp.spec_ui.differences import SEPARATOR
from webapp.spec_ui.reading import Defaults, State, read
from webapp.spec_ui.schema import Facts
from webapp.spec_ui.summaries import in_short
from webapp.spec_ui.widgets import RowsWidget, SectionWidget, Widget

Parser = Callable[[Any], Any]
Checker = Callable[[Any], list[Problem]]


class SpecForm:
    """What a person has filled in for one spec, and what is wrong with it."""

    def __init__(self, state: State, root: type[Part]) -> None:
        self.state = state
        self.root = root
        self.problems: list[Problem] = list(state.unknown)
        self.spec: Any = None
        # What gets the focus when the form is shown: the name of a field or row, or a button's change.
        self.focus = ""

    @classmethod
    def of_values(cls, values: dict[str, Any], root: type[Part]) -> SpecForm:
        """A form filled with the plain JSON values of a spec."""
        return cls(State(values), root)

    @classmethod
    def of_post(
        cls,
        post: QueryDict,
        root: type[Part],
        defaults: Defaults = lambda name, kind: None,
        facts: Facts | None = None,
    ) -> SpecForm:
        """A form as it was posted, for data like ``facts``."""
        return cls(read(post, root, defaults, facts), root)

    @property
    def values(self) -> dict[str, Any]:
        return self.state.values

    @property
    def kept(self) -> str:
        """Values that the form keeps without showing them, for its hidden input."""
        return json.dumps(self.state.kept)

    def change(self, change: str, compare: dict[str, Any] | None = None) -> None:
        """Add, remove, duplicate or move a row, or reset a value to what it is in ``compare``."""
        self.focus = apply_change(self.values, change, self.root, compare)

    def check(self, parse: Parser, check: Checker) -> None:
        """Parse strictly, then check against the data. Sets ``spec`` and ``problems``."""
        try:
            spec = parse(self.values)
        except SpecError as error:
            self.problems += error.problems
            return
        self.problems += check(spec)
        if not self.problems:
            self.spec = spec

    def widgets(
        self,
        facts: Facts | None,
        *,
        choices: Mapping[str, Sequence[tuple[str, Words]]] | None = None,
        compare: dict[str, Any] | None = None,
        show_problems: bool = True,
    ) -> Widgets:
        """The widgets of the form for data like ``facts``, marked against the values ``compare``."""
        builder = WidgetBuilder(facts, self.state.kept, choices or {}, self.state.corrected)
        found = builder.section(self.root, "", self.values, MISSING if compare is None else compare)
        homeless = place_problems(found, self.problems if show_problems else [])
        return Widgets(found, homeless, is_compared=compare is not None)


class Fold(NamedTuple):
    """A section, what it says while it is closed, and whether it begins open."""

    section: Widget
    short: Words
    is_open: bool

    @property
    def id(self) -> str:
        return f"s-{self.section.name}"

    @property
    def short_id(self) -> str:
        """The slot of ``short``."""
        return f"short-{self.section.name}"


class Widgets:
    """The top level of a form, folded into sections, and problems without a field of their own."""

    def __init__(self, widgets: list[Widget], problems: list[Problem], *, is_compared: bool) -> None:
        self.all = widgets
        self.problems = problems
        self.is_compared = is_compared
        self.folds = [Fold(each, in_short(each), each.essential or each.has_problems) for each in _sections(widgets)]

    @property
    def with_problems(self) -> list[Widget]:
        """The widgets that have a problem, in the order of the page."""
        return [widget for widget, _ in self.wrong]

    @property
    def wrong(self) -> list[tuple[Widget, Message]]:
        """The widgets that have a problem, each with the labels that lead to it."""
        return [(widget, trail) for widget, trail in self.trails if widget.problems]

    @property
    def num_problems(self) -> int:
        return sum(len(widget.problems) for widget, _ in self.trails) + len(self.problems)

    @property
    def changed(self) -> list[tuple[Widget, Message]]:
        """The widgets whose value is not that of the run they are compared with, each with its labels."""
        return [(widget, trail) for widget, trail in self.trails if widget.before is not None]

    @property
    def differing(self) -> list[Widget]:
        """The widgets whose value is not that of the run they are compared with, or else not the default."""
        if self.is_compared:
            return [widget for widget, _ in self.changed]
        return [widget for widget, _ in self.trails if not widget.is_default]

    @property
    def noted(self) -> list[Widget]:
        return [widget for widget, _ in self.trails if widget.note]

    @property
    def essential(self) -> list[Widget]:
        """The fields shown at the top of the form."""
        return [widget for widget, _ in self.trails if widget.essential and not widget.parts]

    @cached_property
    def trails(self) -> list[tuple[Widget, Message]]:
        """Every widget, in the order of the spec, with the labels that lead to it."""
        return [found for widget in self.all for found in _trails(widget, ())]

    def first_field(self, name: str) -> str:
        """The name of the first input at ``name``, such as that of a new row; ``name`` itself if there is none."""
        found = (widget for top in self.all for widget in top.walk() if widget.name == name)
        return next((inner.name for widget in found for inner in widget.walk() if not inner.parts), name)


def _sections(widgets: list[Widget]) -> list[Widget]:
    """The sections, and one of the fields outside of them, which is last."""
    single = [widget for widget in widgets if not widget.parts and not isinstance(widget, SectionWidget)]
    general = SectionWidget(name="general", label=Message("General"), children=single)
    return [*(widget for widget in widgets if widget not in single), general]


def _trails(widget: Widget, above: tuple[Words, ...], row: int | None = None) -> Iterator[tuple[Widget, Message]]:
    """Rows are named by their number, as in the differences: "Network › Layers › 2 › Units"."""
    here = (*above, widget.label if row is None else str(row))
    yield widget, joined_by(SEPARATOR, here)
    for number, part in enumerate(widget.parts, start=1):
        # The fields of a chosen part belong to the choice: "Network › Layers", not "Network › MLP › Layers".
        if part.name == widget.name:
            for inner in part.parts:
                yield from _trails(inner, here)
        else:
            yield from _trails(part, here, number if isinstance(widget, RowsWidget) else None)
