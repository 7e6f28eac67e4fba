"""Environment variables: what is asked for reaches the library that is to do it, and what is wrong is said."""

from __future__ import annotations

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from kombu import Connection

from webapp.environment import broker_address, database_url, env_choice, env_redis

pytestmark = pytest.mark.one_database

TLS = "sslmode=verify-full&sslrootcert=%2Fetc%2Fca.pem&connect_timeout=5"
MORE = "application_name=a%20b&target_session_attrs=any"


@pytest.fixture
def database(monkeypatch, tmp_path):
    def read(url):
        monkeypatch.setenv("DATABASE_URL", url)
        return database_url("DATABASE_URL", tmp_path / "unused.sqlite3")

    return read


def test_what_is_asked_of_a_database_connection_reaches_libpq(database):
    options = database(f"postgresql://me:secret@db.example.org/trainyard?{TLS}&{MORE}")["OPTIONS"]
    understood = psycopg.conninfo.conninfo_to_dict(psycopg.conninfo.make_conninfo(**options))
    assert understood == options
    assert (options["sslmode"], options["sslrootcert"]) == ("verify-full", "/etc/ca.pem")
    assert (options["application_name"], options["target_session_attrs"]) == ("a b", "any")


def test_options_of_ones_own_are_added_to_ours(database):
    options = database("postgresql://h/trainyard?options=-c%20work_mem%3D64MB")["OPTIONS"]["options"]
    assert "lock_timeout=20s" in options
    assert options.endswith("-c work_mem=64MB")


def test_a_socket_folder_is_the_host(database):
    settings = database("postgresql://postgres:@/trainyard?host=%2Ftmp%2Fa%20folder&port=5433")
    assert (settings["HOST"], settings["PORT"], settings["NAME"]) == ("/tmp/a folder", "5433", "trainyard")
    assert settings["OPTIONS"].keys() == {"options"}


@pytest.mark.parametrize("wrong", ["sslmod=verify-full", "sslmode=require&tls=1", "password=x"])
def test_a_parameter_that_libpq_does_not_know_is_named(database, wrong):
    name = wrong.split("&")[-1].split("=")[0]
    with pytest.raises(ImproperlyConfigured, match=rf"DATABASE_URL has {name} .* sslmode"):
        database(f"postgresql://h/trainyard?{wrong}")


def test_an_address_of_redis_of_another_kind_is_refused_without_its_password(monkeypatch):
    monkeypatch.setenv("REDIS_URL", "http://:secret@host/0")
    with pytest.raises(ImproperlyConfigured, match=r"REDIS_URL begins with http://; give redis://") as refused:
        env_redis("REDIS_URL", "redis://127.0.0.1:6379/0")
    assert "secret" not in str(refused.value)


def test_celery_finds_the_server_behind_a_socket(redis_url):
    with Connection(broker_address(redis_url.replace("db=0", "db=3"))) as connection:
        channel = connection.channel()
        assert channel.client.ping()
        assert channel.client.connection_pool.connection_kwargs["db"] == 3


def test_celery_takes_the_address_of_a_server_on_a_port_as_it_is():
    assert broker_address("rediss://:p@h:6379/1") == "rediss://:p@h:6379/1"


def test_a_choice_is_one_of_those_there_are(monkeypatch):
    assert env_choice("TRAINYARD_TEAM_FOUNDERS", ("operator", "everybody")) == "operator"
    monkeypatch.setenv("TRAINYARD_TEAM_FOUNDERS", "nobody")
    with pytest.raises(ImproperlyConfigured, match="is 'nobody'; give operator or everybody"):
        env_choice("TRAINYARD_TEAM_FOUNDERS", ("operator", "everybody"))
