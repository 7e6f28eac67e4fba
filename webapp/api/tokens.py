"""Bearer tokens: a program acts as a person in one team, and may do what that person may do there now."""

from __future__ import annotations

from django.http import HttpRequest
from ninja.security import HttpBearer

from webapp.teams.models import Membership
from webapp.teams.tokens import holder_of


class Bearer(HttpBearer):
    """``Authorization: Bearer <token>``; cookies are ignored, so a browser cannot be tricked into a request (CSRF)."""

    def authenticate(self, request: HttpRequest, token: str) -> Membership | None:
        return holder_of(token.strip())
