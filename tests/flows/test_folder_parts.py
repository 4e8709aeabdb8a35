"""Files that hold several documents in a run folder: their order, what is known of them, and that
no result of an earlier division stays beside a later one."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from docglean.extractors.extraction import Extraction, PartRecord, SchemaRecord, SourceRecord
from docglean.flows.request import Asked
from docglean.flows.run_folder import RunFolder, RunRecord
from docglean.flows.selection import select
from docglean.flows.sources import Source
from docglean.flows.totals import Totals

Ranges = tuple[tuple[int, int], ...]
WHOLE: Ranges = ((0, 0),)
"""A file that is read as one document."""


def documents(file: str, ranges: Ranges, run: str, **told: Any) -> list[Extraction[Any]]:
    """What reading a file so divided gives."""
    found = []
    for number, (first, last) in enumerate(ranges, 1):
        name, uri, part = file, f"file:///{file}", None
        if last:
            part = PartRecord(number=number, of=len(ranges), first=first, last=last)
            name, uri = part.name_in(name), part.uri_in(uri)
        source = SourceRecord(name=name, uri=uri, pages=last - first + 1, stamp="s", part=part)
        made = {"engine": "local", "status": "ok", "data": {"number": name}, **told}
        found.append(Extraction[Any](run=run, document=source, **made))
    return found


def read(folder: RunFolder, run: str, *extractions: Extraction[Any], files: list[str]) -> None:
    record = RunRecord(id=run, started=datetime.now(UTC), engine="local")
    folder.begin(record)
    for extraction in extractions:
        folder.add(extraction)
    folder.end(record, [f"file:///{file}" for file in files], {})


def names_in(folder: RunFolder) -> list[str]:
    lines = (folder.path / "results.jsonl").read_text().splitlines()
    found = [json.loads(line)["document"]["name"] for line in lines]
    on_disk = [json.loads(path.read_text())["document"]["name"] for path in folder.files()]
    assert sorted(found) == sorted(on_disk)
    return found


def source(file: str, stamp: str = "s") -> Source:
    return Source(file, f"file:///{file}", None, stamp)


def test_documents_of_a_file_stand_in_the_order_of_their_pages(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    late, early, middle = documents("b.pdf", ((1, 2), (3, 9), (10, 11)), "r")
    [other] = documents("a.pdf", WHOLE, "r")
    read(folder, "r", middle, other, early, late, files=["b.pdf", "a.pdf"])
    parts = ["b.pdf#p1-2", "b.pdf#p3-9", "b.pdf#p10-11"]
    assert names_in(folder) == [*parts, "a.pdf"]
    read(folder, "s", *documents("a.pdf", WHOLE, "s"), files=["a.pdf"])
    assert names_in(folder) == [*parts, "a.pdf"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (WHOLE, ((1, 2), (3, 3))),
        (((1, 2), (3, 3)), WHOLE),
        (((1, 2), (3, 3)), ((1, 1), (2, 2), (3, 3))),
        (((1, 1), (2, 9)), ((1, 2),)),
    ],
)
def test_a_file_that_is_divided_otherwise_leaves_nothing_of_before(
    tmp_path: Path, before: Ranges, after: Ranges
) -> None:
    folder = RunFolder(tmp_path)
    others = documents("ab.pdf", ((1, 2), (3, 3)), "r")
    read(folder, "r", *documents("a.pdf", before, "r"), *others, files=["a.pdf", "ab.pdf"])
    now = documents("a.pdf", after, "s")
    read(folder, "s", *now, files=["a.pdf"])
    assert names_in(folder) == [one.document.name for one in (*now, *others)]


def test_a_run_that_was_cut_off_keeps_what_it_has_not_read_anew(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    read(folder, "r", *documents("a.pdf", ((1, 2), (3, 4), (5, 6)), "r"), files=["a.pdf"])
    first, *_ = documents("a.pdf", ((1, 3), (4, 6)), "s")
    read(folder, "s", first, files=["a.pdf"])
    assert names_in(folder) == ["a.pdf#p1-3", "a.pdf#p5-6"]
    assert folder.known() == {}  # so that it is read again
    assert select([source("a.pdf")], folder, "new").sources == [source("a.pdf")]


def test_a_file_is_known_when_all_its_documents_are(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    first, second = documents("a.pdf", ((1, 2), (3, 3)), "r")
    read(folder, "r", first, files=["a.pdf"])
    assert select([source("a.pdf")], folder, "new").sources
    read(folder, "r", second, files=["a.pdf"])
    assert not select([source("a.pdf")], folder, "new").sources
    assert select([source("a.pdf", "changed")], folder, "new").sources


def test_a_file_is_as_well_as_its_worst_document(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    good, bad = documents("a.pdf", ((1, 2), (3, 3)), "r")
    bad.status, bad.values = "failed", None
    read(folder, "r", good, bad, files=["a.pdf"])
    selection = select([source("a.pdf")], folder, "failed")
    assert selection.sources == [source("a.pdf")]
    assert select([source("a.pdf")], folder, "new").standing[0][1].status == "failed"


def test_a_file_is_stale_when_one_of_its_documents_is(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    one, other = documents("a.pdf", ((1, 2), (3, 3)), "r")
    one.schema_used = SchemaRecord(name="invoice", hash="1")
    other.schema_used = SchemaRecord(name="receipt", hash="2")
    read(folder, "r", one, other, files=["a.pdf"])
    same, newer = {"invoice": "1", "receipt": "2"}, {"invoice": "1", "receipt": "3"}
    for schemas, read_again in ((same, []), (newer, [source("a.pdf")])):
        asked = Asked("local", schemas)
        assert select([source("a.pdf")], folder, "stale", asked=asked).sources == read_again


def test_counts_know_documents_and_files() -> None:
    totals = Totals()
    for one in documents("a.pdf", ((1, 2), (3, 3)), "r") + documents("b.pdf", WHOLE, "r"):
        totals.add(one)
    assert (totals.documents, totals.files) == (3, 2)
    assert totals.is_all_ok(2)
    assert not totals.is_all_ok(3)
    assert totals.sentence().startswith("3 documents in 2 files (3 ok)")
    half = Totals()
    half.add(documents("a.pdf", ((1, 2), (3, 3)), "r")[0])
    assert (half.unread(1), half.is_all_ok(1)) == (1, False)
