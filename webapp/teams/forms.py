"""Forms of sign-in, accounts and teams."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from trainer.messages.message import Message
from webapp.teams.models import LARGEST_QUOTA, SMALLEST_QUOTA, Role, Team, User
from webapp.ui.text import LineField

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

NOT_AN_ADDRESS = {"invalid": _("This is not an e-mail address. One looks like ada@example.org.")}
PASSWORD_HELP = _("At least 10 characters. A few unrelated words are easy to remember and hard to guess.")


def password_field(label: StrOrPromise, autocomplete: str, help_text: StrOrPromise = "") -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, widget=widget, strip=False, max_length=200, help_text=help_text)


class SignInForm(forms.Form):
    """E-mail address and password; the view checks them."""

    email = forms.EmailField(
        label=_("E-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
        error_messages=NOT_AN_ADDRESS,
    )
    password = password_field(_("Password"), "current-password")


class NewAccountForm(forms.Form):
    """A new account."""

    name = LineField(label=_("Your name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("E-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
        help_text=_("You sign in with it. Trainyard sends no mail."),
        error_messages=NOT_AN_ADDRESS,
    )
    password = password_field(_("Password"), "new-password", PASSWORD_HELP)

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        if User.objects.filter(email=email).exists():
            message = Message("{email} already has an account. Sign in with it instead.", email=email)
            raise ValidationError(str(message))
        return email

    def clean(self) -> dict[str, Any]:
        person = User(email=self.cleaned_data.get("email", ""), name=self.cleaned_data.get("name", ""))
        check_password_at_field(self, "password", person)
        return self.cleaned_data

    def create(self, **fields: Any) -> User:
        data = self.cleaned_data
        return User.objects.create_user(data["email"], data["password"], name=data["name"], **fields)


class WelcomeForm(NewAccountForm):
    """The first account of a server, and its team."""

    team = LineField(
        label=_("Team"),
        max_length=100,
        help_text=_("Experiments, runs and checkpoints belong to a team. You can rename it."),
    )


class NameForm(forms.Form):
    name = LineField(
        label=pgettext_lazy("of a person", "Name"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class PasswordForm(forms.Form):
    """A new password. The view checks the old one, which is not required of a person who just used a sign-in link."""

    old_password = password_field(_("Current password"), "current-password")
    new_password = password_field(_("New password"), "new-password", PASSWORD_HELP)
    revoke_tokens = forms.BooleanField(label=_("Also revoke my API tokens"), required=False, initial=True)

    def __init__(self, user: User, *args: Any, by_link: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        if by_link:
            del self.fields["old_password"]
        if not user.api_tokens.exists():
            del self.fields["revoke_tokens"]

    def clean(self) -> dict[str, Any]:
        check_password_at_field(self, "new_password", self.user)
        return self.cleaned_data


def check_password_at_field(form: forms.Form, field: str, person: User) -> None:
    """Show errors of a new password at its field, not above the form."""
    if field not in form.cleaned_data:
        return
    try:
        validate_password(form.cleaned_data[field], person)
    except ValidationError as error:
        form.add_error(field, error)


class TokenForm(forms.Form):
    token_name = LineField(
        label=_("What is it for?"),
        max_length=100,
        widget=forms.TextInput(attrs={"placeholder": _("nightly sweep on gpu-2"), "autocomplete": "off"}),
    )


class TeamForm(forms.Form):
    team_name = LineField(
        label=_("Team name"), max_length=100, widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )


class QuotaForm(forms.Form):
    """The limit on the total size of the team's checkpoints."""

    quota = forms.FloatField(
        label=_("Quota (GB)"),
        required=False,
        min_value=SMALLEST_QUOTA / 1e9,
        max_value=LARGEST_QUOTA / 1e9,
        widget=forms.NumberInput(attrs={"step": "any", "inputmode": "decimal"}),
        error_messages={"invalid": _("This is not a number; write it like 20 or 0.5.")},
    )

    def __init__(self, team: Team, data: Any = None) -> None:
        super().__init__(data, auto_id=f"quota-{team.pk}-%s")
        self.team = team
        if team.quota_bytes is not None:
            self.initial["quota"] = str(team.quota_bytes / 1e9).removesuffix(".0")

    @property
    def num_bytes(self) -> int | None:
        quota = self.cleaned_data["quota"]
        return None if quota is None else round(quota * 1e9)


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)


class FoundTeamForm(TeamForm):
    """A team that an operator creates for a person."""

    admin_email = forms.EmailField(
        label=_("Admin’s e-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
        error_messages=NOT_AN_ADDRESS,
    )

    def clean_admin_email(self) -> User:
        email: str = self.cleaned_data["admin_email"].lower()
        person = User.objects.filter(email=email).first()
        if person is None:
            message = Message(
                "There is no account with {email}. People get one through a team's invitation.", email=email
            )
            raise ValidationError(str(message))
        return person


class InvitationForm(RoleForm):
    """An invitation link for one person or several."""

    MOST_PEOPLE = 500

    num_people = forms.IntegerField(
        label=pgettext_lazy("how many", "People"),
        required=False,
        initial=1,
        min_value=1,
        max_value=MOST_PEOPLE,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    days = forms.TypedChoiceField(
        label=_("Works for"),
        coerce=int,
        choices=[(1, _("1 day")), (7, _("7 days")), (30, _("30 days"))],
        initial=7,
    )

    def clean_num_people(self) -> int:
        """One if left empty."""
        return self.cleaned_data["num_people"] or 1

    def clean(self) -> dict[str, Any]:
        if self.cleaned_data.get("num_people", 1) > 1 and self.cleaned_data.get("role") == Role.ADMIN:
            message = Message("A link for several people can only invite viewers or members. Choose one of these.")
            self.add_error("role", str(message))
        return self.cleaned_data

    def expires_at(self) -> datetime:
        return timezone.now() + timedelta(days=self.cleaned_data["days"])
