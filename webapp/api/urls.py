"""``/api/v1/…``. Every operation requires a token; the two descriptions of the API are public."""

from __future__ import annotations

from django.urls import URLPattern, path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from webapp.api.contract import with_json_refusals
from webapp.api.docs import docs
from webapp.api.root import api
from webapp.teams.access import PUBLIC, public

# What AccessMiddleware finds on an operation: its rule is the bearer token (webapp/api/tokens.py), and each operation
# checks the role (webapp/api/access.py).
TOKEN = "token"  # noqa: S105 - the name of a rule
DESCRIPTIONS = {"openapi-json": PUBLIC, "api-root": PUBLIC}


def _with_rule(pattern: URLPattern) -> URLPattern:
    view = require_safe(pattern.callback) if pattern.name in DESCRIPTIONS else pattern.callback
    pattern.callback = with_json_refusals(view)
    pattern.callback.rule = DESCRIPTIONS.get(pattern.name or "", TOKEN)  # type: ignore[attr-defined]
    return pattern


operations, ninja_app, namespace = api.urls
urlpatterns = [
    path("docs/", docs, name="api-docs"),
    path("", public(RedirectView.as_view(pattern_name="api-docs")), name="api-home"),
    path("", ([_with_rule(pattern) for pattern in operations], ninja_app, namespace)),  # type: ignore[arg-type]
]
