"""A bad setup is said in a sentence; and the test bench itself: the people, the database and Redis are there."""

from __future__ import annotations

import os
import runpy
from pathlib import Path

import pytest
import redis
from django.core.management import call_command

import webapp.settings
from tests.factories import make_checkpoint, make_experiment, make_run
from webapp.launcher import checks
from webapp.launcher.privacy import keep_to_owner


def test_rows_of_every_kind_can_be_made(team, member):
    run = make_run(make_experiment(team, member), member, state="finished")
    assert make_checkpoint(run).run == run


def test_a_real_redis_answers(redis_url):
    with redis.Redis.from_url(redis_url) as client:
        assert client.ping()


def test_any_host_is_refused_unless_debugging(settings):
    settings.ALLOWED_HOSTS = ["*"]
    assert [message.id for message in checks.no_wildcard_host()] == ["trainyard.E001"]
    settings.DEBUG = True
    assert checks.no_wildcard_host() == []


def test_a_data_folder_that_is_a_file_is_refused(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "file" / "data"
    assert checks.data_folder_is_writable() == []
    (tmp_path / "file").write_text("")
    assert [message.id for message in checks.data_folder_is_writable()] == ["trainyard.E002"]


@pytest.mark.parametrize(
    ("check", "values", "found"),
    [
        ("debugging_is_private", {"DEBUG": True, "HOST": "0.0.0.0"}, "E003"),
        ("debugging_is_private", {"DEBUG": True, "HOST": "train.example.org"}, "E003"),
        ("debugging_is_private", {"DEBUG": True, "HOST": "::"}, "E003"),
        ("debugging_is_private", {"DEBUG": True, "HOST": "127.0.0.1"}, ""),
        ("debugging_is_private", {"DEBUG": False, "HOST": "0.0.0.0"}, ""),
        ("redis_asks_for_a_password", {"REDIS_URL": "redis://10.0.0.5/0"}, "E004"),
        ("redis_asks_for_a_password", {"REDIS_URL": "rediss://user@redis.example.org/0"}, "E004"),
        ("redis_asks_for_a_password", {"REDIS_URL": "redis://:secret@10.0.0.5/0"}, ""),
        ("redis_asks_for_a_password", {"REDIS_URL": "redis://10.0.0.5/0?password=secret"}, ""),
        ("redis_asks_for_a_password", {"REDIS_URL": "redis://localhost:6379/0"}, ""),
        ("redis_asks_for_a_password", {"REDIS_URL": "unix:///run/redis.sock?db=0"}, ""),
        ("no_leading_dot", {"ALLOWED_HOSTS": [".example.org"]}, "W001"),
        ("no_leading_dot", {"ALLOWED_HOSTS": ["train.example.org"]}, ""),
        ("data_folder_is_private", {"DATA_DIR": Path("/tmp")}, "W002"),
        ("data_folder_is_private", {"DATA_DIR": Path("/tmp"), "SHARED_DATA": True}, ""),
        ("data_folder_is_private", {"DATA_DIR": Path("/nowhere")}, ""),
    ],
)
def test_a_setup_that_others_could_use_is_objected_to(settings, check, values, found):
    for name, value in values.items():
        setattr(settings, name, value)
    messages = getattr(checks, check)()
    assert [message.id for message in messages] == ([f"trainyard.{found}"] if found else [])
    assert all(message.hint and "secret" not in message.msg for message in messages)


def test_this_setup_is_not_objected_to():
    call_command("check", "--fail-level=WARNING")


@pytest.mark.parametrize(
    ("given", "seconds"), [({"HTTPS": "1"}, 2592000), ({"HTTPS": "1", "HSTS_SECONDS": "0"}, 0), ({}, 0)]
)
def test_browsers_are_told_to_insist_on_tls(monkeypatch, given, seconds):
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    read = runpy.run_path(webapp.settings.__file__)
    assert (read["SECURE_HSTS_SECONDS"], read["SESSION_COOKIE_SECURE"]) == (seconds, bool(given))


def test_a_folder_of_ones_own_is_shut_and_one_for_all_is_not(tmp_path):
    umask = os.umask(0o022)
    own, for_all = tmp_path / "own", tmp_path / "for-all"
    own.mkdir(mode=0o755)
    for_all.mkdir()
    for_all.chmod(0o1777)
    for folder in (own, for_all, tmp_path / "nowhere"):
        keep_to_owner(folder)
    (own / "file").touch()
    assert os.umask(umask) == 0o077
    assert [oct(path.stat().st_mode & 0o7777) for path in (own, for_all, own / "file")] == ["0o700", "0o1777", "0o600"]


def test_an_old_sqlite_is_said_to_be_old(settings, monkeypatch):
    settings.DATABASES["default"]["ENGINE"] = "django.db.backends.sqlite3"
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 40, 1))
    assert [message.id for message in checks.sqlite_is_recent()] == ["trainyard.I001"]
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 51, 3))
    assert checks.sqlite_is_recent() == []
