"""The API held to its own OpenAPI document by schemathesis: every phase, every check, a real server."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import schemathesis
import uvicorn
from pydantic import ValidationError
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from trainer.spec import Spec
from webapp.api.contract import json_number
from webapp.asgi import application

DOCUMENT = "/api/v1/openapi.json"
LAUNCH = "POST /api/v1/runs"
# What fits no data or does not fit together is refused with 422, too; `a_spec_of_the_schema_is_read` asks for the rest.
ACCEPTED = ["2xx", "3xx", "401", "403", "404", "409", "429", "422"]


@schemathesis.check
def a_spec_of_the_schema_is_read(ctx: Any, response: Any, case: Any) -> None:
    """A launch may be refused for what a JSON schema cannot say, but not for the form of its spec."""
    if case.operation.label != LAUNCH or response.status_code != 422 or not case.meta.generation.mode.is_positive:
        return
    sent = json.loads(json.dumps(case.body["spec"]), parse_float=json_number)
    try:
        Spec.model_validate_json(json.dumps(sent))
    except ValidationError as error:
        # What does not fit together is found by validators of ours; pydantic itself compares with the schema.
        of_form = [problem for problem in error.errors() if problem["type"] != "value_error"]
        assert not of_form, f"The schema allows a spec that is refused: {of_form}"


def broken_promises(address: str, secret: str, *, seed: int, examples: int, **config: Any) -> tuple[list[str], int]:
    """(what the API does against its description, with a request that shows it; how many requests were sent).

    ``secret`` is a token of the team whose rows are tried. ``examples`` are generated for each operation and phase;
    ``config`` is schemathesis's own, as its file has it.
    """
    operations = [{"include-name": LAUNCH, "checks": {"positive_data_acceptance": {"expected-statuses": ACCEPTED}}}]
    given: dict[str, Any] = {
        "seed": seed,
        "headers": {"Authorization": f"Bearer {secret}"},
        "generation": {"max-examples": examples},
        "continue-on-failure": True,
        "request-timeout": 60,
    }
    given |= config | {"operations": operations + config.get("operations", [])}
    schema = schemathesis.openapi.from_url(address + DOCUMENT, timeout=60, config=SchemathesisConfig.from_dict(given))
    broken: dict[str, None] = {}
    num_cases = 0
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError):
            broken[f"{event.label}: {event.info.format()}"] = None
        elif isinstance(event, events.FatalError):
            broken[str(event.exception)] = None
        elif isinstance(event, events.ScenarioFinished):
            num_cases += len(event.recorder.cases)
            broken |= dict.fromkeys(_failures(event))
    return list(broken), num_cases


def _failures(event: events.ScenarioFinished) -> Iterator[str]:
    for checks in event.recorder.checks.values():
        for check in checks:
            if check.failure_info is not None:
                failure = check.failure_info
                yield f"[{event.phase.value}] {check.name}: {failure.failure}\n{failure.code_sample}"


@contextmanager
def server() -> Iterator[str]:
    """The site as uvicorn serves it, in a thread of this process; gives its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        running = uvicorn.Server(uvicorn.Config(application, log_level="error", lifespan="off"))
        thread = threading.Thread(target=running.run, args=([listener],))
        thread.start()
        try:
            while not running.started:
                time.sleep(0.01)
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            running.should_exit = True
            thread.join()
