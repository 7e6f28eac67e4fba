"""What ``make run`` starts, and what it and the pages tell people to type."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from webapp.launcher import address, product
from webapp.ui import commands

pytestmark = pytest.mark.one_database

ROOT = Path(__file__).resolve().parent.parent.parent.parent


@pytest.mark.parametrize(
    ("https", "trusted", "option"),
    [(False, "", "--no-proxy-headers"), (True, "", "--proxy-headers"), (False, "10.0.0.1", "--proxy-headers")],
)
def test_only_behind_a_proxy_somebody_is_believed_about_addresses(settings, monkeypatch, https, trusted, option):
    settings.HTTPS = https
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", trusted)
    assert [word for word in product.web_command() if "proxy" in word] == [option]


def advised(page):
    return [line.replace("&quot;", '"') for line in re.findall(r"<code>(\S*python[^<]*)</code>", page)]


def test_the_commands_that_pages_advise_work_as_typed(db, client):
    shown = [
        client.get("/sign-in/"),
        client.get("/welcome/wrong/"),
        client.get("/sign-in/wrong/"),
        client.get("/api/v1/docs/"),
    ]
    found = {line for page in shown for line in advised(page.content.decode())}
    assert {line.split(" manage.py ")[1].split()[0] for line in found} == {"sign_in_link", "create_token"}
    assert {line.split()[0] for line in found} == {commands.python()}
    typed = commands.manage_command("sign_in_link", "--help")
    done = subprocess.run(typed, shell=True, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, "signs in once" in done.stdout) == (0, True), done.stderr


@pytest.mark.parametrize(
    ("running", "typed"),
    [("project/.venv/bin/python", ".venv/bin/python"), ("usr/local/bin/python3.11", "python")],
)
def test_the_interpreter_is_named_as_one_types_it(settings, monkeypatch, tmp_path, running, typed):
    settings.BASE_DIR = tmp_path / "project"
    monkeypatch.setattr(sys, "executable", str(tmp_path / running))
    assert commands.manage_command("migrate") == f"{typed} manage.py migrate"


@pytest.mark.parametrize(
    ("host", "sentence"),
    [
        ("127.0.0.1", "Only this machine reaches it; for the whole network: HOST=0.0.0.0 make run."),
        ("192.168.7.7", "Others on the network reach it at 192.168.7.7:8000."),
        ("train.example.org", "Others on the network reach it at train.example.org:8000."),
    ],
)
def test_the_printed_line_says_how_others_reach_it(host, sentence):
    assert str(address.how_others_reach(host, 8000)) == sentence
    assert "http" not in sentence, "the link is the only address in the line"
