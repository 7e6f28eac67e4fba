"""Filters and tags of the checkpoint, evaluation and dataset pages. ``{% load checkpoint_pages %}``."""

from __future__ import annotations

import math
from typing import Any

from django import template
from django.utils.html import format_html

from trainer.errors import SpecError
from trainer.messages.message import Message
from webapp.experiments.models import Experiment
from webapp.pages.checkpoints import reports
from webapp.runs.models import Run
from webapp.storage import quota, retention, store
from webapp.teams.models import Role, Team
from webapp.ui.filters import number, query, rounded

register = template.Library()
LARGEST_WHOLE = 1e9
MINUS = "−"
register.filter(reports.headline)
register.filter(reports.answer_line)


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """``mapping[key]``, or an empty value."""
    return mapping.get(key) if mapping else None


@register.filter
def data_number(value: Any) -> str:
    """A number of the data: an integer without decimals, though it is stored as 1.0, and a real minus sign."""
    if not isinstance(value, float) or not math.isfinite(value):
        return number(value)
    whole = value.is_integer() and abs(value) < LARGEST_WHOLE
    short = f"{abs(int(value)):,}" if whole else rounded(abs(value), 4)
    return format_html('<span title="{}">{}{}</span>', repr(value), MINUS if value < 0 else "", short)


@register.filter
def grouped(number: int) -> str:
    """1234567 as "1,234,567"."""
    return f"{number:,}"


@register.filter
def keeps(run: Run) -> Message:
    """Which of its checkpoints the run keeps, such as "the 3 latest and the best"."""
    try:
        return retention.rule_of(run).in_words
    except SpecError:  # of an older release
        return Message("what its spec says")


@register.filter
def percent(share: Any, digits: int = 1) -> str:
    """0.9834 as "98.3 %"."""
    return "–" if not isinstance(share, int | float) else f"{100 * share:.{digits}f} %"


@register.filter
def space_used(owner: Run | Experiment) -> int:
    """Bytes that the checkpoints of a run or an experiment take, without those of deleted runs."""
    if isinstance(owner, Run):
        return quota.stored_bytes(owner.checkpoints.all())
    return quota.stored_bytes(quota.stored().filter(run__experiment=owner, run__deleted_at=None))


@register.inclusion_tag("storage/_usage.html", takes_context=True)
def space_of_team(context: dict[str, Any], *, of: Team | None = None, only_warning: bool = False) -> dict[str, Any]:
    """The space that the team's checkpoints take, with a warning near the quota; admins also see the free space."""
    role = context["role"]
    free_bytes = store.free_bytes() if role == Role.ADMIN and not only_warning else None
    usage = quota.usage_of(of or context["team"])
    return {"usage": usage, "role": role, "free_bytes": free_bytes, "only_warning": only_warning}


@register.inclusion_tag("checkpoints/_column.html", takes_context=True)
def column(
    context: dict[str, Any], name: str, label: str, *, css: str = "", first: str = "", at: str = ""
) -> dict[str, Any]:
    """The heading of a sortable column; a click on the column that the table is sorted by reverses the order.

    ``first`` is "-" for columns sorted from the highest; ``at`` is the fragment to return to.
    """
    direction = {name: "ascending", f"-{name}": "descending"}.get(context["sort"], "")
    turned = {"ascending": f"-{name}", "descending": name}.get(direction, f"{first}{name}")
    href = f"{query(context, sort=turned, page=None, select=None)}{at}"
    return {"label": label, "css": css, "direction": direction, "href": href}
