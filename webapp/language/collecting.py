"""Collects the sentences that have to be translated: from the code, the templates, the scripts and the declarations."""

from __future__ import annotations

import ast
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from babel.messages.extract import extract
from django.conf import settings
from django.utils.translation.template import templatize
from pydantic import BaseModel

from trainer.data.bundled.catalog import CATALOG
from trainer.spec import Spec
from trainer.spec.fields import Option, option_label, summary_of
from trainer.spec.metrics import METRICS, PENALTY, name_in_sentence, title_of
from webapp.language import declaring

# Calls whose first argument is a sentence.
MARKS = {"Message", "_"}
IN_CONTEXT = {"pgettext_lazy"}  # with the context before it
KEYWORDS: dict[str, Any] = {"gettext": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2), "_": None}
Identity = tuple[str, str]


@dataclass(frozen=True)
class Sentence:
    """One sentence with the file it stands in. ``plural`` and ``context`` are empty for most."""

    text: str
    place: str
    plural: str = ""
    context: str = ""

    @property
    def identity(self) -> Identity:
        return self.context, self.text


def of_trainer() -> list[Sentence]:
    return [*_in_code(settings.BASE_DIR / "trainer"), *_declared()]


def of_site() -> list[Sentence]:
    """The site's own; a sentence that the trainer has as well is translated there."""
    theirs = {sentence.identity for sentence in of_trainer()}
    declared = [sentence for place, texts in declaring.declared.items() for sentence in _sentences(place, *texts())]
    found = [*_in_code(settings.BASE_DIR / "webapp"), *_in_templates(), *declared]
    return [sentence for sentence in found if sentence.identity not in theirs]


def of_scripts() -> list[Sentence]:
    folder = settings.BASE_DIR / "static" / "js"
    return [sentence for path in sorted(folder.rglob("*.js")) for sentence in _extracted("javascript", path)]


def _in_code(folder: Path) -> Iterator[Sentence]:
    for path in sorted(folder.rglob("*.py")):
        if "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                yield from _in_call(node, _place(path))


def _in_call(call: ast.Call, place: str) -> Iterator[Sentence]:
    name = _name(call.func)
    if name in IN_CONTEXT:
        yield Sentence(_literal(call.args[1:]), place, context=_literal(call.args[:1]))
    elif name in MARKS and (text := _literal(call.args[:1])):
        plural = _literal([keyword.value for keyword in call.keywords if keyword.arg == "plural"])
        yield Sentence(text, place, plural)


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else ""


def _literal(nodes: list[ast.expr]) -> str:
    """The text of the first node, "" if it is not a literal text."""
    return nodes[0].value if nodes and isinstance(nodes[0], ast.Constant) and isinstance(nodes[0].value, str) else ""


def _in_templates() -> Iterator[Sentence]:
    for path in sorted((settings.BASE_DIR / "templates").rglob("*.html")):
        as_python = templatize(path.read_text(), origin=_place(path))
        # It keeps the indentation of the template, which Python would not accept.
        yield from _extracted("python", path, "\n".join(line.strip() for line in as_python.splitlines()))


def _extracted(method: str, path: Path, text: str | None = None) -> Iterator[Sentence]:
    file = io.BytesIO((path.read_text() if text is None else text).encode())
    for _, found, _, context in extract(method, file, KEYWORDS):
        one, many = found if isinstance(found, tuple) else (found, "")
        if one:
            yield Sentence(one, _place(path), many, context or "")


def _place(path: Path) -> str:
    return path.relative_to(settings.BASE_DIR).as_posix()


def _declared() -> Iterator[Sentence]:
    """Texts that fields, options, metrics, bundled datasets and examples declare of themselves."""
    yield from _of_part(Spec, set())
    for name in (*METRICS, PENALTY):
        yield from _sentences("trainer/spec/metrics.py", title_of(name).text, name_in_sentence(name).text)
    yield from _sentences("trainer/spec/metrics.py", *(metric.short for metric in METRICS.values()))
    for facts in CATALOG.values():
        yield from _sentences("trainer/data/bundled/catalog.py", facts.title, facts.description, facts.target_name)


def _of_part(part: type[BaseModel], seen: set[type[BaseModel]]) -> Iterator[Sentence]:
    if part in seen:
        return
    seen.add(part)
    place = part.__module__.replace(".", "/") + ".py"
    yield from _sentences(place, summary_of(part))
    if issubclass(part, Option):
        yield from _sentences(place, part.title)
    for field in part.model_fields.values():
        if field.title is None:  # the kind of an option, which has the title of the option
            continue
        shown: Any = field.json_schema_extra or {}
        labels = shown.get("option_labels", {})
        options = [option_label(option, labels) for option in _options_in(field.annotation)]
        yield from _sentences(place, field.title, field.description, shown.get("unit"), *labels.values(), *options)
        for inner in _parts_in(field.annotation):
            yield from _of_part(inner, seen)


def _parts_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _parts_in(argument)


def _options_in(annotation: Any) -> Iterator[Any]:
    for argument in get_args(annotation):
        yield from [argument] if get_origin(annotation) is Literal else _options_in(argument)


def _sentences(place: str, *texts: Any) -> Iterator[Sentence]:
    yield from (Sentence(str(text), place) for text in texts if text)
