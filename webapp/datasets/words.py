"""What data is of, in words."""

from __future__ import annotations

from trainer.messages.message import Message
from trainer.spec.metrics import CLASSIFICATION, REGRESSION

KINDS = {"image": Message("images"), "table": Message("tables")}
TASKS = {CLASSIFICATION: Message("classification"), REGRESSION: Message("regression")}
# What a field or an option of a spec may be limited to.
TRAITS = {
    **KINDS,
    **TASKS,
    "test split": Message("data with a test split"),
    "categories": Message("tables with categories"),
    "missing numbers": Message("tables with missing numbers"),
    "missing categories": Message("tables with missing categories"),
}
