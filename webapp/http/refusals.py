"""What the API answers when it does not do what was asked: always JSON of one shape, wherever it was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.http import HttpRequest, JsonResponse

PREFIX = "/api/"
Problems = Sequence[tuple[str, str]]
MISTAKE = (
    "The server made a mistake and wrote it into its log. Training goes on undisturbed. If it happens again, tell "
    "the people who run this server what was sent and when."
)
TOO_LARGE = "The body of the request is larger than this server accepts. Send less at once."


def is_for_programs(request: HttpRequest) -> bool:
    """Whether the answer must be JSON: the caller used an address of the API, one that there is or not."""
    return request.path.startswith(PREFIX)


def refusal(
    status: int, detail: str = "", problems: Problems = (), headers: Mapping[str, str] | None = None
) -> JsonResponse:
    """The answer with a sentence in ``detail``, and a (path, message) for each field that is wrong.

    Without a sentence the problems give it.
    """
    shown = [{"path": path, "message": message} for path, message in problems]
    return JsonResponse({"detail": detail or _summary(problems), "problems": shown}, status=status, headers=headers)


def _summary(problems: Problems) -> str:
    path, message = problems[0]
    more = f" (and {len(problems) - 1} more, see problems)" if len(problems) > 1 else ""
    return f"{path}: {message}{more}" if path else f"{message}{more}"
