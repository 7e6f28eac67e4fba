"""Columns of a table that say nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from trainer.data.findings.finding import Finding, first_of
from trainer.data.loading import Data
from trainer.messages.message import Message


def columns(data: Data) -> Iterator[Finding]:
    """What is said about the columns of a table."""
    if data.facts.kind == "table":
        yield from _constants(data)


def _constants(data: Data) -> Iterator[Finding]:
    constant = np.flatnonzero(np.ptp(data.inputs, axis=0) == 0)
    if len(constant):
        message = Message(
            "{count} column has the same value in every example: {names}.",
            plural="{count} columns have the same value in every example: {names}.",
            count=len(constant),
            names=first_of([data.facts.feature_names[index] for index in constant]),
        )
        yield Finding("constants", message, Message("It says nothing about the target. Leave it out."))
