"""Asking: through the ledger, bounded, halved, asked again once, by a deadline."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import pytest
from asked_model import Script, StandInInput, StandInModel, ok, pages_of
from docglean.extractors.calls import session
from docglean.extractors.calls.session import DeadlineClock, DocumentSession, ModelGateway
from docglean.extractors.documents.cache import Unreadable
from docglean.extractors.extraction import Usage
from docglean.extractors.gateway.gateway import READY
from docglean.extractors.ledger.ledger import Flight, Ledger
from docglean.extractors.ledger.tables import RequestMeta
from docglean.extractors.models.base import Call, Reply, TextPart
from docglean.extractors.requests.plan import Request
from docglean.schemas.errors import ConfigError
from docglean.schemas.schema import schema_of
from docglean.schemas.wire.dialects import DIALECTS, plain
from pydantic import BaseModel
from pydantic import Field as PydanticField


class Doc(BaseModel):
    """A document."""

    name: str | None = None
    age: Annotated[int | None, PydanticField(le=150)] = None
    items: list[str] = []


GOOD = {"name": "Ann", "age": 30, "items": []}


def always(reply: Reply) -> Script:
    return lambda model, call: reply


REQUEST = Request(
    document="d" * 64,
    pages=(1, 2, 3, 4),
    total=4,
    medium="pages",
    schema=schema_of(Doc),
    dialect=DIALECTS["openai"],
    reads="numbers",
    model="x",
)


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    async with await Ledger.open(tmp_path / "ledger.sqlite") as opened:
        yield opened


def stored(folder: Path, column: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(folder / "ledger.sqlite")) as connection:
        return connection.execute(f"select {column} from replies").fetchall()


def asked(
    ledger: Ledger, model: StandInModel, *, shown: StandInInput | None = None, **told: Any
) -> DocumentSession:
    concurrency = told.pop("concurrency", 8)
    return DocumentSession(
        gateway=told.pop("gateway", None) or ModelGateway(model, ledger, concurrency),
        input=shown or StandInInput(),
        meta=RequestMeta(document="d" * 64, name="a.pdf"),
        clock=told.pop("clock", DeadlineClock(1000)),
        unreadable=told.pop("unreadable", Unreadable({}, "u", "d", ledger)),
        **told,
    )


async def test_what_the_ledger_holds_is_neither_drawn_nor_sent(ledger: Ledger) -> None:
    model, shown = StandInModel(always(ok(GOOD))), StandInInput()
    first, second = (asked(ledger, model, shown=shown) for _ in range(2))
    reading = await first.ask(REQUEST)
    assert reading.pages == (1, 2, 3, 4)
    assert plain(reading.data)[0] == GOOD
    assert (len(model.calls), shown.drawn) == (1, [1, 2, 3, 4])
    assert await second.ask(REQUEST) == reading
    assert (len(model.calls), shown.drawn) == (1, [1, 2, 3, 4])
    assert (first.spent.calls, first.spent.cost) == (1, Decimal("0.01"))
    assert (second.spent.calls, second.spent.cached) == (0, 1)
    assert (second.spent.cost, second.spent.saved) == (0, Decimal("0.01"))


async def test_a_reply_is_stored_before_it_is_read(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: Any, **__: Any) -> None:
        assert [json.loads(text) for (text,) in stored(tmp_path, "text")] == [GOOD]
        raise MemoryError("the reader crashed")

    monkeypatch.setattr(session, "validate", crash)
    with pytest.raises(MemoryError):
        await asked(ledger, StandInModel(always(ok(GOOD)))).ask(REQUEST)


async def test_the_request_is_what_was_planned(ledger: Ledger) -> None:
    model = StandInModel(always(ok(GOOD)))
    await asked(ledger, model).ask(replace(REQUEST, instructions="Mind the seal.", effort="low"))
    [call] = model.calls
    assert pages_of(call) == [1, 2, 3, 4]
    assert call.json_schema == REQUEST.wire.json_schema
    assert (call.schema_name, call.max_tokens, call.effort) == ("doc", 16_000, "low")
    assert isinstance(call.parts[-1], TextPart)
    assert "Mind the seal." in call.parts[-1].text
    assert "_page" not in call.system


async def test_the_same_request_at_once_is_sent_once(ledger: Ledger) -> None:
    model = StandInModel(always(ok(GOOD)), seconds=0.05)
    gateway = ModelGateway(model, ledger, 8)
    sessions = [asked(ledger, model, gateway=gateway) for _ in range(5)]
    await asyncio.gather(*(one.ask(REQUEST) for one in sessions))
    assert len(model.calls) == 1
    assert sorted(one.spent.cached for one in sessions) == [0, 1, 1, 1, 1]


async def test_no_more_calls_are_under_way_than_allowed(ledger: Ledger) -> None:
    model, shown = StandInModel(always(ok(GOOD)), seconds=0.01), StandInInput()
    one = asked(ledger, model, shown=shown, concurrency=2)
    await asyncio.gather(*(one.ask(replace(REQUEST, pages=(n,))) for n in range(1, 21)))
    assert (len(model.calls), model.most) == (20, 2)


async def test_pages_are_not_drawn_long_before_they_are_sent(ledger: Ledger) -> None:
    shown = StandInInput()

    def script(model: StandInModel, call: Call) -> Reply:
        # What is drawn and not yet sent is held in memory.
        assert len(shown.drawn) - len(model.calls) <= READY * 2
        return ok(GOOD)

    one = asked(ledger, StandInModel(script, seconds=0.002), shown=shown, concurrency=2)
    await asyncio.gather(*(one.ask(replace(REQUEST, pages=(n,))) for n in range(1, 30)))


def cut_off_above(pages: int, fields: int = 99) -> Script:
    """A model whose answers about more than so many pages or fields are cut off."""

    def script(model: StandInModel, call: Call) -> Reply:
        assert call.json_schema is not None
        names = list(call.json_schema["properties"])
        if len(pages_of(call)) > pages or len(names) > fields:
            return Reply(outcome="truncated", text='{"name": "A', usage=Usage(output_tokens=9))
        rows = [{"_page": page, "value": f"item {page}"} for page in pages_of(call)]
        if "_page" not in call.system:
            rows = [row["value"] for row in rows]  # type: ignore[misc]
        answer = {"name": "Ann", "age": 30, "items": rows}
        return ok({name: answer[name] for name in names})

    return script


async def test_a_truncated_answer_is_asked_for_in_halves(ledger: Ledger) -> None:
    model = StandInModel(cut_off_above(2))
    one = asked(ledger, model)
    reading = await one.ask(REQUEST)
    assert [pages_of(call) for call in model.calls] == [
        [1, 2, 3, 4],
        [1, 2, 3],
        [3, 4],
        [1, 2],
        [2, 3],
    ]
    assert reading.pages == (1, 2, 3, 4)
    items = [row.value for row in reading.data["items"]]
    assert items == ["item 1", "item 2", "item 3", "item 4"]
    assert one.problems == []
    assert one.spending.cost is None  # the cost of a cut answer was not told


async def test_on_a_single_page_the_fields_are_halved(ledger: Ledger) -> None:
    model = StandInModel(cut_off_above(1, fields=1))
    one = asked(ledger, model)
    reading = await one.ask(replace(REQUEST, pages=(7,)))
    fields = [list(call.json_schema["properties"]) for call in model.calls if call.json_schema]
    assert fields == [["name", "age", "items"], ["name"], ["age", "items"], ["age"], ["items"]]
    assert plain(reading.data)[0] == {"name": "Ann", "age": 30, "items": ["item 7"]}
    assert one.problems == []


async def test_what_is_still_cut_off_at_the_last_field_is_told(ledger: Ledger) -> None:
    cut = Reply(outcome="truncated", text='{"items": ["one", "tw')
    one = asked(ledger, StandInModel(always(cut)))
    reading = await one.ask(replace(REQUEST, pages=(7,), paths=frozenset({"/items/*"})))
    assert plain(reading.data)[0] == {"items": ["one"]}  # half a value is left out
    assert [(p.code, p.page, p.severity) for p in one.problems] == [("truncated", 7, "error")]


async def test_what_is_too_large_is_halved_by_pages_only(ledger: Ledger) -> None:
    refuse = Reply(outcome="too_large", message="too many tokens")
    model = StandInModel(always(refuse))
    one = asked(ledger, model)
    reading = await one.ask(replace(REQUEST, pages=(1, 2)))
    assert [pages_of(call) for call in model.calls] == [[1, 2], [1], [2]]
    assert reading.data is None
    assert sorted((p.code, p.page) for p in one.problems) == [("too_large", 1), ("too_large", 2)]


async def test_an_answer_that_breaks_the_schema_is_asked_for_once_more(ledger: Ledger) -> None:
    def script(model: StandInModel, call: Call) -> Reply:
        return ok({**GOOD, "age": 300 if len(model.calls) == 1 else 30})

    model = StandInModel(script)
    one = asked(ledger, model)
    reading = await one.ask(REQUEST)
    assert plain(reading.data)[0]["age"] == 30
    first, again = model.calls
    assert isinstance(again.parts[-1], TextPart)
    assert "/age" in again.parts[-1].text
    assert "less than or equal to 150" in again.parts[-1].text
    assert again.parts[:-1] == first.parts[:-1]
    # The rerun finds both.
    two = asked(ledger, model)
    assert await two.ask(REQUEST) == reading
    assert (len(model.calls), two.spent.cached) == (2, 2)


async def test_the_first_answer_stays_where_the_second_is_no_better(ledger: Ledger) -> None:
    def script(model: StandInModel, call: Call) -> Reply:
        if len(model.calls) == 1:
            return ok({**GOOD, "age": 300})
        return ok({**GOOD, "name": "Bob", "age": 301})

    model = StandInModel(script)
    reading = await asked(ledger, model).ask(REQUEST)
    assert (reading.data["name"], reading.data["age"]) == ("Ann", 300)
    assert len(model.calls) == 2


@pytest.mark.parametrize("outcome", ["truncated", "refused", "failed"])
async def test_the_first_answer_stays_where_the_second_is_none(
    ledger: Ledger, outcome: Any
) -> None:
    def script(model: StandInModel, call: Call) -> Reply:
        return ok({**GOOD, "age": 300}) if len(model.calls) == 1 else Reply(outcome=outcome)

    one = asked(ledger, StandInModel(script))
    assert (await one.ask(REQUEST)).data["age"] == 300
    assert one.problems == []  # what is wrong with the age is told when the document is whole


async def test_an_answer_that_is_no_json_is_asked_for_once_more(ledger: Ledger) -> None:
    def script(model: StandInModel, call: Call) -> Reply:
        if len(model.calls) == 1:
            return Reply(outcome="invalid", text="Sure!", message="The answer is no JSON.")
        return ok(GOOD, repaired=True)

    one = asked(ledger, StandInModel(script))
    assert plain((await one.ask(REQUEST)).data)[0] == GOOD
    assert [p.code for p in one.problems] == ["repaired"]


@pytest.mark.parametrize("outcome", ["refused", "failed", "invalid"])
async def test_an_answer_that_is_lost_is_a_problem_with_its_pages(
    ledger: Ledger, outcome: Any
) -> None:
    one = asked(ledger, StandInModel(always(Reply(outcome=outcome, message="No."))))
    reading = await one.ask(REQUEST)
    assert reading.data is None
    [problem] = one.problems
    assert (problem.code, problem.page, problem.severity) == (outcome, 1, "error")
    assert "pages 1-4" in problem.message


async def test_a_failed_call_is_made_again_by_the_next_run(ledger: Ledger) -> None:
    def script(model: StandInModel, call: Call) -> Reply:
        return Reply(outcome="failed", code="overloaded") if len(model.calls) == 1 else ok(GOOD)

    model = StandInModel(script)
    await asked(ledger, model).ask(REQUEST)
    assert (await asked(ledger, model).ask(REQUEST)).data is not None
    assert len(model.calls) == 2


async def test_a_refused_key_ends_the_run(ledger: Ledger) -> None:
    model = StandInModel(lambda model, call: None)
    with pytest.raises(ConfigError) as caught:
        await asked(ledger, model).ask(REQUEST)
    assert caught.value.code == "bad_key"
    assert await ledger.in_flight() == []


async def test_who_waited_while_a_key_was_refused_does_not_ask(ledger: Ledger) -> None:
    model = StandInModel(lambda model, call: None, seconds=0.01)
    one = asked(ledger, model, concurrency=2)
    pages = [replace(REQUEST, pages=(number,)) for number in range(1, 8)]
    ended = await asyncio.gather(*(one.ask(page) for page in pages), return_exceptions=True)
    assert [getattr(error, "code", None) for error in ended] == ["bad_key"] * 7
    assert len(model.calls) == 2


async def test_a_way_that_is_kept_open_asks_again_after_a_while(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docglean.extractors.gateway.gateway.REFUSED_SECONDS", 0.0)
    model = StandInModel(lambda model, call: None)
    one = asked(ledger, model)
    for page in (1, 2):
        with pytest.raises(ConfigError):
            await one.ask(replace(REQUEST, pages=(page,)))
    assert len(model.calls) == 2


async def test_a_call_that_nobody_waits_for_any_more_is_stored_all_the_same(
    ledger: Ledger,
) -> None:
    model = StandInModel(always(ok(GOOD)), seconds=0.2)
    gateway = ModelGateway(model, ledger, 8)
    task = asyncio.create_task(asked(ledger, model, gateway=gateway).ask(REQUEST))
    while not model.calls:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await gateway.settled(grace=10)
    assert (gateway.unclaimed.calls, gateway.unclaimed.usage) == (1, ok(GOOD).usage)
    await gateway.close(grace=10)
    assert await ledger.in_flight() == []
    assert (await ledger.reply(REQUEST.key)) == ok(GOOD)


async def test_a_call_that_takes_too_long_to_wait_for_is_booked_as_interrupted(
    ledger: Ledger, tmp_path: Path
) -> None:
    model = StandInModel(always(ok(GOOD)), seconds=60)
    gateway = ModelGateway(model, ledger, 8)
    task = asyncio.create_task(asked(ledger, model, gateway=gateway).ask(REQUEST))
    while not model.calls:
        await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await gateway.close(grace=0.05)
    assert await ledger.in_flight() == []
    assert stored(tmp_path, "outcome") == [("interrupted",)]


async def test_after_the_deadline_nothing_more_is_sent(ledger: Ledger) -> None:
    model = StandInModel(always(ok(GOOD)), seconds=0.6)
    one = asked(ledger, model, concurrency=1, clock=DeadlineClock(1.0))
    readings = await asyncio.gather(*(one.ask(replace(REQUEST, pages=(n,))) for n in range(1, 6)))
    assert len(model.calls) == 2
    assert [reading.data is None for reading in readings] == [False, False, True, True, True]
    assert [problem.code for problem in one.problems] == ["deadline"] * 3
    assert model.calls[1].timeout < model.calls[0].timeout <= 1.0


async def test_waiting_for_a_turn_is_not_held_against_a_document(ledger: Ledger) -> None:
    model = StandInModel(always(ok(GOOD)), seconds=0.4)
    gateway = ModelGateway(model, ledger, 1)
    sessions = [asked(ledger, model, gateway=gateway, clock=DeadlineClock(0.8)) for _ in range(4)]
    await asyncio.gather(
        *(one.ask(replace(REQUEST, pages=(n,))) for n, one in enumerate(sessions, start=1))
    )
    assert all(one.problems == [] for one in sessions)


async def test_a_page_that_cannot_be_shown_is_left_out_and_never_sent(ledger: Ledger) -> None:
    model, shown = StandInModel(always(ok(GOOD))), StandInInput(frozenset({2}))
    one = asked(ledger, model, shown=shown)
    reading = await one.ask(REQUEST)
    assert [pages_of(call) for call in model.calls] == [[1, 3, 4]]
    assert reading.pages == (1, 3, 4)
    assert one.unreadable is not None
    assert [(n, p.code, p.severity) for n, p in one.unreadable.problems.items()] == [
        (2, "page_unreadable", "error")
    ]


async def test_a_document_of_which_no_page_can_be_shown_costs_nothing(ledger: Ledger) -> None:
    model, shown = StandInModel(always(ok(GOOD))), StandInInput(frozenset({1, 2, 3, 4}))
    reading = await asked(ledger, model, shown=shown).ask(REQUEST)
    assert (reading.pages, reading.data, model.calls) == ((), None, [])


async def test_a_call_that_another_process_makes_is_waited_for(
    ledger: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "LOOK_AGAIN_SECONDS", 0.02)
    model = StandInModel(always(ok(GOOD)))
    # A second ledger stands for the other process: to this one its calls are another's.
    async with await Ledger.open(tmp_path / "ledger.sqlite") as other:
        flight = await other.begin(REQUEST.key, RequestMeta())
        assert isinstance(flight, Flight)
        task = asyncio.create_task(asked(ledger, model).ask(REQUEST))
        await asyncio.sleep(0.1)
        assert not task.done()
        await other.finish(flight, ok({**GOOD, "name": "Zoe"}))
        reading = await asyncio.wait_for(task, 5)
    assert reading.data["name"] == "Zoe"
    assert model.calls == []


async def test_costs_are_told_as_they_come(ledger: Ledger) -> None:
    told: list[Decimal | None] = []
    one = asked(ledger, StandInModel(always(ok(GOOD))), on_spent=told.append)
    await one.ask(REQUEST)
    await one.ask(REQUEST)
    assert told == [Decimal("0.01")]
