"""A part with one field of every kind that a form can show."""

from __future__ import annotations

from typing import Any, Literal

from django.http import QueryDict

from trainer.spec.fields import Part, field
from webapp.spec_ui.form import SpecForm


class Inner(Part):
    """An inner part."""

    rate: float = field(0.5, label="Rate", help="A rate.", gt=0.0, le=1.0)


class Wide(Part):
    """The wide kind."""

    kind: Literal["wide"] = "wide"
    size: int = field(4, label="Size", help="A size.", ge=1)


class Deep(Part):
    """The deep kind."""

    kind: Literal["deep"] = "deep"
    size: int = field(8, label="Size", help="A size.", ge=1)
    depth: int = field(2, label="Depth", help="A depth.", ge=1)


class Every(Part):
    """One field of every kind."""

    count: int = field(1, label="Count", help="A count.", ge=1, le=9)
    share: float = field(0.1, label="Share", help="A share.")
    bound: float | None = field(None, label="Bound", help="A bound.")
    title: str = field("x", label="Title", help="A title.")
    on: bool = field(True, label="On", help="A switch.")
    colour: Literal["red", "green"] = field("red", label="Colour", help="One of two.")
    number: Literal[1, 2] = field(1, label="Number", help="One of two numbers.")
    inner: Inner = field(Inner, label="Inner", help="A part.")
    extra: Inner | None = field(None, label="Extra", help="A part that may be off.")
    rows: tuple[Inner, ...] = field(lambda: (Inner(),), label="Rows", help="A list.", min_length=1, max_length=3)
    sizes: tuple[int, ...] = field(lambda: (3, 4), label="Sizes", help="A list of numbers.")
    shape: Wide | Deep = field(Wide, label="Shape", help="A choice.", discriminator="kind")
    secret: int = field(7, label="Secret", help="Filled in by the system.", hidden=True)
    only_images: int = field(1, label="Only images", help="For images.", applies_to=("image",))


def posted(text: str) -> QueryDict:
    return QueryDict(text, mutable=False)


def values_of(text: str, root: type[Part] = Every) -> dict[str, Any]:
    return SpecForm.of_post(posted(text), root).values
