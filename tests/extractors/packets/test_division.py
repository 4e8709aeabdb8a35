"""A file that is read as several documents: an unsure division is told by both neighbours."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docglean.extractors import pipeline
from docglean.extractors.documents.workers import Workers
from docglean.extractors.extraction import Extraction, PartRecord
from docglean.extractors.open_document import InputFile, open_document
from docglean.extractors.packets import plan as packet_plan
from docglean.extractors.packets.division import Division, divide
from docglean.extractors.packets.plan import SURE, PacketPlan
from docglean.extractors.split_choice import SplitChoice, parse_plan
from docglean.flows.run import extract_sources
from docglean.flows.sources import find_sources
from stand_ins import BILL, Bench, ok

PAGES = 4


@pytest.fixture
def bench(tmp_path: Path, workers: Workers) -> Bench:
    return Bench(tmp_path, workers)


@pytest.fixture
def packet(tmp_path: Path) -> Path:
    document = pymupdf.open()
    for number in range(1, PAGES + 1):
        page = document.new_page()
        for line, text in enumerate(["Bill R-17", "Pears 2.00", "Plums 3.50", "Total 5.50"]):
            page.insert_text((72, 72 + 20 * line), f"{text}")
        page.insert_text((72, 700), f"sheet {number}")
    document.save(tmp_path / "packet.pdf")
    return tmp_path / "packet.pdf"


def plan(*certainties: float) -> PacketPlan:
    parts = [
        PartRecord(number=number, of=len(certainties), first=number, last=number, certainty=sure,
                   why=("another letterhead",))
        for number, sure in enumerate(certainties, 1)
    ]  # fmt: skip
    return PacketPlan(tuple(parts))


async def test_an_unsure_division_is_told_by_both_neighbours(
    bench: Bench, packet: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def planned(*_: Any) -> PacketPlan:
        return plan(0.6, 0.6, 1.0, SURE)

    monkeypatch.setattr(packet_plan, "plan_packet", planned)
    context, _ = await bench.open(lambda call: ok(BILL))
    async with context:
        file = await pipeline.read_file(context, packet)
        assert isinstance(file, Division)
        found = [await pipeline.read_part(context, file, part) for part in file.parts]
    assert [one.status for one in found] == ["review", "review", "ok", "ok"]
    for one in found[:2]:
        [problem] = one.problems
        assert problem.code == "unsure_boundary"
        assert f"on page {problem.page} is 60% sure (another letterhead)" in problem.message
        assert "docglean split packet.pdf" in problem.way_out


async def test_none_is_begun_after_the_first_that_failed(bench: Bench, packet: Path) -> None:
    def answer(call: Any) -> Any:
        raise RuntimeError("a fault of ours")

    context, model = await bench.open(answer, split="1", concurrency=1)
    sources = find_sources([str(packet)]).sources
    found: list[Extraction[Any]] = []
    async with context:
        async for _, extraction in extract_sources(context, sources, fail_fast=True):
            found.append(extraction)
    assert [one.status for one in found] == ["failed"] * len(found)
    assert len(found) < PAGES
    assert len(model.calls) < PAGES


async def test_each_document_counts_its_own_words_and_seconds(bench: Bench, packet: Path) -> None:
    context, _ = await bench.open(lambda call: ok(BILL), split="2")
    async with context:
        file = await pipeline.read_file(context, packet)
        assert isinstance(file, Division)
        one, other = (file.open(context, part) for part in file.parts)
        await one.words.read(one.pages)
        assert set(one.words.pages) == {1, 2}
        assert not other.words.pages
        assert not file.opened.words.pages
        assert other.document.seconds == {}


def of_plan(*pages: str) -> SplitChoice:
    return SplitChoice("plan", plans=parse_plan(json.dumps({"parts": pages}), "plan.json"))


async def test_a_plan_of_one_document_leaves_the_other_pages(bench: Bench, packet: Path) -> None:
    context, _ = await bench.open(lambda call: ok(BILL))
    context.split = of_plan("2-3")
    async with context:
        opened = await open_document(context, InputFile.of(packet, None, None))
        one = await divide(context, opened)
    assert not isinstance(one, Division)
    assert one.pages == (2, 3)
    assert {(one.code, one.severity) for one in one.problems} == {("not_in_plan", "review")}
    first, last = one.problems
    assert "has page 1;" in first.message
    assert "has page 4;" in last.message


async def test_a_gap_is_told_by_the_document_before_it_unless_it_is_left_out_by_name(
    bench: Bench, packet: Path
) -> None:
    context, _ = await bench.open(lambda call: ok(BILL))
    left_out = parse_plan('{"parts": ["1", "4"], "leave_out": "2-3"}', "plan.json")
    told = []
    async with context:
        for split in (of_plan("1", "3", "4"), SplitChoice("plan", plans=left_out)):
            context.split = split
            file = await pipeline.read_file(context, packet)
            assert isinstance(file, Division)
            opened = [file.open(context, part) for part in file.parts]
            told.append([{problem.code for problem in one.problems} for one in opened])
            assert all(one.settled for one in opened)
    assert told == [[{"not_in_plan"}, set(), set()], [set(), set()]]


async def test_a_plan_without_any_page_that_is_read_fails_the_file(
    bench: Bench, packet: Path
) -> None:
    context, model = await bench.open(lambda call: ok(BILL), pages="1,4")
    context.split = of_plan("2", "3")
    async with context:
        read = await pipeline.read_file(context, packet)
    assert isinstance(read, Extraction)
    assert (read.status, [one.code for one in read.problems]) == ("failed", ["no_such_page"])
    assert not model.calls
