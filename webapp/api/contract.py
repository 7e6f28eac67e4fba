"""The OpenAPI document says what the API does: what every operation may refuse, and what JSON numbers are."""

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

from webapp.http.refusals import refusal

REFUSAL = {"application/json": {"schema": {"$ref": "#/components/schemas/Refusal"}}}
ALWAYS = {401: "No valid token", 503: "The database or the store is unavailable"}
WITH_ID = {404: "Not in your team"}
WITH_QUERY = {422: "Values that are not accepted"}
WITH_BODY = {400: "Not JSON", 408: "It did not arrive", 413: "Too large", **WITH_QUERY}
LARGEST_EXACT = 2**53  # beyond it a float stands for several whole numbers


class JsonParser(Parser):
    """JSON knows one kind of number: 1.0 is the whole number 1, as its schema says."""

    def parse_body(self, request: HttpRequest) -> Any:
        return json.loads(request.body, parse_float=number)


def number(text: str) -> float | int:
    """What a JSON number with a point or an exponent is in Python."""
    given = float(text)
    return int(given) if given.is_integer() and abs(given) < LARGEST_EXACT else given


class Api(NinjaAPI):
    """An API whose description is complete."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The document; it is written once, because anybody may ask for it and writing it takes a second."""
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
    """What every operation of its kind may answer besides what it says itself."""
    places = {parameter["in"] for parameter in operation["parameters"]}
    found = ALWAYS | (WITH_ID if "{id}" in path else {}) | (WITH_QUERY if "query" in places else {})
    found |= WITH_BODY if "requestBody" in operation else {}
    answers = operation["responses"]
    for status, description in found.items():
        answers.setdefault(status, {"description": description, "content": REFUSAL})
    operation["responses"] = dict(sorted(answers.items()))


def _require_discriminators(schema: Any, schemas: dict[str, Any]) -> None:
    """A part of a spec that is one of several has to say which; alone it may leave that out."""
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
    """The view of an address; a method that it does not have is refused as everything else is."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase = view(request, *args, **kwargs)
        if response.status_code != 405:
            return response
        allowed = response["Allow"]
        sentence = f"{request.method} is not one of the methods of this address: {allowed}."
        return refusal(405, sentence, headers={"Allow": allowed})

    return answer
