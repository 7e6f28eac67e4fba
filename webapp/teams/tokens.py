"""Bearer tokens: authentication of programs."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from webapp.teams.models import ApiToken, Membership

# Often enough to show whether a token is in use, without a write for every request.
LAST_USED_STEP = timedelta(minutes=1)


def holder_of(secret: str) -> Membership | None:
    """Return the membership that the token acts for, or None: unknown, revoked, or no longer a member."""
    token = ApiToken.objects.filter(digest=ApiToken.digest_of(secret), user__is_active=True).first()
    if token is None:
        return None
    membership = (
        Membership.objects.filter(team=token.team_id, user=token.user_id).select_related("team", "user").first()
    )
    if membership is not None:
        note_use(token)
    return membership


def note_use(token: ApiToken) -> None:
    now = timezone.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - LAST_USED_STEP)
    ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
