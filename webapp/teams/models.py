"""People, teams, roles, and the secrets that grant access to people and programs."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from datetime import timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from webapp.language.fields import MessageField


class UserManager(BaseUserManager["User"]):
    """Creates users identified by their e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, is_operator=True, **fields)


class User(AbstractUser):
    """A person, identified by an e-mail address."""

    username = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(max_length=100, blank=True)
    # The person's current team.
    current_team = models.ForeignKey("Team", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # Operates the site: accounts, quotas, who may create teams. Gives no access to the work of a team.
    is_operator = models.BooleanField(default=False)
    # Part of the session hash: raising it ends all sessions.
    session_generation = models.PositiveIntegerField(default=0)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    # A code of settings.LANGUAGES; empty: that of the browser.
    language = models.CharField(max_length=10, blank=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[UserManager] = UserManager()  # type: ignore[assignment]

    def __str__(self) -> str:
        return self.name or self.email

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        """Django's hash, varied by generation; the first is Django's own, so that old sessions stay valid."""
        by_password: str = super()._get_session_auth_hash(secret=secret)  # type: ignore[misc]
        if not self.session_generation:
            return by_password
        generation = f"{by_password} {self.session_generation}"
        return salted_hmac("webapp.teams.session_generation", generation, secret=secret).hexdigest()


# Bounds of a quota in bytes: less holds no checkpoint, more is no real limit.
SMALLEST_QUOTA, LARGEST_QUOTA = 10**6, 10**15


class Team(models.Model):
    """People who share experiments, runs and checkpoints; other teams see none of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=100)
    created_at = models.DateTimeField(auto_now_add=True)
    # Limit on the total size of its checkpoints; None: no limit.
    quota_bytes = models.PositiveBigIntegerField(null=True, blank=True)
    founded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    def __str__(self) -> str:
        return self.name

    def limit_space(self, quota_bytes: int | None) -> None:
        """Set the limit on the total size of its checkpoints; ``None`` lifts it."""
        self.quota_bytes = quota_bytes
        self.save(update_fields=["quota_bytes"])


class Role(models.TextChoices):
    """What a person may do in a team. Later roles may do all that earlier ones may."""

    VIEWER = "viewer", _("Viewer")
    MEMBER = "member", _("Member")
    ADMIN = "admin", _("Admin")

    def allows(self, needed: Role) -> bool:
        order = list(Role)
        return order.index(self) >= order.index(needed)


class Membership(models.Model):
    """A person's place in a team."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("team", "user"), name="one_membership_per_team"),)

    def __str__(self) -> str:
        return f"{self.user} ({self.role})"

    def allows(self, needed: Role) -> bool:
        return Role(self.role).allows(needed)


class Secret(models.Model):
    """A random secret shown once; the database keeps only its SHA-256."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    @staticmethod
    def digest_of(secret: str) -> str:
        return hashlib.sha256(secret.encode()).hexdigest()

    @classmethod
    def issue(cls, **fields: Any) -> tuple[Self, str]:
        """Create a row for a new secret; returns the row and the secret itself, which is not kept."""
        secret = secrets.token_urlsafe(24)
        return cls._default_manager.create(digest=cls.digest_of(secret), **fields), secret


def a_week_from_now() -> Any:
    return timezone.now() + timedelta(days=7)


class Invitation(Secret):
    """A link for joining a team, for one person or several."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.MEMBER)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    expires_at = models.DateTimeField(default=a_week_from_now)
    max_uses = models.PositiveIntegerField(default=1)
    uses = models.PositiveIntegerField(default=0)
    # The last person who joined with it.
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    accepted_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.role} of {self.team}"

    @property
    def is_expired(self) -> bool:
        return self.expires_at <= timezone.now()

    @property
    def is_used_up(self) -> bool:
        return self.uses >= self.max_uses

    @staticmethod
    def has_uses_left() -> models.Q:
        return models.Q(uses__lt=models.F("max_uses"))


class SignInLink(Secret):
    """A link that signs in once; without a user, it leads to creating the first account."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    expires_at = models.DateTimeField(default=a_week_from_now)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"link for {self.user or 'the first account'}"


class ApiToken(Secret):
    """A bearer token: a program acts as ``user`` in ``team``."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    last_used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.name


class SignInFailure(models.Model):
    """One wrong password, counted by ``webapp.teams.throttle`` and forgotten after its window."""

    ADDRESS_LENGTH = 64

    email = models.CharField(max_length=254)
    # A network address, or "browser:…" for a browser that has signed in to the account before.
    address = models.CharField(max_length=ADDRESS_LENGTH)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.email} from {self.address}"


class OperatorAct(models.TextChoices):
    """What an operator does to an account or a team."""

    DEACTIVATED = "deactivated", _("Deactivated")
    ACTIVATED = "activated", _("Activated")
    SIGNED_OUT = "signed_out", _("Signed out everywhere")
    LINK_MADE = "link_made", _("Made a sign-in link")
    MADE_OPERATOR = "made_operator", _("Made an operator")
    UNMADE_OPERATOR = "unmade_operator", _("No longer an operator")
    QUOTA_SET = "quota_set", _("Set the quota")
    TEAM_FOUNDED = "team_founded", _("Founded the team")
    ADMIN_MADE = "admin_made", _("Gave the team an admin")


class OperatorAction(models.Model):
    """One line of the log of operators; ``by`` is ``None`` for the command line."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    act = models.CharField(max_length=20, choices=OperatorAct.choices)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    team = models.ForeignKey(Team, null=True, on_delete=models.SET_NULL, related_name="+")
    detail = MessageField(blank=True)
    at = models.DateTimeField(auto_now_add=True, db_index=True)

    def __str__(self) -> str:
        return f"{self.get_act_display()}: {self.person or self.team}"
