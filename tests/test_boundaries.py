"""The trainer knows no web, the web knows no Keras: seen in fresh interpreters, not only in the imports."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
KERAS = {"tensorflow", "keras", "sklearn", "h5py"}
WEB = {"django", "celery", "redis", "channels", "webapp", "ninja", "kombu"}


def loaded_by(code: str, env: dict[str, str]) -> set[str]:
    """Top-level packages that a new interpreter has loaded after ``code``."""
    report = "import sys, json; print('\\n' + json.dumps(sorted({name.split('.')[0] for name in sys.modules})))"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{report}"], capture_output=True, text=True, cwd=ROOT, env=env
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


WEB_PROCESSES = {
    "web server": "import webapp.asgi; from django.urls import get_resolver; get_resolver().url_patterns",
    "worker": "import webapp; webapp.celery_app.loader.import_default_modules()",
    "reconciler": "import webapp.asgi; from django.core.management import load_command_class as load\n"
    "load('webapp.workers', 'reconcile')",
}


@pytest.mark.parametrize("name", WEB_PROCESSES)
def test_no_process_of_the_site_loads_keras(name, worker_env):
    assert loaded_by(WEB_PROCESSES[name], worker_env) & KERAS == set()


def test_what_the_site_imports_of_the_trainer_is_light(worker_env):
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    (allowed,) = (contract["allowed"] for contract in contracts if contract["type"] == "allow_list")
    loaded = loaded_by(f"import {', '.join(allowed)}", worker_env)
    assert loaded & (KERAS | WEB | {"numpy", "scipy", "PIL"}) == set()


def test_a_trainer_that_waits_has_no_library_with_threads_yet(worker_env):
    """They would receive the signal that asks it to stop: see trainer/process/serve.py."""
    assert loaded_by("import trainer.process.cli, trainer.process.serve", worker_env) & (KERAS | {"numpy"}) == set()


@pytest.mark.slow
def test_the_trainer_loads_no_web(worker_env):
    loaded = loaded_by(
        "import trainer.process.cli, trainer.process.serve, trainer.training.session, trainer.inference.evaluation",
        worker_env,
    )
    assert loaded & WEB == set()
    assert "keras" in loaded


def test_the_web_process_is_small(worker_env):
    measure = "import psutil; assert psutil.Process().memory_info().rss < 150e6, psutil.Process().memory_info().rss"
    loaded_by(f"{WEB_PROCESSES['web server']}; {measure}", worker_env)
