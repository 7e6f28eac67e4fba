"""Which runs a comparison shows, from its query string."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, QueryDict
from django.urls import reverse

from trainer.messages.message import Message
from webapp.runs.access import get_run
from webapp.runs.models import Run

MOST = 10  # as many as there are distinguishable colours


@dataclass(frozen=True)
class Selection:
    """The parsed query string. ``metric`` is a family such as "loss", "" for all; ``all`` shows equal values too."""

    runs: list[Run] = field(default_factory=list)
    base: Run | None = None
    metric: str = ""
    all: bool = False
    num_beyond: int = 0
    num_deleted: int = 0

    def address(self, **changes: Any) -> str:
        """Return the address of this comparison with ``changes``: ``runs``, ``base``, ``metric``, ``all``."""
        runs = changes.get("runs", self.runs)
        base: Run | None = changes.get("base", self.base)
        first = runs[0] if runs else None
        values = {
            "runs": ",".join(str(run.id) for run in runs),
            "base": str(base.id) if base is not None and base in runs and base != first else "",
            "metric": changes.get("metric", self.metric),
            "all": "1" if changes.get("all", self.all) else "",
        }
        return reverse("compare") + "?" + urlencode({name: value for name, value in values.items() if value}, safe=",")

    def without(self, run: Run) -> str:
        return self.address(runs=[other for other in self.runs if other != run])

    def based_on(self, run: Run) -> str:
        return self.address(base=run)


def selection_of(user: Any, query: QueryDict) -> Selection:
    """Fetch the runs of an address with the access check. Raises ``Http404`` for runs that the person may not see."""
    ids = chosen_ids(query)
    found = [get_run(user, id, deleted=True) for id in ids]
    runs = [run for run in found if run.deleted_at is None]
    base = query.get("base", "")
    return Selection(
        runs=runs[:MOST],
        base=next((run for run in runs[:MOST] if str(run.id) == base), runs[0] if runs else None),
        metric=query.get("metric", "")[:64],
        all=query.get("all") == "1",
        num_beyond=max(0, len(runs) - MOST),
        num_deleted=len(found) - len(runs),
    )


def chosen_ids(query: QueryDict) -> list[uuid.UUID]:
    """The ids in ``runs``, separated by commas or repeated: each once, in order."""
    texts = [text.strip() for value in query.getlist("runs") for text in value.split(",") if text.strip()]
    try:
        return list(dict.fromkeys(uuid.UUID(text) for text in texts))
    except ValueError:
        raise Http404(Message("The address contains an invalid run id. Choose the runs in the list.")) from None


def is_canonical(query: QueryDict) -> bool:
    """Whether the address is in its short form for sharing; forms send ``runs`` several times."""
    return len(query.getlist("runs")) <= 1 and "add" not in query
