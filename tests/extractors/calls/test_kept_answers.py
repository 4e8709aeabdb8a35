"""A schema that has changed, request by request: what of an earlier answer is kept, and what is
asked for. The model is a stand-in that answers whatever it is asked for, and counts that."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import pytest
from asked_model import StandInInput, StandInModel, ok, pages_of
from docglean.extractors.calls.session import DeadlineClock, DocumentSession, ModelGateway
from docglean.extractors.documents.cache import Unreadable
from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.ledger.tables import RequestMeta
from docglean.extractors.models.base import Call, Reply
from docglean.extractors.requests.plan import Request
from docglean.schemas.schema import load_schema, schema_of
from docglean.schemas.subset import subset
from docglean.schemas.wire.dialects import DIALECTS, plain
from pydantic import BaseModel, Field, create_model, model_validator

DOCUMENT = "d" * 64


def model_of(**fields: Any) -> type[BaseModel]:
    return create_model("Doc", __doc__="A document.", **fields)


def texts(*names: str) -> dict[str, Any]:
    return dict.fromkeys(names, (str | None, None))


def request_of(kind: type[BaseModel], **told: Any) -> Request:
    facts: dict[str, Any] = {
        "document": DOCUMENT, "pages": (1, 2), "total": 2, "medium": "pages", "reads": "numbers",
        "dialect": DIALECTS["openai"], "model": "x",
    }  # fmt: skip
    return Request(schema=schema_of(kind), **facts | told)


def said(schema: dict[str, Any], word: str) -> Any:
    """An answer that says the same word everywhere; one entry to each list."""
    if "$ref" in schema or "anyOf" in schema or schema.get("type") == "string":
        return word
    if schema["type"] == "array":
        return [said(schema["items"], word)]
    return {name: said(inner, word) for name, inner in schema["properties"].items()}


class Model(StandInModel):
    """Says the word that is told it; `fields` are those of each question."""

    def __init__(self) -> None:
        super().__init__(self.answer)
        self.word, self.name = "old", "m-1"
        self.special: dict[str, Any] = {}
        self.fields: list[list[str]] = []

    def answer(self, _: StandInModel, call: Call) -> Reply:
        assert call.json_schema is not None
        properties = call.json_schema["properties"]
        self.fields.append(list(properties))
        special = {name: one for name, one in self.special.items() if name in properties}
        return ok(said(call.json_schema, self.word) | special, model=self.name)


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    async with await Ledger.open(tmp_path / "ledger.sqlite") as opened:
        yield opened


@pytest.fixture
def model() -> Model:
    return Model()


def session(ledger: Ledger, model: Model) -> DocumentSession:
    return DocumentSession(
        gateway=ModelGateway(model, ledger, 8),
        input=StandInInput(total=2),
        meta=RequestMeta(document=DOCUMENT, name="a.pdf"),
        clock=DeadlineClock(1000),
        unreadable=Unreadable({}, "u", "d", ledger),
    )


async def ask(ledger: Ledger, model: Model, request: Request, *, whole: bool = True) -> Any:
    return plain((await session(ledger, model).ask(request, whole=whole)).data)[0]


async def test_a_column_that_was_added_has_its_whole_list_asked_for(
    ledger: Ledger, model: Model
) -> None:
    def doc(*columns: str) -> type[BaseModel]:
        rows = list[create_model("Row", **texts(*columns))]  # type: ignore[misc]
        return model_of(**texts("a", "b", "c", "d"), rows=(rows, []))

    await ask(ledger, model, request_of(doc("x", "y")))
    model.word = "new"
    one = session(ledger, model)
    found = plain((await one.ask(request_of(doc("x", "y", "z")))).data)[0]
    assert model.fields[1:] == [["rows"]]
    # No row is put together of two answers.
    assert found == dict.fromkeys("abcd", "old") | {"rows": [dict.fromkeys("xyz", "new")]}
    assert (one.spent.fields_asked, one.spent.fields_kept) == (3, 4)


async def test_in_an_object_what_tells_it_apart_is_shown_and_the_earlier_value_stays(
    ledger: Ledger, model: Model
) -> None:
    def doc(*names: str) -> type[BaseModel]:
        return model_of(
            **texts("a", "b", "c", "d", "e"), party=(create_model("P", **texts(*names)), ...)
        )

    await ask(ledger, model, request_of(doc("name", "city")))
    model.word = "new"
    found = await ask(ledger, model, request_of(doc("name", "city", "tax")))
    assert [sorted(call.json_schema["properties"]) for call in model.calls[1:]] == [["party"]]  # type: ignore[index]
    assert found["party"] == {"name": "old", "city": "old", "tax": "new"}


async def test_the_better_answer_of_two_is_kept(ledger: Ledger, model: Model) -> None:
    age = (Annotated[int | None, Field(le=150)], None)
    before, now = model_of(**texts("a", "b"), age=age), model_of(**texts("a", "b", "c"), age=age)
    answers = iter([300, 30])
    plain_answer = model.answer

    def answer(told: StandInModel, call: Call) -> Reply:
        model.special = {"age": next(answers, 7)}
        return plain_answer(told, call)

    model.script = answer
    assert (await ask(ledger, model, request_of(before)))["age"] == 30
    assert len(model.calls) == 2
    found = await ask(ledger, model, request_of(now))
    assert model.fields[2:] == [["c"]]
    assert (found["age"], found["a"]) == (30, "old")


async def test_what_only_all_fields_together_break_was_asked_for_again_too(
    ledger: Ledger, model: Model
) -> None:
    class Base(BaseModel):
        """A document."""

        a: str | None = None
        b: str | None = None

        @model_validator(mode="after")
        def differ(self) -> Base:
            if self.a is not None and self.a == self.b:
                raise ValueError("a and b are the same")
            return self

    before = create_model("Doc", __doc__="A document.", __base__=Base)
    now = create_model("Doc", __doc__="A document.", __base__=Base, c=(str | None, None))
    answers = iter(["old", "other"])
    plain_answer = model.answer

    def answer(told: StandInModel, call: Call) -> Reply:
        model.special = {"b": next(answers, "?")}
        return plain_answer(told, call)

    model.script = answer
    assert (await ask(ledger, model, request_of(before)))["b"] == "other"
    assert (await ask(ledger, model, request_of(now)))["b"] == "other"
    assert model.fields[2:] == [["c"]]


async def test_an_answer_that_was_never_asked_again_is_not_kept(
    ledger: Ledger, model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    age = (Annotated[int | None, Field(le=150)], None)
    model.special = {"age": 300}
    # As a kill between an answer and its re-ask leaves it.
    first = session(ledger, model)
    monkeypatch.setattr(first, "_again", _same)
    await first.ask(request_of(model_of(**texts("a", "b"), age=age)))
    model.special = {"age": 30}
    found = await ask(ledger, model, request_of(model_of(**texts("a", "b", "c"), age=age)))
    assert model.fields[1:] == [["a", "b", "c", "age"]]
    assert found["age"] == 30


async def _same(_: Request, found: Any, model: str, **how: Any) -> Any:
    del how
    return found, model


async def test_answers_of_two_models_are_never_put_together(ledger: Ledger, model: Model) -> None:
    await ask(ledger, model, request_of(model_of(**texts("a", "b"))))
    model.name, model.word = "m-2", "new"
    now = request_of(model_of(**texts("a", "b", "c")))
    one = session(ledger, model)
    assert plain((await one.ask(now)).data)[0] == dict.fromkeys("abc", "new")
    assert model.fields[1:] == [["c"], ["a", "b", "c"]]
    assert one.spent.fields_asked == 0
    await ask(ledger, model, now)
    assert len(model.calls) == 3


@pytest.mark.parametrize(
    "other",
    [
        {"document": "e" * 64}, {"model": "y"}, {"instructions": "Look twice."}, {"pages": (1,)},
        {"reads": "letters"}, {"effort": "low"}, {"paged": True}, {"repeat": 2},
        {"show_schema": True}, {"dialect": DIALECTS["anthropic"]}, {"max_tokens": 9_000},
    ],
    ids=lambda one: next(iter(one)),
)  # fmt: skip
async def test_what_was_asked_in_another_way_is_not_kept(
    ledger: Ledger, model: Model, other: dict[str, Any]
) -> None:
    await ask(ledger, model, request_of(model_of(**texts("a", "b"))))
    await ask(ledger, model, request_of(model_of(**texts("a", "b", "c")), **other))
    assert model.fields[1:] == [["a", "b", "c"]]


async def test_each_window_of_pages_is_completed_by_itself(ledger: Ledger, model: Model) -> None:
    windows = [{"pages": (1,), "paged": True}, {"pages": (2,), "paged": True}]
    before, now = model_of(**texts("a", "b")), model_of(**texts("a", "b", "c"))
    for told in windows:
        await ask(ledger, model, request_of(before, **told), whole=False)
    one = session(ledger, model)
    for told in windows:
        await one.ask(request_of(now, **told))
    assert [pages_of(call) for call in model.calls] == [[1], [2], [1], [2]]
    assert model.fields[2:] == [["c"]] * 2
    assert (one.spent.fields_asked, one.spent.fields_kept) == (1, 2)


async def test_a_group_of_fields_that_a_large_schema_is_split_into_is_completed(
    ledger: Ledger, model: Model
) -> None:
    names = [f"f{number}" for number in range(8)]
    before, now = model_of(**texts(*names)), model_of(**texts(*names, "g"))
    groups = [frozenset(f"/{name}" for name in some) for some in (names[:4], names[4:])]
    for paths in groups:
        await ask(ledger, model, request_of(before, paths=paths), whole=False)
    await ask(ledger, model, request_of(now, paths=groups[0]), whole=False)
    found = await ask(ledger, model, request_of(now, paths=groups[1] | {"/g"}), whole=False)
    assert model.fields[2:] == [["g"]]
    assert found["f4"] == found["g"] == "old"


async def test_what_another_engine_is_asked_for_again_is_neither_kept_nor_completed(
    ledger: Ledger, model: Model
) -> None:
    whole = request_of(model_of(**texts("a", "b", "c", "d")))
    part = replace(whole, schema=subset(whole.schema, frozenset({"/a", "/b"})))
    await ask(ledger, model, whole)
    await ask(ledger, model, part)
    assert model.fields[1:] == [["a", "b"]]
    await ask(ledger, model, request_of(model_of(**texts("a", "b", "z"))))
    assert model.fields[2:] == [["z"]]  # beside the answer to the whole schema


@pytest.mark.parametrize(("given", "asked"), [(False, [["d"]]), (True, [["a", "b", "c", "d"]])])
async def test_a_schema_on_one_line_gets_a_field_though_its_name_changes(
    ledger: Ledger, model: Model, given: bool, asked: list[list[str]]
) -> None:
    before = load_schema("a: text, b: text, c: text")
    now = load_schema("a: text, b: text, c: text, d: text")
    if given:  # a name that somebody gave says that it is another schema
        now = replace(now, model=create_model("Other", __base__=now.model))
    assert before.name != now.name
    request = request_of(model_of(**texts("a")))
    await ask(ledger, model, replace(request, schema=before))
    await ask(ledger, model, replace(request, schema=now))
    assert model.fields[1:] == asked


async def test_the_answer_about_the_new_field_may_be_lost(ledger: Ledger, model: Model) -> None:
    await ask(ledger, model, request_of(model_of(**texts("a", "b"))))
    model.script = lambda told, call: Reply(outcome="refused", model="m-1")
    one = session(ledger, model)
    reading = await one.ask(request_of(model_of(**texts("a", "b", "c"))))
    assert plain(reading.data)[0] == {"a": "old", "b": "old", "c": None}
    assert [problem.code for problem in one.problems] == ["refused"]
