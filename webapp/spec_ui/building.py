"""Builds the tree of widgets from the models of a spec and plain values, valid or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from trainer.errors import Problem
from trainer.messages.message import Message, joined_by
from trainer.spec.fields import Part, summary_of
from webapp.datasets.words import TRAITS
from webapp.spec_ui.schema import (
    Alternatives,
    Choice,
    Facts,
    Flag,
    Kind,
    Number,
    Rows,
    Section,
    SpecField,
    Text,
    Words,
    applies,
    default_of,
    defaults_of,
    fields_of,
)
from webapp.spec_ui.widgets import (
    EMPTY,
    AlternativesWidget,
    ChoiceWidget,
    FlagWidget,
    NumberWidget,
    Option,
    RowsWidget,
    SectionWidget,
    TextWidget,
    Widget,
    as_text,
)
from webapp.spec_ui.words import num_rows, on_or_off

MISSING: Any = object()
# What is said of a field that is a choice between parts, at the choice.
OF_CHOICE = ("advanced", "source", "synonyms", "is_default", "in_row")


@dataclass
class WidgetBuilder:
    """Builds widgets for one state of the form.

    ``choices`` turns texts into selects: the options by name of the field. ``kept`` has the values of what is
    switched off, ``corrected`` the numbers that were read from another notation, both by name.
    """

    facts: Facts | None = None
    kept: Mapping[str, Any] = field(default_factory=dict)
    choices: Mapping[str, Sequence[tuple[str, Words]]] = field(default_factory=dict)
    corrected: Mapping[str, Any] = field(default_factory=dict)

    def section(self, model: type[Part], prefix: str, values: Any, compare: Any, in_row: bool = False) -> list[Widget]:
        given = values if isinstance(values, dict) else {}
        before = compare if isinstance(compare, dict) else {}
        return [
            self.widget(field, f"{prefix}{field.name}", given.get(field.name), before.get(field.name, MISSING), in_row)
            for field in fields_of(model)
            if field.is_shown(self.facts)
        ]

    def widget(self, field: SpecField, name: str, value: Any, compare: Any, in_row: bool) -> Widget:
        about = {
            "name": name,
            "label": field.label,
            "help": field.help,
            "source": field.source,
            "unit": field.unit,
            "advanced": field.advanced,
            "essential": field.essential,
            "optional": field.optional,
            "synonyms": field.synonyms,
            "is_default": _is_default(field, value),
            "in_row": in_row,
        }
        return self.of_kind(field.kind, about, value, compare)

    def of_kind(self, kind: Kind, about: dict[str, Any], value: Any, compare: Any) -> Widget:
        match kind:
            case Section():
                return self._section(kind, about, value, compare)
            case Alternatives():
                return self._alternatives(kind, about, value, compare)
            case Rows():
                return self._rows(kind, about, value, compare)
        return self._leaf(kind, about, value, compare)

    def _leaf(self, kind: Kind, about: dict[str, Any], value: Any, compare: Any) -> Widget:
        options = self.choices.get(about["name"])
        if options is not None:
            kind = Choice(tuple(options))
        about |= {"before": _before(kind, value, compare)}
        match kind:
            case Number(integer, least, most):
                corrected = as_text(self.corrected.get(about["name"]))
                about |= {"integer": integer, "least": least, "most": most, "corrected": corrected}
                return NumberWidget(text=as_text(value), **about)
            case Flag():
                return FlagWidget(on=value is True, **about)
            case Choice():
                return ChoiceWidget(options=self._options(kind, value, about["optional"]), **about)
            case Text(max_length):
                return TextWidget(text=as_text(value), max_length=max_length, **about)
        raise TypeError(f"{kind!r} is not a single value")

    def _section(self, kind: Section, about: dict[str, Any], value: Any, compare: Any) -> Widget:
        name, on = about["name"], value is not None
        values = value if on else self.kept.get(name) or defaults_of(kind.model)
        if about["optional"] and compare is not MISSING and (compare is not None) != on:
            about |= {"before": on_or_off(compare is not None)}
        children = self.section(kind.model, f"{name}.", values, compare if on else MISSING, about["in_row"])
        return SectionWidget(children=children, on=on, **about)

    def _alternatives(self, kind: Alternatives, about: dict[str, Any], value: Any, compare: Any) -> Widget:
        name, model = about["name"], kind.model_of(value)
        shown = value.get(kind.key) if isinstance(value, dict) else None
        other = compare.get(kind.key) if isinstance(compare, dict) else shown
        # A section of the form has label and help of its choice as heading; a choice inside of one has them here.
        own = (*OF_CHOICE, "label", "help") if "." in name else OF_CHOICE
        said = {"label": Message("Kind")} | {key: about[key] for key in own if key in about}
        choice = ChoiceWidget(
            name=f"{name}.{kind.key}",
            options=self._options(Choice(kind.labels, kind.only_for), shown, about["optional"]),
            before=None if compare is MISSING or other == shown else kind.label_of(other),
            **said,
        )
        children = (
            self.section(model, f"{name}.", value, compare if other == shown else MISSING, about["in_row"])
            if model
            else []
        )
        chosen = SectionWidget(name=name, label=kind.label_of(shown), help=_summary(model), children=children)
        return AlternativesWidget(choice=choice, chosen=chosen, shown=as_text(shown), **about)

    def _rows(self, kind: Rows, about: dict[str, Any], value: Any, compare: Any) -> Widget:
        values = value if isinstance(value, list) else []
        others = compare if isinstance(compare, list) else []
        rows = []
        for index, item in enumerate(values):
            label = Message("{label} {number}", label=about["label"], number=index + 1)
            row: dict[str, Any] = {"name": f"{about['name']}.{index}", "label": label}
            row |= {"in_row": True, "optional": False}
            other = others[index] if index < len(others) else MISSING
            rows.append(self.of_kind(kind.item, row, default_of(kind.item) if item is None else item, other))
        if compare is not MISSING and len(others) != len(values):
            about |= {"before": num_rows(len(others))}
        can_add = kind.max_length is None or len(values) < kind.max_length
        return RowsWidget(rows=rows, can_add=can_add, can_remove=len(values) > kind.min_length, **about)

    def _options(self, kind: Choice, value: Any, optional: bool) -> list[Option]:
        options = [Option("", Message("None"), value is None)] if optional else []
        options += [self._option(option, label, option == value, kind) for option, label in kind.options]
        if value not in (None, "") and not any(option.chosen for option in options):
            options.append(Option(str(value), Message("{value} (unknown)", value=str(value)), True))
        return options

    def _option(self, value: Any, label: Words, chosen: bool, kind: Choice) -> Option:
        """An option without a meaning for the data is disabled and says why, unless it was chosen nevertheless."""
        traits = dict(kind.only_for).get(value, ())
        if applies(traits, self.facts):
            return Option(str(value), label, chosen)
        data = joined_by(" or ", [TRAITS.get(trait, trait) for trait in traits])
        says_why = Message("{label} ({data} only)", label=label, data=data)
        return Option(str(value), says_why, chosen, disabled=not chosen)


def place_problems(widgets: Iterable[Widget], problems: Iterable[Problem]) -> list[Problem]:
    """Put each problem at its widget, or the nearest one around it. Returns the problems without a widget."""
    by_name: dict[str, Widget] = {}
    for widget in widgets:
        for inner in widget.walk():
            by_name.setdefault(inner.name, inner)
    homeless = []
    for problem in problems:
        home = _home(by_name, problem.path)
        if home is None:
            homeless.append(problem)
        elif problem.message not in home.problems:
            home.problems.append(problem.message)
    return homeless


def _home(by_name: dict[str, Widget], path: tuple[str | int, ...]) -> Widget | None:
    """The widget at ``path``. pydantic names the chosen kind in its paths (``network.mlp.layers``); names do not."""
    found: Widget | None = None
    name = ""
    for step in path:
        longer = f"{name}.{step}" if name else str(step)
        if longer in by_name:
            found, name = by_name[longer], longer
        elif not (isinstance(found, AlternativesWidget) and found.shown == step):
            return found
    return found


def _is_default(field: SpecField, value: Any) -> bool:
    """Whether the value is the default; of a choice between parts, whether the part is."""
    if isinstance(field.kind, Alternatives):
        key = field.kind.key
        chosen, usual = (each.get(key) if isinstance(each, dict) else None for each in (value, field.default))
        return bool(chosen == usual)
    return bool(value == field.default)


def _before(kind: Kind, value: Any, compare: Any) -> Words | None:
    if compare is MISSING or compare == value:
        return None
    if isinstance(kind, Choice):
        return kind.label_of(compare)
    if isinstance(compare, bool):
        return on_or_off(compare)
    return as_text(compare) or EMPTY


def _summary(model: type[Part] | None) -> Message:
    return Message(summary_of(model) if model else "")
