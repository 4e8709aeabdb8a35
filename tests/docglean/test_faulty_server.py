"""A run against a server that fails each document in another way: the others go on."""

from __future__ import annotations

import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from servers.billing import PayingServer, Spoil, paying, slips

from docglean.cli.app import run_command
from docglean.cli.exits import SOME_FAILED, WRONG


@pytest.fixture(autouse=True)
def _own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("DOCGLEAN_LIMITS__WORKERS", "1")
    monkeypatch.setenv("DOCGLEAN_CONCURRENCY", "4")
    # Made short: nothing here is about its length.
    monkeypatch.setattr("docglean.extractors.gateway.retries.FIRST_PAUSE", 0.02)


@pytest.fixture
def server() -> Iterator[PayingServer]:
    with paying() as state:
        yield state


def run(server: PayingServer, folder: Path) -> int:
    schema = f"{folder.parent / 'slip.py'}:Slip"
    words = ["extract", str(folder), "--engine", server.engine(), "--schema", schema, "--quiet"]
    return run_command([*words, "--out", str(folder.parent / "out")])


def http(status: int, body: bytes, *, length: int | None = None, **headers: str) -> bytes:
    """A response as bytes; `length` may lie about the body."""
    told = {"content-type": "application/json", "connection": "close"}
    told |= {name.replace("_", "-"): value for name, value in headers.items()}
    told["content-length"] = str(len(body) if length is None else length)
    head = [f"HTTP/1.1 {status} X", *(f"{name}: {value}" for name, value in told.items())]
    return "\r\n".join([*head, "", ""]).encode() + body


def error(status: int, **headers: str) -> Spoil:
    return lambda file, _: say(file, http(status, b'{"error": {"message": "busy"}}', **headers))


def say(file: BinaryIO, content: bytes) -> None:
    file.write(content)
    file.flush()


def hang_up(file: BinaryIO, _: bytes) -> None:
    """Not a byte."""


def cut(file: BinaryIO, whole: bytes) -> None:
    say(file, http(200, whole[:60], length=len(whole)))


def drip(file: BinaryIO, whole: bytes) -> None:
    """A byte now and then: no read ever times out, and the answer never comes."""
    try:
        for byte in http(200, whole):
            say(file, bytes([byte]))
            time.sleep(0.05)
    except OSError:
        pass  # nobody waits any more


FOR_EVER = 1_000
FAULTS: list[tuple[str, Spoil | None, int, str]] = [
    # What it is, how often, and the code that the document ends with: "" is the right answer.
    ("429 and nothing more", error(429), 1, ""),
    ("429 with a time", error(429, retry_after="0.05"), 4, ""),
    ("429 until tomorrow", error(429, retry_after="86400"), FOR_EVER, "rate_limited"),
    ("429 for an age", error(429, retry_after="1e300"), FOR_EVER, "rate_limited"),
    ("500 once", error(500), 1, ""),
    ("500", error(500), FOR_EVER, "server_error"),
    ("503 twice", error(503, retry_after="0.05"), 2, ""),
    ("503", error(503, retry_after="0.01"), FOR_EVER, "overloaded"),
    ("529", error(529, retry_after="0.01"), FOR_EVER, "overloaded"),
    ("slow drip", drip, FOR_EVER, "timeout"),
    ("hung up once", hang_up, 1, ""),
    ("cut connection", cut, FOR_EVER, "connection"),
    ("truncated JSON", lambda f, b: say(f, http(200, b[:40])), FOR_EVER, "cut_body"),
    ("empty body", lambda f, _: say(f, http(200, b"")), FOR_EVER, "empty_body"),
    ("a page of HTML", lambda f, _: say(f, http(200, b"<html>Hi</html>", content_type="text/html")),
     FOR_EVER, "wrong_content"),
    ("wrong content type", lambda f, b: say(f, http(200, b, content_type="text/plain")),
     FOR_EVER, ""),
    ("nothing", None, 0, ""),
]  # fmt: skip


@pytest.mark.slow
def test_each_fault_costs_its_own_document(
    server: PayingServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCGLEAN_DEADLINE", "6")
    folder = slips(tmp_path / "in", len(FAULTS))
    asked: Counter[int] = Counter()

    def spoil(text: str) -> Spoil | None:
        found = re.search(r"number: (\d+)", text)
        assert found is not None
        number = int(found[1])
        asked[number] += 1
        return FAULTS[number][1] if asked[number] <= FAULTS[number][2] else None

    server.spoil = spoil
    assert run(server, folder) == SOME_FAILED
    lines = (tmp_path / "out" / "results.jsonl").read_text().splitlines()
    ended = {}
    for line, (what, *_) in zip(map(json.loads, lines), FAULTS, strict=True):
        codes = [one["code"] for one in line["problems"] if one["severity"] == "error"]
        ended[what] = codes if line["status"] != "ok" else line["data"]["number"]
    assert ended == {
        what: [code] if code else number for number, (what, _, _, code) in enumerate(FAULTS)
    }


@pytest.mark.slow
@pytest.mark.parametrize(("status", "said"), [(401, "key is refused"), (404, "not known")])
def test_what_every_call_would_meet_ends_the_run_at_once(
    server: PayingServer, tmp_path: Path, capsys: Any, status: int, said: str
) -> None:
    folder = slips(tmp_path / "in", 30)
    server.answers = lambda text, schema: status
    assert run(server, folder) == WRONG
    assert said in capsys.readouterr().err
    assert server.questions <= 4


ROWS = '''
from pydantic import BaseModel


class Row(BaseModel):
    """An article."""

    number: str | None = None
    total: str | None = None


class Bill(BaseModel):
    """A bill whose rows have names of its own."""

    number: str | None = None
    total: str | None = None
    rows: list[Row] = []
'''
BILL = {
    "number": "R-7",
    "total": "150.00",
    "rows": [{"number": "Widget A", "total": "100.00"}, {"number": "B", "total": "50.00"}],
}
WHOLE = json.dumps(BILL)
TRAILING = WHOLE.replace("}]", "},]")


def read_bill(server: PayingServer, folder: Path, *answers: str) -> tuple[int, dict[str, Any]]:
    """One document whose calls are answered so, in turn; the exit code and what was made of it."""
    slips(folder / "in", 1)
    (folder / "bill.py").write_text(ROWS)
    told = iter(answers)
    server.answers = lambda text, schema: next(told)
    engine = server.engine()
    words = ["extract", str(folder / "in"), "--engine", engine, "--quiet"]
    words += ["--schema", f"{folder / 'bill.py'}:Bill", "--out", str(folder / "out")]
    code = run_command(words)
    return code, json.loads((folder / "out" / "results.jsonl").read_text())


@pytest.mark.slow
@pytest.mark.parametrize(
    "answer",
    [TRAILING, WHOLE.replace("R-7", "R-7\n"), WHOLE.replace('"rows"', '/* articles */ "rows"'),
     repr(BILL), f"Here it is:\n{TRAILING}\nAnything else?"],
    ids=["trailing comma", "raw line break", "comment", "Python", "prose"],
)  # fmt: skip
def test_a_slip_of_syntax_costs_no_value(server: PayingServer, tmp_path: Path, answer: str) -> None:
    _, found = read_bill(server, tmp_path, answer)
    assert (found["data"]["number"].strip(), found["data"]["total"]) == ("R-7", "150.00")
    assert found["data"]["rows"] == BILL["rows"]
    assert "repaired" in [one["code"] for one in found["problems"]]


def test_an_answer_that_breaks_off_is_asked_for_again(server: PayingServer, tmp_path: Path) -> None:
    _, found = read_bill(server, tmp_path, WHOLE[:100], WHOLE)
    assert (found["data"]["rows"], found["spending"]["calls"]) == (BILL["rows"], 2)
    assert "cut_json" not in [one["code"] for one in found["problems"]]


def test_an_answer_that_breaks_off_twice_is_not_ok(server: PayingServer, tmp_path: Path) -> None:
    code, found = read_bill(server, tmp_path, WHOLE[:100], WHOLE[:100])
    assert (code, found["status"]) == (SOME_FAILED, "partial")
    assert found["data"]["number"] == "R-7"
    assert found["data"]["rows"] == [BILL["rows"][0]]
    assert ("cut_json", "error") in [(one["code"], one["severity"]) for one in found["problems"]]


def test_words_that_mending_dropped_are_asked_for_again_and_told(
    server: PayingServer, tmp_path: Path
) -> None:
    lossy = WHOLE.replace('"150.00"', "150.00 EUR")
    _, found = read_bill(server, tmp_path, lossy, lossy)
    assert found["status"] == "review"
    assert found["spending"]["calls"] == 2
    assert ("repaired", "review") in [(one["code"], one["severity"]) for one in found["problems"]]
