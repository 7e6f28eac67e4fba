"""The datasets that Trainyard brings as rows, which all teams share."""

from __future__ import annotations

from typing import Any

from trainer.data.bundled.catalog import CATALOG
from webapp.datasets.models import Dataset
from webapp.jobs.models import JobState


def record_shared_datasets(**_: Any) -> None:
    """Add the datasets of this release, and the facts as they are in this release. Called after every migration."""
    known = {row.name: row for row in Dataset.objects.filter(team=None, version=1).defer("summary")}
    missing = [facts for name, facts in CATALOG.items() if name not in known]
    rows = [Dataset(name=facts.name, facts=facts, state=JobState.STOPPED) for facts in missing]
    Dataset.objects.bulk_create(rows, ignore_conflicts=True)
    for name, row in known.items():
        if name in CATALOG and row.facts != CATALOG[name]:
            Dataset.objects.filter(pk=row.pk).update(facts=CATALOG[name])
