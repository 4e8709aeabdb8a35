"""What the review page is told of a document: every field, its place, what is known of it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bs4 import BeautifulSoup
from docglean.extractors.documents.page_info import PageInfo
from docglean.extractors.extraction import (
    Confidence,
    Evidence,
    Extraction,
    OtherReading,
    SchemaRecord,
    SourceRecord,
)
from docglean.extractors.value_review import ValueReview
from docglean.schemas.errors import Problem
from docglean.schemas.schema import load_schema

from docglean.review.check_report import CheckLine
from docglean.review.payload import Subject, document_payload

RECEIPT = load_schema("receipt")
HOSTILE = "</dd><script>alert(1)</script><img src=x onerror=alert(1)>\"'"
AT = datetime(2026, 3, 4, tzinfo=UTC)
LINE = {"description": "Tea", "quantity": "2", "unit_price": "1.50", "line_total": "3.00"}


def told(**given: Any) -> dict[str, Any]:
    """The payload of a receipt of 400 x 200 points."""
    subject: dict[str, Any] = {
        "id": "d1", "fingerprint": "f", "root": RECEIPT.root, "queued": frozenset({"/total"}),
        "checks": [CheckLine(False, "3.00 is not 4.00", ("/total", "/line_items/0/line_total"))],
        "pages": [PageInfo(1, 400, 200, 0, True, None)], "next": "d2",
    }  # fmt: skip
    result: dict[str, Any] = {
        "document": SourceRecord(name="a.pdf", uri="file:///a.pdf", pages=1),
        "schema": SchemaRecord(name="receipt", hash="h"), "engine": "local", "status": "review",
        "data": {"company": "ACME", "total": "4.00", "line_items": [LINE]},
        "evidence": {
            "/company": Evidence(how="exact", page=1, box=(40, 20, 80, 30), text="ACME"),
            "/total": Evidence(
                how="exact", page=1, box=(0, 100, 400, 150), text="4.00",
                boxes=((0, 100, 400, 120), (0, 130, 200, 150)),
            ),
        },
        "confidence": {
            "/total": Confidence(probability=0.899, why=("OCR",), calibrated=True),
        },
        "readings": {"/total": [OtherReading(engine="other:x", value="3.00")]},
        "problems": [Problem(code="check_failed", message="Off.", path="/total")],
        "reviews": {
            "/company": ValueReview(look="confirmed", by="Ann", at=AT, revision=1, first="ACME"),
            "/currency": ValueReview(look="asked", by="Ann", at=AT, revision=2, now="EUR"),
        },
        "revision": 2,
    }  # fmt: skip
    for name, value in given.items():
        (subject if name in Subject.__slots__ else result)[name] = value
    subject["extraction"] = Extraction[Any](**result)
    return document_payload(Subject(**subject))


def fields(payload: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["pointer"]: one for one in payload["fields"]}


def test_every_field_of_the_schema_is_there_in_its_order_with_an_element_of_its_own() -> None:
    payload = told()
    pointers = [one["pointer"] for one in payload["fields"]]
    plain = [f"/{one.name}" for one in RECEIPT.root.children if one.shape == "value"]
    line = [f"/line_items/0/{name}" for name in LINE]
    assert pointers == [*plain, *line]
    page = BeautifulSoup(payload["html"]["values"], "lxml")
    shown = [button["data-f"] for button in page.select("button.value")]
    assert shown == [one["dom"] for one in payload["fields"]]
    assert all(len(page.select(f"[id='{one['dom']}']")) == 1 for one in payload["fields"])
    assert fields(payload)["/tip"]["value"] is None
    assert fields(payload)["/line_items/0/quantity"]["group"] == "Line items 1"


def test_places_are_shares_of_the_page_and_lines_have_boxes_of_their_own() -> None:
    found = fields(told())
    assert found["/company"]["places"] == [{"page": 1, "boxes": [[10, 10, 10, 5]]}]
    assert found["/total"]["places"][0]["boxes"] == [[0, 50, 100, 10], [0, 65, 50, 10]]
    assert fields(told(pages=()))["/company"]["places"] == []  # of a page that can't be drawn


def test_a_page_that_cannot_be_drawn_is_said_to_be_so() -> None:
    broken = PageInfo(1, 0, 0, 0, False, None, fault=("damaged", "The page is damaged.", ""))
    payload = told(pages=[broken])
    assert "The page is damaged." in payload["html"]["paper"]
    assert payload["pages"] == []
    assert fields(payload)["/company"]["places"] == []


def test_what_is_known_of_a_value_stands_with_it() -> None:
    total = fields(told())["/total"]
    assert total["confidence"] == {
        "p": 0.899, "text": "89 %", "level": "middle", "why": ["OCR"], "calibrated": True,
    }  # fmt: skip
    assert total["readings"] == [{"said": "other:x read: 3.00", "value": "3.00", "text": "3.00"}]
    assert total["problems"] == ["Off."]
    assert (total["kind"], total["queued"], total["state"]) == ("money", True, "not_looked")


def test_who_has_looked_is_told_and_what_was_read_since() -> None:
    found = fields(told())
    company, currency = found["/company"], found["/currency"]
    assert (company["state"], company["by"], company["at"]) == (
        "confirmed", "Ann", "2026-03-04T00:00:00+00:00",
    )  # fmt: skip
    assert currency["asked"] == {"engine_now": "EUR"}
    assert "EUR" in currency["choices"]


def test_lists_tell_their_columns_and_empty_ones_are_there() -> None:
    (lines,) = told()["lists"]
    assert [one["name"] for one in lines["columns"]] == list(LINE)
    assert (lines["rows"], lines["state"]) == (1, "not_looked")
    payload = told(data={"company": "ACME"})
    assert payload["lists"][0]["rows"] == 0
    page = BeautifulSoup(payload["html"]["values"], "lxml")
    assert page.select(f"[id='{payload['lists'][0]['dom']}']")


def test_a_failed_document_can_be_filled_in() -> None:
    payload = told(status="failed", data=None, evidence={}, confidence={}, reviews={})
    assert all(one["value"] is None for one in payload["fields"])
    assert len(payload["fields"]) > 10


def test_what_documents_say_is_only_text() -> None:
    payload = told(data={"company": HOSTILE, "line_items": [LINE | {"description": HOSTILE}]},
                   problems=[Problem(code="x", message=HOSTILE, severity="review")],
                   engine=HOSTILE)  # fmt: skip
    for html in payload["html"].values():
        page = BeautifulSoup(html, "lxml")
        assert not page.select("script, img[onerror]")
        # Its policy lets no style or handler of the page's text act; there is none to begin with.
        assert not [tag for tag in page.find_all(True) for name in tag.attrs
                    if name == "style" or name.startswith("on")]  # fmt: skip
    assert fields(payload)["/company"]["value"] == HOSTILE


def test_without_a_schema_values_are_shown_as_they_are() -> None:
    payload = told(root=None, checks=None)
    assert fields(payload)["/total"]["kind"] == "text"
    assert payload["schema"]["checks"] is False
    assert payload["lists"] == []


def test_a_recording_is_told_with_what_was_said() -> None:
    payload = told(
        pages=(), media="audio",
        transcript={"segments": [{"start": 0, "end": 2.5, "text": "Hello."}]},
    )  # fmt: skip
    assert payload["media"] == {"url": "/api/documents/d1/media", "kind": "audio"}
    assert [(line["start"], line["text"]) for line in payload["transcript"]] == [(0, "Hello.")]
    line = BeautifulSoup(payload["html"]["paper"], "lxml").select_one(".said li")
    assert line is not None
    assert line["data-s"] == "0.0"
