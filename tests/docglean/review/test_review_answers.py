"""What the page is told of a run of the embedded engine, and what becomes of what it says."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from docglean.extractors.documents.workers import Workers
from docglean.flows.links import id_of
from review_rooms import Served, serving
from reviewed_runs import local_run

from docglean.review.desk import Desk
from docglean.review.media import Recordings
from docglean.review.pages import Pages
from docglean.review.personal_queues import PersonalQueues
from docglean.review.rooms import Rooms
from docglean.review.run_docket import RunDocket
from docglean.review.sessions import Sessions

pytestmark = pytest.mark.slow

NAMES = ("invoice-three-pages.pdf", "receipt-photo.jpg")
INVOICE, RECEIPT = NAMES


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return local_run(tmp_path_factory.mktemp("run"), NAMES)


@pytest.fixture(scope="module")
def served(run: Path, workers: Workers) -> Iterator[Served]:
    docket = RunDocket(run)
    queues = PersonalQueues(docket)

    def real(pages: Pages, recordings: Recordings) -> Rooms:
        return Rooms(docket, queues, Desk(), pages, recordings)

    with serving(workers, real=real, sessions=Sessions("bo", "correct horse")) as found:
        yield found
    queues.close()


@pytest.fixture(scope="module")
def client(served: Served) -> httpx2.Client:
    found = served.signed_in()
    told: dict[str, Any] = {"indexed": 0, "documents": 1}
    while told["indexed"] < told["documents"]:
        told = found.get("/api/queue?open=0").json()
    return found


Opened = Callable[[str], dict[str, Any]]


@pytest.fixture
def opened(client: httpx2.Client) -> Opened:
    """A document as it stands now, by its name."""
    rows = client.get("/api/queue?open=0").json()["rows"]
    ids = {row["name"]: row["id"] for row in rows}
    return lambda name: client.get(f"/api/documents/{ids[name]}").json()


def event(document: dict[str, Any], action: str, path: str, **more: Any) -> dict[str, Any]:
    return {"id": uuid4().hex, "action": action, "path": path, "seconds": 1.5,
            "result": document["fingerprint"], **more}  # fmt: skip


def say(
    client: httpx2.Client, document: dict[str, Any], *events: dict[str, Any]
) -> httpx2.Response:
    told = {"revision": document["revision"], "events": events}
    return client.post(f"/api/documents/{document['id']}/events", json=told)


def field(document: dict[str, Any], pointer: str) -> dict[str, Any]:
    return next(one for one in document["fields"] if one["pointer"] == pointer)


def test_the_queue_has_rows_counts_and_how_far_it_is(client: httpx2.Client) -> None:
    told = client.get("/api/queue?limit=1&open=0").json()
    assert told.keys() == {
        "total", "offset", "rows", "indexed", "documents", "facets", "progress"
    }  # fmt: skip
    assert (told["total"], len(told["rows"])) == (2, 1)
    assert told["rows"][0].keys() >= {
        "id", "name", "schema", "status", "engine_status", "least", "to_look", "looked", "problems",
        "reviewed_by", "at", "pages", "seconds", "run",
    }  # fmt: skip
    assert set(told["facets"]) == {"schema", "status", "problem", "field"}
    assert told["progress"]["documents_left"] >= 1
    names = [row["name"] for row in client.get("/api/queue?order=name&open=0").json()["rows"]]
    assert names == sorted(names)
    assert client.get("/api/queue?find=receipt&open=0").json()["total"] == 1
    assert client.get("/api/queue?schema=invoice&open=0").json()["total"] == 1
    assert client.get("/api/queue?order=sideways").status_code == 422


def test_a_document_has_every_field_its_pages_and_its_checks(opened: Opened) -> None:
    document = opened(INVOICE)
    assert document["schema"]["checks"]
    assert {one["number"] for one in document["pages"]} == {1, 2, 3}
    pointers = [one["pointer"] for one in document["fields"]]
    assert len(set(pointers)) == len(pointers)
    assert "/grand_total" in pointers
    absent = next(one for one in document["fields"] if one["value"] is None)
    assert absent["state"] == "not_looked"
    placed = field(document, "/grand_total")["places"]
    assert placed
    for left, top, width, height in placed[0]["boxes"]:
        assert 0 <= left <= left + width <= 100
        assert 0 <= top <= top + height <= 100
    assert any(check["holds"] for check in document["checks"])
    assert "/line_items" in [one["pointer"] for one in document["lists"]]


def test_a_value_that_is_put_right_is_on_the_disk_when_it_is_answered(
    client: httpx2.Client, opened: Opened, run: Path
) -> None:
    before = opened(RECEIPT)
    engine = {path: path.read_bytes() for path in (run / "documents").rglob("*.json")}
    answer = say(client, before, event(before, "set", "/total", new="99.99", text="99,99"))
    assert answer.status_code == 200, answer.text
    now = field(answer.json(), "/total")
    assert (now["value"], now["state"], now["by"]) == ("99.99", "corrected", "bo")
    last = json.loads((run / "reviews.jsonl").read_text("utf-8").splitlines()[-1])
    assert (last["path"], last["new"], last["by"]) == ("/total", "99.99", "bo")
    assert last["old"] == field(before, "/total")["value"]
    assert {path: path.read_bytes() for path in engine} == engine
    assert any(not check["holds"] for check in answer.json()["checks"])
    again = client.get(f"/api/documents/{before['id']}/revision").json()
    assert again["revision"] == answer.json()["revision"] > before["revision"]


def test_two_people_on_one_value(served: Served, client: httpx2.Client, opened: Opened) -> None:
    ann = served.client()
    ann.post("/signin", data={"name": "Ann", "password": "correct horse"})
    before = opened(INVOICE)
    theirs = event(before, "set", "/grand_total", new="1.00", text="1")
    assert say(ann, before, theirs).status_code == 200
    answer = say(client, before, event(before, "confirm", "/grand_total"))
    assert answer.status_code == 409
    told = answer.json()
    assert (told["reason"], told["by"], told["pointers"]) == ("changed", "Ann", ["/grand_total"])
    assert field(told["document"], "/grand_total")["value"] == "1.00"
    assert [one["by"] for one in told["document"]["people"]] == ["Ann"]
    other = event(before, "confirm", "/invoice_number")  # nobody has touched that
    assert say(client, before, other).status_code == 200
    assert say(client, before, other).status_code == 200  # once is enough, and said so


def test_text_is_taken_from_the_page_as_the_field_stores_it(
    client: httpx2.Client, opened: Opened
) -> None:
    document = opened(INVOICE)
    due = field(document, "/due_date")
    place = due["places"][0]
    asked = {"pointer": "/due_date", "page": place["page"], "box": place["boxes"][0]}
    told = client.post(f"/api/documents/{document['id']}/text", json=asked).json()
    assert (told["value"], told["from"], told["error"]) == (due["value"], "words", None)
    typed = {"pointer": "/due_date", "text": "the day after"}
    told = client.post(f"/api/documents/{document['id']}/parse", json=typed).json()
    assert told["value"] is None
    assert told["error"]


def test_a_row_is_taken_from_the_page_and_from_a_spreadsheet(
    client: httpx2.Client, opened: Opened
) -> None:
    document = opened(INVOICE)
    cells = [one for one in document["fields"] if one["pointer"].startswith("/line_items/1/")]
    boxes = [place["boxes"][0] for one in cells for place in one["places"]]
    top = min(box[1] for box in boxes)
    height = max(box[1] + box[3] for box in boxes) - top
    asked = {"pointer": "/line_items", "page": 1, "box": [1, top, 98, height]}
    row = client.post(f"/api/documents/{document['id']}/row", json=asked).json()["row"]
    for one in cells:
        if one["places"]:
            assert row[one["pointer"].rpartition("/")[2]]["value"] == one["value"], one["pointer"]
    pasted = {"pointer": "/line_items", "text": "Description\tQuantity\nBolt\t2\nNut\t3"}
    told = client.post(f"/api/documents/{document['id']}/paste", json=pasted).json()
    assert [one["quantity"]["value"] for one in told["rows"]] == ["2", "3"]
    lost = client.post(f"/api/documents/{document['id']}/paste", json={**pasted, "pointer": "/x"})
    assert lost.status_code == 404


def test_a_document_whose_file_is_gone_is_reviewed_without_its_pages(
    client: httpx2.Client, opened: Opened, run: Path
) -> None:
    path = run.parent / "documents" / RECEIPT
    aside = path.rename(path.with_suffix(".aside"))
    try:
        document = opened(RECEIPT)
        assert document["pages"] == []
        assert RECEIPT in document["note"]
        assert field(document, "/total")["places"] == []
        answer = client.get(f"/api/documents/{document['id']}/pages/1/image?edge=777")
        assert answer.status_code == 404
    finally:
        aside.rename(path)
    assert len(opened(RECEIPT)["pages"]) == 1


def test_what_is_unsent_is_kept_apart_by_folder(client: httpx2.Client, run: Path) -> None:
    """Two runs are called ``out``, and served at the same address one after the other."""
    told = client.get("/api/session").json()
    assert told["name"] == run.name
    assert told["key"] == id_of(str(run.resolve()))


def test_what_is_not_there_is_said(client: httpx2.Client) -> None:
    for path in ("", "/revision", "/pages/1/image", "/pages/1/words", "/media"):
        answer = client.get(f"/api/documents/0123456789ab{path}")
        assert (answer.status_code, bool(answer.json()["error"])) == (404, True), path
