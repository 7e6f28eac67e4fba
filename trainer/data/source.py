"""Where the data of a spec is. Imports no NumPy: a trainer that waits for a request must not have its threads yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from trainer.messages.message import Message

if TYPE_CHECKING:
    from trainer.data.loading import Data

Report = Callable[[float, Message], None]


@dataclass(frozen=True)
class DataSource:
    """The prepared ``folder``; without one, a dataset of the catalog, prepared below ``datasets`` when needed."""

    folder: Path | None
    datasets: Path

    def open(self, name: str, report: Report) -> Data:
        """Open the data; ``name`` is the dataset's in the spec, and ``report(fraction, message)`` receives progress.

        Raises what :func:`trainer.data.loading.load` and :func:`trainer.data.preparing.open_named` do.
        """
        from trainer.data.loading import load
        from trainer.data.preparing import open_named

        return load(self.folder) if self.folder is not None else open_named(name, self.datasets, report)
