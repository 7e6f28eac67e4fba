"""What is stored once is read by each reader in their own language; a spec error is said in both, wherever it is."""

from __future__ import annotations

import json

import pytest
from django.db import connection

from tests import factories
from trainer.messages import language as terminal
from trainer.messages.message import Message
from trainer.process.cli import main
from webapp.jobs.models import JobState
from webapp.runs.models import Run
from webapp.teams.models import ApiToken

ENGLISH, CHINESE = "en-gb", "zh-hans"
LOST = Message("{file} is missing.", file="cp-0001/model.keras")
SAID = {ENGLISH: "Must be from 1 to 1,000,000 ({}).", CHINESE: "有效范围：1 到 1,000,000（{}）。"}


@pytest.fixture
def failed(team, member):
    run = factories.make_run(factories.make_experiment(team, member), member, "failed")
    Run.objects.filter(pk=run.pk).update(error=LOST)
    return run


def reader_of(language, member, client_of):
    member.language = language
    member.save()
    return client_of(member)


@pytest.mark.parametrize(("language", "said"), [(ENGLISH, "model.keras is missing."), (CHINESE, "缺少 cp-0001")])
def test_the_error_of_a_run_is_read_in_the_language_of_the_reader(language, said, failed, member, client_of):
    assert said in reader_of(language, member, client_of).get(f"/runs/{failed.pk}/").text


@pytest.mark.parametrize(("language", "said"), [("en", "is missing."), ("zh-CN", "缺少 cp-0001")])
def test_a_program_reads_it_by_accept_language(language, said, failed, team, member, client):
    _, secret = ApiToken.issue(user=member, team=team, name="t")
    headers = {"Authorization": f"Bearer {secret}", "Accept-Language": language}
    assert said in client.get(f"/api/v1/runs/{failed.pk}", headers=headers).json()["error"]


def test_a_row_of_the_first_release_stays_readable(failed, member, client_of):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE runs_run SET error = %s", ["The {old} sentence of a release."])
    assert str(Run.objects.get().error) == "The {old} sentence of a release."
    assert "The {old} sentence of a release." in reader_of(CHINESE, member, client_of).get(f"/runs/{failed.pk}/").text


def test_a_message_is_found_again_as_it_was_stored(failed):
    assert Run.objects.get().error == LOST
    assert Run.objects.filter(error="").count() == 0


@pytest.mark.parametrize("language", SAID)
def test_the_form_refuses_in_the_language_of_the_person(language, member, client_of):
    page = reader_of(language, member, client_of).post(
        "/runs/new/?dataset=digits", {"dataset.name": "digits", "fit.batch_size": "0", "experiment_name": "x"}
    )
    given = {ENGLISH: "you entered 0", CHINESE: "输入的是 0"}[language]
    assert SAID[language].format(given) in page.text


@pytest.mark.parametrize("language", SAID)
def test_the_api_refuses_in_the_language_that_is_asked_for(language, team, member, client):
    _, secret = ApiToken.issue(user=member, team=team, name="t")
    body = json.dumps({"experiment": "x", "spec": {"dataset": {"name": "digits"}, "fit": {"batch_size": 0}}})
    headers = {"Authorization": f"Bearer {secret}", "Accept-Language": language}
    answer = client.post("/api/v1/runs", body, content_type="application/json", headers=headers)
    given = {ENGLISH: "given: 0", CHINESE: "给定值为 0"}[language]
    assert answer.json()["problems"] == [{"path": "fit.batch_size", "message": SAID[language].format(given)}]


@pytest.mark.parametrize("language", SAID)
def test_the_command_line_refuses_in_the_language_of_the_terminal(language, tmp_path, monkeypatch, capsys):
    before = terminal.translation()
    monkeypatch.setenv("LANGUAGE", {ENGLISH: "en", CHINESE: "zh_CN"}[language])
    (tmp_path / "spec.json").write_text(json.dumps({"dataset": {"name": "iris"}, "fit": {"batch_size": 0}}))
    try:
        assert main(["fit", str(tmp_path / "spec.json"), "--out", str(tmp_path / "out")]) == 2
    finally:
        terminal.use(before)
    given = {ENGLISH: "given: 0", CHINESE: "给定值为 0"}[language]
    assert SAID[language].format(given) in capsys.readouterr().err


def test_states_are_told_in_both(failed, member, client_of):
    assert 'badge-failed" data-badge>失败<' in reader_of(CHINESE, member, client_of).get(f"/runs/{failed.pk}/").text
    assert JobState.FAILED.value == "failed"


def test_a_csv_keeps_chinese_and_opens_in_a_spreadsheet_program(team, member, client_of):
    experiment = factories.make_experiment(team, member, name="丢弃率")
    factories.make_run(experiment, member, "finished", name="宽一些", tags=["基线"])
    answer = reader_of(CHINESE, member, client_of).get(f"/experiments/{experiment.pk}/export/")
    text = b"".join(answer).decode()
    assert text.startswith('\ufeff"实验"')
    assert all(name in text for name in ("丢弃率", "宽一些", "基线"))
    assert "filename*=UTF-8''%E4%B8%A2%E5%BC%83%E7%8E%87" in answer.headers["Content-Disposition"]


def test_chinese_is_searched_for_in_names_tags_and_fields(team, member, client_of):
    experiment = factories.make_experiment(team, member, name="丢弃率")
    factories.make_run(experiment, member, "finished", name="宽一些", tags=["基线"])
    client = reader_of(CHINESE, member, client_of)
    assert "宽一些" in client.get("/runs/?q=一些").text
    assert "宽一些" in client.get("/runs/?tag=基线").text
    assert "optimizer[kind=sgd].learning_rate" in client.get("/help/fields/?q=学习率").text
