"""What people see when the site cannot answer: the database is away for a while, or we made a mistake."""

from __future__ import annotations

import sys

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.views import defaults

from webapp.http.refusals import MISTAKE, TOO_LARGE, is_for_programs, refusal

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


def server_error(request: HttpRequest) -> HttpResponse:
    """The answer to a request that raised: 503 while the database is away, else 500. It reads nothing from there."""
    error = sys.exc_info()[1]
    if not isinstance(error, OperationalError | InterfaceError):
        return refusal(500, MISTAKE) if is_for_programs(request) else defaults.server_error(request)
    said = str(error).lower()
    reason = next((sentence for words, sentence in REASONS.items() if words in said), AWAY)
    headers = {"Retry-After": str(RETRY_SECONDS), "Cache-Control": "no-store"}
    if is_for_programs(request):
        return refusal(503, f"{reason} Nothing was carried out; try again in a moment.", headers=headers)
    # Without the request: what every page knows of it comes from the database.
    shown = {"reason": reason, "is_safe": request.method in {"GET", "HEAD"}, "seconds": RETRY_SECONDS}
    return HttpResponse(get_template("503.html").render(shown), status=503, headers=headers)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The answer to an address that leads nowhere."""
    if is_for_programs(request):
        return refusal(404, "There is nothing at this address. An id looks like 6ba7b810-9dad-11d1-80b4-00c04fd430c8.")
    return defaults.page_not_found(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The answer to a request that its sender may not make."""
    return refusal(403, str(exception)) if is_for_programs(request) else defaults.permission_denied(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The answer to a request that cannot be read: 413 when there is too much of it, else 400."""
    is_too_large = isinstance(exception, RequestDataTooBig)
    status, sentence = (413, TOO_LARGE) if is_too_large else (400, "The request cannot be read.")
    if is_for_programs(request):
        return refusal(status, sentence)
    return HttpResponse(get_template("refused.html").render({"sentence": sentence}), status=status)
