"""What the engine `local` read of a sample, as it is laid before a person."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from docglean.extractors.confidence.review import judged
from docglean.extractors.documents.document import open_document
from docglean.extractors.documents.words import PageWords
from docglean.extractors.documents.workers import Workers
from docglean.extractors.geometry import union
from docglean.schemas.pointers import value_at
from review_rooms import LAYERED, SAMPLES

from docglean.cli.app import run_command
from docglean.review.boxed_rows import ranges_of, row_in
from docglean.review.check_report import check_report
from docglean.review.docket import DocketEntry
from docglean.review.editing import fields_of, kind_of, lists_of, parse
from docglean.review.list_rows import columns_of
from docglean.review.printed_style import style_of
from docglean.review.queue_rows import row_of
from docglean.review.run_docket import RunDocket

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def entry(tmp_path_factory: pytest.TempPathFactory) -> DocketEntry:
    out = tmp_path_factory.mktemp("read") / "out"
    command = ["extract", str(SAMPLES / LAYERED), "--schema", "invoice", "--engine", "local"]
    run_command([*command, "--out", str(out), "--quiet"])
    docket = RunDocket(out)
    return docket.read(docket.listed()[0].id)


@pytest.fixture(scope="module")
def pages(entry: DocketEntry, workers: Workers) -> dict[int, PageWords]:
    async def words() -> dict[int, PageWords]:
        document = await open_document(SAMPLES / LAYERED, workers, workers.limits)
        return {page.number: await document.words(page.number) for page in document.pages}

    return asyncio.run(words())


def test_what_is_printed_is_read_back_as_it_is_stored(entry: DocketEntry) -> None:
    """Whoever clicks the words of a value gets that value."""
    result, root = entry.result, entry.known.root
    style = style_of(root, result.values or {}, result.evidence)
    printed = [
        (pointer, field, value, result.evidence[pointer].text)
        for pointer, field, value in fields_of(root, result.values)
        if pointer in result.evidence and result.evidence[pointer].how in ("exact", "normalised")
    ]
    assert len(printed) > 100
    other = [
        (pointer, text, parse(field, text, style))
        for pointer, field, value, text in printed
        if not kind_of(field).same(parse(field, text, style).value, value)
    ]
    assert other == []


def test_a_box_over_a_row_gives_the_row(entry: DocketEntry, pages: dict[int, PageWords]) -> None:
    result, root = entry.result, entry.known.root
    pointer, listed, rows = next(one for one in lists_of(root, result.values) if len(one[2]) > 9)
    columns = columns_of(listed, rows)
    style = style_of(root, result.values or {}, result.evidence)
    told = 0
    for place, row in enumerate(rows):
        at = f"{pointer}/{place}"
        mine = {path: one for path, one in result.evidence.items() if path.startswith(f"{at}/")}
        where = {one.page for one in mine.values() if one.places}
        if len(where) != 1 or any(one.rest for one in mine.values()):
            continue
        page = pages[where.pop() or 0]
        x0, y0, x1, y1 = union(one.box for one in mine.values() if one.box)
        others = {path: one for path, one in result.evidence.items() if path not in mine}
        ranges = ranges_of(page, pointer, columns, others)
        read = row_in(page, (x0 - 2, y0 - 1, x1 + 2, y1 + 1), columns, ranges, style)
        for column in columns:
            value: Any = value_at(row, column.pointer)
            if value is not None and f"{at}/{column.name}" in mine:
                told += 1
                assert kind_of(column.field).same(read[column.name].value, value), at
    assert told > 100


def test_its_checks_hold_and_say_what_is_off_once_a_line_is_wrong(entry: DocketEntry) -> None:
    schema, values = entry.known.schema, entry.result.values
    assert schema is not None
    assert values is not None
    assert all(line.holds for line in check_report(schema, values))
    lines = [dict(line) for line in values["line_items"]]
    lines[3]["line_total"] = "9999.99"
    broken = [
        line
        for line in check_report(schema, {**values, "line_items": lines})
        if not line.holds and "/line_items/3/line_total" in line.pointers
    ]
    assert len(broken) == 2, "its product, and the sum of all lines"
    assert {line.off for line in broken} == {("/line_items/3/line_total",)}
    assert any("9999.99" in line.message for line in broken)


def test_its_row_in_the_queue(entry: DocketEntry) -> None:
    row = row_of(entry, ())
    assert (row.name, row.schema, row.pages) == (Path(LAYERED).name, "invoice", 3)
    assert row.risk > 0
    counted = judged(entry.result.values, entry.result.confidence)
    assert row.to_look == sum(one.probability < entry.below for _, one in counted) > 0
