"""Filters and tags that all pages share: times, sizes, numbers. ``{% load pages %}``."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from django import template
from django.utils import timezone
from django.utils.html import format_html

from trainer.messages.message import Message

register = template.Library()

NONE = "–"
MINUS = "−"
SMALL, LARGE = 1e-4, 1e9
# Names of non-finite values in Python and in events, and as shown to people.
NOT_FINITE = {"nan": "NaN", "inf": "∞", "-inf": "−∞", "NaN": "NaN", "Infinity": "∞", "-Infinity": "−∞"}


class Step(NamedTuple):
    """A unit of time, and how a number of it is told of the past and of the future."""

    seconds: int
    past: Callable[[int], Message]
    future: Callable[[int], Message]


STEPS = (
    Step(
        60,
        lambda n: Message("{count} minute ago", plural="{count} minutes ago", count=n),
        lambda n: Message("in {count} minute", plural="in {count} minutes", count=n),
    ),
    Step(
        3600,
        lambda n: Message("{count} hour ago", plural="{count} hours ago", count=n),
        lambda n: Message("in {count} hour", plural="in {count} hours", count=n),
    ),
    Step(
        86400,
        lambda n: Message("{count} day ago", plural="{count} days ago", count=n),
        lambda n: Message("in {count} day", plural="in {count} days", count=n),
    ),
    Step(
        86400 * 30,
        lambda n: Message("{count} month ago", plural="{count} months ago", count=n),
        lambda n: Message("in {count} month", plural="in {count} months", count=n),
    ),
    Step(
        86400 * 365,
        lambda n: Message("{count} year ago", plural="{count} years ago", count=n),
        lambda n: Message("in {count} year", plural="in {count} years", count=n),
    ),
)


@register.simple_tag
def ago(moment: datetime | None, empty: str = NONE) -> str:
    """``<time>`` with "5 minutes ago" to read and the exact moment on hover; local time where scripts run."""
    if moment is None:
        return empty
    exact = f"{timezone.localtime(moment):%Y-%m-%d %H:%M:%S} UTC"
    return format_html(
        '<time datetime="{}" title="{}" data-ago>{}</time>', moment.isoformat(), exact, ago_in_words(moment)
    )


def ago_in_words(moment: datetime, now: datetime | None = None) -> Message:
    """ "just now", "5 minutes ago", "in 3 days"."""
    seconds = ((now or timezone.now()) - moment).total_seconds()
    step = next((step for step in reversed(STEPS) if abs(seconds) >= step.seconds), None)
    if step is None:
        return Message("just now") if seconds >= 0 else Message("in a moment")
    # Future times are rounded, so that a link made for 7 days does not show "in 6 days" at once.
    return step.past(int(seconds // step.seconds)) if seconds >= 0 else step.future(round(-seconds / step.seconds))


@register.filter
def duration(seconds: float | timedelta | None) -> str:
    """ "0.4 s", "48 s", "3 min 05 s", "2 h 14 min", "3 d 4 h"."""
    if seconds is None:
        return NONE
    total = seconds.total_seconds() if isinstance(seconds, timedelta) else float(seconds)
    if not math.isfinite(total):
        return NONE
    if total < 10:
        return f"{max(total, 0):.1f} s"
    whole = round(total)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    if whole < 86400:
        return f"{whole // 3600} h {whole % 3600 // 60:02d} min"
    return f"{whole // 86400} d {whole % 86400 // 3600} h"


@register.filter
def filesize_short(num_bytes: int | None) -> str:
    """ "812 B", "1.4 MB": powers of 1000, as on disks."""
    if num_bytes is None:
        return NONE
    size = float(num_bytes)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 999.5:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 99.95 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"


@register.filter
def number(value: Any, digits: int = 4) -> str:
    """A measured number with ``digits`` significant digits, and the exact one on hover."""
    if value is None or value == "":
        return NONE
    if isinstance(value, str | float) and str(value) in NOT_FINITE:
        return format_html('<span class="warn">{}</span>', NOT_FINITE[str(value)])
    if isinstance(value, bool) or not isinstance(value, int | float):
        return format_html("{}", value)
    short = rounded(value, digits)
    return short if short == repr(value) else format_html('<span title="{}">{}</span>', repr(value), short)


@register.filter
def setting(value: Any) -> str:
    """A chosen value: as :func:`number`, without trailing zeros. 0.05, not 0.05000."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return number(value)
    return re.sub(r"(\.\d*?)0+(?=e|$)", r"\1", rounded(value, 4)).replace(".e", "e").removesuffix(".")


def rounded(value: float, digits: int) -> str:
    """Halves are rounded up, thousands get separators, very small and very large numbers an exponent.

    ``figureText`` in ``static/js/common/words.js`` writes the same; a test compares the two.
    """
    if isinstance(value, int) or value == 0:
        return f"{int(value):,}".replace("-", MINUS)
    exact = Decimal(value)
    place = exact.adjusted() - digits + 1
    if SMALL <= abs(value) < LARGE:
        place = min(place, 0)
        return f"{_to_place(exact, place):,.{-place}f}".replace("-", MINUS)
    return f"{_to_place(exact, place):.{digits - 1}e}".replace("e+", "e").replace("-", MINUS)


def _to_place(exact: Decimal, place: int) -> Decimal:
    return exact.quantize(Decimal(1).scaleb(place), ROUND_HALF_UP)


@register.filter
def json_attr(value: Any) -> str:
    """JSON for a ``data-…`` attribute; the template escapes the quotes."""
    return json.dumps(value, default=str)


@register.filter
def initials(value: Any) -> str:
    """Up to two letters for a person's avatar."""
    words = str(value).partition("@")[0].replace(".", " ").split()
    return "".join(word[0] for word in words[:2]).upper() or "?"


@register.simple_tag(takes_context=True)
def query(context: dict[str, Any], **changes: Any) -> str:
    """The page's query string with ``changes``: links that sort or page keep the filters. None removes a parameter."""
    parameters = context["request"].GET.copy()
    for name, value in changes.items():
        if value is None:
            parameters.pop(name, None)
        else:
            parameters[name] = str(value)
    return f"?{parameters.urlencode()}"
