"""The field reference: every field of the spec in reading order, generated from the same data as the form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from trainer.messages.message import Message, joined_by
from trainer.spec import Spec
from trainer.spec.fields import Part, summary_of
from webapp.datasets.words import TRAITS
from webapp.spec_ui.schema import (
    Alternatives,
    Bound,
    Choice,
    Flag,
    Kind,
    Number,
    Rows,
    Section,
    SpecField,
    Words,
    fields_of,
)
from webapp.spec_ui.words import bounds_in_words, num_rows, yes_or_no


@dataclass(frozen=True)
class FieldEntry:
    """One field as the reference shows it. Values of a spec are plain text, which is not translated."""

    path: str
    label: Message
    help: Message
    source: str
    unit: Message
    accepts: Words
    default: Words
    applies_to: Message

    @property
    def accepts_codes(self) -> bool:
        return isinstance(self.accepts, str)

    @property
    def default_is_code(self) -> bool:
        return isinstance(self.default, str)

    def mentions(self, wanted: str) -> bool:
        return wanted.lower() in f"{self.path} {self.label} {self.help} {self.source} {self.accepts}".lower()


@dataclass
class Group:
    """Fields that belong together: a section of the spec, or one kind of a choice."""

    title: Message
    path: str
    help: Words = ""
    entries: list[FieldEntry] = field(default_factory=list)


def sections(wanted: str = "") -> list[Group]:
    """All groups with the fields that mention ``wanted``; groups without any are left out."""
    general = Group(Message("General"), "")
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
        if is_plain(about.kind) or isinstance(about.kind, Alternatives):
            group.entries.append(entry_of(about, path))
        yield from groups_below(about, about.kind, path, group)


def groups_below(about: SpecField, kind: Kind, path: str, group: Group) -> Iterator[Group]:
    match kind:
        case Section(model):
            yield from group_of(model, about.label, path, about.help)
        case Alternatives(key, models):
            for name, model in models:
                title = Message("{field}: {option}", field=about.label, option=kind.label_of(name))
                yield from group_of(model, title, f"{path}[{key}={name}]", about.help)
        case Rows(item):
            group.entries.append(entry_of(about, path))
            yield from groups_below(about, item, f"{path}[]", group)


def group_of(model: type[Part], title: Message, path: str, help_text: Message) -> Iterator[Group]:
    below = Group(title, path, Message(summary_of(model)) or help_text)
    deeper = list(groups_of(model, f"{path}.", below))
    yield below
    yield from deeper


def is_plain(kind: Kind) -> bool:
    return not isinstance(kind, (Section, Alternatives, Rows))


def entry_of(about: SpecField, path: str) -> FieldEntry:
    accepted = accepts(about.kind)
    return FieldEntry(
        path=path,
        label=about.label,
        help=about.help,
        source=about.source,
        unit=about.unit,
        accepts=Message("{accepted}, or empty", accepted=accepted) if about.optional else accepted,
        default=default_in_words(about.kind, about.default),
        applies_to=joined_by(", ", [TRAITS.get(trait, trait) for trait in about.applies_to]),
    )


def accepts(kind: Kind) -> Words:
    """The values that a field takes, in words."""
    match kind:
        case Number(integer, least, most):
            return number_in_words(integer, least, most)
        case Flag():
            return Message("yes or no")
        case Choice(options):
            return ", ".join(str(value) for value, _ in options)
        case Alternatives(_, models):
            return ", ".join(name for name, _ in models)
        case Rows(_, least_rows, most_rows):
            if most_rows:
                return Message("{least} to {most} rows", least=least_rows, most=most_rows)
            return Message("at least {count} row", plural="at least {count} rows", count=least_rows)
    return Message("text")


def number_in_words(integer: bool, least: Bound | None, most: Bound | None) -> Message:
    bounds = bounds_in_words(least, most)
    if not bounds:
        return Message("whole number") if integer else Message("number")
    if integer:
        return Message("whole number, {bounds}", bounds=bounds)
    return Message("number, {bounds}", bounds=bounds)


def default_in_words(kind: Kind, value: Any) -> Words:
    if value is None:
        return Message("empty")
    if isinstance(value, bool):
        return yes_or_no(value)
    if isinstance(kind, Alternatives):
        return str(value[kind.key])
    return num_rows(len(value)) if isinstance(kind, Rows) else str(value)
