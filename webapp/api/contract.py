"""The OpenAPI document: which errors every operation may return, and how JSON numbers are read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cached_property, wraps
from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser

from trainer.messages.message import Message
from webapp.http.refusals import refusal

REFUSAL = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
ALWAYS = {401: "No valid token", 503: "The database or the store is unavailable"}
WITH_ID = {404: "Not in your team"}
WITH_QUERY = {422: "Invalid values"}
WITH_BODY = {400: "Invalid JSON", 408: "The body did not arrive in time", 413: "The body is too large", **WITH_QUERY}
LARGEST_EXACT = 2**53  # above it a float stands for several integers


class JsonParser(Parser):
    """JSON has one kind of number: 1.0 is the integer 1, as its schema says."""

    def parse_body(self, request: HttpRequest) -> Any:
        return json.loads(request.body, parse_float=json_number)


def json_number(text: str) -> float | int:
    """The Python value of a JSON number with a point or an exponent."""
    given = float(text)
    return int(given) if given.is_integer() and abs(given) < LARGEST_EXACT else given


class Api(NinjaAPI):
    """An API whose description is complete."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """Return the document; it is generated once, because anyone may request it and that takes a second."""
        return self._document

    @cached_property
    def _document(self) -> OpenAPISchema:
        document = super().get_openapi_schema()
        for path, methods in document["paths"].items():
            for operation in methods.values():
                _add_refusals(path, operation)
        for schema in document["components"]["schemas"].values():
            _require_discriminators(schema, document["components"]["schemas"])
        return document


def _add_refusals(path: str, operation: dict[str, Any]) -> None:
    """Add the errors that every operation of its kind may return to those that it declares."""
    places = {parameter["in"] for parameter in operation["parameters"]}
    found = ALWAYS | (WITH_ID if "{id}" in path else {}) | (WITH_QUERY if "query" in places else {})
    found |= WITH_BODY if "requestBody" in operation else {}
    answers = operation["responses"]
    for status, description in found.items():
        answers.setdefault(status, {"description": description, "content": REFUSAL})
    operation["responses"] = dict(sorted(answers.items()))


def _require_discriminators(schema: Any, schemas: dict[str, Any]) -> None:
    """Require the discriminator in every part of a spec that is one of several; alone a part may omit it."""
    for union in _unions(schema):
        chosen = union["discriminator"]
        for reference in chosen["mapping"].values():
            part = schemas[reference.rsplit("/", 1)[1]]
            required = part.setdefault("required", [])
            if chosen["propertyName"] not in required:
                required.append(chosen["propertyName"])


def _unions(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if "discriminator" in value:
            yield value
        for part in value.values():
            yield from _unions(part)
    elif isinstance(value, list):
        for part in value:
            yield from _unions(part)


def with_json_refusals(view: Any) -> Any:
    """Wrap ``view`` so that an unsupported method is refused as JSON, like everything else."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = view(request, *args, **kwargs)
        if response.status_code != 405:
            return response
        allowed = response["Allow"]
        sentence = Message(
            "{method} is not allowed at this address; allowed: {allowed}.", method=str(request.method), allowed=allowed
        )
        return refusal(405, sentence, headers={"Allow": allowed})

    return answer
