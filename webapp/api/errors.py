"""Refusals as JSON: problems at their fields, everything else as one sentence."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, ValidationError

from trainer.problems import SpecError
from webapp.checkpoints.store import StoreAway
from webapp.checkpoints.usable import FilesGone
from webapp.checkpoints.verifying import NotVerified
from webapp.commands import manage_command
from webapp.workers.lifecycle import WrongState

HOW_TO_SIGN = (
    "Give a valid token in the header “Authorization: Bearer …”. "
    f"Make one on the account page, or by: {manage_command('create_token', 'EMAIL')}"
)


def install(api: NinjaAPI) -> None:
    """Teach ``api`` what our exceptions mean."""

    def say(status: int, sentence: str = "") -> Any:
        def handle(request: HttpRequest, error: Any) -> HttpResponse:
            return api.create_response(request, {"detail": sentence or str(error)}, status=status)

        return handle

    def refuse_spec(request: HttpRequest, error: Any) -> HttpResponse:
        problems = [{"path": problem.name, "message": problem.message} for problem in error.problems]
        return api.create_response(request, {"problems": problems}, status=422)

    def refuse_request(request: HttpRequest, error: Any) -> HttpResponse:
        problems = [{"path": _path(entry["loc"]), "message": entry["msg"]} for entry in error.errors]
        return api.create_response(request, {"problems": problems}, status=422)

    api.add_exception_handler(AuthenticationError, say(401, HOW_TO_SIGN))
    api.add_exception_handler(PermissionDenied, say(403))
    api.add_exception_handler(Http404, say(404))
    api.add_exception_handler(WrongState, say(409))
    api.add_exception_handler(FilesGone, say(409))
    api.add_exception_handler(NotVerified, say(409))
    api.add_exception_handler(StoreAway, say(503))
    api.add_exception_handler(SpecError, refuse_spec)
    api.add_exception_handler(ValidationError, refuse_request)


def _path(where: tuple[Any, ...]) -> str:
    """``("body", "body", "experiment")`` is ``experiment`` to the one who sent it."""
    place, *rest = where
    return ".".join(str(part) for part in (rest[1:] if place == "body" else rest)) or str(place)
