"""The offer to restore the runs that a person has just deleted."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

UNDO = "deleted_runs"


def undo_of(request: HttpRequest) -> dict[str, Any]:
    """Context for a one-time offer to restore the runs just deleted. A refreshed table shows no offer."""
    if request.headers.get("HX-Request"):
        return {}
    return {"undo": request.session.pop(UNDO, []), "kept_days": settings.DELETED_RUNS_KEPT_DAYS}
