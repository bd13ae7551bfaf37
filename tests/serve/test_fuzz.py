"""Whatever is sent, along our OpenAPI or against it: never a 5xx, and every answer is as documented."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import hypothesis
import pytest
import schemathesis
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from chatwright.serve.settings import ServeSettings
from chatwright.trainer import train
from running_server import running
from small_bot import write_project

CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
]
SLOW_PATHS = ("/model/train", "/model/test")  # each request is a process


@pytest.fixture(scope="module")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    project = write_project(tmp_path_factory.mktemp("small"))
    train(project)
    with running(ServeSettings(root=project, enable_api=True, teach=True)) as url:
        yield url


@pytest.fixture(scope="module")
def operations(server_url: str) -> list[schemathesis.schemas.APIOperation]:
    schema = schemathesis.openapi.from_url(f"{server_url}/openapi.json")
    found = [result.ok() for result in schema.get_all_operations()]
    # Without a bundle all else would be 409 from then on.
    return [operation for operation in found if operation.label != "DELETE /model"]


def attack(operation: schemathesis.schemas.APIOperation, mode: GenerationMode, examples: int) -> None:
    """Send ``examples`` requests as the schema says, or as it does not."""

    @hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def send(case: schemathesis.Case) -> None:
        case.call_and_validate(checks=CHECKS, timeout=120)

    if mode is GenerationMode.POSITIVE:
        send()
    else:
        with contextlib.suppress(hypothesis.errors.Unsatisfiable):  # no request to it can be wrong
            send()


def test_a_few_requests_to_every_route(operations: list[schemathesis.schemas.APIOperation]) -> None:
    assert len(operations) >= 18
    for operation in operations:
        if not operation.path.startswith(SLOW_PATHS):
            for mode in GenerationMode:
                attack(operation, mode, 15)


@pytest.mark.slow
@pytest.mark.timeout(7200)
def test_many_requests_to_every_route(operations: list[schemathesis.schemas.APIOperation]) -> None:
    for operation in operations:
        for mode in GenerationMode:
            attack(operation, mode, 20 if operation.path.startswith(SLOW_PATHS) else 300)
