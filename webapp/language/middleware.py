"""The language of a request: that of the person, else the one chosen in this browser, else the browser's own."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.cache import patch_vary_headers

API = "/api/"
COOKIE_SECONDS = 365 * 86400


class LanguageMiddleware:
    """Activates the language of a request; a signed-in person's stays in the browser when they sign out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Not undone afterwards, as in Django's own middleware: pages about errors are written outside of this one, and
        # first by the browser alone, because the person may be in a database that is unavailable.
        translation.activate(asked_language(request))
        if own := language_of_person(request):
            translation.activate(own)
        response = self.get_response(request)
        patch_vary_headers(response, ["Accept-Language", "Cookie"])
        response.setdefault("Content-Language", translation.get_language())
        is_for_all = "public" in response.headers.get("Cache-Control", "")
        if own and request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) != own and not is_for_all:
            keep_in_browser(request, response, own)
        return response


def asked_language(request: HttpRequest) -> str:
    """What this browser chose or asks for; a program only asks."""
    if not request.path.startswith(API):
        return translation.get_language_from_request(request)
    program = HttpRequest()
    program.META["HTTP_ACCEPT_LANGUAGE"] = request.headers.get("Accept-Language", "")
    return translation.get_language_from_request(program)


def language_of_person(request: HttpRequest) -> str:
    """What the signed-in person chose, "" if nothing; programs ask by ``Accept-Language`` instead."""
    own = "" if request.path.startswith(API) else getattr(request.user, "language", "")
    return own if own in dict(settings.LANGUAGES) else ""


def keep_in_browser(request: HttpRequest, response: HttpResponse, chosen: str) -> None:
    """Remember ``chosen`` in this browser, for pages before sign-in and after sign-out."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        chosen,
        max_age=COOKIE_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure(),
    )
