"""Signing in and out, and the theme, which people choose before they sign in too."""

from __future__ import annotations

from django.contrib.auth import authenticate, login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from webapp.teams import links, throttle
from webapp.teams.access import public, requires
from webapp.teams.context import THEME_COOKIE, THEMES
from webapp.teams.forms import SignInForm
from webapp.teams.models import Role, User

A_YEAR = 60 * 60 * 24 * 365
# Set in a session that began with a link: its owner may set a new password without the old one.
BY_LINK = "signed-in-by-link"


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
        return redirect(safe_next(request))
    form = SignInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = check_password(request, form)
        if user is not None:
            login(request, user)
            return redirect(safe_next(request))
    context = {"form": form, "next": safe_next(request), "is_new_server": not User.objects.exists()}
    return render(request, "teams/sign_in.html", context, status=200 if not form.errors else 422)


def check_password(request: HttpRequest, form: SignInForm) -> User | None:
    """The person, or None with the reason on the form: a wrong password, or too many of them."""
    email = form.cleaned_data["email"].lower()
    minutes = throttle.minutes_to_wait(request, email)
    if minutes:
        wait = f"{minutes} minute{'' if minutes == 1 else 's'}"
        form.add_error(None, f"Too many wrong passwords. Try again in {wait}, or use a sign-in link.")
        return None
    user = authenticate(request, username=email, password=form.cleaned_data["password"])
    if isinstance(user, User):
        throttle.forget_failures(request, email)
        return user
    throttle.note_failure(request, email)
    form.add_error(None, "There is no account with this e-mail address and password.")
    return None


@public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_link(request: HttpRequest, token: str) -> HttpResponse:
    """Shows a button; only the button uses the link, because mail and chat programs fetch links to preview them."""
    link = links.usable_sign_in_link(token)
    if link is None or link.user is None:
        return render(request, "teams/link_spent.html", {"kind": "sign-in"}, status=410)
    if request.method != "POST":
        return render(request, "teams/sign_in_link.html", {"link": link})
    try:
        links.use(link)
    except links.LinkSpent:
        return render(request, "teams/link_spent.html", {"kind": "sign-in"}, status=410)
    login(request, link.user)
    request.session[BY_LINK] = True
    return redirect("home")


@public
@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("sign-in")


@public
@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Remember light, dark or system for this browser."""
    response = redirect(safe_next(request))
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        response.set_cookie(THEME_COOKIE, chosen, max_age=A_YEAR, samesite="Lax", secure=request.is_secure())
    return response


def safe_next(request: HttpRequest) -> str:
    """Where to go afterwards: a page of this site, never another one."""
    given = request.POST.get("next") or request.GET.get("next") or ""
    hosts = {request.get_host()}
    safe = url_has_allowed_host_and_scheme(given, allowed_hosts=hosts, require_https=request.is_secure())
    return given if safe else reverse("home")
