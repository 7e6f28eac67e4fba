"""Choosing the language, also before signing in, and the texts of the scripts in it."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.utils import translation
from django.utils.cache import add_never_cache_headers, patch_cache_control
from django.views.decorators.http import require_POST, require_safe
from django.views.i18n import JavaScriptCatalog

from webapp.language.middleware import keep_in_browser
from webapp.pages.teams.signing_in import A_YEAR, safe_next
from webapp.teams.access import public
from webapp.teams.models import User


@public
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Remember the language for the signed-in person and for this browser."""
    response = HttpResponseRedirect(safe_next(request))
    chosen = request.POST.get("language", "")
    if chosen not in dict(settings.LANGUAGES):
        return response
    if isinstance(request.user, User):
        User.objects.filter(pk=request.user.pk).update(language=chosen)
    keep_in_browser(request, response, chosen)
    return response


@public
@require_safe
def script_texts(request: HttpRequest, code: str, version: str) -> HttpResponseBase:
    """The translations that scripts use. The address has the language and the release, so it is cached for long."""
    if code not in dict(settings.LANGUAGES):
        raise Http404
    with translation.override(code):
        response = JavaScriptCatalog.as_view()(request)
    response["Content-Language"] = code
    if version == settings.TEXTS_VERSION:
        patch_cache_control(response, public=True, max_age=A_YEAR, immutable=True)
    else:
        add_never_cache_headers(response)  # during an update, of another release
    return response
