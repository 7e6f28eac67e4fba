"""Quotas: how much space a team uses, how much it may use, and the warnings and refusals near the limit.

Three things take space: the files of checkpoints, the database rows that runs record, and the team's own data.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Max, Q, QuerySet, Sum

from trainer.errors import Problem, SpecError
from trainer.messages.message import NOTHING, Message, joined
from webapp.checkpoints.models import Checkpoint
from webapp.datasets.models import Dataset, Upload
from webapp.jobs.lifecycle import UNFINISHED
from webapp.runs.models import Run
from webapp.teams.models import Team
from webapp.ui.filters import filesize_short

WARNING_SHARE = 0.8


@dataclass(frozen=True)
class Usage:
    """What a team uses, in bytes.

    ``deleted`` is the part of the checkpoints of deleted runs, which is freed automatically later, ``rows`` the
    approximate size of recorded curves and logs in the database, and ``data`` the team's datasets and uploads.
    """

    used: int
    deleted: int
    quota: int | None
    rows: int = 0
    data: int = 0

    @property
    def share(self) -> float:
        """The used share of the quota; 0 without one."""
        return self.used / self.quota if self.quota else 0.0

    @property
    def is_near(self) -> bool:
        return self.share >= WARNING_SHARE

    @property
    def is_over(self) -> bool:
        return self.quota is not None and self.used >= self.quota

    @property
    def is_exceeded(self) -> bool:
        """Whether the team uses more than its quota, so that runs keep only the checkpoints that they must."""
        return self.quota is not None and self.used > self.quota

    @property
    def warning(self) -> Message:
        """A sentence at or above 80 % of the quota; empty below."""
        if not self.is_near or self.quota is None:
            return NOTHING
        sizes = {"used": filesize_short(self.used), "quota": filesize_short(self.quota)}
        if self.is_over:
            return Message(
                "The team takes {used} of {quota}: no run can be launched or resumed until space is freed.", **sizes
            )
        return Message(
            "The team takes {used} of {quota}. At the limit no run can be launched or resumed; free some space.",
            **sizes,
        )


def stored() -> QuerySet[Checkpoint]:
    """Checkpoints that take space, including damaged ones and those of deleted runs."""
    return Checkpoint.objects.filter(purged_at=None)


def stored_bytes(checkpoints: QuerySet[Checkpoint]) -> int:
    """The total size of ``checkpoints``, as recorded when they were saved."""
    return int(checkpoints.filter(purged_at=None).aggregate(total=Sum("size_bytes"))["total"] or 0)


def usage_of(team: Team) -> Usage:
    """The team's usage. Takes four queries."""
    mine = stored().filter(run__experiment__team=team)
    of_deleted = Sum("size_bytes", filter=Q(run__deleted_at__isnull=False))
    files = mine.aggregate(total=Sum("size_bytes"), deleted=of_deleted)
    rows = int(Run.objects.filter(experiment__team=team).aggregate(total=Sum("recorded_bytes"))["total"] or 0)
    data = data_bytes(team)
    return Usage(int(files["total"] or 0) + rows + data, int(files["deleted"] or 0), team.quota_bytes, rows, data)


def data_bytes(team: Team) -> int:
    """What the team's prepared datasets and its files on their way take; the same content counts once."""
    contents = Dataset.objects.filter(team=team).values("content_hash").annotate(size=Max("num_bytes"))
    files = Upload.objects.filter(team=team, dataset=None).aggregate(total=Sum("received_bytes"))
    return sum(content["size"] for content in contents) + int(files["total"] or 0)


def still_needed(team: Team, but: Run | None = None) -> int:
    """Bytes that the team's queued and running runs, except ``but``, will need beyond what they take now."""
    runs = Run.objects.filter(experiment__team=team, state__in=UNFINISHED)
    runs = runs if but is None else runs.exclude(pk=but.pk)
    stored_size = Sum("checkpoints__size_bytes", filter=Q(checkpoints__purged_at=None))
    rows = runs.annotate(size=stored_size).values_list("promised_bytes", "recorded_bytes", "size")
    return sum(max(0, promised - recorded - (size or 0)) for promised, recorded, size in rows)


def warning_of(team: Team, more: int) -> Message:
    """A sentence when the last ``more`` bytes brought the team to 80 % or 100 % of its quota; empty otherwise."""
    usage = usage_of(team)
    if usage.quota is None:
        return NOTHING
    limits = (WARNING_SHARE * usage.quota, usage.quota)
    return usage.warning if any(usage.used - more < limit <= usage.used for limit in limits) else NOTHING


def refuse_beyond_quota(team: Team, more: int, but: Run | None = None) -> None:
    """Raise :class:`SpecError` when the quota has no room for ``more`` bytes beside what is promised to other runs.

    ``but`` is the requesting run, if it already exists. Lock the team's row first, so that two requests cannot both
    get the last bytes.
    """
    if team.quota_bytes is None:
        return
    usage, promised = usage_of(team), still_needed(team, but)
    if usage.is_over or usage.used + promised + more > team.quota_bytes:
        raise SpecError([Problem((), _refusal(usage, team.quota_bytes, promised, more))])


def _refusal(usage: Usage, quota: int, promised: int, more: int) -> Message:
    advice = Message("Free space on the checkpoints page, or ask an operator of this site for a larger quota.")
    if usage.is_over:
        return joined(_used_up(usage, quota), advice)
    return joined(_no_room(usage, quota, promised, more), Message("Keep fewer checkpoints."), advice)


def _used_up(usage: Usage, quota: int) -> Message:
    sizes = {"used": filesize_short(usage.used), "quota": filesize_short(quota)}
    if not usage.deleted:
        return Message("The team's checkpoints, curves and data take {used}; its quota is {quota}.", **sizes)
    return Message(
        "The team's checkpoints, curves and data take {used}, {deleted} of them of deleted runs; its quota is {quota}.",
        **sizes,
        deleted=filesize_short(usage.deleted),
    )


def _no_room(usage: Usage, quota: int, promised: int, more: int) -> Message:
    sizes = {"more": filesize_short(more), "used": filesize_short(usage.used), "quota": filesize_short(quota)}
    if not promised:
        return Message(
            "This run may need {more} for its checkpoints and curves, but the team takes {used} of its quota of "
            "{quota}.",
            **sizes,
        )
    return Message(
        "This run may need {more} for its checkpoints and curves, but the team takes {used} of its quota of {quota} "
        "and its queued and running runs will still need {promised}.",
        **sizes,
        promised=filesize_short(promised),
    )
