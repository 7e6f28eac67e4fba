"""Secrets that the next page shows once: kept in the session between the POST and the page that follows."""

from __future__ import annotations

from django.http import HttpRequest


def keep(request: HttpRequest, kind: str, secret: str) -> None:
    request.session[f"once-{kind}"] = secret


def take(request: HttpRequest, kind: str) -> str:
    """Remove and return the secret; "" if there is none."""
    return str(request.session.pop(f"once-{kind}", ""))
