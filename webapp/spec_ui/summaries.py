"""A section of the form in one line, for when it is closed: what is chosen, and numbers that are not zero."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from trainer.messages.message import Message, Words, joined_by
from webapp.spec_ui.widgets import AlternativesWidget, ChoiceWidget, FlagWidget, RowsWidget, SectionWidget, Widget

MOST = 6
SEPARATOR = " · "
NOTHING_CHOSEN = {"", "0", "none", "nothing"}


def in_short(section: Widget) -> Words:
    """Return what the section says, in one line; of advanced fields only those that are not at their default."""
    told = list(islice(_told(section, is_outer=True), MOST + 1))
    if not told:
        is_automatic = isinstance(section, SectionWidget) and section.is_automatic
        return Message("Automatic") if is_automatic else Message("Nothing chosen")
    return joined_by(SEPARATOR, [*told[:MOST], *(["…"] if len(told) > MOST else [])])


def _told(widget: Widget, *, is_outer: bool = False) -> Iterator[Words]:
    match widget:
        case AlternativesWidget(choice=choice, chosen=chosen):
            if is_outer:
                yield choice.now
            else:
                yield from _told(choice)
            yield from _told(chosen)
        case SectionWidget(on=False):
            return
        case SectionWidget(children=children):
            if widget.optional:
                yield widget.label
            for child in children:
                yield from _told(child)
        case RowsWidget(rows=rows) if rows or not widget.is_default:
            yield Message("{label}: {number}", label=widget.label, number=len(rows))
        case _ if not (widget.is_default and (widget.advanced or widget.in_row or _is_nothing(widget))):
            yield _value(widget)


def _is_nothing(widget: Widget) -> bool:
    if isinstance(widget, FlagWidget):
        return not widget.on
    if isinstance(widget, ChoiceWidget):
        return any(option.chosen and option.value in NOTHING_CHOSEN for option in widget.options)
    return getattr(widget, "text", "") in NOTHING_CHOSEN


def _value(widget: Widget) -> Words:
    if isinstance(widget, FlagWidget):
        return widget.label if widget.on else Message("{label}: no", label=widget.label)
    return Message("{label} {value}", label=widget.label, value=widget.now)
