"""A model is asked of pages on which signs are not sure: what it says, costs and fails to say."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from docglean.extractors import pipeline
from docglean.extractors.documents.workers import Workers
from docglean.extractors.extraction import Extraction, Usage
from docglean.extractors.ledger.accounts import accounts
from docglean.extractors.models.base import Call, ImagePart, Reply, TextPart
from docglean.extractors.packets.division import Division
from docglean.extractors.packets.plan import SURE
from docglean.extractors.requests.beginnings import beginnings_told, with_those_before
from docglean.extractors.run import RunContext
from docglean.schemas.errors import BudgetExceeded
from pydantic import BaseModel
from servers.billing import asks_where_documents_begin
from stand_ins import PRICE, Answer, Bench, ok
from unsure_packets import BEGIN, ONE, TWO, unsure_packet

WORDS = "ocr+anthropic:claude-haiku-5-5"
IMAGES = "anthropic:claude-haiku-5-5"


class Slip(BaseModel):
    """A slip with a number and a word."""

    number: int | None = None
    word: str | None = None


@pytest.fixture
def bench(tmp_path: Path, workers: Workers) -> Bench:
    return Bench(tmp_path, workers)


def asks(call: Call) -> bool:
    return asks_where_documents_begin(call.json_schema or {})


def shown(call: Call) -> list[int]:
    texts = [part.text for part in call.parts if isinstance(part, TextPart)]
    return [int(text.split()[1]) for text in texts if text.startswith("Page ")]


def saying(begins: bool) -> Answer:
    """Says of every page the same; each slip is read as nothing."""

    def answer(call: Call) -> Reply:
        if asks(call):
            said = [{"page": str(page), "begins": str(begins).lower()} for page in shown(call)]
            return ok({"pages": said})
        return ok({"number": "", "word": ""})

    return answer


async def read(
    context: RunContext, path: Path
) -> tuple[Extraction[Any] | Division, list[Extraction[Any]]]:
    file = await pipeline.read_file(context, path)
    if not isinstance(file, Division):
        return file, [file]
    return file, [await pipeline.read_part(context, file, part) for part in file.parts]


async def paid(context: RunContext) -> Decimal:
    found = await context.ledger.look(accounts, ("engine",))
    return sum((one.cost for one in found["engine"]), Decimal(0))


def codes(found: Extraction[Any]) -> set[str]:
    return {one.code for one in found.problems}


@pytest.mark.parametrize("engine", [WORDS, IMAGES])
async def test_one_small_request_shows_the_unsure_pages_and_makes_them_sure(
    bench: Bench, tmp_path: Path, engine: str
) -> None:
    context, model = await bench.open(saying(True), Slip, engine=engine)
    async with context:
        file, found = await read(context, unsure_packet(tmp_path / "packet.pdf"))
    assert isinstance(file, Division)
    assert [(part.first, part.last) for part in file.parts] == [(1, 2), (3, 4)]
    assert all(part.certainty >= SURE for part in file.parts)
    assert file.parts[1].why[0] == "the model says that another document begins here"
    assert not any("unsure_boundary" in codes(one) for one in found)
    [call] = filter(asks, model.calls)
    assert shown(call) == [BEGIN - 1, BEGIN]
    assert call.max_tokens <= 2_000 or context.capability.own_effort
    images = [part for part in call.parts if isinstance(part, ImagePart)]
    assert len(images) == (0 if engine == WORDS else 2)
    assert all(max(image.width, image.height) == 512 for image in images)


@pytest.mark.parametrize(
    ("shift", "begins", "ranges", "said"),
    [
        (ONE, True, [(1, 2), (3, 4)], "the model says that another document begins here"),
        (TWO, False, [(1, 4)], "the model says that none does"),
    ],
)
async def test_where_signs_and_model_differ_a_person_has_to_look(
    bench: Bench, tmp_path: Path, shift: int, begins: bool, ranges: list[Any], said: str
) -> None:
    context, _ = await bench.open(saying(begins), Slip, engine=WORDS)
    async with context:
        _, plan = await pipeline.plan(context, unsure_packet(tmp_path / "packet.pdf", shift))
    assert [(part.first, part.last) for part in plan.parts] == ranges
    assert plan.unsure == plan.parts
    assert said in "; ".join(plan.parts[-1].why)


async def test_one_document_that_both_see_is_sure(bench: Bench, tmp_path: Path) -> None:
    context, model = await bench.open(saying(False), Slip, engine=WORDS)
    async with context:
        _, [one] = await read(context, unsure_packet(tmp_path / "packet.pdf", ONE))
    assert "several_documents" not in codes(one)
    assert one.spending.calls == len(model.calls) == 2


def refused(call: Call) -> Reply:
    return Reply(outcome="refused", message="I can't.", usage=Usage(input_tokens=9), cost=PRICE)


def failed(call: Call) -> Reply:
    return Reply(outcome="failed", code="server_error", message="It is down.", cost=PRICE)


def nonsense(call: Call) -> Reply:
    return ok({"pages": [{"page": str(page), "begins": ""} for page in shown(call)]})


@pytest.mark.parametrize("answer", [refused, failed, nonsense])
async def test_what_the_model_does_not_say_leaves_the_signs_and_is_told_once(
    bench: Bench, tmp_path: Path, answer: Answer
) -> None:
    path = unsure_packet(tmp_path / "packet.pdf")
    slip = saying(True)
    context, _ = await bench.open(
        lambda call: answer(call) if asks(call) else slip(call), Slip, engine=WORDS
    )
    async with context:
        file, found = await read(context, path)
        total = sum((one.spending.cost or Decimal(0) for one in found), Decimal(0))
        assert total + (context.beside_documents.cost or Decimal(0)) == await paid(context)
    assert isinstance(file, Division)
    assert all(part.certainty < SURE for part in file.parts)
    assert ["beginnings_not_told" in codes(one) for one in found] == [True, False]
    assert all("unsure_boundary" in codes(one) for one in found)


async def test_a_budget_that_is_used_up_leaves_the_signs(bench: Bench, tmp_path: Path) -> None:
    path = unsure_packet(tmp_path / "packet.pdf")

    def answer(call: Call) -> Reply:
        raise BudgetExceeded("over_budget", "The budget is spent.", "Raise it.")

    context, _ = await bench.open(answer, Slip, engine=WORDS)
    async with context:
        _, plan = await pipeline.plan(context, path)
        assert plan.unsure == plan.parts
        assert len(plan.parts) == 2
        [problem] = plan.problems
        assert "The budget is spent." in problem.message
        file = await pipeline.read_file(context, path)
        assert isinstance(file, Division)
        with pytest.raises(BudgetExceeded):
            await pipeline.read_part(context, file, file.parts[0])


async def test_what_it_costs_stands_in_the_first_document_until_then_beside_all(
    bench: Bench, tmp_path: Path
) -> None:
    path = unsure_packet(tmp_path / "packet.pdf")
    context, _ = await bench.open(saying(True), Slip, engine=WORDS)
    async with context:
        file = await pipeline.read_file(context, path)
        assert isinstance(file, Division)
        assert context.beside_documents.cost == PRICE
        second, first = [
            await pipeline.read_part(context, file, part) for part in reversed(file.parts)
        ]
        assert (first.spending.calls, second.spending.calls) == (2, 1)
        assert context.beside_documents.calls == 0
        assert await paid(context) == 3 * PRICE
    context, _ = await bench.open(saying(True), Slip, engine=WORDS)
    async with context:
        file = await pipeline.read_file(context, path)
        assert isinstance(file, Division)
        whole = await pipeline.read_undivided(context, file)
    assert whole.spending.cached == 1  # the question; as one document it is asked anew
    assert "several_documents" in codes(whole)


@pytest.mark.parametrize("told", [{"split": "2"}, {"split": "off"}, {"engine": "local"}])
async def test_nobody_is_asked_where_it_was_told_or_no_model_reads(
    bench: Bench, tmp_path: Path, told: dict[str, Any]
) -> None:
    context, model = await bench.open(saying(True), Slip, **{"engine": WORDS, **told})
    async with context:
        await pipeline.plan(context, unsure_packet(tmp_path / "packet.pdf"))
    assert model.calls == []


async def test_many_unsure_pages_go_in_windows_that_keep_them_with_those_before(
    bench: Bench, tmp_path: Path
) -> None:
    path = unsure_packet(tmp_path / "packet.pdf", documents=5)
    context, model = await bench.open(saying(True), Slip, engine=f"{WORDS}?window=3")
    async with context:
        _, plan = await pipeline.plan(context, path)
    assert [part.first for part in plan.parts] == [1, 3, 5, 7, 9]
    assert all(part.certainty >= SURE for part in plan.parts)
    windows = [shown(call) for call in model.calls]
    assert all(len(window) <= 3 for window in windows)
    assert {2, 3, 4, 5, 6, 7, 8, 9} == {page for window in windows for page in window}


def entries(*told: tuple[int | None, bool | None]) -> dict[str, Any]:
    return {"pages": [{"page": page, "begins": begins} for page, begins in told]}


def test_pages_counted_from_the_first_shown_are_understood_and_contradictions_left_out() -> None:
    assert with_those_before([5, 9], (1, 4, 5, 6, 9)) == (4, 5, 6, 9)
    assert beginnings_told((4, 5), entries((1, False), (2, True))) == {4: False, 5: True}
    assert beginnings_told((4, 5), entries((5, True), (5, False), (4, None))) == {}
    assert beginnings_told((4, 5), entries((7, True))) == {}
    assert beginnings_told((4, 5), json.loads("{}")) == {}
