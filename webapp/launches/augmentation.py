"""Asking a worker what an augmentation makes of the real pictures, while its fields are changed."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import DurationField, Value
from django.db.models.functions import Now
from django.shortcuts import get_object_or_404

from trainer.spec import Augmentation
from webapp.datasets.models import Dataset
from webapp.jobs.dispatch import notify_workers
from webapp.jobs.lifecycle import ENDED, UNFINISHED
from webapp.jobs.models import JobState
from webapp.launches.models import AugmentationPreview
from webapp.teams.access import check
from webapp.teams.models import Role, Team

KEPT = timedelta(hours=1)


def ask(team: Team, person: Any, dataset: Dataset, asked: Augmentation) -> AugmentationPreview:
    """Queue a preview of ``asked``; returns the one that the person has already, if it did not fail.

    What the person asked before and no worker has answered is dropped: a worker that is at it loses the job. Answers
    stay, because another tab may still show them.
    """
    augmentation = asked.model_dump(mode="json")
    content = [str(dataset.pk), dataset.content_hash, augmentation]
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    mine = AugmentationPreview.objects.filter(team=team, person=person)
    known = mine.filter(digest=digest, state__in=(*UNFINISHED, JobState.FINISHED)).first()
    if known is not None:
        return known
    with transaction.atomic():
        mine.filter(state__in=UNFINISHED).delete()
        preview = AugmentationPreview.objects.create(
            team=team, person=person, dataset=dataset, augmentation=augmentation, digest=digest
        )
        notify_workers(preview)
    return preview


def preview_of_id(user: Any, id: UUID) -> AugmentationPreview:
    """The preview, for members of its team; raises ``Http404`` when it is not theirs or no longer kept."""
    preview = get_object_or_404(AugmentationPreview.objects.select_related("team", "dataset"), id=id)
    check(user, preview.team, Role.MEMBER)
    return preview


def forget_old_previews() -> None:
    """Remove previews that nobody looks at any more. Called by the reconciler."""
    before = Now() - Value(KEPT, output_field=DurationField())
    AugmentationPreview.objects.filter(state__in=ENDED, created_at__lt=before).delete()
