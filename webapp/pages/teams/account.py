"""A person's own page: name, password, theme, API tokens."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from trainer.messages.message import Message, joined
from webapp.language.sorting import by_name
from webapp.pages.teams.signing_in import BY_LINK, came_by_link
from webapp.teams import one_time_secrets, throttle
from webapp.teams.access import may_found_teams, no_founder, person_of, requires, signed_in, team_of
from webapp.teams.forms import NameForm, PasswordForm, TokenForm
from webapp.teams.models import ApiToken, Role


@signed_in
@never_cache
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    return account_page(request)


def account_page(request: HttpRequest, **bound: Any) -> HttpResponse:
    """The whole page; ``bound`` replaces a form by one with errors to show."""
    user = person_of(request)
    context = {
        "name_form": NameForm(initial={"name": user.name}),
        "password_form": PasswordForm(user, by_link=came_by_link(request)),
        "token_form": TokenForm(),
        "by_link": came_by_link(request),
        "tokens": ApiToken.objects.filter(user=user).select_related("team").order_by("-created_at"),
        "memberships": user.memberships.select_related("team").order_by(by_name("team__name")),
        "may_found": may_found_teams(user),
        "no_founder": no_founder(),
        "new_token": one_time_secrets.take(request, "token"),
    }
    return render(request, "teams/account.html", context | bound, status=422 if bound else 200)


@signed_in
@require_POST
def account_name(request: HttpRequest) -> HttpResponse:
    form = NameForm(request.POST)
    if not form.is_valid():
        return account_page(request, name_form=form)
    user = person_of(request)
    user.name = form.cleaned_data["name"]
    user.save(update_fields=["name"])
    messages.success(request, str(Message("Your name is saved.")))
    return redirect("account")


@signed_in
@sensitive_post_parameters()
@require_POST
def account_password(request: HttpRequest) -> HttpResponse:
    """Change the password. All other sessions of the person end; this one continues."""
    user = person_of(request)
    form = PasswordForm(user, request.POST, by_link=came_by_link(request))
    if not (form.is_valid() and knows_old_password(request, form)):
        return account_page(request, password_form=form)
    user.set_password(form.cleaned_data["new_password"])
    user.save(update_fields=["password"])
    update_session_auth_hash(request, user)
    request.session.pop(BY_LINK, None)
    message = Message("Your password is changed. You are signed out everywhere else.")
    if form.cleaned_data.get("revoke_tokens"):
        user.api_tokens.all().delete()
        message = joined(message, Message("Your API tokens no longer work."))
    messages.success(request, str(message))
    return redirect("account")


def knows_old_password(request: HttpRequest, form: PasswordForm) -> bool:
    """Whether the old password is correct or not required; wrong ones are throttled as at sign-in."""
    if "old_password" not in form.fields:
        return True
    try:
        guess = throttle.count_guess(request, form.user.email)
    except throttle.TooManyGuesses as error:
        form.add_error("old_password", str(error))
        return False
    if form.user.check_password(form.cleaned_data["old_password"]):
        throttle.was_right(guess)
        return True
    form.add_error("old_password", str(Message("This is not your current password.")))
    return False


@requires(Role.VIEWER)
@require_POST
def token_new(request: HttpRequest) -> HttpResponse:
    """Create a token with which a program acts as this person in the current team."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return account_page(request, token_form=form)
    name = form.cleaned_data["token_name"]
    _, secret = ApiToken.issue(user=request.user, team=team_of(request), name=name)
    one_time_secrets.keep(request, "token", secret)
    return redirect(f"{reverse('account')}#tokens")


@signed_in
@require_POST
def token_revoke(request: HttpRequest, token_id: str) -> HttpResponse:
    token = get_object_or_404(ApiToken, pk=token_id, user=request.user)
    token.delete()
    messages.success(request, str(Message("The token “{name}” no longer works.", name=token.name)))
    return redirect("account")
