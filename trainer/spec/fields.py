"""How spec fields are declared: each field describes itself.

A field declared with :func:`field` carries its label, help, source, unit and range. The experiment form,
the API schema, the differences between runs and the field reference are all generated from these declarations; none of
them lists fields of its own.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Part(BaseModel):
    """A section of a spec: immutable, strict about types, refuses unknown fields and NaN."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, validate_default=True)


def field(
    default: Any = ...,
    *,
    label: str,
    help: str,
    source: str = "",
    unit: str = "",
    advanced: bool = False,
    hidden: bool = False,
    essential: bool = False,
    applies_to: tuple[str, ...] = (),
    option_labels: dict[str, str] | None = None,
    option_applies_to: dict[str, tuple[str, ...]] | None = None,
    **constraints: Any,
) -> Any:
    """Declare a spec field.

    ``label``, ``help``, ``source`` (a paper or documentation page) and ``unit`` are shown to people.
    ``advanced`` collapses the field, ``essential`` puts it at the top of the form, ``hidden`` keeps it out of the
    form (the system fills it in). ``applies_to`` names the traits of data for which the field is meaningful: a task
    ("classification", "regression"), a kind ("image", "table"), "test split" for data that comes with one; empty
    means all. ``option_applies_to`` does the same for single options of a choice. ``option_labels`` gives the readable
    names of the options. ``constraints`` are pydantic's own: ``ge``, ``gt``, ``le``, ``lt``, ``min_length``,
    ``max_length``, ``discriminator``.
    """
    shown: dict[str, Any] = {"source": source, "unit": unit, "advanced": advanced, "hidden": hidden}
    shown |= {"essential": essential, "applies_to": list(applies_to), "option_labels": option_labels or {}}
    shown |= {"option_applies_to": {option: list(traits) for option, traits in (option_applies_to or {}).items()}}
    if callable(default):
        return Field(default_factory=default, title=label, description=help, json_schema_extra=shown, **constraints)
    return Field(default, title=label, description=help, json_schema_extra=shown, **constraints)
