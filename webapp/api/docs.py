"""The documentation page of the API, generated from its OpenAPI document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from trainer.messages.message import Message
from trainer.spec.fields import first_paragraph
from webapp.api.root import api
from webapp.teams.access import public

EXAMPLE = {"experiment": "Digits", "spec": {"dataset": {"name": "digits"}, "fit": {"epochs": 50}}}


@public
@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    document = api.get_openapi_schema()
    context = {
        "about": Message(document["info"]["description"]),
        "groups": [(Message(name), operations) for name, operations in _groups(document).items()],
        "spec_tables": list(_tables(document)),
        "address": request.build_absolute_uri(document.path_prefix).rstrip("/"),
        "example": json.dumps(EXAMPLE),
    }
    return render(request, "api/docs.html", context)


def texts() -> Iterator[str]:
    """Every text of the page that comes from the OpenAPI document, which itself is in English."""
    document = api.get_openapi_schema()
    yield document["info"]["description"]
    for group, operations in _groups(document).items():
        yield group
        for operation in operations:
            yield from (operation["summary"].text, operation["description"].text)
            yield from (text.text for _, text in operation["answers"])
            yield from (field["description"].text for field in (*operation["parameters"], *operation["body"]))


def _groups(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Operations by their tag, each with what the page shows."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            shown = _operation(path, method, operation, document)
            groups.setdefault(operation["tags"][0], []).append(shown)
    return groups


def _operation(path: str, method: str, operation: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    return {
        "anchor": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": Message(operation["summary"]),
        "description": Message(operation.get("description", "")),
        # Path parameters are left out: their names explain them.
        "parameters": [
            _field(each["name"], each["schema"], each["required"])
            for each in operation["parameters"]
            if each["in"] == "query"
        ],
        "body": _fields(_resolve(body, document)),
        "answers": [(status, Message(answer["description"])) for status, answer in operation["responses"].items()],
    }


def _tables(document: dict[str, Any]) -> Iterator[tuple[str, Message, Message, list[dict[str, Any]]]]:
    """(anchor, title, description, fields) of every part of a spec."""
    schemas = document["components"]["schemas"]
    for name in _reachable("Spec", schemas):
        schema = schemas[name]
        described = Message(first_paragraph(schema.get("description", "")))
        yield name, Message(schema.get("title", name)), described, _fields(schema)


def _reachable(name: str, schemas: dict[str, Any], seen: dict[str, None] | None = None) -> list[str]:
    """``name`` and every schema that it refers to, in the order of first mention."""
    seen = {} if seen is None else seen
    if name in seen or name not in schemas:
        return list(seen)
    seen[name] = None
    for target in _references(schemas[name]):
        _reachable(target, schemas, seen)
    return list(seen)


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"].rsplit("/", 1)[1]
        for part in value.values():
            yield from _references(part)
    elif isinstance(value, list):
        for part in value:
            yield from _references(part)


def _resolve(schema: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref")
    return document["components"]["schemas"][reference.rsplit("/", 1)[1]] if reference else schema


def _fields(schema: dict[str, Any]) -> list[dict[str, Any]]:
    required = schema.get("required", [])
    return [_field(name, field, name in required) for name, field in schema.get("properties", {}).items()]


def _field(name: str, schema: dict[str, Any], required: bool) -> dict[str, Any]:
    return {
        "name": name,
        "kind": _kind(schema),
        "links": list(dict.fromkeys(_references(schema))),
        "range": _range(schema),
        "default": json.dumps(schema["default"]) if "default" in schema and not _references_any(schema) else "",
        "required": required,
        "description": Message(schema.get("description", "")),
        "source": schema.get("source", ""),
    }


def _references_any(schema: dict[str, Any]) -> bool:
    return any(True for _ in _references(schema))


def _kind(schema: dict[str, Any]) -> str:
    """The type in a word or two; the names of other schemas are links beside it."""
    if "const" in schema:
        return json.dumps(schema["const"])
    if "enum" in schema:
        return ", ".join(json.dumps(choice) for choice in schema["enum"])
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return " or ".join(filter(None, dict.fromkeys(_kind(part) for part in schema[several])))
    if schema.get("type") == "array":
        return "list"
    return str(schema.get("format") or schema.get("type") or "")


def _range(schema: dict[str, Any]) -> str:
    signs = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    parts = [part for part in schema.get("anyOf", [schema]) if part.get("type") != "null"]
    return ", ".join(f"{sign} {part[name]:,.10g}" for part in parts for name, sign in signs.items() if name in part)
