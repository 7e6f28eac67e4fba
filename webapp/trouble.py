"""What people see when the site cannot answer: the database is away for a while, or we made a mistake."""

from __future__ import annotations

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import get_template
from django.views.defaults import server_error

RETRY_SECONDS = 10
# What a database driver says, and what that means for those who look after the site.
REASONS = {
    "is locked": "The database is busy with something that takes long.",
    "lock timeout": "The database is busy with something that takes long.",
    "is full": "The disk of the database is full. Whoever runs this server has to free space.",
    "readonly": "The database can only be read. Whoever runs this server has to look at its disk.",
    "disk i/o error": "The disk of the database reports errors. Whoever runs this server has to look at it.",
    "unable to open": "The file of the database cannot be opened. Whoever runs this server has to look at its disk.",
}
AWAY = "The database does not answer at the moment."


def answer(request: HttpRequest) -> HttpResponse:
    """The answer to a request that raised: 503 while the database is away, else 500. It reads nothing from there."""
    error = sys.exc_info()[1]
    if not isinstance(error, OperationalError | InterfaceError):
        return server_error(request)
    said = str(error).lower()
    reason = next((sentence for words, sentence in REASONS.items() if words in said), AWAY)
    headers = {"Retry-After": str(RETRY_SECONDS), "Cache-Control": "no-store"}
    if request.path.startswith("/api/"):
        sentence = f"{reason} Nothing was carried out; try again in a moment."
        return JsonResponse({"detail": sentence}, status=503, headers=headers)
    # Without the request: what every page knows of it comes from the database.
    shown = {"reason": reason, "is_safe": request.method in {"GET", "HEAD"}, "seconds": RETRY_SECONDS}
    return HttpResponse(get_template("503.html").render(shown), status=503, headers=headers)
