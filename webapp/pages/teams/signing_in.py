"""Signing in and out, and the theme, which can also be chosen before signing in."""

from __future__ import annotations

import time

from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from trainer.messages.message import Message
from webapp.http.next_page import path_of_this_site
from webapp.teams import links, throttle
from webapp.teams.access import public, requires
from webapp.teams.forms import SignInForm
from webapp.teams.models import Role, User
from webapp.ui.theme import THEME_COOKIE, THEMES

A_YEAR = 60 * 60 * 24 * 365
# When a session began with a link, in seconds since the epoch: for a short time its owner may set a new password
# without the old one.
BY_LINK = "signed-in-by-link"
BY_LINK_SECONDS = 15 * 60


@requires(Role.VIEWER)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return redirect("experiments")


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated and request.method != "POST":
        return HttpResponseRedirect(safe_next(request))
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = check_password(request, form)
        if user is not None:
            return start_session(request, user, safe_next(request))
    context = {"form": form, "next": safe_next(request), "is_new_server": not User.objects.exists()}
    return render(request, "teams/sign_in.html", context, status=200 if not form.errors else 422)


def check_password(request: HttpRequest, form: SignInForm) -> User | None:
    """Return the person, or None with the reason on the form: a wrong password, or too many attempts."""
    email = form.cleaned_data["email"].lower()
    try:
        guess = throttle.count_guess(request, email)
    except throttle.TooManyGuesses as error:
        form.add_error(None, str(error.at_sign_in))
        return None
    user = authenticate(request, username=email, password=form.cleaned_data["password"])
    if isinstance(user, User):
        throttle.was_right(guess)
        return user
    form.add_error(None, str(Message("There is no account with this e-mail address and password.")))
    return None


def start_session(request: HttpRequest, user: User, path: str) -> HttpResponse:
    """Start a session for ``user`` and redirect to ``path`` of this site."""
    login(request, user)
    response = HttpResponseRedirect(path)
    throttle.remember_browser(request, response, user)
    return response


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show a button that uses the link. Never by GET: mail and chat programs fetch links for previews."""
    link = links.usable_sign_in_link(token)
    if link is None or link.user is None:
        return render(request, "teams/link_spent.html", {"kind": "sign-in"}, status=410)
    if request.method != "POST":
        return render(request, "teams/sign_in_link.html", {"link": link})
    try:
        links.use(link)
    except links.LinkSpent:
        return render(request, "teams/link_spent.html", {"kind": "sign-in"}, status=410)
    response = start_session(request, link.user, reverse("home"))
    request.session[BY_LINK] = time.time()
    return response


def came_by_link(request: HttpRequest) -> bool:
    """Whether the session began with a sign-in link just now."""
    began = request.session.get(BY_LINK)
    return isinstance(began, float) and time.time() - began < BY_LINK_SECONDS


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("sign-in")


@public
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or system for this browser."""
    response = HttpResponseRedirect(safe_next(request))
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        response.set_cookie(THEME_COOKIE, chosen, max_age=A_YEAR, samesite="Lax", secure=request.is_secure())
    return response


def safe_next(request: HttpRequest) -> str:
    """Where to redirect afterwards: a path of this site, never another site and never the name of a route."""
    given = request.POST.get("next") or request.GET.get("next") or ""
    return path_of_this_site(given) or reverse("home")
