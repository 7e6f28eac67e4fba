"""What `make soak` runs, and the mark of the tests that only it has time for."""

from __future__ import annotations

import os

import pytest

# Variants of what is tested anyway; `python -m tests.soak.faults` runs them.
soak = pytest.mark.skipif("SOAK" not in os.environ, reason="a variant that make soak runs")
