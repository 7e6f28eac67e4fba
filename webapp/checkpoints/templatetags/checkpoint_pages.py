"""Filters and tags of the checkpoint, evaluation and dataset pages. ``{% load checkpoint_pages %}``."""

from __future__ import annotations

from typing import Any

from django import template

from trainer.problems import SpecError
from webapp.checkpoints import reports, retention
from webapp.runs.models import Run
from webapp.teams.templatetags.pages import query

register = template.Library()
register.filter(reports.headline)
register.filter(reports.answer_line)


@register.filter
def get(mapping: Any, key: Any) -> Any:
    """``mapping[key]``, or nothing."""
    return mapping.get(key) if mapping else None


@register.filter
def keeps(run: Run) -> str:
    """What the run keeps of its checkpoints, such as "the 3 latest and the best"."""
    try:
        return str(retention.rule_of(run))
    except SpecError:  # of an older release
        return "what its spec says"


@register.filter
def percent(share: Any, digits: int = 1) -> str:
    """0.9834 as "98.3 %"."""
    return "–" if not isinstance(share, int | float) else f"{100 * share:.{digits}f} %"


@register.inclusion_tag("checkpoints/_column.html", takes_context=True)
def column(
    context: dict[str, Any], name: str, label: str, *, css: str = "", first: str = "", at: str = ""
) -> dict[str, Any]:
    """The head of a sortable column; a click on the column that sorts already turns the order round.

    ``first`` is "-" for columns of which the highest is wanted first; ``at`` names the part to come back to.
    """
    direction = {name: "ascending", f"-{name}": "descending"}.get(context["sort"], "")
    turned = {"ascending": f"-{name}", "descending": name}.get(direction, f"{first}{name}")
    href = f"{query(context, sort=turned, page=None)}{at}"
    return {"label": label, "css": css, "direction": direction, "href": href}
