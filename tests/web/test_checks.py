"""A bad setup is said in a sentence; and the test bench itself: the people, the database and Redis are there."""

from __future__ import annotations

import redis

from tests.factories import make_checkpoint, make_experiment, make_run
from webapp.launcher import checks


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


def test_an_old_sqlite_is_said_to_be_old(settings, monkeypatch):
    settings.DATABASES["default"]["ENGINE"] = "django.db.backends.sqlite3"
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 40, 1))
    assert [message.id for message in checks.sqlite_is_recent()] == ["trainyard.I001"]
    monkeypatch.setattr("sqlite3.sqlite_version_info", (3, 51, 3))
    assert checks.sqlite_is_recent() == []
