"""How spec fields are declared: each field describes itself.

A field declared with :func:`field` carries its label, help, source, unit and range. The experiment form,
the API schema, the differences between runs and the field reference are all generated from these declarations; none of
them lists fields of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, get_args

from pydantic import BaseModel, ConfigDict, Field


class Part(BaseModel):
    """A section of a spec: immutable, strict about types, refuses unknown fields and NaN."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False, validate_default=True)


class Option(Part):
    """A part that is one option of a choice, such as an optimiser. Its first field is ``kind``, a literal.

    ``title`` is the readable name; ``suits`` the traits of data that the option is for, as in ``applies_to`` of
    :func:`field`, all when empty.
    """

    title: ClassVar[str]
    suits: ClassVar[tuple[str, ...]] = ()


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
    synonyms: str = "",
    option_labels: dict[str, str] | None = None,
    option_applies_to: dict[str, tuple[str, ...]] | None = None,
    **constraints: Any,
) -> Any:
    """Declare a spec field.

    ``label``, ``help``, ``source`` (a paper or documentation page) and ``unit`` are shown to people.
    ``advanced`` collapses the field, ``essential`` puts it at the top of the form, or opens a section there,
    ``hidden`` keeps it out of the form (the system fills it in). ``synonyms`` are other words, in English and Chinese,
    by which people look for it. ``applies_to`` names the traits of data for which the field is meaningful: a task
    ("classification", "multilabel", "regression"), a kind ("image", "table"), "test split" or "validation split" for
    data that comes with one, "groups" or "times" for data that has them, "categories", "missing numbers" and "missing
    categories" for tables with such columns; empty means all. ``option_applies_to`` does the same for single options of
    a choice. ``option_labels`` gives the readable names of the options. ``constraints`` are pydantic's own: ``ge``,
    ``gt``, ``le``, ``lt``, ``min_length``, ``max_length``, ``discriminator``.
    """
    shown: dict[str, Any] = {"source": source, "unit": unit, "advanced": advanced, "hidden": hidden}
    shown |= {"essential": essential, "applies_to": list(applies_to), "option_labels": option_labels or {}}
    shown |= {"synonyms": synonyms}
    shown |= {"option_applies_to": {option: list(traits) for option, traits in (option_applies_to or {}).items()}}
    if callable(default):
        return Field(default_factory=default, title=label, description=help, json_schema_extra=shown, **constraints)
    return Field(default, title=label, description=help, json_schema_extra=shown, **constraints)


def choice(options: Any, default: Any = ..., *, label: str, help: str, **shown: Any) -> Any:
    """Declare a field that holds one of ``options``, a union of :class:`Option`; names and traits are their own."""
    traits = {kind_of(option): option.suits for option in get_args(options) if option.suits}
    labels = titles_of(options)
    shown |= {"option_labels": labels, "option_applies_to": traits, "discriminator": "kind"}
    return field(default, label=label, help=help, **shown)


def summary_of(part: type[BaseModel]) -> str:
    """Return what a part is, for people: the first paragraph of its docstring."""
    return first_paragraph(part.__doc__ or "")


def first_paragraph(text: str) -> str:
    """Return the first paragraph of ``text`` as one line."""
    return " ".join(text.partition("\n\n")[0].split())


def option_label(option: Any, labels: Mapping[str, str]) -> str:
    """Return the readable name of one option of a choice: its own among ``labels``, else its name in a spec."""
    return labels.get(option) or str(option).replace("_", " ").capitalize()


def titles_of(options: Any) -> dict[str, str]:
    """Return the readable name of each kind of a union of :class:`Option`."""
    return {kind_of(option): option.title for option in get_args(options)}


def kind_of(option: type[Option]) -> str:
    """Return the name of the option in a spec."""
    kind: str = option.model_fields["kind"].default
    return kind
