"""The modules of the trainer that the web process imports load no heavy library."""

from __future__ import annotations

import json
import subprocess
import sys

READ_BY_THE_WEB = ("spec", "errors", "validation.presets", "events.events", "data.catalog", "data.sizes")
READ_BY_THE_WEB += ("data.image_formats", "networks.families", "checkpoints.checkpoint_files", "filesystem.archives")
READ_BY_THE_WEB += ("filesystem.regular_files",)
PROGRAM = "import sys, json, {}; print(json.dumps(sorted(sys.modules)))"


def test_forms_and_previews_need_neither_keras_nor_numpy() -> None:
    modules = ", ".join(f"trainer.{name}" for name in READ_BY_THE_WEB)
    answer = subprocess.run([sys.executable, "-c", PROGRAM.format(modules)], capture_output=True, check=True, text=True)
    loaded = {name.split(".")[0] for name in json.loads(answer.stdout)}
    assert not loaded & {"numpy", "keras", "tensorflow", "sklearn", "scipy", "PIL", "django"}
