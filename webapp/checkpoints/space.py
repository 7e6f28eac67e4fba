"""How much space a team's checkpoints take, how much they may, and what is said when that comes to an end."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet, Sum

from trainer.refusals import Problem, SpecError
from webapp.checkpoints.models import Checkpoint
from webapp.teams.models import Team
from webapp.teams.templatetags.pages import filesize_short

WARNING_SHARE = 0.8


@dataclass(frozen=True)
class Usage:
    """What a team's checkpoints take; ``deleted`` is the part of deleted runs, which goes by itself later."""

    used: int
    deleted: int
    quota: int | None

    @property
    def share(self) -> float:
        """Of the quota; 0 without one."""
        return self.used / self.quota if self.quota else 0.0

    @property
    def is_near(self) -> bool:
        return self.share >= WARNING_SHARE

    @property
    def is_over(self) -> bool:
        return self.quota is not None and self.used >= self.quota

    @property
    def warning(self) -> str:
        """A sentence from 80 % of the quota on; "" below."""
        if not self.is_near or self.quota is None:
            return ""
        sizes = f"{filesize_short(self.used)} of {filesize_short(self.quota)}"
        if self.is_over:
            return f"The team's checkpoints take {sizes}: no run can be launched until space is freed."
        return f"The team's checkpoints take {sizes}. At the limit no run can be launched any more; free some space."


def stored() -> QuerySet[Checkpoint]:
    """Checkpoints that take space: damaged ones and those of deleted runs do, too."""
    return Checkpoint.objects.filter(purged_at=None)


def bytes_of(checkpoints: QuerySet[Checkpoint]) -> int:
    """What ``checkpoints`` take together, by what was recorded when they were saved."""
    return int(checkpoints.filter(purged_at=None).aggregate(total=Sum("size_bytes"))["total"] or 0)


def usage_of(team: Team) -> Usage:
    """How the team stands."""
    mine = stored().filter(run__experiment__team=team)
    return Usage(bytes_of(mine), bytes_of(mine.filter(run__deleted_at__isnull=False)), team.quota_bytes)


def warning_of(team: Team, more: int) -> str:
    """A sentence when ``more`` bytes that came just now brought the team to 80 % of its quota, or to all of it."""
    usage = usage_of(team)
    if usage.quota is None:
        return ""
    limits = (WARNING_SHARE * usage.quota, usage.quota)
    return usage.warning if any(usage.used - more < limit <= usage.used for limit in limits) else ""


def refuse_when_full(team: Team) -> None:
    """Raise :class:`SpecError` when the team has no space left for another run. Runs that train go on."""
    usage = usage_of(team)
    if usage.is_over:
        of_deleted = f", {filesize_short(usage.deleted)} of them of deleted runs" if usage.deleted else ""
        message = (
            f"The team's checkpoints take {filesize_short(usage.used)}{of_deleted}; its quota is "
            f"{filesize_short(usage.quota)}. Free space on the checkpoints page, or ask an admin for a larger quota."
        )
        raise SpecError([Problem((), message)])
