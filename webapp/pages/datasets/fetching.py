"""The dataset that an address names, in the version that it asks for."""

from __future__ import annotations

from django.http import HttpRequest

from webapp.datasets.access import get_dataset, get_version
from webapp.datasets.models import Dataset
from webapp.http.numbers import whole_number
from webapp.teams.access import team_of


def dataset_or_404(request: HttpRequest, name: str) -> Dataset:
    """The version in ``?version=``, else the newest usable one. Raises ``Http404``."""
    team, given = team_of(request), request.GET.get("version", "")
    return get_version(team, name, whole_number(given, digits=8)) if given else get_dataset(team, name)
