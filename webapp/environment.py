"""Typed readers of environment variables that fail with a sentence instead of a surprise later."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.utils.crypto import get_random_string

TRUE_WORDS = {"1", "true", "yes", "on"}
FALSE_WORDS = {"0", "false", "no", "off", ""}


def env_str(name: str, default: str) -> str:
    return os.environ.get(name, default)


def env_int(name: str, default: int, *, least: int | None = None) -> int:
    given = os.environ.get(name)
    if given is None:
        return default
    try:
        number = int(given)
    except ValueError:
        raise ImproperlyConfigured(f"{name} is {given!r}; give a whole number, such as {default}.") from None
    if least is not None and number < least:
        raise ImproperlyConfigured(f"{name} is {given!r}; give a whole number of {least} or more.")
    return number


def env_bool(name: str, default: bool) -> bool:
    given = os.environ.get(name)
    if given is None:
        return default
    if given.lower() in TRUE_WORDS:
        return True
    if given.lower() in FALSE_WORDS:
        return False
    raise ImproperlyConfigured(f"{name} is {given!r}; give 1 or 0.")


def env_list(name: str, default: list[str]) -> list[str]:
    given = os.environ.get(name)
    return default if given is None else [part.strip() for part in given.split(",") if part.strip()]


def env_choice(name: str, choices: tuple[str, ...]) -> str:
    """One of ``choices``, of which the first is the default."""
    given = os.environ.get(name, choices[0])
    if given not in choices:
        raise ImproperlyConfigured(f"{name} is {given!r}; give {' or '.join(choices)}.")
    return given


def env_path(name: str, default: Path) -> Path:
    return Path(os.environ.get(name) or default).expanduser().resolve()


def env_folder(name: str) -> Path | None:
    """A folder; ``None`` when the variable is not set."""
    given = os.environ.get(name, "")
    return Path(given).expanduser().resolve() if given else None


def env_bucket(name: str) -> dict[str, str] | None:
    """Bucket and prefix from an ``s3://bucket/prefix`` address; ``None`` when the variable is not set."""
    given = os.environ.get(name, "")
    if not given:
        return None
    parts = urlsplit(given)
    if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment:
        raise ImproperlyConfigured(f"{name} is {given!r}; give s3://bucket or s3://bucket/prefix.")
    return {"bucket_name": parts.netloc, "location": parts.path.strip("/")}


def env_redis(name: str, default: str) -> str:
    """The address of a Redis server, over TCP, TLS or a Unix socket."""
    given = os.environ.get(name) or default
    parts = urlsplit(given)
    if parts.scheme in {"redis", "rediss"} or (parts.scheme == "unix" and parts.path):
        return given
    raise ImproperlyConfigured(
        f"{name} begins with {parts.scheme}://; give redis://:password@host:6379/0, rediss://… for TLS, "
        "or unix:///path/of/the/socket?db=0."
    )


def broker_address(redis_url: str) -> str:
    """The same server as Celery names it: a socket is ``redis+socket://`` there, and its database a virtual host."""
    parts = urlsplit(redis_url)
    if parts.scheme != "unix":
        return redis_url
    database = dict(parse_qsl(parts.query)).get("db", "0")
    return f"redis+socket://{parts.netloc}{parts.path}?virtual_host={database}"


def env_command(name: str, default: list[str]) -> list[str]:
    """A command line, quoted as in a shell."""
    given = os.environ.get(name)
    try:
        return shlex.split(given) if given else default
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is {given!r}, which cannot be split into words: {error}.") from None


def secret_key(data_dir: Path) -> str:
    """The signing key: from SECRET_KEY, else from the data folder, where the first run makes its own."""
    given = os.environ.get("SECRET_KEY")
    if given:
        return given
    path = data_dir / "secret-key"
    try:
        return path.read_text()
    except FileNotFoundError:
        return _create_secret_key(path)


def _create_secret_key(path: Path) -> str:
    """Write a new key, readable by its owner only; when two processes race, both use the one that was first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(get_random_string(64))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text()


def database_url(name: str, sqlite_path: Path) -> dict[str, Any]:
    """Django's database settings from a ``postgresql://user:password@host:port/name`` URL, else SQLite."""
    given = os.environ.get(name, "")
    return _postgresql(name, given) if given else _sqlite(sqlite_path)


def _sqlite(path: Path) -> dict[str, Any]:
    # IMMEDIATE: a transaction that starts reading and then writes would otherwise fail at once when another
    # process writes. FULL: what was acknowledged survives a power cut.
    pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
    options = {"transaction_mode": "IMMEDIATE", "timeout": 20, "init_command": pragmas}
    # A test database in a file, so that the workers of the tests see it too.
    test = {"NAME": os.environ.get("TEST_SQLITE") or path.with_name("test.sqlite3")}
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": path, "OPTIONS": options, "TEST": test}


def _postgresql(name: str, url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"} or len(parts.path) < 2:
        raise ImproperlyConfigured(f"{name} must look like postgresql://user:password@host:5432/name.")
    parameters = _libpq_parameters(name, parts.query)
    # A process that sleeps, or was cut off, in the midst of a transaction must not keep its locks for ever.
    timeouts = "-c idle_in_transaction_session_timeout=120s -c lock_timeout=20s"
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parameters.pop("host", unquote(parts.hostname or "")),
        "PORT": parameters.pop("port", str(parts.port or "")),
        "OPTIONS": parameters | {"options": f"{timeouts} {parameters.get('options', '')}".strip()},
        "CONN_HEALTH_CHECKS": True,
    }


def _libpq_parameters(name: str, query: str) -> dict[str, str]:
    """What stands behind the question mark, such as ``sslmode=verify-full``; refuses what libpq does not know.

    A misspelt ``sslmode`` that is passed over in silence is a connection without the protection that was asked for.
    """
    from psycopg.pq import Conninfo

    # The address itself names these.
    known = {option.keyword.decode() for option in Conninfo.get_defaults()} - {"user", "password", "dbname"}
    given = dict(parse_qsl(query, keep_blank_values=True))
    if unknown := sorted(given.keys() - known):
        raise ImproperlyConfigured(
            f"{name} has {', '.join(unknown)} behind the question mark, which PostgreSQL's library does not know. "
            "It knows sslmode, sslrootcert, sslcert, sslkey, connect_timeout, application_name, "
            "target_session_attrs and others: postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS."
        )
    return given
