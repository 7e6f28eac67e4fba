"""Throttles password guessing by counting wrong passwords in the database.

Within fifteen minutes there may be five wrong passwords for one account from one origin, fifty from one network
address for any accounts, and fifty for one account from any addresses. After that, further guesses are refused until
the oldest of them is fifteen minutes old.

A guess is counted as wrong before it is checked, and uncounted if it was right: otherwise simultaneous guesses would
all be checked before the first of them is counted.

A browser that has signed in to the account before is an origin of its own, by a signed cookie, and only the limit of
five applies to it: others at the same address, such as all users behind a proxy, cannot lock it out. This is the
device cookie of OWASP, https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies.
"""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.core import signing
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.crypto import salted_hmac

from trainer.errors import Explained
from trainer.messages.message import Message
from webapp.teams.models import SignInFailure, User

WINDOW = timedelta(minutes=15)
PER_ORIGIN = 5
PER_ADDRESS = 50
PER_ACCOUNT = 50

COOKIE = "known-browser"
COOKIE_AGE = timedelta(days=365)
BROWSER = "browser:"


class TooManyGuesses(Explained):
    """Too many wrong passwords; the message says when to try again."""

    def __init__(self, minutes: int) -> None:
        self.minutes = minutes
        super().__init__(
            Message(
                "Too many wrong passwords. Try again in {count} minute.",
                plural="Too many wrong passwords. Try again in {count} minutes.",
                count=minutes,
            )
        )

    @property
    def at_sign_in(self) -> Message:
        """The same, where a link is another way in."""
        return Message(
            "Too many wrong passwords. Try again in {count} minute, or use a sign-in link.",
            plural="Too many wrong passwords. Try again in {count} minutes, or use a sign-in link.",
            count=self.minutes,
        )


def count_guess(request: HttpRequest, email: str) -> SignInFailure:
    """Count a guess as wrong before it is checked; :func:`was_right` takes it back.

    Raises :class:`TooManyGuesses` if it must not be checked. It must not be called within a transaction, because other
    requests have to see the row at once.
    """
    SignInFailure.objects.filter(at__lt=timezone.now() - WINDOW).delete()
    guess = SignInFailure.objects.create(email=email.lower()[:254], address=origin_of(request, email))
    minutes = minutes_to_wait(guess)
    if minutes:
        guess.delete()
        raise TooManyGuesses(minutes)
    return guess


def was_right(guess: SignInFailure) -> None:
    """After the right password, the person's earlier mistakes no longer count."""
    SignInFailure.objects.filter(email=guess.email, address=guess.address).delete()


def minutes_to_wait(guess: SignInFailure) -> int:
    """0 if ``guess`` may be checked, else the whole minutes until one may be."""
    others = SignInFailure.objects.filter(at__gt=timezone.now() - WINDOW).exclude(pk=guess.pk)
    of_account = others.filter(email=guess.email)
    limits = [(of_account.filter(address=guess.address), PER_ORIGIN)]
    if not guess.address.startswith(BROWSER):
        limits += [(others.filter(address=guess.address), PER_ADDRESS), (of_account, PER_ACCOUNT)]
    return max(wait_of(failures, limit) for failures, limit in limits)


def wait_of(failures: QuerySet[SignInFailure], limit: int) -> int:
    """Minutes until fewer than ``limit`` of ``failures`` are in the window."""
    blocking = failures.order_by("-at").values_list("at", flat=True)[limit - 1 : limit]
    if not blocking:
        return 0
    return max(1, -int(-(blocking[0] + WINDOW - timezone.now()).total_seconds() // 60))


def origin_of(request: HttpRequest, email: str) -> str:
    """The browser if it has signed in to this account before, else the network address."""
    try:
        known = signing.loads(request.COOKIES.get(COOKIE, ""), salt=COOKIE, max_age=COOKIE_AGE)
    except signing.BadSignature:
        known = {}
    if known.get("account") == fingerprint_of(email):
        return f"{BROWSER}{known['browser']}"
    return str(request.META.get("REMOTE_ADDR", ""))[: SignInFailure.ADDRESS_LENGTH]


def fingerprint_of(email: str) -> str:
    """Identifies the account in the cookie, which other people at the same computer may read."""
    return salted_hmac(COOKIE, email.lower()).hexdigest()[:32]


def remember_browser(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Set the cookie that distinguishes later guesses in this browser from those of strangers."""
    value = signing.dumps({"account": fingerprint_of(user.email), "browser": secrets.token_urlsafe(16)}, salt=COOKIE)
    response.set_cookie(COOKIE, value, max_age=COOKIE_AGE, httponly=True, samesite="Lax", secure=request.is_secure())
