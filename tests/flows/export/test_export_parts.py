"""Documents of one file in a database: whatever the file was divided into before is replaced."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from docglean.extractors.extraction import Extraction, PartRecord, SchemaRecord, SourceRecord
from docglean.flows.export import database_sink
from docglean.flows.export.copy import export
from docglean.flows.run_folder import RunFolder, RunRecord
from docglean.schemas.schema import load_schema

INVOICE = load_schema("invoice")


def read(folder: Path, run: str, *ranges: tuple[int, int]) -> Path:
    """A run folder with one file, read as one document where no pages are told."""
    made = RunFolder(folder / run)
    record = RunRecord(id=run, started=datetime.now(UTC), engine="local")
    made.begin(record)
    for number, (first, last) in enumerate(ranges or ((0, 0),), 1):
        document = SourceRecord(name="a.pdf", uri="file:///a.pdf")
        if ranges:
            part = PartRecord(number=number, of=len(ranges), first=first, last=last)
            names = {"name": part.name_in("a.pdf"), "uri": part.uri_in("file:///a.pdf")}
            document = document.model_copy(update={**names, "part": part})
        made.add(
            Extraction[Any](
                run=run,
                document=document,
                schema=SchemaRecord(name=INVOICE.name, hash=INVOICE.hash),
                engine="local",
                status="ok",
                data={"invoice_number": f"{run}-{number}"},
            )
        )
    made.end(record, ["file:///a.pdf"], {INVOICE.name: INVOICE})
    return made.path


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found = [tuple(row) for row in connection.execute(sa.text(query))]
    engine.dispose()
    return found


def test_what_a_file_was_divided_into_before_is_replaced(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'results.sqlite'}"
    runs = [
        read(tmp_path, "whole"),
        read(tmp_path, "two", (1, 2), (3, 3)),
        read(tmp_path, "three", (1, 1), (2, 2), (3, 3)),
        read(tmp_path, "again"),
    ]
    told = [
        [("again-1",)],
        [("three-1",), ("three-2",), ("three-3",)],
        [("two-1",), ("two-2",)],
        [("whole-1",)],
    ]
    query = "select invoice_number from docglean_invoice order by invoice_number"
    while runs:
        export(runs.pop(0), url)
        assert rows(url, query) == told.pop()
    export(read(tmp_path, "last", (1, 2), (3, 4)), url)
    columns = "uri, file_uri, part, parts, first_page, last_page"
    assert rows(url, f"select {columns} from docglean_documents order by part") == [
        ("file:///a.pdf#page=1-2", "file:///a.pdf", 1, 2, 1, 2),
        ("file:///a.pdf#page=3-4", "file:///a.pdf", 2, 2, 3, 4),
    ]


def test_a_file_with_more_documents_than_are_held_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database_sink, "MOST_ROWS", 2)
    url = f"sqlite:///{tmp_path / 'results.sqlite'}"
    run = read(tmp_path, "many", *((page, page) for page in range(1, 8)))
    for _ in range(2):
        export(run, url)
        assert rows(url, "select count(*) from docglean_documents") == [(7,)]
        assert rows(url, "select count(*) from docglean_invoice") == [(7,)]
