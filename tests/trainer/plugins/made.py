"""Datasets in Python, written as people write them."""

from __future__ import annotations

import textwrap
from pathlib import Path

from trainer.plugins.loading import Plugin, plugin_named

MOONS = """
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from trainer.plugins import dataset


@dataset(title="Two moons", task="classification", classes=["upper", "lower"], columns=["x", "y"])
def moons(
    num_examples: Annotated[int, Field(ge=10, le=100_000, description="Of both moons.")] = 100,
    noise: Annotated[float, Field(ge=0, lt=1)] = 0.1,
    shape: Literal["round", "flat"] = "round",
    shuffled: bool = True,
    note: Annotated[str, Field(max_length=9, title="A note")] = "",
):
    \"\"\"Two interleaved half circles.\"\"\"
    random = np.random.default_rng(0)
    for start in range(0, num_examples, 40):
        moon = np.arange(start, min(num_examples, start + 40)) % 2
        yield np.stack([moon, random.normal(0, noise + 0.1, len(moon))], axis=1), moon
"""
HEAD = "import numpy as np\nfrom trainer.plugins import dataset\n@dataset(classes=['no', 'yes'])\n"


def written(folder: Path, source: str, name: str = "moons.py") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(textwrap.dedent(source))
    return path


def made(folder: Path, body: str, head: str = HEAD) -> Plugin:
    """The dataset ``made`` whose function has this body."""
    written(folder, f"{head}def made(n: int = 4):\n{textwrap.indent(textwrap.dedent(body), '    ')}", "made.py")
    return plugin_named("made.py:made", folder)
