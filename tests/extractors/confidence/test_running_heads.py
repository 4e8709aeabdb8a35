"""What every page prints at its ends is told of a value, and a page number is hardly one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docglean.extractors.confidence.running_heads import MOST_PAGES, RunningHeads
from docglean.extractors.confidence.signals import SIGNALS
from docglean.extractors.confidence.word_signals import PageSignals, needle_of
from docglean.extractors.documents.words import PageWords, Word
from docglean.extractors.documents.workers import Workers
from docglean.extractors.extraction import Box, Evidence
from stand_ins import BILL, Bench, ok

HEAD: Box = (100.0, 20.0, 140.0, 30.0)
FOOT: Box = (200.0, 780.0, 210.0, 790.0)
BODY: Box = (100.0, 400.0, 140.0, 410.0)
NUMBER = (needle_of("Number"),)


def drawn(path: Path, head: str, foot: str, body: str) -> Path:
    """A PDF of three pages; `foot` takes the page's number, the body stands on the first."""
    pdf = pymupdf.open()
    for number in (1, 2, 3):
        sheet = pdf.new_page()
        sheet.insert_text((72, 40), head)
        sheet.insert_text((280, 815), foot.format(number))
        for row in range(8):
            text = f"All goods are kept dry, rule {'abcdefgh'[row]} of part {'xyz'[number - 1]}"
            sheet.insert_text((72, 120 + 20 * row), text)
        if number == 1:
            sheet.insert_text((72, 300), body)
    pdf.save(path)
    return path


@pytest.mark.parametrize(
    ("head", "foot", "body", "number"),
    [
        ("Order form 4711", "Page {} of 3", "Total 5.50", "4711"),  # a running title
        ("Order form", "- {} -", "Total 5.50", "1"),  # a page number
        ("Order form", "Page {} of 3", "Total 5.50", "3"),  # how many pages there are
    ],
)
async def test_a_number_that_every_page_has_is_hardly_a_value(
    tmp_path: Path, workers: Workers, head: str, foot: str, body: str, number: str
) -> None:
    path = drawn(tmp_path / "a.pdf", head, foot, body)
    said = {**BILL, "number": number, "lines": []}
    found, _ = await Bench(tmp_path, workers).extract(path, lambda call: ok(said), split="off")
    sure = found.confidence
    assert sure["/number"].probability <= 0.5 < 0.7 < sure["/total"].probability
    assert SIGNALS["running_figure"].down in sure["/number"].why
    assert sure["/number"].signals["running_head"] == 1.0
    assert "running_head" not in sure["/total"].signals


async def test_the_same_number_in_the_text_or_beside_its_caption_is_none_of_them(
    tmp_path: Path, workers: Workers
) -> None:
    said = {**BILL, "number": "4711", "lines": []}
    bench = Bench(tmp_path, workers)
    for name, head, body in (
        ("text", "Order form", "Number 4711 Total 5.50"),
        ("head", "Number 4711", "Total 5.50"),
    ):
        path = drawn(tmp_path / f"{name}.pdf", head, "Page {} of 3", body)
        found, _ = await bench.extract(path, lambda call: ok(said), split="off")
        number = found.confidence["/number"]
        assert "running_figure" not in number.signals, name
        assert ("running_head" in number.signals) is (name == "head")
        assert number.probability > 0.8, name


def pages(count: int, *words: tuple[str, Box], without: tuple[int, ...] = ()) -> dict[int, Any]:
    """Pages of 600 x 800 points with these words, their number for ``#``."""
    return {
        number: PageSignals(
            PageWords(
                number, 600, 800,
                () if number in without else tuple(
                    Word(text.replace("#", str(number)), box) for text, box in words
                ),
            )
        )
        for number in range(1, count + 1)
    }  # fmt: skip


def told(known: dict[int, Any], text: str, box: Box, page: int = 1) -> set[str]:
    evidence = Evidence(how="exact", page=page, box=box, text=text, score=1.0)
    return set(RunningHeads(known).signals(evidence, NUMBER))


def test_one_page_and_what_stands_in_the_text_say_nothing() -> None:
    words = ("4711", HEAD), ("4711", BODY)
    assert told(pages(1, *words), "4711", HEAD) == set()
    assert told(pages(2, *words), "4711", HEAD) == {"running_head", "running_figure"}
    assert told(pages(3, *words), "4711", BODY) == set()


def test_a_name_or_a_date_in_the_head_is_told_and_is_no_figure_of_the_pages() -> None:
    assert told(pages(3, ("ACME", HEAD)), "ACME", HEAD) == {"running_head"}
    assert told(pages(3, ("29.11.2026", HEAD)), "29.11.2026", HEAD) == {"running_head"}


def test_a_page_number_within_a_word_counts() -> None:
    part: Box = (200.0, 780.0, 203.0, 790.0)
    assert "running_figure" in told(pages(3, ("2/#", FOOT)), "2", part, 2)
    assert "running_figure" in told(pages(3, ("#/3", FOOT)), "2", part, 2)
    assert told(pages(3, ("x", FOOT)) | pages(1, ("4/7", FOOT)), "4", part) == set()


@pytest.mark.parametrize(
    ("without", "there"), [((1,), True), ((1, 9), True), ((6, 7, 8, 9), False)]
)
def test_nearly_every_page_is_enough_and_the_first_may_have_its_own(
    without: tuple[int, ...], there: bool
) -> None:
    found = told(pages(10, ("4711", HEAD), without=without), "4711", HEAD, 2)
    assert bool(found) is there


def test_the_same_word_at_another_height_is_none_of_it() -> None:
    other: Box = (100.0, 50.0, 140.0, 60.0)
    known = pages(3, ("4711", HEAD), ("4711", other), without=(2, 3)) | {
        number: page for number, page in pages(3, ("4711", other)).items() if number > 1
    }
    assert told(known, "4711", HEAD) == set()
    assert told(known, "4711", other) != set()


def test_of_a_long_document_a_few_pages_are_looked_at() -> None:
    known = pages(1000, ("#", FOOT))
    heads = RunningHeads(known)
    evidence = Evidence(how="exact", page=987, box=FOOT, text="987", score=1.0)
    assert "running_figure" in heads.signals(evidence, NUMBER)
    assert len(heads._margins) <= MOST_PAGES + 1
