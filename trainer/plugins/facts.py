"""What is known of a dataset in Python without running its code, as values that travel to the site."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from trainer.messages.message import NOTHING, Message
from trainer.plugins.parameters import Parameter

# How a dataset is named: its file in the plug-in folder, and the function.
FILE = r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}\.py"
PATTERN = rf"^{FILE}:[A-Za-z_][A-Za-z0-9_]{{0,99}}$"

DeclaredTask = Literal["auto", "classification", "regression"]


class PluginFacts(BaseModel):
    """A dataset in Python. Of a file that cannot be used there is the ``problem`` alone, and no ``function``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str
    function: str = ""
    title: str = ""
    description: str = ""
    task: DeclaredTask = "auto"
    classes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    target: str = "y"
    parameters: tuple[Parameter, ...] = ()
    problem: Message = NOTHING

    @property
    def name(self) -> str:
        """``moons.py:moons``; of a file that cannot be used, the file."""
        return f"{self.file}:{self.function}" if self.function else self.file
