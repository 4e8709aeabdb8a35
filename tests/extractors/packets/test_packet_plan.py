"""Which documents a file holds: as they are told, and as their pages say."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pymupdf
import pytest
from docglean.extractors.documents import document_words
from docglean.extractors.open_document import InputFile, open_document
from docglean.extractors.packets import plan as plans
from docglean.extractors.packets.page_signs import PageSigns
from docglean.extractors.packets.plan import SURE, PacketPlan, parts_by_signs, plan_packet
from docglean.extractors.run import RunContext
from docglean.extractors.settings import Settings
from docglean.extractors.split_choice import AUTO, SplitChoice, parse_plan, parse_split
from docglean.schemas.errors import ConfigError
from docglean.schemas.schema import load_schema
from drawn_invoices import Paper, paper
from papers import own_schema

LONG = [(f"Item number {n}", "1", "1.50", "1.50") for n in range(12)]


@pytest.fixture
async def run(tmp_path: Path) -> AsyncIterator[RunContext]:
    settings = Settings(engine="local", ledger=str(tmp_path / "ledger.sqlite"))
    async with await RunContext.open(settings, [load_schema("invoice")]) as context:
        yield context


def packet(folder: Path, *papers: Paper) -> Path:
    document = pymupdf.open()
    for one in papers:
        one.draw(document)
    path = folder / "packet.pdf"
    document.save(path)
    return path


async def plan_of(run: RunContext, path: Path, choice: SplitChoice = AUTO) -> PacketPlan:
    opened = await open_document(run, InputFile.of(path, None, None))
    return await plan_packet(opened, run.schemas, choice)


def ranges(plan: PacketPlan) -> list[tuple[int, int]]:
    return [(part.first, part.last) for part in plan.parts]


def three(folder: Path) -> Path:
    footer = "Page {page} of {pages}"
    first = paper(numbers=(("Invoice No: A-1",),), items=LONG, split=4, footer=footer)
    others = [paper(numbers=((f"Invoice No: A-{n}",),), footer=footer) for n in (2, 3)]
    return packet(folder, first, *others)


@pytest.mark.slow
async def test_documents_of_a_file_with_their_pages_kind_and_reasons(
    run: RunContext, tmp_path: Path
) -> None:
    plan = await plan_of(run, three(tmp_path))
    assert ranges(plan) == [(1, 3), (4, 4), (5, 5)]
    assert [(part.number, part.of, part.kind) for part in plan.parts] == [
        (n, 3, "invoice") for n in (1, 2, 3)
    ]
    assert all(part.why for part in plan.parts[1:])
    assert any("number" in why for why in plan.parts[1].why)


@pytest.mark.slow
async def test_words_of_a_long_file_are_let_go_and_the_plan_is_the_same(
    run: RunContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = three(tmp_path)
    whole = await plan_of(run, path)
    monkeypatch.setattr(document_words, "WINDOW", 2)
    opened = await open_document(run, InputFile.of(path, None, None))
    assert await plan_packet(opened, run.schemas) == whole
    assert not opened.words.pages
    assert not opened.words.problems
    await opened.words.read([4])
    assert "A-2" in opened.words.readable([4])[0].text()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("told", "expected"),
    [("off", [(1, 5)]), ("2", [(1, 2), (3, 4), (5, 5)])],
)
async def test_what_is_told_is_not_looked_at(
    run: RunContext, tmp_path: Path, told: str, expected: list[tuple[int, int]]
) -> None:
    opened = await open_document(run, InputFile.of(three(tmp_path), None, None))
    plan = await plan_packet(opened, run.schemas, parse_split(told))
    assert ranges(plan) == expected
    assert {part.certainty for part in plan.parts} == {1.0}
    assert not opened.words.pages


async def test_a_plan_of_pages_that_are_not_there_is_refused(
    run: RunContext, tmp_path: Path
) -> None:
    choice = SplitChoice("plan", plans=parse_plan('{"parts": ["1-6"]}', "plan.json"))
    with pytest.raises(ConfigError, match="page 6"):
        await plan_of(run, three(tmp_path), choice)


@pytest.mark.slow
async def test_one_document_is_one_part_and_nothing_is_said_of_it(
    run: RunContext, tmp_path: Path
) -> None:
    for one in (paper(), paper(items=LONG, split=4, footer="Page {page} of {pages}")):
        plan = await plan_of(run, packet(tmp_path, one))
        assert len(plan.parts) == 1
        assert plan.parts[0].certainty >= SURE
        assert not plan.problems


@pytest.mark.slow
async def test_a_users_schema_without_a_number_divides_as_well(
    run: RunContext, tmp_path: Path
) -> None:
    opened = await open_document(run, InputFile.of(three(tmp_path), None, None))
    plan = await plan_packet(opened, [own_schema(seller={"type": "string"})])
    assert ranges(plan) == [(1, 3), (4, 4), (5, 5)]


def test_a_begin_that_may_be_there_makes_its_part_unsure(monkeypatch: pytest.MonkeyPatch) -> None:
    likely = iter([0.1, 0.4, 0.99])

    class Model:
        def probability(self, _: object) -> float:
            return next(likely)

        def why(self, *_: object, begins: bool) -> tuple[str, ...]:
            return ("so",)

    monkeypatch.setattr(plans, "boundary_model", Model)
    pages = [PageSigns(n, words=50) for n in (1, 2, 3, 4)]
    first, second = parts_by_signs(pages)
    assert (first.first, first.last, first.certainty) == (1, 3, 0.6)
    assert first.why == ("another may begin on page 3: so",)
    assert (second.first, second.certainty, second.why) == (4, 0.99, ("so",))
    assert plans.planned([first]).problems[0].code == "several_documents"


def test_blank_pages_before_the_first_document_are_no_document(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Model:
        def probability(self, _: object) -> float:
            return 0.99

        def why(self, *_: object, begins: bool) -> tuple[str, ...]:
            return ("so",)

    monkeypatch.setattr(plans, "boundary_model", Model)
    pages = [PageSigns(1), PageSigns(2), PageSigns(3, words=50), PageSigns(4, words=50)]
    first, second = parts_by_signs(pages)
    assert (first.first, first.last, first.certainty, first.why) == (1, 3, 0.99, ())
    assert (second.first, second.last) == (4, 4)
