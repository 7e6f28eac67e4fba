"""Error responses of the API: always JSON of one shape, wherever the request was refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.http import HttpRequest, JsonResponse

from trainer.messages.message import Message, Words

PREFIX = "/api/"
Problems = Sequence[tuple[str, Words]]
MISTAKE = Message(
    "An error occurred on the server and was logged. Training continues. If it happens again, report what was sent "
    "and when to the administrator of this server."
)
TOO_LARGE = Message("The body of the request is larger than this server accepts. Send less at once.")


def is_for_programs(request: HttpRequest) -> bool:
    """Whether the answer must be JSON: the address is below that of the API, existing or not."""
    return request.path.startswith(PREFIX)


def refusal(
    status: int, detail: Words = "", problems: Problems = (), headers: Mapping[str, str] | None = None
) -> JsonResponse:
    """Return the answer with a sentence in ``detail``, and a (path, message) for each wrong field.

    Without a sentence, ``detail`` summarises the problems.
    """
    shown = [{"path": path, "message": str(message)} for path, message in problems]
    content = {"detail": str(detail or _summary(problems)), "problems": shown}
    return JsonResponse(content, status=status, headers=headers)


def _summary(problems: Problems) -> Words:
    path, message = problems[0]
    first = Message("{field}: {problem}", field=path, problem=message) if path else message
    num_more = len(problems) - 1
    return Message("{problem} (and {count} more, see problems)", problem=first, count=num_more) if num_more else first
