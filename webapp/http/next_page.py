"""Where a person continues after an act."""

from __future__ import annotations

from django.utils.http import url_has_allowed_host_and_scheme

# Django refuses to redirect to an address of more than 2048 characters.
LONGEST_PATH = 2000


def path_of_this_site(given: str) -> str:
    """``given`` when it is a path of this site, else "": never another site and never the name of a route."""
    is_path = given.startswith("/") and url_has_allowed_host_and_scheme(given, allowed_hosts=None)
    return given if is_path and len(given) <= LONGEST_PATH else ""
