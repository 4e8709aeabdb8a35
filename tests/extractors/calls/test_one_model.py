"""All of what is read by means of an earlier answer is of one model, whatever stands behind a name
in the meantime."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.models.base import Call, Reply
from docglean.schemas.wire.dialects import plain
from pydantic import Field
from test_kept_answers import Model, ask, model_of, request_of, session, texts

FIRST, SECOND, THIRD = (f"gpt-6-luna-2026-0{month}-01" for month in (3, 4, 5))


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    async with await Ledger.open(tmp_path / "ledger.sqlite") as opened:
        yield opened


@pytest.fixture
def model() -> Model:
    return Model()


def serve(model: Model, name: str) -> None:
    """From now on this model answers, and says its name in every field."""
    model.name = model.word = name


@pytest.mark.parametrize("third", [FIRST, SECOND, THIRD])
async def test_an_answer_within_an_answer_is_of_its_model_too(
    ledger: Ledger, model: Model, third: str
) -> None:
    serve(model, FIRST)
    await ask(ledger, model, request_of(model_of(**texts("a", "b"))))
    serve(model, SECOND)
    await ask(ledger, model, request_of(model_of(**texts("c"))))
    serve(model, third)
    one = session(ledger, model)
    found = plain((await one.ask(request_of(model_of(**texts("a", "b", "c", "d"))))).data)[0]
    assert set(found.values()) == {third}
    assert model.fields[2:] == [["a", "b", "c", "d"]]
    assert one.read == one.served == {third}


async def test_what_the_inner_answer_lacks_is_not_taken_from_a_third(
    ledger: Ledger, model: Model
) -> None:
    serve(model, FIRST)
    for kind in (model_of(**texts("a", "b")), model_of(**texts("c"))):
        await ask(ledger, model, request_of(kind))
    serve(model, THIRD)
    found = await ask(ledger, model, request_of(model_of(**texts("a", "b", "c", "d"))))
    assert set(found.values()) == {THIRD}
    assert model.fields[2:] == [["d"], ["a", "b", "c", "d"]]


async def test_of_the_same_model_the_inner_answer_is_kept(ledger: Ledger, model: Model) -> None:
    serve(model, FIRST)
    for kind in (model_of(**texts("a", "b")), model_of(**texts("c"))):
        await ask(ledger, model, request_of(kind))
    found = await ask(ledger, model, request_of(model_of(**texts("a", "b", "c", "d"))))
    assert set(found.values()) == {FIRST}
    assert model.fields[2:] == [["d"]]


AGE = {"age": (Annotated[int | None, Field(le=150)], None)}


async def test_the_second_answer_about_a_field_is_not_taken_from_another(
    ledger: Ledger, model: Model
) -> None:
    serve(model, FIRST)
    await ask(ledger, model, request_of(model_of(**texts("a", "b"))))
    ages = iter([300, 30])

    def answer(told: Any, call: Call) -> Reply:
        age = next(ages, 44)
        serve(model, FIRST if age == 300 else SECOND)
        model.special = {"age": age}
        return model.answer(told, call)

    model.script = answer
    now = request_of(model_of(**texts("a", "b"), **AGE))
    for _ in range(2):  # as it came, and as the ledger has it
        one = session(ledger, model)
        found = plain((await one.ask(now)).data)[0]
        assert found["a"] == FIRST
        assert found["age"] == 300
        assert one.read == {FIRST}
    assert model.fields[1:] == [["age"]] * 2


async def test_an_answer_that_two_models_gave_is_not_kept(ledger: Ledger, model: Model) -> None:
    ages = iter([300, 30])

    def answer(told: Any, call: Call) -> Reply:
        model.special = {"age": next(ages, 44)}
        serve(model, FIRST if model.special["age"] == 300 else SECOND)
        return model.answer(told, call)

    model.script = answer
    await ask(ledger, model, request_of(model_of(**texts("a", "b"), **AGE)))
    found = await ask(ledger, model, request_of(model_of(**texts("a", "b", "c"), **AGE)))
    assert (found["a"], found["c"]) == (SECOND, SECOND)
    assert [len(fields) for fields in model.fields] == [3, 3, 4]


async def test_halves_of_what_is_added_are_of_one_model(ledger: Ledger, model: Model) -> None:
    names = list("abcdefgh")
    serve(model, FIRST)
    await ask(ledger, model, request_of(model_of(**texts(*names)), pages=(1,)))
    answers = iter([FIRST, FIRST])

    def answer(told: Any, call: Call) -> Reply:
        serve(model, next(answers, SECOND))
        reply = model.answer(told, call)
        cut = len(model.calls) == 2
        return reply.model_copy(update={"outcome": "truncated"}) if cut else reply

    model.script = answer
    now = request_of(model_of(**texts(*names, "x", "y")), pages=(1,))
    found = await ask(ledger, model, now)
    assert model.fields[1:3] == [["x", "y"], ["x"]]
    assert model.fields[-1] == [*names, "x", "y"]
    assert set(found.values()) == {SECOND}


async def test_models_without_a_name_are_one_and_a_name_is_another(
    ledger: Ledger, model: Model
) -> None:
    model.name = ""
    await ask(ledger, model, request_of(model_of(**texts("a", "b"))))
    model.word = "new"
    found = await ask(ledger, model, request_of(model_of(**texts("a", "b", "c"))))
    assert found == {"a": "old", "b": "old", "c": "new"}
    serve(model, FIRST)
    found = await ask(ledger, model, request_of(model_of(**texts("a", "b", "d"))))
    assert set(found.values()) == {FIRST}
