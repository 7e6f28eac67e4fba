"""What the documents say is true: commands exist, variables are read, links lead somewhere, every room is named."""

from __future__ import annotations

import ast
import importlib
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import get_commands

from webapp.jobs.dispatch import QUEUES

ROOT = Path(__file__).resolve().parent.parent
TOP_DOCUMENTS = ["README.md", "README.zh-CN.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"]
DOCUMENTS = [*TOP_DOCUMENTS, *map(str, (ROOT / "docs").glob("*.md"))]
COMMAND_FILES = [*DOCUMENTS, "Dockerfile", "compose.yaml", ".ci/run"]
IN_BOTH_LANGUAGES = pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("README.md", "README.zh-CN.md"),
        ("docs/deployment.md", "docs/deployment.zh-CN.md"),
        ("docs/own-data.md", "docs/own-data.zh-CN.md"),
    ],
)


def text_of(*names: str) -> str:
    return "\n".join((ROOT / name).read_text() for name in names)


def shell_form(text: str) -> str:
    """JSON lists of words, as in compose.yaml and Dockerfile, as one line of words."""
    return re.sub(r'\["[^\]]*"\]', lambda found: " ".join(map(str, json.loads(found[0]))), text)


def test_every_manage_command_exists():
    named = set(re.findall(r"manage\.py ([a-z_]+)", shell_form(text_of(*COMMAND_FILES))))
    assert named >= {"up", "migrate", "reconcile", "create_token", "sign_in_link"}
    assert named <= set(get_commands())


def test_every_make_target_exists():
    targets = set(re.findall(r"^([a-z-]+):", text_of("Makefile"), re.MULTILINE))
    assert (
        set(re.findall(r"\bmake ([a-z][a-z-]+)\b(?=[`\s]*(?:$|[`#,.;)]|is))", text_of(*COMMAND_FILES), re.M)) <= targets
    )


def test_every_queue_of_a_worker_exists():
    assert set(re.findall(r"worker -Q (\w+)", shell_form(text_of(*COMMAND_FILES)))) == set(QUEUES)


def test_every_server_of_an_application_exists():
    for module, name in re.findall(r"uvicorn ([\w.]+):(\w+)", shell_form(text_of(*COMMAND_FILES))):
        assert hasattr(importlib.import_module(module), name)


def test_no_server_is_started_with_an_access_log():
    commands = re.findall(r"uvicorn webapp\.asgi[^|\n]*", shell_form(text_of(*COMMAND_FILES)))
    assert commands
    assert [command for command in commands if "--no-access-log" not in command] == []


def test_every_command_of_the_trainer_exists():
    usage = subprocess.run([sys.executable, "-m", "trainer", "--help"], capture_output=True, text=True, cwd=ROOT).stdout
    named = set(re.findall(r"-m trainer ([a-z]+)", text_of(*COMMAND_FILES))) - {"alone"}
    assert {name for name in named if name not in usage} == set()


def variables_read() -> set[str]:
    """Names of environment variables that our code reads, found in its syntax trees."""
    files = [path for room in ("webapp", "trainer") for path in (ROOT / room).rglob("*.py")]
    calls = [node for path in files for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    readers = re.compile(r"env_\w+|database_url|.*environ\.get|.*getenv")
    return {
        call.args[0].value
        for call in calls
        if call.args and isinstance(call.args[0], ast.Constant) and readers.fullmatch(ast.unparse(call.func))
    }


def test_every_variable_that_is_read_is_described_and_no_other():
    described = re.findall(r"^\| `([A-Z_]+)` \|", text_of("docs/deployment.md"), re.MULTILINE)
    assert set(described) == variables_read()


def test_compose_sets_only_variables_that_are_read():
    common = text_of("compose.yaml").split("environment: &environment")[1].split("volumes:")[0]
    assert set(re.findall(r"^    ([A-Z_]+):", common, re.MULTILINE)) <= variables_read()


def test_the_image_holds_every_folder_that_the_product_needs():
    copied = set(re.findall(r"^COPY (\w+) \1$", text_of("Dockerfile"), re.MULTILINE))
    assert copied == {"webapp", "trainer", "templates", "static"}


def test_the_gpu_build_uses_the_pinned_tensorflow():
    pinned = re.search(r"^tensorflow==([\d.]+)$", text_of("requirements.txt"), re.MULTILINE)[1]
    assert set(re.findall(r"tensorflow\[and-cuda\]==([\d.]+)", text_of(*COMMAND_FILES))) == {pinned}


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-test.txt"])
def test_every_requirement_is_pinned(name):
    lines = [line for line in text_of(name).splitlines() if line and line[0] not in "#-"]
    assert [line for line in lines if "==" not in line] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_between_files_lead_somewhere(name):
    folder = (ROOT / name).parent
    links = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", text_of(name))
    assert [link for link in links if not (folder / link).exists()] == []


def anchors(path: Path) -> set[str]:
    """The anchors that GitHub gives the headings of a document."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_to_headings_lead_somewhere(name):
    path = ROOT / name
    links = re.findall(r"\]\((?!https?:)([^)#]*)#([^)]+)\)", text_of(name))
    assert [link for link in links if link[1] not in anchors(path.parent / link[0] if link[0] else path)] == []


@IN_BOTH_LANGUAGES
def test_documents_in_both_languages_link_each_other_under_the_title(english, chinese):
    assert text_of(english).splitlines()[1:4] == ["", f"[简体中文]({Path(chinese).name})", ""]
    assert text_of(chinese).splitlines()[1:4] == ["", f"[English]({Path(english).name})", ""]


@IN_BOTH_LANGUAGES
def test_documents_in_both_languages_have_the_same_headings(english, chinese):
    levels = [re.findall(r"^#+(?= )", text_of(name), re.MULTILINE) for name in (english, chinese)]
    assert levels[0] == levels[1]


def code_without_comments(name: str) -> list[str]:
    blocks = re.findall(r"(?:^ {4}.*\n)+", text_of(name), re.MULTILINE)
    return [re.sub(r" *#.*", "", block) for block in blocks]


@IN_BOTH_LANGUAGES
def test_documents_in_both_languages_have_the_same_code(english, chinese):
    assert code_without_comments(english)
    assert code_without_comments(english) == code_without_comments(chinese)


def code_in_tables(name: str) -> list[list[str]]:
    """What each row says in code: variables, defaults and commands, in any order of words."""
    return [sorted(re.findall(r"`[^`]+`", row)) for row in text_of(name).splitlines() if row.startswith("|")]


@IN_BOTH_LANGUAGES
def test_documents_in_both_languages_have_the_same_tables(english, chinese):
    assert code_in_tables(english) == code_in_tables(chinese)


ROOMS = sorted(path.parent for top in ("webapp", "trainer") for path in (ROOT / top).glob("*/__init__.py"))


def test_the_architecture_has_a_line_for_every_room():
    rows = [line.split("|")[1] for line in text_of("docs/architecture.md").splitlines() if line.startswith("|")]
    listed = [name.rstrip("/") for row in rows for name in re.findall(r"`((?:webapp|trainer)/\w+/)`", row)]
    assert sorted(listed) == [str(room.relative_to(ROOT)) for room in ROOMS]


@pytest.mark.parametrize("room", ROOMS, ids=lambda room: room.name)
def test_every_room_says_what_belongs_there_and_what_does_not(room):
    said = ast.get_docstring(ast.parse((room / "__init__.py").read_text())) or ""
    assert "Not here: " in said


@pytest.mark.parametrize("top", ["webapp", "trainer"])
def test_no_folder_of_source_has_more_than_15_modules(top):
    folders = {path.parent for path in (ROOT / top).rglob("*.py")}
    sizes = {str(folder.relative_to(ROOT)): len(list(folder.glob("*.py"))) - 1 for folder in folders}
    assert {name: size for name, size in sizes.items() if size > 15} == {}
