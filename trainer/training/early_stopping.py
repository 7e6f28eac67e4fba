"""Early stopping whose state is part of the checkpoint."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from trainer import spec


@dataclass
class EarlyStopper:
    """Counts epochs without an improvement of the validation loss (Prechelt 1998, rule UP).

    ``best`` is the lowest loss so far, ``waited`` the epochs since.
    """

    rule: spec.EarlyStopping
    best: float = math.inf
    waited: int = 0

    def observe(self, loss: float) -> bool:
        """Record the validation loss of an epoch; returns whether training should end."""
        if loss < self.best - self.rule.min_delta:
            self.best, self.waited = loss, 0
        else:
            self.waited += 1
        return self.waited >= self.rule.patience

    def to_json(self) -> dict[str, Any]:
        return {"best": None if math.isinf(self.best) else self.best, "waited": self.waited}

    def restore(self, state: dict[str, Any]) -> None:
        """Continue counting; a run that early stopping had ended starts counting from zero again."""
        self.best = math.inf if state.get("best") is None else float(state["best"])
        waited = int(state.get("waited", 0))
        self.waited = 0 if waited >= self.rule.patience else waited
