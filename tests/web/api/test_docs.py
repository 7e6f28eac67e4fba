"""The description of the API follows from the spec and from the operations."""

from __future__ import annotations

import re

import pytest

from trainer.spec import Spec

pytestmark = pytest.mark.one_database

OPERATIONS = {
    ("post", "/api/v1/runs"),
    ("get", "/api/v1/runs"),
    ("get", "/api/v1/runs/{id}"),
    ("get", "/api/v1/runs/{id}/metrics"),
    ("get", "/api/v1/runs/{id}/step-losses"),
    ("post", "/api/v1/runs/{id}/stop"),
    ("post", "/api/v1/runs/{id}/resume"),
    ("post", "/api/v1/runs/{id}/check-resume"),
    ("post", "/api/v1/runs/{id}/reproduce"),
    ("post", "/api/v1/runs/{id}/delete"),
    ("post", "/api/v1/runs/{id}/restore"),
    ("get", "/api/v1/runs/{id}/purge"),
    ("post", "/api/v1/runs/{id}/purge"),
    ("get", "/api/v1/space"),
    ("put", "/api/v1/space/quota"),
    ("get", "/api/v1/checkpoints/free"),
    ("post", "/api/v1/checkpoints/free"),
    ("post", "/api/v1/checkpoints/{id}/verify"),
    ("post", "/api/v1/checkpoints/{id}/pin"),
    ("post", "/api/v1/checkpoints/{id}/note"),
    ("get", "/api/v1/checkpoints"),
    ("get", "/api/v1/checkpoints/{id}"),
    ("get", "/api/v1/checkpoints/{id}/download"),
    ("post", "/api/v1/checkpoints/{id}/evaluations"),
    ("get", "/api/v1/evaluations/{id}"),
    ("get", "/api/v1/datasets"),
    ("post", "/api/v1/datasets"),
    ("get", "/api/v1/datasets/{name}/recipes"),
    ("get", "/api/v1/datasets/{name}/versions"),
    ("post", "/api/v1/datasets/{name}/versions"),
    ("get", "/api/v1/datasets/{name}/examples"),
    ("get", "/api/v1/datasets/{name}/corrections"),
    ("post", "/api/v1/datasets/{name}/corrections"),
    ("post", "/api/v1/datasets/{name}/corrections/discard"),
    ("post", "/api/v1/runs/{id}/train-on"),
    ("get", "/api/v1/plugins"),
    ("post", "/api/v1/plugins/read"),
    ("post", "/api/v1/plugins/datasets"),
    ("get", "/api/v1/uploads/{id}"),
    ("put", "/api/v1/uploads/{id}/part"),
    ("post", "/api/v1/uploads/{id}/look"),
    ("post", "/api/v1/uploads/{id}/accept"),
    ("post", "/api/v1/uploads/{id}/discard"),
    ("get", "/api/v1/workers"),
}


@pytest.fixture
def document(client, db):
    return client.get("/api/v1/openapi.json").json()


def test_every_operation_is_described(document):
    described = {(method, path) for path, methods in document["paths"].items() for method in methods}
    assert described == OPERATIONS


def test_the_schema_of_a_spec_is_the_specs_own(document):
    described = document["components"]["schemas"]["Spec"]["properties"]
    own = Spec.model_json_schema()["properties"]
    assert described.keys() == own.keys()
    assert [described[name]["description"] for name in own] == [own[name]["description"] for name in own]


def test_every_reference_leads_somewhere(document):
    text = str(document)
    names = {part.split("'")[0] for part in text.split("#/components/schemas/")[1:]}
    assert names <= set(document["components"]["schemas"])
    assert "#/$defs" not in text


def test_the_page_shows_every_operation_and_every_field_of_the_spec(client, document):
    page = client.get("/api/v1/docs/").content.decode()
    assert all(path in page for _, path in OPERATIONS)
    assert all(f">{name}<" in page for name in Spec.model_fields)


def test_what_scrolls_on_the_page_can_be_reached_by_keyboard(client, db):
    page = client.get("/api/v1/docs/").content.decode()
    scrolling = re.findall(r'<(?:div|pre) class="(?:table-scroll|log)"([^>]*)>', page)
    assert len(scrolling) > 20
    assert [
        rest for rest in scrolling if not re.fullmatch(r' tabindex="0" role="region" aria-label="[^"]+"', rest)
    ] == []


def statuses(document, method, path):
    return {int(status) for status in document["paths"][f"/api/v1{path}"][method]["responses"]}


def test_every_operation_says_what_it_may_refuse(document):
    assert statuses(document, "get", "/workers") == {200, 401, 503}
    assert statuses(document, "get", "/runs") == {200, 401, 422, 503}
    assert statuses(document, "get", "/runs/{id}") == {200, 401, 404, 503}
    assert statuses(document, "post", "/runs") == {201, 400, 401, 403, 404, 408, 413, 422, 503}
    assert statuses(document, "post", "/runs/{id}/resume") == {202, 400, 401, 403, 404, 408, 409, 413, 422, 503}


def test_every_refusal_has_the_same_shape(document):
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    refusals = [
        answer["content"]["application/json"]["schema"]["$ref"]
        for operation in operations
        for status, answer in operation["responses"].items()
        if int(status) >= 400
    ]
    assert set(refusals) == {"#/components/schemas/Refusal"}


def test_a_part_that_is_one_of_several_has_to_say_which(document):
    schemas = document["components"]["schemas"]
    parts = [schemas[name] for name in ("Mlp", "ConvNet", "Adam", "Sgd")]
    assert all("kind" in part["required"] for part in parts)


def test_the_root_leads_to_the_page(client, db):
    assert client.get("/api/v1/").url == "/api/v1/docs/"


def test_health_says_what_is_there_and_nothing_else(client, db):
    answer = client.get("/healthz/")
    assert (answer.status_code, answer.json()) == (200, {"database": True, "redis": True})
