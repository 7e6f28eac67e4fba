"""The experiment form, written from the spec: a field added to ``trainer/spec/`` appears here by itself."""

from __future__ import annotations

from webapp.runs.specform.form import SpecForm

__all__ = ["SpecForm"]
