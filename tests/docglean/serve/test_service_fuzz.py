"""What OpenAPI promises holds for whatever is asked: schemathesis against the real application."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.schemas import APIOperation
from served_documents import ANN, Served, ended, handed_in, parcel_note, serving

pytestmark = pytest.mark.slow

FEW = 8
"""Examples of each operation."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("fuzzed")) as found:
        yield found


@pytest.fixture(scope="module")
def done(served: Served) -> str:
    with served.client() as client:
        id = handed_in(client, parcel_note(), schema="parcel")
        ended(client, id)
        return id


def operations(served: Served) -> list[APIOperation[Any]]:
    schema = schemathesis.openapi.from_url(f"{served.url}/openapi.json")
    return [found.ok() for found in schema.get_all_operations()]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_what_openapi_promises_holds(mode: GenerationMode, served: Served, done: str) -> None:
    """Statuses, types and shapes of answers, methods that there are not, tokens that are missing:
    all checks that schemathesis has."""
    tested = []
    for operation in operations(served):

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=FEW,
            derandomize=True,
            deadline=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def holds(case: schemathesis.Case) -> None:
            positive = mode is GenerationMode.POSITIVE
            if positive and "id" in case.path_parameters and case.method != "DELETE":
                case.path_parameters["id"] = done  # a document that is there
            if positive and "pages" in case.query:
                case.query["pages"] = "1-2"  # no pattern says that 9-1 are none
            case.call_and_validate(headers={"Authorization": f"Bearer {ANN}"})

        try:
            holds()
        except Unsatisfiable:  # it takes nothing that could be wrong
            continue
        tested.append(operation.label)
    assert len(tested) >= 7, tested
