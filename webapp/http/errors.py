"""Error pages: the database is unavailable, or there is a bug."""

from __future__ import annotations

import sys

from django.core.exceptions import RequestDataTooBig
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import get_template
from django.utils import translation
from django.views import defaults

from trainer.messages.message import Message, joined
from webapp.http.refusals import MISTAKE, TOO_LARGE, is_for_programs, refusal

RETRY_SECONDS = 10
# Messages of database drivers, and what they mean for the administrator.
REASONS = {
    "is locked": Message("The database is busy with a long operation."),
    "lock timeout": Message("The database is busy with a long operation."),
    "is full": Message("The disk of the database is full. The administrator of this server has to free space."),
    "readonly": Message("The database is read-only. The administrator of this server has to check its disk."),
    "disk i/o error": Message(
        "The disk of the database reports errors. The administrator of this server has to check it."
    ),
    "unable to open": Message("The file of the database cannot be opened. The administrator has to check its disk."),
}
UNAVAILABLE = Message("The database does not answer at the moment.")


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer a request that raised: 503 if the database is unavailable, else 500. Queries nothing."""
    error = sys.exc_info()[1]
    if not isinstance(error, OperationalError | InterfaceError):
        return refusal(500, MISTAKE) if is_for_programs(request) else defaults.server_error(request)
    # The database may have failed before the person's own language was known.
    with translation.override(translation.get_language_from_request(request)):
        return _unavailable(request, str(error).lower())


def _unavailable(request: HttpRequest, message: str) -> HttpResponse:
    reason = next((sentence for words, sentence in REASONS.items() if words in message), UNAVAILABLE)
    headers = {"Retry-After": str(RETRY_SECONDS), "Cache-Control": "no-store"}
    if is_for_programs(request):
        nothing_done = Message("Nothing was carried out; try again in a moment.")
        return refusal(503, joined(reason, nothing_done), headers=headers)
    # Rendered without the request, because the context processors query the database.
    shown = {"reason": reason, "is_safe": request.method in {"GET", "HEAD"}, "seconds": RETRY_SECONDS}
    return HttpResponse(get_template("503.html").render(shown), status=503, headers=headers)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request for an unknown address."""
    if is_for_programs(request):
        example = "6ba7b810-9dad-11d1-80b4-00c04fd430c8"
        return refusal(404, Message("There is nothing at this address. An id looks like {id}.", id=example))
    return defaults.page_not_found(request, exception)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that its sender may not make."""
    return refusal(403, str(exception)) if is_for_programs(request) else defaults.permission_denied(request, exception)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that cannot be read: 413 if it is too large, else 400."""
    is_too_large = isinstance(exception, RequestDataTooBig)
    status, sentence = (413, TOO_LARGE) if is_too_large else (400, Message("The request cannot be read."))
    if is_for_programs(request):
        return refusal(status, sentence)
    return HttpResponse(get_template("refused.html").render({"sentence": sentence}), status=status)
