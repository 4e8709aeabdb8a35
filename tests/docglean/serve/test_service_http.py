"""Documents by HTTP: real requests to the real service, which reads by a real client."""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pymupdf
import pytest
from docglean.extractors.extraction import Extraction
from docglean.schemas.errors import ConfigError
from served_documents import BO, Served, ended, handed_in, parcel_note, serving
from starlette.requests import Request

from docglean.serve.faults import on_fault
from docglean.serve.service import ServiceLimits

pytestmark = pytest.mark.slow

NOTE = parcel_note()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("served")) as found:
        yield found


@pytest.fixture
def ann(served: Served) -> Iterator[httpx2.Client]:
    with served.client() as client:
        yield client


@pytest.fixture(scope="module")
def done(served: Served) -> str:
    """A note that was read."""
    with served.client() as client:
        id = handed_in(client, NOTE, schema="parcel")
        assert ended(client, id)["state"] == "done"
        return id


def refused(answer: httpx2.Response, status: int) -> dict[str, Any]:
    """The problem that an answer tells, as RFC 9457 wants it."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert told["status"] == status
    assert told["type"] == "about:blank"
    assert told["message"] in told["detail"]
    assert {"title", "code", "way_out"} <= told.keys()
    return told


def test_a_result_has_all_that_an_extraction_has(ann: httpx2.Client, done: str) -> None:
    status = ann.get(f"/documents/{done}").json()
    assert status["name"] == "note.pdf"
    assert status["sha256"] == hashlib.sha256(NOTE).hexdigest()
    assert (status["cost"], status["attempts"], status["failure"]) == ("0", 1, None)
    answer = ann.get(f"/documents/{done}/result")
    (told,) = answer.json()["extractions"]
    found = Extraction[Any].model_validate(told)
    assert [found.status] == status["statuses"]
    assert found.document.sha256 == status["sha256"]
    assert found.document.uri.startswith("upload:")
    assert str(found.values) in str({"number": "P-4711", "weight": "12.5 kg", "colour": None})
    assert found.evidence["/number"].page == 1
    assert found.evidence["/number"].box is not None
    assert set(found.confidence) == {"/number", "/weight", "/colour"}
    assert found.spending.cost == 0


def test_a_value_is_told_with_where_it_stands(ann: httpx2.Client, done: str) -> None:
    told = ann.get(f"/documents/{done}/value", params={"pointer": "/number"}).json()
    assert (told["found"], told["value"], told["why"]) == (True, "P-4711", "")
    assert told["evidence"]["text"] == "P-4711"
    assert 0 < told["confidence"]["probability"] <= 1


def test_what_is_not_on_the_page_is_not_found(ann: httpx2.Client, done: str) -> None:
    told = ann.get(f"/documents/{done}/value", params={"pointer": "/colour"}).json()
    assert (told["found"], told["value"]) == (False, None)
    assert "no such value" in told["why"]
    assert told["confidence"]["probability"] > 0


def test_what_the_schema_lacks_is_no_value(ann: httpx2.Client, done: str) -> None:
    told = refused(ann.get(f"/documents/{done}/value", params={"pointer": "/height"}), 404)
    assert told["code"] == "no_value"
    assert "/number" in told["way_out"]
    whole = refused(ann.get(f"/documents/{done}/value", params={"pointer": ""}), 404)
    assert whole["code"] == "not_one_value"
    absent = ann.get(f"/documents/{done}/value", params={"pointer": "/number", "part": 2})
    assert refused(absent, 404)["code"] == "no_such_part"


def test_a_form_brings_its_file_by_its_own_name(ann: httpx2.Client) -> None:
    answer = ann.post(
        "/documents", files={"file": ("C:\\in\\a b.pdf", NOTE)}, params={"schema": "parcel"}
    )
    assert answer.status_code == 202
    told = answer.json()
    assert told["name"] == "a b.pdf"
    assert answer.headers["location"] == f"/documents/{told['id']}"
    assert ended(ann, told["id"])["statuses"] == ["ok"]


def test_a_document_is_sorted_where_no_schema_is_told(ann: httpx2.Client) -> None:
    pdf = pymupdf.open()
    said = "INVOICE\n\nInvoice number: 17\n\nInvoice date: 2026-03-04\n\nTotal due: 12.00 EUR"
    pdf.new_page().insert_text((72, 72), said)
    id = handed_in(ann, pdf.tobytes())
    assert ended(ann, id)["state"] == "done"
    (told,) = ann.get(f"/documents/{id}/result").json()["extractions"]
    assert told["schema"]["name"] == "invoice"


def test_pages_are_as_they_were_asked_for(ann: httpx2.Client) -> None:
    pdf = pymupdf.open(stream=NOTE)
    pdf.new_page().insert_text((72, 72), "Colour: red")
    id = handed_in(ann, pdf.tobytes(), schema="parcel", pages="2")
    assert ended(ann, id)["pages"] == "2"
    told = ann.get(f"/documents/{id}/value", params={"pointer": "/number"}).json()
    assert not told["found"]


def test_a_damaged_file_is_done_and_its_result_says_why(ann: httpx2.Client) -> None:
    id = handed_in(ann, b"%PDF-1.7 and no more")
    status = ended(ann, id)
    assert (status["state"], status["statuses"]) == ("done", ["failed"])
    (told,) = ann.get(f"/documents/{id}/result").json()["extractions"]
    assert told["data"] is None
    assert told["problems"][0]["message"]


def test_what_is_too_large_is_refused_before_all_of_it_is_read(served: Served) -> None:
    """Nothing more than the limit is taken off the wire, whether its size is told or not."""
    host, port = served.url.removeprefix("http://").split(":")
    most = served.service.most_bytes
    block = b"x" * 65_536
    for head in (f"Content-Length: {most + 1}", "Transfer-Encoding: chunked"):
        with socket.create_connection((host, int(port)), timeout=30) as wire:
            wire.sendall(
                f"POST /documents?name=a.pdf HTTP/1.1\r\nHost: {host}:{port}\r\n"
                f"Authorization: Bearer {'a' * 32}\r\n{head}\r\n\r\n".encode()
            )
            sent = 0
            # One byte too many, and no more: what a server has not read when it hangs up resets
            # the connection, and its answer with it.
            while "chunked" in head and sent <= most:
                size = min(len(block), most + 1 - sent)
                wire.sendall(b"%x\r\n%b\r\n" % (size, block[:size]))
                sent += size
            answer = b"".join(iter(partial(wire.recv, 4096), b"")).decode()
        assert answer.startswith("HTTP/1.1 413"), answer
        assert '"code":"too_large"' in answer
    assert not list((served.folder.path / "uploads").glob(".*"))


def test_a_large_file_of_a_form_is_refused(ann: httpx2.Client, served: Served) -> None:
    large = b"x" * (served.service.most_bytes + 1)
    answer = ann.post("/documents", files={"file": ("a.pdf", large)})
    assert refused(answer, 413)["code"] == "too_large"


@pytest.mark.parametrize(
    ("told", "status", "code"),
    [
        ({"content": b""}, 422, "empty"),
        ({"content": NOTE, "params": {"schema": "nowhere"}}, 422, "no_such_schema"),
        ({"content": NOTE, "params": {"pages": "x"}}, 422, "bad_request"),
        ({"content": NOTE, "params": {"pages": "3-1"}}, 422, "bad_pages"),
        ({"files": {"other": ("a.pdf", NOTE)}}, 422, "no_file"),
        ({"files": [("file", ("a", NOTE)), ("file", ("b", NOTE))]}, 400, "bad_form"),
        ({"content": b"x", "headers": {"Content-Type": "multipart/form-data"}}, 400, "bad_form"),
    ],
)
def test_what_cannot_be_read_is_not_taken(
    ann: httpx2.Client, told: dict[str, Any], status: int, code: str
) -> None:
    before = ann.get("/documents").json()
    assert refused(ann.post("/documents", **told), status)["code"] == code
    assert ann.get("/documents").json() == before


def test_a_body_that_is_refused_is_not_read(served: Served) -> None:
    with served.client(None) as stranger:
        answer = stranger.post("/documents", content=NOTE)
        assert refused(answer, 401)
        assert answer.headers["connection"] == "close"
        assert "connection" not in stranger.get("/documents").headers


async def test_what_is_the_services_own_trouble_is_not_told_to_who_asks() -> None:
    request = Request({"type": "http", "path": "/documents", "headers": []})
    error = ConfigError("ledger_full", "The ledger /home/ann/ledger cannot be written.", "Go.")
    answer = await on_fault(request, error)
    told = json.loads(bytes(answer.body))
    assert (answer.status_code, told["code"]) == (503, "ledger_full")
    assert "/home/ann" not in bytes(answer.body).decode()


def test_nobody_sees_what_another_has_handed_in(served: Served, done: str) -> None:
    with served.client(BO) as bo:
        for path in ("", "/result", "/value?pointer=/number"):
            assert refused(bo.get(f"/documents/{done}{path}"), 404)["code"] == "no_such_document"
        assert refused(bo.delete(f"/documents/{done}"), 404)
        assert refused(bo.post(f"/documents/{done}/retry"), 404)
        assert bo.get("/documents").json() == {"documents": [], "next": None}


def test_lists_come_in_stretches(ann: httpx2.Client, done: str) -> None:
    whole = ann.get("/documents", params={"state": "done"}).json()["documents"]
    seen: list[Any] = []
    after: str | None = ""
    while after is not None:
        told = ann.get("/documents", params={"state": "done", "limit": 1, "after": after}).json()
        seen += told["documents"]
        after = told["next"]
    assert seen == whole
    assert done in {one["id"] for one in seen}


def test_what_is_deleted_leaves_nothing(ann: httpx2.Client, served: Served) -> None:
    id = handed_in(ann, NOTE, schema="parcel")
    ended(ann, id)
    assert list(served.folder.path.glob(f"*/{id}*"))
    assert ann.delete(f"/documents/{id}").status_code == 204
    assert not list(served.folder.path.glob(f"*/{id}*"))
    assert refused(ann.get(f"/documents/{id}/result"), 404)["code"] == "no_such_document"


def test_what_did_not_fail_is_not_read_again(ann: httpx2.Client, done: str) -> None:
    assert refused(ann.post(f"/documents/{done}/retry"), 409)["code"] == "not_failed"


def test_schemas_are_told(ann: httpx2.Client) -> None:
    told = {one["name"]: one for one in ann.get("/schemas").json()}
    assert set(told) == {"parcel", "invoice"}
    assert "number" in told["parcel"]["json_schema"]["properties"]


def test_only_health_and_openapi_are_told_to_strangers(served: Served, done: str) -> None:
    with served.client(None) as stranger:
        assert stranger.get("/health").json()["status"] == "ok"
        openapi = stranger.get("/openapi.json")
        assert openapi.json()["openapi"].startswith("3.1")
        assert "http:" not in openapi.text
        assert "https:" not in openapi.text
        for path in ("/documents", f"/documents/{done}", "/schemas", "/docs", "/redoc", "/"):
            answer = stranger.get(path)
            assert refused(answer, 401)["code"] == "not_allowed"
            assert answer.headers["www-authenticate"] == "Bearer"
    with served.client("c" * 32) as other:
        assert refused(other.post("/documents", content=NOTE), 401)


def test_there_are_no_pages_that_load_from_other_hosts(ann: httpx2.Client) -> None:
    for path in ("/docs", "/redoc", "/"):
        answer = ann.get(path)
        assert refused(answer, 404)["code"] == "no_such_address"
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize("header", ["Host", "Origin", "Sec-Fetch-Site"])
def test_other_sites_cannot_ask_by_a_browser(ann: httpx2.Client, header: str) -> None:
    told = {"Host": "evil.example", "Origin": "http://evil.example", "Sec-Fetch-Site": "cross-site"}
    status = 421 if header == "Host" else 403
    answer = ann.post("/documents", content=NOTE, headers={header: told[header]})
    refused(answer, status)


def test_who_asks_too_often_is_told_when_to_come_back(tmp_path: Path) -> None:
    with serving(tmp_path, rate=3) as busy, busy.client() as ann, busy.client(BO) as bo:
        for _ in range(3):
            assert ann.get("/schemas").status_code == 200
        answer = ann.get("/schemas")
        assert refused(answer, 429)["code"] == "too_many_requests"
        assert int(answer.headers["retry-after"]) in range(1, 21)
        assert bo.get("/schemas").status_code == 200
        assert ann.get("/health").status_code == 200


def test_a_full_queue_is_said_and_what_is_old_goes(tmp_path: Path) -> None:
    with serving(tmp_path, options={"concurrency": 1}) as first, first.client() as ann:
        old = handed_in(ann, NOTE, schema="parcel")
        ended(ann, old)
    stray = first.folder.path / "uploads" / "stray.pdf"
    stray.write_bytes(NOTE)
    with serving(tmp_path, limits=ServiceLimits(queued=0, days=0)) as full, full.client() as ann:
        answer = ann.post("/documents", content=NOTE)
        assert refused(answer, 503)["code"] == "queue_full"
        assert int(answer.headers["retry-after"]) > 0
        assert refused(ann.get(f"/documents/{old}"), 404)
    assert not list(full.folder.path.glob(f"*/{old}*"))
    assert stray.exists()  # perhaps it is being accepted


def test_of_a_file_of_several_documents_each_has_a_result(tmp_path: Path) -> None:
    pdf = pymupdf.open(stream=NOTE)
    pdf.insert_pdf(pymupdf.open(stream=parcel_note("P-2")))
    with serving(tmp_path, split="1") as served, served.client() as ann:
        id = handed_in(ann, pdf.tobytes(), schema="parcel")
        assert ended(ann, id)["statuses"] == ["ok", "ok"]
        found = ann.get(f"/documents/{id}/result").json()["extractions"]
        assert [one["data"]["number"] for one in found] == ["P-4711", "P-2"]
        query = {"pointer": "/number"}
        assert refused(ann.get(f"/documents/{id}/value", params=query), 409)["code"] == "which_part"
        second = ann.get(f"/documents/{id}/value", params={**query, "part": 2}).json()
        assert (second["value"], second["evidence"]["page"]) == ("P-2", 2)


def test_results_are_whole_files(served: Served, done: str) -> None:
    told = json.loads(served.folder.result(done).read_text("utf-8"))
    assert list(told) == ["extractions"]
    assert not list(served.folder.path.rglob("*.part"))
