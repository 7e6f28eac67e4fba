"""Adding a technique is one field in the spec: everything that is written from the spec follows by itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.one_database

ROOT = Path(__file__).parents[3]
BEFORE = "    keep_last: int = field("
ADDED = '    target_softness: float = field(0.0, label="Target softness", help="Softer targets.", ge=0.0, lt=1.0)\n'
LOOK = """
import django
django.setup()
from django.http import QueryDict
from trainer.data.bundled.catalog import CATALOG
from trainer.validation.parsing import parse_spec
from trainer.spec import Spec
from webapp.api.urls import api
from webapp.spec_ui.differences import differences
from webapp.spec_ui.form import SpecForm
from webapp.spec_ui.reference import sections

form = SpecForm.of_post(QueryDict("checkpoints.target_softness=0.1"), Spec)
shown = [w for top in form.widgets(CATALOG["digits"]).all for w in top.walk() if "softness" in w.name]
print("form:", shown[0].label, shown[0].accepted)
print("differences:", differences(parse_spec({}).to_json(), parse_spec(form.values).to_json())[0].label)
print("API:", "target_softness" in api.get_openapi_schema()["components"]["schemas"]["Checkpoints"]["properties"])
print("reference:", [str(entry.label) for group in sections("target_softness") for entry in group.entries])
form = SpecForm.of_post(QueryDict("checkpoints.target_softness=2"), Spec)
form.check(parse_spec, lambda spec: [])
print("refused:", form.problems[0].name)
"""


def tree_with_one_more_field(folder: Path) -> Path:
    """A copy of the trainer whose spec has one more field; everything else is ours."""
    shutil.copytree(ROOT / "trainer", folder / "trainer", ignore=shutil.ignore_patterns("__pycache__"))
    spec = folder / "trainer" / "spec" / "training.py"
    text = spec.read_text()
    assert BEFORE in text
    spec.write_text(text.replace(BEFORE, ADDED + BEFORE, 1))
    return folder


def test_a_field_added_to_the_spec_is_in_the_form_the_api_the_differences_and_the_reference(tmp_path: Path) -> None:
    path = os.pathsep.join([str(tree_with_one_more_field(tmp_path)), str(ROOT)])
    environment = os.environ | {"PYTHONPATH": path, "DJANGO_SETTINGS_MODULE": "webapp.settings"}
    done = subprocess.run(
        [sys.executable, "-c", LOOK], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == [
        "form: Target softness A number, at least 0 and less than 1.",
        "differences: Checkpoints › Target softness",
        "API: True",
        "reference: ['Target softness']",
        "refused: checkpoints.target_softness",
    ], done.stderr
