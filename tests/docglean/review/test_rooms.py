"""The rooms put together: what a person says at the page ends in the label, and nowhere else."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from docglean.extractors.documents.workers import Workers
from review_rooms import LAYERED, SAMPLES, MemoryStore

from docglean.review.desk import Desk
from docglean.review.faults import NotThere
from docglean.review.labels_docket import LabelsDocket
from docglean.review.media import Recordings
from docglean.review.originals import Originals
from docglean.review.pages import Pages
from docglean.review.personal_queues import PersonalQueues
from docglean.review.rooms import Rooms

Found = TypeVar("Found")


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    shutil.copy(SAMPLES / LAYERED, tmp_path)
    truth = next(
        one
        for one in map(json.loads, (SAMPLES.parent / "labels.jsonl").read_text().splitlines())
        if one["file"].endswith(LAYERED)
    )
    label = {
        "id": "a", "file": LAYERED, "schema": "invoice", "drafted_by": "local",
        "expected": {"invoice_number": truth["expected"]["invoice_number"]},
    }  # fmt: skip
    (tmp_path / "labels.jsonl").write_text(json.dumps(label) + "\n")
    return tmp_path


def at_the_page(
    labels: Path,
    workers: Workers,
    do: Callable[[Rooms, str], Awaitable[Found]],
    *,
    blind: bool = False,
) -> Found:
    """Do something at the page of the only document."""

    async def run() -> Found:
        docket = LabelsDocket(labels)
        originals = Originals(workers, MemoryStore())
        pages, recordings = Pages(originals), Recordings(originals)
        queues = PersonalQueues(docket, blind=blind)
        rooms = Rooms(docket, queues, Desk(blind=blind), pages, recordings)
        try:
            return await do(rooms, docket.listed()[0].id)
        finally:
            await rooms.close()
            queues.close()
            await pages.close()
            recordings.close()
            await originals.close()

    return asyncio.run(run())


async def say(rooms: Rooms, by: str, id: str, *events: dict[str, Any]) -> dict[str, Any]:
    """Say this of the document as it stands."""
    now = await rooms.document(by, id)
    told = [
        {"id": uuid4().hex, "path": "", "result": now["fingerprint"], **event} for event in events
    ]
    return await rooms.take(by, id, now["revision"], told)


def label_of(labels: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((labels / "labels.jsonl").read_text())
    return told


NUMBER = {"action": "confirm", "path": "/invoice_number"}
DONE = {"action": "done"}


def test_a_label_is_written_when_it_is_signed_off_and_when_it_changes_after_that(
    labels: Path, workers: Workers
) -> None:
    async def sign(rooms: Rooms, id: str) -> dict[str, Any]:
        told = await say(rooms, "ann", id, NUMBER)
        assert label_of(labels)["drafted_by"] == "local", "not before it is signed off"
        await say(rooms, "ann", id, DONE)
        first = label_of(labels)
        assert first["checked_by"] == ["ann"]
        [box] = first["boxes"]["/invoice_number"]
        assert all(0 <= side <= 1 for side in box["box"])
        told = await say(rooms, "ann", id, {"action": "absent", "path": "/due_date"})
        assert told["status"] == "reviewed"
        return first

    first = at_the_page(labels, workers, sign)
    assert label_of(labels)["expected"] == {**first["expected"], "due_date": None}


def test_who_sees_nothing_of_the_first_does_not_write_over_his_label(
    labels: Path, workers: Workers
) -> None:
    async def both(rooms: Rooms, id: str) -> dict[str, Any]:
        await say(rooms, "ann", id, NUMBER, DONE)
        seen = await rooms.document("bob", id)
        assert (seen["revision"], seen["reviewed_by"], seen["people"]) == (0, [], [])
        other = {"action": "set", "path": "/invoice_number", "new": "X-1"}
        return await say(rooms, "bob", id, other, DONE)

    before = label_of(labels)["expected"]
    told = at_the_page(labels, workers, both, blind=True)
    assert told["reviewed_by"] == ["bob"]
    assert label_of(labels)["expected"] == before
    assert label_of(labels)["checked_by"] == ["ann"]


def test_what_is_typed_and_pasted_is_answered_before_it_is_taken(
    labels: Path, workers: Workers
) -> None:
    async def answers(rooms: Rooms, id: str) -> list[dict[str, Any]]:
        with pytest.raises(NotThere):
            await rooms.parse("ann", id, "/nobody", "1")
        with pytest.raises(NotThere):
            await rooms.document("ann", "nobody")
        return [
            await rooms.parse("ann", id, "/grand_total", "1,234.50"),
            await rooms.parse("ann", id, "/issue_date", "soon"),
            await rooms.paste("ann", id, "/line_items", "Description\tQuantity\nBolt\t2"),
            await rooms.session("ann"),
        ]

    total, day, pasted, session = at_the_page(labels, workers, answers)
    assert (total["value"], total["error"]) == ("1234.50", None)
    assert day["error"] == "'soon' is not a whole date."
    assert pasted["columns"] == ["description", "quantity"]
    assert pasted["rows"][0]["quantity"]["value"] == "2"
    assert (session["kind"], session["blind"]) == ("labels", False)
