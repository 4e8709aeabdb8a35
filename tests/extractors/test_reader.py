"""A reader that is no model, as a package adds it: a class, a record, an entry point."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from papers import page_of

from docglean.cli.app import run_command
from docglean.cli.exits import SOME_FAILED, WRONG
from tests.plugin_packages import install

PACKAGE = """
from docglean.extractors.reader import Answer, Reader
from docglean.extractors.reader_kinds import ReaderKind

class FirstWords(Reader):
    '''Gives the first word of the document for every field.'''

    async def read(self, schema):
        words = self.shown.opened.words
        await words.read(self.shown.pages)
        first = words.readable(self.shown.pages)[0].words[0].text
        return Answer({field.name: first for field in schema.root.children})

RECORD = ReaderKind("NAME", FirstWords, host="HOST")
"""
MODEL = """
from pydantic import BaseModel

class Letter(BaseModel):
    greeting: str | None = None
    other: int | None = None
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "installed"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    (tmp_path / "letter.py").write_text(MODEL)
    page = page_of((60, 80, "Hello"), (60, 120, "dear reader"))
    page.own.save(tmp_path / "letter.pdf")
    return folder


def add(place: Path, name: str, host: str = "") -> None:
    code = PACKAGE.replace("NAME", name).replace("HOST", host)
    install(place, "docglean.readers", name, code)


def command(place: Path, engine: str, *more: str) -> int:
    tmp_path = place.parent
    return run_command(
        ["extract", str(tmp_path / "letter.pdf"), "--schema", f"{tmp_path / 'letter.py'}:Letter",
         "--engine", engine, "--out", str(tmp_path / "out"), *more]
    )  # fmt: skip


def test_a_package_adds_a_reader(place: Path) -> None:
    add(place, "first-words")
    assert command(place, "first-words") == SOME_FAILED
    found = json.loads((place.parent / "out" / "results.jsonl").read_text("utf-8"))
    assert found["engine"] == "first-words"
    assert found["data"]["greeting"] == "Hello"
    # What it gives is checked and looked up as any answer is.
    assert found["evidence"]["/greeting"]["page"] == 1
    assert [(one["code"], one["path"]) for one in found["problems"]] == [
        ("breaks_schema", "/other")
    ]


def test_one_that_sends_documents_away_is_held_to_private_mode(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    add(place, "acme-ocr", "api.acme.example")
    assert command(place, "acme-ocr", "--private") == WRONG
    error = " ".join(capsys.readouterr().err.split())
    assert "acme-ocr would send pages to api.acme.example" in error
    assert not (place.parent / "out" / "results.jsonl").exists()


def test_one_that_sends_documents_away_says_so_and_has_no_known_price(
    place: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    add(place, "elsewhere", "api.acme.example")
    assert command(place, "elsewhere") == SOME_FAILED
    told = " ".join(capsys.readouterr().err.split())
    assert "Engine elsewhere: documents go to api.acme.example." in told
    found = json.loads((place.parent / "out" / "results.jsonl").read_text("utf-8"))
    assert found["spending"]["cost"] is None

    monkeypatch.setenv("DOCGLEAN_ALLOWED_HOSTS", '["api.acme.example"]')
    assert command(place, "elsewhere", "--private") == SOME_FAILED

    document = str(place.parent / "letter.pdf")
    assert run_command(["estimate", document, "--engine", "elsewhere", "--json"]) == 0
    estimate = json.loads(capsys.readouterr().out)
    assert (estimate["total"]["requests"], estimate["total"]["cost"]) == (0, None)

    assert command(place, "elsewhere", "--budget", "1") == WRONG
    assert "no budget can be kept" in " ".join(capsys.readouterr().err.split())

    assert run_command(["engines", "--json"]) == 0
    listed = {one["engine"]: one for one in json.loads(capsys.readouterr().out)}
    assert listed["elsewhere"]["input_price"] is None
    assert listed["local"]["input_price"] == "0"


def test_a_report_that_fails_leaves_the_cost_unknown(place: Path) -> None:
    code = PACKAGE.replace("NAME", "odd").replace("HOST", "api.acme.example")
    code = code.replace("RECORD =", "FirstWords.report = lambda self: 1 / 0\nRECORD =")
    install(place, "docglean.readers", "odd", code)
    assert command(place, "odd") == SOME_FAILED
    found = json.loads((place.parent / "out" / "results.jsonl").read_text("utf-8"))
    assert found["data"]["greeting"] == "Hello"
    assert found["spending"]["cost"] is None
    assert "ZeroDivisionError" in str(found["problems"])


@pytest.mark.parametrize(
    ("name", "does", "cause"),
    [
        ("raises", "raise ValueError('no paper')", "ValueError: no paper"),
        ("cancels", "import asyncio; raise asyncio.CancelledError", "cancelled from within"),
        ("exits", "raise SystemExit(7)", "SystemExit: 7"),
        ("hangs", "import asyncio; await asyncio.sleep(1000)", "the deadline of 1 seconds"),
        ("silent", "return Answer(None)", "it gave no answer"),
        ("wrong", "return {'greeting': 'Hello'}", "it gave a dict, not an Answer"),
        ("object", "return Answer({'greeting': object()})", "its values are no JSON"),
        ("nowhere", "return Answer({}, evidence={'/greeting': 7})", "its evidence or its problems"),
    ],
)
def test_what_one_does_wrong_costs_one_document_and_is_told_by_its_name(
    place: Path, monkeypatch: pytest.MonkeyPatch, name: str, does: str, cause: str
) -> None:
    code = PACKAGE.replace("NAME", name).replace("HOST", "")
    head, _, _ = code.partition("        words = self")
    install(
        place, "docglean.readers", name, f"{head}        {does}\n{code[code.index('RECORD') :]}"
    )
    monkeypatch.setenv("DOCGLEAN_DEADLINE", "1")
    assert command(place, name) == SOME_FAILED
    found = json.loads((place.parent / "out" / "results.jsonl").read_text("utf-8"))
    assert found["status"] == "failed"
    told = found["problems"][-1]
    assert told["code"] == "reader_failed"
    assert f"The reader {name} plugin-{name} 1.5 failed: " in told["message"]
    assert cause in told["message"]


def test_a_broken_one_is_named(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(place, "docglean.readers", "worn", "import nothing_of_this_name")
    assert command(place, "worn") == WRONG
    error = " ".join(capsys.readouterr().err.split())
    assert "plugin-worn 1.5" in error
    assert "No module named 'nothing_of_this_name'" in error
