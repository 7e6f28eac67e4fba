"""What a browser sends of the launch form."""

from __future__ import annotations

import html
import re
import uuid
from typing import Any

from webapp.experiments.models import Experiment

URL = "/runs/new/"
PREVIEW = "/runs/new/preview/"
INPUT = re.compile(r"<(input|textarea)\b([^>]*)>([^<]*)")
SELECT = re.compile(r'<select\b[^>]*\bname="([^"]+)"[^>]*>(.*?)</select>', re.DOTALL)


def about(experiment: Experiment | None = None, /, **fields: Any) -> dict[str, Any]:
    """What it sends besides the spec."""
    chosen = str(experiment.id) if experiment else "new"
    return {"run-id": str(uuid.uuid4()), "run-experiment": chosen, "run-experiment_name": "", **fields}


def fields_of(page: str) -> dict[str, Any]:
    """What a browser would send of the launch form on ``page``, without a button."""
    form = page[page.index('id="launch') :]
    fields: dict[str, Any] = {}
    for tag, text, inner in INPUT.findall(form):
        given = dict(re.findall(r'(\S+)="([^"]*)"', text))
        if "name" not in given:  # a browser does not send it
            continue
        if given.get("type") in ("checkbox", "radio") and " checked" not in text:
            continue
        fields[given["name"]] = inner if tag == "textarea" else html.unescape(given.get("value", ""))
    for name, options in SELECT.findall(form):
        fields[name] = re.findall(r'<option value="([^"]*)" selected\s*>', options)[0]
    return fields
