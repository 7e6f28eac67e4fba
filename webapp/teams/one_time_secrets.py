"""Secrets that the next page shows once: kept in the session between the POST and the page it leads to."""

from __future__ import annotations

from django.http import HttpRequest


def keep(request: HttpRequest, kind: str, secret: str) -> None:
    request.session[f"once-{kind}"] = secret


def take(request: HttpRequest, kind: str) -> str:
    """The secret, or "" when there is none (any more)."""
    return str(request.session.pop(f"once-{kind}", ""))
