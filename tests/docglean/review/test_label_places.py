"""Values of a label are looked up on its pages when it is opened."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from docglean.extractors.documents.workers import Workers
from review_rooms import LAYERED, SAMPLES, MemoryStore

from docglean.review import label_places
from docglean.review.docket import DocketEntry
from docglean.review.label_places import LOOKED_FOR, LabelPlaces
from docglean.review.labels_docket import LabelsDocket
from docglean.review.originals import Originals
from docglean.review.pages import Pages

Found = TypeVar("Found")


@pytest.fixture
def entry(tmp_path: Path) -> DocketEntry:
    shutil.copy(SAMPLES / LAYERED, tmp_path)
    truth = next(
        one
        for one in map(json.loads, (SAMPLES.parent / "labels.jsonl").read_text().splitlines())
        if one["file"].endswith(LAYERED)
    )
    label = {
        "id": "a", "file": LAYERED, "schema": "invoice",
        "expected": {
            "invoice_number": truth["expected"]["invoice_number"], "buyer_name": "Nobody & Sons"
        },
    }  # fmt: skip
    (tmp_path / "labels.jsonl").write_text(json.dumps(label) + "\n")
    docket = LabelsDocket(tmp_path)
    return docket.read(docket.listed()[0].id)


def looked_up(workers: Workers, look: Callable[[LabelPlaces], Awaitable[Found]]) -> Found:
    async def run() -> Found:
        originals = Originals(workers, MemoryStore())
        pages = Pages(originals)
        places = LabelPlaces(pages)
        try:
            return await look(places)
        finally:
            await places.close()
            await pages.close()
            await originals.close()

    return asyncio.run(run())


def test_values_get_the_places_where_they_stand(
    workers: Workers, entry: DocketEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(label_places, "PATIENCE", 60.0)
    placed, note = looked_up(workers, lambda places: places.placed(entry))
    found = placed.result.evidence
    assert found["/invoice_number"].page == 1
    assert found["/invoice_number"].box is not None
    assert found["/buyer_name"].how == "not_found"
    assert note == ""
    assert entry.result.evidence == {}


def test_what_takes_long_is_there_another_time(
    workers: Workers, entry: DocketEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def twice(places: LabelPlaces) -> tuple[str, str]:
        monkeypatch.setattr(label_places, "PATIENCE", 0.0)
        first = (await places.placed(entry))[1]
        monkeypatch.setattr(label_places, "PATIENCE", 60.0)
        return first, (await places.placed(entry))[1]

    assert looked_up(workers, twice) == (LOOKED_FOR, "")


def test_a_document_that_is_gone_has_no_places(
    workers: Workers, entry: DocketEntry, tmp_path: Path
) -> None:
    (tmp_path / LAYERED).unlink()
    placed, note = looked_up(workers, lambda places: places.placed(entry))
    assert (placed.result.evidence, note) == ({}, "")
