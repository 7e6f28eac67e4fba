"""The field reference: every field of the spec in reading order, generated from the same data as the form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from trainer.spec import Spec
from trainer.spec.fields import Part
from webapp.spec_ui.schema import Alternatives, Choice, Flag, Kind, Number, Rows, Section, SpecField, fields_of


@dataclass(frozen=True)
class FieldEntry:
    """One field as the reference shows it."""

    path: str
    label: str
    help: str
    source: str
    unit: str
    accepts: str
    default: str
    applies_to: str

    def mentions(self, wanted: str) -> bool:
        return wanted.lower() in f"{self.path} {self.label} {self.help} {self.source} {self.accepts}".lower()


@dataclass
class Group:
    """Fields that belong together: a section of the spec, or one kind of a choice."""

    title: str
    path: str
    help: str = ""
    entries: list[FieldEntry] = field(default_factory=list)


def sections(wanted: str = "") -> list[Group]:
    """All groups with the fields that mention ``wanted``; groups without any are left out."""
    general = Group("General", "")
    groups = [general, *groups_of(Spec, "", general)]
    for group in groups:
        group.entries = [entry for entry in group.entries if entry.mentions(wanted)]
    return [group for group in groups if group.entries]


def groups_of(model: type[Part], prefix: str, group: Group) -> Iterator[Group]:
    """Put the plain fields of ``model`` into ``group`` and yield a group for each part below it."""
    for about in fields_of(model):
        if about.hidden:
            continue
        path = f"{prefix}{about.name}"
        if is_plain(about.kind):
            group.entries.append(entry_of(about, path))
        yield from groups_below(about, about.kind, path, group)


def groups_below(about: SpecField, kind: Kind, path: str, group: Group) -> Iterator[Group]:
    match kind:
        case Section(model):
            yield from group_of(model, about.label, path, about.help)
        case Alternatives(key, models):
            for name, model in models:
                yield from group_of(model, f"{about.label}: {kind.label_of(name)}", f"{path}[{key}={name}]", about.help)
        case Rows(item):
            group.entries.append(entry_of(about, path))
            yield from groups_below(about, item, f"{path}[]", group)


def group_of(model: type[Part], title: str, path: str, help_text: str) -> Iterator[Group]:
    below = Group(title, path, first_paragraph(model) or help_text)
    deeper = list(groups_of(model, f"{path}.", below))
    yield below
    yield from deeper


def is_plain(kind: Kind) -> bool:
    return not isinstance(kind, (Section, Alternatives, Rows))


def entry_of(about: SpecField, path: str) -> FieldEntry:
    return FieldEntry(
        path=path,
        label=about.label,
        help=about.help,
        source=about.source,
        unit=about.unit,
        accepts=accepts(about.kind) + (", or empty" if about.optional else ""),
        default=default_in_words(about.kind, about.default),
        applies_to=", ".join(about.applies_to),
    )


def accepts(kind: Kind) -> str:
    """The values that a field takes, in words."""
    match kind:
        case Number(integer, least, most):
            noun = "whole number" if integer else "number"
            bounds = " to ".join(bound for bound in (least, most) if bound)
            return f"{noun}, {bounds}" if bounds else noun
        case Flag():
            return "yes or no"
        case Choice(options):
            return ", ".join(str(value) for value, _ in options)
        case Rows(_, least_rows, most_rows):
            return f"{least_rows} to {most_rows} rows" if most_rows else f"at least {least_rows} rows"
    return "text"


def default_in_words(kind: Kind, value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(kind, Rows):
        return f"{len(value)} row{'' if len(value) == 1 else 's'}"
    return str(value)


def first_paragraph(model: type[Part]) -> str:
    return (model.__doc__ or "").strip().partition("\n\n")[0].replace("\n", " ")
