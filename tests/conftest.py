"""One cast of people for all tests, and the services they run against."""

from __future__ import annotations

import os
from collections.abc import Callable

import django
import hypothesis
import pytest

from tests import services

services.start()
os.environ["DJANGO_SETTINGS_MODULE"] = "webapp.settings"
django.setup()

from django.conf import settings  # noqa: E402 - needs the services above
from django.test import Client  # noqa: E402

from tests import factories  # noqa: E402
from webapp.teams.models import Role, Team, User  # noqa: E402

# How long an example takes says more of the machine than of the code.
hypothesis.settings.register_profile("untimed", deadline=None)
hypothesis.settings.load_profile("untimed")
# A password is hashed slowly on purpose; not in tests.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: Playwright keeps an event loop in this thread, which Django's ORM refuses."""
    for item in items:
        if "browser" in item.path.parts:
            item.add_marker(pytest.mark.browser)
    items.sort(key=lambda item: "browser" in item.path.parts)


@pytest.fixture(scope="session")
def redis_url() -> str:
    """A real Redis server of this test session."""
    return os.environ["REDIS_URL"]


@pytest.fixture
def worker_env() -> dict[str, str]:
    """The environment of a worker, trainer or web process that sees the database of the tests.

    Use it with ``@pytest.mark.django_db(transaction=True)``: other processes see only what is committed.
    """
    return services.worker_environment()


@pytest.fixture
def team(db: None) -> Team:
    return factories.make_team("Signals")


@pytest.fixture
def other_team(db: None) -> Team:
    return factories.make_team("Points")


@pytest.fixture
def admin(team: Team) -> User:
    return factories.make_user("admin@example.org", team, Role.ADMIN)


@pytest.fixture
def member(team: Team) -> User:
    return factories.make_user("member@example.org", team, Role.MEMBER)


@pytest.fixture
def viewer(team: Team) -> User:
    return factories.make_user("viewer@example.org", team, Role.VIEWER)


@pytest.fixture
def outsider(other_team: Team) -> User:
    """An admin, but of another team."""
    return factories.make_user("outsider@example.org", other_team, Role.ADMIN)


@pytest.fixture
def operator(other_team: Team) -> User:
    """Operates the site, and is in another team."""
    return factories.make_user("operator@example.org", other_team, Role.ADMIN, is_operator=True)


@pytest.fixture
def client_of() -> Callable[[User], Client]:
    """A browser of a person who is signed in."""

    def signed_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return signed_in
