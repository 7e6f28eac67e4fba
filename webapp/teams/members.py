"""All changes of memberships and roles. A team always keeps an admin."""

from __future__ import annotations

from django.db import transaction

from trainer.errors import Explained
from trainer.messages.message import Message
from webapp.teams.models import ApiToken, Invitation, Membership, Role, Team


class LastAdmin(Explained):
    """The change would leave the team without an admin."""

    def __init__(self, membership: Membership) -> None:
        super().__init__(
            Message(
                "{person} is the only admin of {team}. Make another member an admin first.",
                person=str(membership.user),
                team=str(membership.team),
            )
        )


@transaction.atomic
def change_role(membership: Membership, role: Role) -> None:
    """Change the member's role, effective at once. Raises :class:`LastAdmin` for the last admin."""
    current = lock(membership)
    if role != Role.ADMIN:
        keep_an_admin(current)
        withdraw_invitations(current)
    current.role = role
    current.save(update_fields=["role"])


@transaction.atomic
def remove(membership: Membership) -> None:
    """Remove the member, their tokens and open invitations. Raises :class:`LastAdmin` for the last admin.

    Every page and token checks the membership again, so this takes effect at once; an open socket checks it every
    few seconds.
    """
    current = lock(membership)
    keep_an_admin(current)
    withdraw_invitations(current)
    ApiToken.objects.filter(team=current.team, user=current.user).delete()
    current.delete()


def lock(membership: Membership) -> Membership:
    """The row as it is now, with the team locked: two admins who demote each other must not both succeed."""
    Team.objects.select_for_update().get(pk=membership.team_id)
    return Membership.objects.select_related("team", "user").get(pk=membership.pk)


def keep_an_admin(membership: Membership) -> None:
    others = Membership.objects.filter(team=membership.team, role=Role.ADMIN, user__is_active=True)
    if membership.role == Role.ADMIN and not others.exclude(pk=membership.pk).exists():
        raise LastAdmin(membership)


def withdraw_invitations(membership: Membership) -> None:
    """Links that a person created as admin must not outlive that role."""
    made = Invitation.objects.filter(team=membership.team, created_by=membership.user)
    made.filter(Invitation.has_uses_left()).delete()
