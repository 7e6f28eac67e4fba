"""A section of the form in one line, for when it is closed: what is chosen, and numbers that are not zero."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from trainer.messages.message import Message, Words, joined_by
from webapp.spec_ui.widgets import (
    AlternativesWidget,
    ChoiceWidget,
    FlagWidget,
    NumberWidget,
    RowsWidget,
    SectionWidget,
    TextWidget,
    Widget,
)

MOST = 6
SEPARATOR = " · "
# How specs name the option to choose none of the others.
NO_OPTION = ("", "none")


def in_short(section: Widget) -> Words:
    """Return what the section says, in one line; of advanced fields only those that are not at their default."""
    told = list(islice(_told_of_section(section), MOST + 1))
    if not told:
        is_automatic = isinstance(section, SectionWidget) and section.is_automatic
        return Message("Automatic") if is_automatic else Message("Nothing chosen")
    return joined_by(SEPARATOR, [*told[:MOST], *(["…"] if len(told) > MOST else [])])


def _told_of_section(section: Widget) -> Iterator[Words]:
    """A section that is a choice itself begins with what is chosen, whose label is the heading."""
    if isinstance(section, AlternativesWidget):
        yield section.choice.now
        yield from _told(section.chosen)
    else:
        yield from _told(section)


def _told(widget: Widget) -> Iterator[Words]:
    match widget:
        case AlternativesWidget(choice=choice, chosen=chosen):
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
    """Whether nothing is entered, switched on or chosen."""
    match widget:
        case FlagWidget(on=on):
            return not on
        case NumberWidget(text=text):
            return text in ("", "0")
        case TextWidget(text=text):
            return not text
        case ChoiceWidget(options=options):
            return any(option.chosen and option.value in NO_OPTION for option in options)
    return False


def _value(widget: Widget) -> Words:
    if isinstance(widget, FlagWidget):
        return widget.label if widget.on else Message("{label}: no", label=widget.label)
    return Message("{label} {value}", label=widget.label, value=widget.now)
