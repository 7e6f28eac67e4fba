"""Slows the guessing of passwords by counting wrong ones in the database.

Five wrong passwords for one e-mail address from one network address, or fifty from one network address for
whatever accounts, within fifteen minutes: sign-in waits until the oldest of them is fifteen minutes old. Others
who sign in to the same account from elsewhere are not locked out. Behind a proxy, the server must be told to trust
the proxy's forwarded addresses; otherwise all people share the proxy's count of fifty.
"""

from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from webapp.teams.models import SignInFailure

WINDOW = timedelta(minutes=15)
PER_ACCOUNT = 5
PER_ADDRESS = 50


def minutes_to_wait(request: HttpRequest, email: str) -> int:
    """0 when the person may try now, else the whole minutes until they may."""
    from_here = SignInFailure.objects.filter(address=address_of(request), at__gt=timezone.now() - WINDOW)
    waits = (wait_of(from_here.filter(email=email.lower()), PER_ACCOUNT), wait_of(from_here, PER_ADDRESS))
    return max(waits)


def wait_of(failures: QuerySet[SignInFailure], limit: int) -> int:
    """Minutes until fewer than ``limit`` of ``failures`` are in the window."""
    blocking = failures.order_by("-at").values_list("at", flat=True)[limit - 1 : limit]
    if not blocking:
        return 0
    return max(1, -int(-(blocking[0] + WINDOW - timezone.now()).total_seconds() // 60))


def note_failure(request: HttpRequest, email: str) -> None:
    """Count a wrong password, and forget those that no longer count."""
    SignInFailure.objects.filter(at__lt=timezone.now() - WINDOW).delete()
    SignInFailure.objects.create(email=email.lower()[:254], address=address_of(request))


def forget_failures(request: HttpRequest, email: str) -> None:
    """After a right password the person's own slips no longer count."""
    SignInFailure.objects.filter(email=email.lower(), address=address_of(request)).delete()


def address_of(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))[:64]
