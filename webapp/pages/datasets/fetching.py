"""The dataset that an address names, in the version that it asks for."""

from __future__ import annotations

from django.http import Http404, HttpRequest

from trainer.messages.message import Message
from webapp.datasets.access import find_dataset
from webapp.datasets.models import Dataset
from webapp.datasets.versions import version_of
from webapp.teams.access import team_of


def dataset_or_404(request: HttpRequest, name: str) -> Dataset:
    """The version in ``?version=``, else the newest usable one. Raises ``Http404``."""
    team, given = team_of(request), request.GET.get("version", "")
    if not given:
        found = find_dataset(team, name)
    else:
        found = version_of(team, name, int(given)) if given.isdecimal() and len(given) < 9 else None
    if found is None:
        raise Http404(Message("There is no such dataset."))
    return found
