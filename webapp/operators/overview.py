"""What operators see of the site: its people, and its teams with their storage usage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet, Sum

from trainer.messages.message import Message
from webapp.language.sorting import by_name
from webapp.runs.models import Run
from webapp.storage import quota
from webapp.teams.forms import QuotaForm
from webapp.teams.models import Membership, Role, Team, User

STATES = (
    ("", Message("Everyone")),
    ("active", Message("Active")),
    ("deactivated", Message("Deactivated")),
    ("operator", Message("Operators")),
)
FILTERS = {"active": Q(is_active=True), "deactivated": Q(is_active=False), "operator": Q(is_operator=True)}


@dataclass(frozen=True)
class TeamLine:
    """A team, the size of its checkpoints and of its rows in the database, and the form for its quota."""

    team: Team
    members: list[Membership]
    used_bytes: int
    num_runs: int
    num_events: int
    quota_form: QuotaForm

    @property
    def has_admin(self) -> bool:
        """Whether an admin of it can sign in."""
        return any(member.role == Role.ADMIN and member.user.is_active for member in self.members)


def people(wanted: str, state: str) -> QuerySet[User]:
    """Accounts whose name, address or team contains ``wanted``: active ones first, by name."""
    by_team = Membership.objects.filter(user=OuterRef("pk"), team__name__icontains=wanted)
    matches = Q(name__icontains=wanted) | Q(email__icontains=wanted) | Q(Exists(by_team))
    memberships = Prefetch("memberships", Membership.objects.select_related("team").order_by(by_name("team__name")))
    rows = User.objects.filter(FILTERS.get(state, Q()), matches if wanted else Q())
    return rows.prefetch_related(memberships).order_by("-is_active", by_name("name"), "email")


def teams_that_lose_their_admin(person: User) -> list[Team]:
    """Teams in which ``person`` is the only admin with an active account."""
    others = Membership.objects.filter(team=OuterRef("team"), role=Role.ADMIN, user__is_active=True)
    alone = person.memberships.filter(~Exists(others.exclude(user=person)), role=Role.ADMIN)
    return [membership.team for membership in alone.select_related("team")]


def teams(wrong_quota: QuotaForm | None = None) -> list[TeamLine]:
    """Every team by name, in a fixed number of queries; ``wrong_quota`` replaces the form of its team."""
    used = _by_team(quota.stored().values("run__experiment__team").annotate(Sum("size_bytes")))
    rows = Run.objects.values("experiment__team")
    runs, events = _by_team(rows.annotate(Count("pk"))), _by_team(rows.annotate(Sum("last_seq")))
    memberships = Prefetch("memberships", Membership.objects.select_related("user").order_by("created_at"))
    everything = (
        Team.objects.select_related("founded_by").prefetch_related(memberships).order_by(by_name("name"), "created_at")
    )
    return [
        TeamLine(
            team,
            list(team.memberships.all()),
            used.get(team.pk, 0),
            runs.get(team.pk, 0),
            events.get(team.pk, 0),
            wrong_quota if wrong_quota is not None and wrong_quota.team == team else QuotaForm(team),
        )
        for team in everything
    ]


def _by_team(rows: Any) -> dict[Any, int]:
    """``{team's id: number}`` of rows with two values each."""
    return {team: number or 0 for team, number in (row.values() for row in rows)}
