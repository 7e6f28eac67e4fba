"""How our exceptions become HTTP responses of the API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from trainer.errors import SpecError
from trainer.messages.message import Message, Words, joined
from webapp.checkpoints.availability import FilesGone
from webapp.checkpoints.evaluating import WrongVersion
from webapp.datasets.mending import CorrectionRefused
from webapp.datasets.uploading import Refused
from webapp.http.refusals import TOO_LARGE, refusal
from webapp.jobs.lifecycle import WrongState
from webapp.storage.bucket import StoreUnavailable
from webapp.storage.datasets.examples import NotStored
from webapp.storage.verification import NotVerified
from webapp.ui.commands import manage_command

HOW_TO_AUTHENTICATE = joined(
    Message("Give a valid token in the header “Authorization: Bearer …”."),
    Message("Create one on the account page, or with: {command}", command=manage_command("create_token", "EMAIL")),
)


def install(api: NinjaAPI) -> None:
    """Register a handler with ``api`` for each of our exceptions."""
    api.add_exception_handler(HttpError, _refuse_http)
    api.add_exception_handler(AuthenticationError, _saying(401, HOW_TO_AUTHENTICATE))
    api.add_exception_handler(PermissionDenied, _saying(403))
    api.add_exception_handler(Http404, _saying(404))
    api.add_exception_handler(WrongState, _saying(409))
    api.add_exception_handler(Refused, _saying(409))
    api.add_exception_handler(CorrectionRefused, _saying(409))
    api.add_exception_handler(WrongVersion, _saying(409))
    api.add_exception_handler(FilesGone, _saying(409))
    api.add_exception_handler(NotStored, _saying(409))
    api.add_exception_handler(NotVerified, _saying(409))
    api.add_exception_handler(RequestDataTooBig, _saying(413, TOO_LARGE))
    api.add_exception_handler(StoreUnavailable, _saying(503))
    api.add_exception_handler(SpecError, _refuse_spec)
    api.add_exception_handler(ValidationError, _refuse_request)


def _saying(status: int, sentence: Words = "") -> Callable[[HttpRequest, Any], HttpResponse]:
    def answer(request: HttpRequest, error: Any) -> HttpResponse:
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
        return refusal(status, sentence or str(error), headers=headers)

    return answer


def _refuse_http(request: HttpRequest, error: Any) -> HttpResponse:
    return refusal(error.status_code, str(error))


def _refuse_spec(request: HttpRequest, error: Any) -> HttpResponse:
    return refusal(422, problems=[(problem.name, problem.message) for problem in error.problems])


def _refuse_request(request: HttpRequest, error: Any) -> HttpResponse:
    return refusal(422, problems=[(_path(entry["loc"]), entry["msg"]) for entry in error.errors])


def _path(where: tuple[Any, ...]) -> str:
    """``("body", "body", "experiment")`` is ``experiment`` in what the client sent."""
    place, *rest = where
    return ".".join(str(part) for part in (rest[1:] if place == "body" else rest)) or str(place)
