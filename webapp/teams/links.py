"""One-time links: the first account, a sign-in, an invitation. Looking at one never uses it up; only a POST does."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from webapp.teams.models import Invitation, Membership, Role, SignInLink, Team, User

SIGN_IN_LIFETIME = timedelta(days=1)


class LinkSpent(Exception):
    """The link was used, withdrawn or has expired in the meantime."""


def site_address() -> str:
    """Where a browser on this machine finds the site."""
    host = settings.HOST if settings.HOST not in ("0.0.0.0", "::", "") else "localhost"  # noqa: S104 - compares
    return f"{'https' if settings.HTTPS else 'http'}://{f'[{host}]' if ':' in host else host}:{settings.PORT}"


@transaction.atomic
def new_sign_in_link(user: User | None) -> str:
    """The path of a fresh link: to the first account when ``user`` is None. Older unused ones stop working."""
    SignInLink.objects.filter(user=user, used_at=None).delete()
    expiry = {"expires_at": timezone.now() + SIGN_IN_LIFETIME} if user else {}
    _, secret = SignInLink.issue(user=user, **expiry)
    return reverse("sign-in-link" if user else "welcome", args=[secret])


def first_admin() -> User | None:
    """Whom a link without a name signs in: the first admin, else the first person."""
    people = User.objects.filter(is_active=True)
    admins = people.filter(memberships__role=Role.ADMIN)
    return admins.order_by("memberships__created_at").first() or people.order_by("pk").first()


def usable_sign_in_link(secret: str) -> SignInLink | None:
    link = SignInLink.objects.filter(digest=SignInLink.digest_of(secret), user__is_active=True)
    return link.filter(used_at=None, expires_at__gt=timezone.now()).select_related("user").first()


def usable_welcome_link(secret: str) -> SignInLink | None:
    """None also when somebody has an account already: the first account is made once."""
    if User.objects.exists():
        return None
    link = SignInLink.objects.filter(digest=SignInLink.digest_of(secret), user=None)
    return link.filter(used_at=None, expires_at__gt=timezone.now()).first()


def usable_invitation(secret: str) -> Invitation | None:
    invitation = Invitation.objects.filter(digest=Invitation.digest_of(secret), accepted_at=None)
    return invitation.filter(expires_at__gt=timezone.now()).select_related("team", "created_by").first()


def use(link: SignInLink) -> None:
    """Mark the link as used, or raise :class:`LinkSpent` when another request was first."""
    now = timezone.now()
    if not SignInLink.objects.filter(pk=link.pk, used_at=None, expires_at__gt=now).update(used_at=now):
        raise LinkSpent


@transaction.atomic
def accept(invitation: Invitation, user: User) -> Membership:
    """Make ``user`` a member of the invitation's team and look at it, or raise :class:`LinkSpent`."""
    now = timezone.now()
    unused = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, expires_at__gt=now)
    if not unused.update(accepted_at=now, accepted_by=user):
        raise LinkSpent
    membership, _ = Membership.objects.get_or_create(
        team=invitation.team, user=user, defaults={"role": invitation.role}
    )
    look_at(user, invitation.team)
    return membership


@transaction.atomic
def found_team(user: User, name: str) -> Team:
    """A new team with ``user`` as its admin, which they look at from now on."""
    team = Team.objects.create(name=name)
    Membership.objects.create(team=team, user=user, role=Role.ADMIN)
    look_at(user, team)
    return team


def look_at(user: User, team: Team) -> None:
    user.current_team = team
    user.save(update_fields=["current_team"])
