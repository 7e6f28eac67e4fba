"""Links that grant access: to the first account, a sign-in, an invitation. Only a POST uses one, never a GET."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils import timezone

from webapp.teams.access import operators
from webapp.teams.models import Invitation, Membership, Role, SignInLink, Team, User

SIGN_IN_LIFETIME = timedelta(days=1)


class LinkSpent(Exception):
    """The link was used, withdrawn or has expired in the meantime."""


def site_address() -> str:
    """The address of the site for a browser on this machine."""
    host = settings.HOST if settings.HOST not in ("0.0.0.0", "::", "") else "localhost"  # noqa: S104 - compares
    return f"{'https' if settings.HTTPS else 'http'}://{f'[{host}]' if ':' in host else host}:{settings.PORT}"


@transaction.atomic
def new_sign_in_link(user: User | None) -> str:
    """Return the path of a new link; for the first account if ``user`` is None. Older unused ones stop working."""
    SignInLink.objects.filter(user=user, used_at=None).delete()
    expiry = {"expires_at": timezone.now() + SIGN_IN_LIFETIME} if user else {}
    _, secret = SignInLink.issue(user=user, **expiry)
    return reverse("sign-in-link" if user else "welcome", args=[secret])


def first_admin() -> User | None:
    """The person whom a link without a name signs in: the first operator, else the first admin, else any account."""
    people = User.objects.filter(is_active=True)
    admins = people.filter(memberships__role=Role.ADMIN)
    first_of_admins = admins.order_by("memberships__created_at").first()
    return operators().first() or first_of_admins or people.order_by("pk").first()


def usable_sign_in_link(secret: str) -> SignInLink | None:
    link = SignInLink.objects.filter(digest=SignInLink.digest_of(secret), user__is_active=True)
    return link.filter(used_at=None, expires_at__gt=timezone.now()).select_related("user").first()


def usable_welcome_link(secret: str) -> SignInLink | None:
    """None also if there is an account already, because the first account is created once."""
    if User.objects.exists():
        return None
    link = SignInLink.objects.filter(digest=SignInLink.digest_of(secret), user=None)
    return link.filter(used_at=None, expires_at__gt=timezone.now()).first()


def usable_invitation(secret: str) -> Invitation | None:
    """An invitation by a deactivated account does not work while it is deactivated."""
    invitation = open_invitations().filter(digest=Invitation.digest_of(secret), created_by__is_active=True)
    return invitation.select_related("team", "created_by").first()


def open_invitations() -> QuerySet[Invitation]:
    """Invitations that can still be used."""
    return Invitation.objects.filter(Invitation.has_uses_left(), expires_at__gt=timezone.now())


def use(link: SignInLink) -> None:
    """Mark the link as used, or raise :class:`LinkSpent` if another request was first."""
    now = timezone.now()
    if not SignInLink.objects.filter(pk=link.pk, used_at=None, expires_at__gt=now).update(used_at=now):
        raise LinkSpent


@transaction.atomic
def accept(invitation: Invitation, user: User) -> Membership:
    """Make ``user`` a member of the invitation's team and switch to it, or raise :class:`LinkSpent`."""
    row = open_invitations().filter(pk=invitation.pk)
    if not row.update(uses=F("uses") + 1, accepted_at=timezone.now(), accepted_by=user):
        raise LinkSpent
    membership, is_new = Membership.objects.get_or_create(
        team=invitation.team, user=user, defaults={"role": invitation.role}
    )
    if not is_new:  # a double click uses the invitation once, not twice
        Invitation.objects.filter(pk=invitation.pk).update(uses=F("uses") - 1)
    switch_team(user, invitation.team)
    return membership


@transaction.atomic
def found_team(admin: User, name: str, *, by: User | None = None) -> Team:
    """Create a team with ``admin`` as its only member, on their own behalf or by another person."""
    team = Team.objects.create(name=name, founded_by=by or admin)
    Membership.objects.create(team=team, user=admin, role=Role.ADMIN)
    if by is None or by == admin:
        switch_team(admin, team)
    return team


def switch_team(user: User, team: Team) -> None:
    user.current_team = team
    user.save(update_fields=["current_team"])
