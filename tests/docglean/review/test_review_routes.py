"""What the routes answer to a page that is ours."""

from __future__ import annotations

import io
from typing import Any

import pytest
from docglean.extractors.documents.workers import Workers
from PIL import Image
from review_rooms import HEARD, LAYERED, SAMPLES, SCANNED, Served

LAST = f"/api/documents/{LAYERED}"


def test_the_shell_and_who_reviews_what(served: Served) -> None:
    client = served.signed_in()
    assert "out" in client.get("/").text
    told = client.get("/api/session").json()
    assert told == {"by": "Bo", "kind": "run", "name": "out", "blind": False, "calibrated": False}


def test_the_queue_is_told_what_is_wanted(served: Served) -> None:
    told = served.signed_in().get("/api/queue?order=worst&offset=100&find=a%20b").json()
    assert told["wanted"] == {"order": "worst", "offset": "100", "find": "a b"}
    assert told["by"] == "Bo"


def test_a_page_is_drawn_as_large_as_it_is_wanted(served: Served) -> None:
    client = served.signed_in()
    for edge, longer in (("", 1500), ("?edge=800", 800), ("?edge=10", 600), ("?edge=x", 1500)):
        answer = client.get(f"{LAST}/pages/2/image{edge}")
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "image/jpeg"
        image = Image.open(io.BytesIO(answer.content))
        assert max(image.size) == longer


@pytest.mark.parametrize("path", ["pages/4/image", "pages/0/image", "pages/4/words", "media"])
def test_what_a_document_does_not_have_is_not_there(served: Served, path: str) -> None:
    answer = served.signed_in().get(f"{LAST}/{path}")
    assert answer.status_code == 404
    assert answer.json()["error"]


def test_words_have_boxes_in_per_cent_of_the_page(served: Served) -> None:
    words = served.signed_in().get(f"{LAST}/pages/1/words").json()["words"]
    assert len(words) > 20
    for word in words:
        left, top, width, height = word["box"]
        assert 0 <= left < left + width <= 100
        assert 0 <= top < top + height <= 100
    assert len({word["line"] for word in words}) > 5


def box_of(words: list[dict[str, Any]], *texts: str) -> list[float]:
    found = [word["box"] for word in words if word["text"] in texts]
    left, top = min(box[0] for box in found), min(box[1] for box in found)
    right = max(box[0] + box[2] for box in found)
    bottom = max(box[1] + box[3] for box in found)
    return [left - 0.2, top - 0.2, right - left + 0.4, bottom - top + 0.4]


def test_the_text_of_a_box_is_that_of_its_words(served: Served) -> None:
    client = served.signed_in()
    words = client.get(f"{LAST}/pages/1/words").json()["words"]
    first = words[0]["text"]
    asked = {"page": 1, "box": box_of(words[:1], first), "pointer": "/vendor"}
    told = client.post(f"{LAST}/text", json=asked).json()
    assert told == {"text": first, "from": "words", "value": first, "shown": first, "error": None}


def test_a_row_is_given_the_words_of_its_box(served: Served) -> None:
    client = served.signed_in()
    words = client.get(f"{LAST}/pages/1/words").json()["words"]
    line = [word for word in words if word["line"] == words[-1]["line"]]
    asked = {"page": 1, "box": box_of(line, *(w["text"] for w in line)), "pointer": "/lines"}
    told = client.post(f"{LAST}/row", json=asked).json()
    assert [w["text"] for w in line] == told["row"]["words"]
    assert max(told["row"]["box"]) > 100  # points, not per cent


def test_print_in_a_picture_is_read_by_ocr_once(served: Served, workers: Workers) -> None:
    client = served.signed_in()
    words = client.get(f"/api/documents/{SCANNED}/pages/1/words").json()["words"]
    assert len(words) > 20
    before = workers.seconds["ocr"]
    again = client.get(f"/api/documents/{SCANNED}/pages/1/words").json()["words"]
    assert again == words
    assert workers.seconds["ocr"] == before


def test_typed_text_and_pasted_cells(served: Served) -> None:
    client = served.signed_in()
    asked = {"pointer": "/total", "text": "1.234,50"}
    assert client.post(f"{LAST}/parse", json=asked).json()["value"] == "1.234,50"
    assert client.post(f"{LAST}/paste", json=asked).json() == {"rows": ["1.234,50"]}


def test_events_are_taken_for_who_is_signed_in(served: Served) -> None:
    client = served.signed_in()
    said = {"action": "confirm", "path": "/total", "by": "somebody else"}
    answer = client.post(f"{LAST}/events", json={"revision": 0, "events": [said]})
    assert answer.status_code == 200
    assert served.rooms.taken[-1] == ("Bo", LAYERED, 0, [said])
    assert client.get(f"{LAST}/revision").json() == {"revision": len(served.rooms.taken)}


def test_what_somebody_else_has_changed_comes_back_fresh(served: Served) -> None:
    client, before = served.signed_in(), len(served.rooms.taken)
    answer = client.post(f"{LAST}/events", json={"revision": 99, "events": [{"path": ""}]})
    assert answer.status_code == 409
    told = answer.json()
    assert (told["reason"], told["by"], told["pointers"]) == ("changed", "Ann", ["/total"])
    assert told["document"]["id"] == LAYERED
    assert len(served.rooms.taken) == before


def test_a_full_disk_is_said(served: Served) -> None:
    answer = served.signed_in().post(f"{LAST}/events", json={"revision": 98, "events": [{}]})
    assert (answer.status_code, answer.json()["error"]) == (507, "The disk is full.")


@pytest.mark.parametrize(
    "body", ["", "[]", "{", '{"revision": -1, "events": [{}]}', '{"revision": 0, "events": []}']
)
def test_a_body_of_another_shape_is_refused(served: Served, body: str) -> None:
    answer = served.signed_in().post(f"{LAST}/events", content=body)
    assert answer.status_code == 422
    assert answer.json()["error"]


def test_a_recording_is_played_from_any_byte(served: Served) -> None:
    client, path = served.signed_in(), f"/api/documents/{HEARD}/media"
    whole = (SAMPLES / HEARD).read_bytes()
    answer = client.get(path)
    assert (answer.status_code, answer.content) == (200, whole)
    assert answer.headers["accept-ranges"] == "bytes"
    part = client.get(path, headers={"Range": "bytes=1000-1999"})
    assert (part.status_code, part.content) == (206, whole[1000:2000])
    assert part.headers["content-range"] == f"bytes 1000-1999/{len(whole)}"
    beyond = client.get(path, headers={"Range": f"bytes={len(whole)}-"})
    assert beyond.status_code == 416
