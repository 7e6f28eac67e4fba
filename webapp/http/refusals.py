"""Error responses of the API: always JSON of one shape, wherever the request was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.http import HttpRequest, JsonResponse

PREFIX = "/api/"
Problems = Sequence[tuple[str, str]]
MISTAKE = (
    "An error occurred on the server and was logged. Training continues. If it happens again, report what was sent "
    "and when to the administrator of this server."
)
TOO_LARGE = "The body of the request is larger than this server accepts. Send less at once."


def is_for_programs(request: HttpRequest) -> bool:
    """Whether the answer must be JSON: the address is below that of the API, existing or not."""
    return request.path.startswith(PREFIX)


def refusal(
    status: int, detail: str = "", problems: Problems = (), headers: Mapping[str, str] | None = None
) -> JsonResponse:
    """Return the answer with a sentence in ``detail``, and a (path, message) for each wrong field.

    Without a sentence, ``detail`` summarises the problems.
    """
    shown = [{"path": path, "message": message} for path, message in problems]
    return JsonResponse({"detail": detail or _summary(problems), "problems": shown}, status=status, headers=headers)


def _summary(problems: Problems) -> str:
    path, message = problems[0]
    more = f" (and {len(problems) - 1} more, see problems)" if len(problems) > 1 else ""
    return f"{path}: {message}{more}" if path else f"{message}{more}"
