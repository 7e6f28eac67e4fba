"""A column that holds the facts of a dataset."""

from __future__ import annotations

from typing import Any

from django.db import models

from trainer.data.facts import DatasetFacts


class FactsField(models.JSONField):
    """:class:`DatasetFacts`, stored as JSON. An empty object, which only migrations write, is read as ``None``."""

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        stored = super().from_db_value(value, expression, connection)
        return DatasetFacts.model_validate(stored) if isinstance(stored, dict) and stored else None

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        plain = value.model_dump(mode="json") if isinstance(value, DatasetFacts) else value
        return super().get_db_prep_value(plain, connection, prepared)
