"""The same document twice, and two files of one invoice, are told on the later one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docglean.extractors.extraction import PartRecord, SchemaRecord, SourceRecord
from docglean.flows.duplicates import Duplicates
from docglean.flows.run_folder import RunFolder
from docglean.schemas.schema import Schema, load_schema, schema_of
from pydantic import BaseModel

from docglean import extract_many
from docglean.cli.app import run_command
from docglean.cli.exits import SOME_FAILED

INVOICE = load_schema("invoice")
BILL: dict[str, Any] = {
    "invoice_number": "RE-2026/17", "issue_date": "2026-03-02", "grand_total": "119.00",
    "seller_name": "Müller & Söhne GmbH",
}  # fmt: skip


def seen(*schemas: Schema) -> Duplicates:
    return Duplicates.of_schemas(schemas or (INVOICE,))


def look(
    known: Duplicates,
    name: str,
    values: dict[str, Any] | None,
    *,
    sha256: str = "",
    part: PartRecord | None = None,
    schema: Schema = INVOICE,
) -> str:
    document = SourceRecord(name=name, uri=f"file:///{name}", sha256=sha256 or name, part=part)
    problem = known.look(document, SchemaRecord(name=schema.name, hash=schema.hash), values)
    return "" if problem is None else problem.message


def test_the_same_content_is_told_whatever_was_read_of_it() -> None:
    known = seen()
    assert look(known, "a.pdf", {}, sha256="1") == ""
    assert look(known, "b.pdf", {}, sha256="2") == ""
    told = look(known, "c.pdf", {}, sha256="1")
    assert told == "It is the same document as a.pdf, which was read before."
    assert look(known, "d.pdf", None, sha256="1") == ""  # failed: nothing can be counted twice


def test_parts_of_one_file_are_documents_of_their_own() -> None:
    known = seen()
    parts = [PartRecord(number=n, of=3, first=n, last=n) for n in (1, 2, 3)]
    other = BILL | {"invoice_number": "RE-2026/18"}
    assert look(known, "p.pdf#page=1", BILL, sha256="1", part=parts[0]) == ""
    assert look(known, "p.pdf#page=2", other, sha256="1", part=parts[1]) == ""
    assert "p.pdf#page=1" in look(known, "p.pdf#page=3", BILL, sha256="1", part=parts[2])
    assert "p.pdf#page=2" in look(known, "copy.pdf#page=2", other, sha256="1", part=parts[1])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({}, "Number, total, seller and date are those of"),
        ({"invoice_number": "re 2026 17", "grand_total": "119"}, "Number, total, seller and"),
        ({"seller_name": "Muller & Sohne GmbH"}, "Number, total, seller and date"),  # by OCR
        ({"seller_name": None}, "Number, total and date are those of"),
        ({"issue_date": None}, "Number, total and seller are those of"),
        ({"seller_name": "Krause Bau KG"}, ""),  # two sellers may count alike
        ({"issue_date": "2027-03-02"}, ""),  # and begin anew each year
        ({"issue_date": None, "seller_name": None}, ""),
        ({"grand_total": "-119.00"}, ""),  # a credit
        ({"grand_total": None}, ""),
        ({"invoice_number": None}, ""),
        ({"invoice_number": "RE-2026/18"}, ""),
    ],
)
def test_one_invoice_in_two_files(change: dict[str, Any], told: str) -> None:
    known = seen()
    assert look(known, "a.pdf", BILL) == ""
    found = look(known, "b.pdf", BILL | change)
    assert found.startswith(told)
    assert bool(found) == bool(told)


class Bill(BaseModel):
    """A bill from a vendor."""

    bill_number: str | None = None
    vendor: str | None = None
    amount: float | None = None


def test_a_users_schema_is_known_by_its_fields_names() -> None:
    bill = schema_of(Bill)
    known = seen(bill)
    values = {"bill_number": "77-1", "vendor": "Baker Ltd", "amount": 12.5}
    assert look(known, "a.pdf", values, schema=bill) == ""
    assert "Number, total and seller" in look(known, "b.pdf", dict(values), schema=bill)
    assert look(known, "c.pdf", values | {"amount": 12.6}, schema=bill) == ""


def test_an_invoice_and_its_receipt_are_no_duplicates() -> None:
    receipt = load_schema("receipt")
    known = seen(INVOICE, receipt)
    paid = {
        "receipt_number": BILL["invoice_number"], "company": BILL["seller_name"],
        "total": BILL["grand_total"], "date": BILL["issue_date"],
    }  # fmt: skip
    assert look(known, "a.pdf", BILL) == ""
    assert look(known, "b.pdf", paid, schema=receipt) == ""
    assert look(known, "c.pdf", paid, schema=receipt) != ""


def test_ten_thousand_documents_are_kept_in_a_few_megabytes() -> None:
    import tracemalloc

    known = seen()
    tracemalloc.start()
    try:
        for number in range(10_000):
            told = look(known, f"{number}.pdf", BILL | {"invoice_number": f"N{number}"})
            assert told == ""
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert held < 20_000_000


# --- runs --------------------------------------------------------------------------------------


def invoice(path: Path, number: str, mark: str = "") -> Path:
    document = pymupdf.open()
    page = document.new_page()
    lines = ["INVOICE", f"Invoice number: {number}", "Invoice date: 2026-03-02",
             "Subtotal: 100.00 EUR", "VAT: 19.00 EUR", "Total: 119.00 EUR", mark]  # fmt: skip
    for row, line in enumerate(lines):
        page.insert_text((72, 100 + 30 * row), line, fontsize=12)
    document.save(path)
    return path


def statuses(out: Path) -> dict[str, str]:
    found = {}
    for one in RunFolder(out).extractions():
        alone = [p.message for p in one.problems if p.code == "duplicate"]
        assert bool(alone) <= (one.status == "review")
        found[one.document.name] = "; ".join(alone)
        stored = json.loads((out / "documents" / f"{one.document.name}.json").read_text())
        assert stored["status"] == one.status
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    a = invoice(tmp_path / "in/a.pdf", "RE-17")
    (tmp_path / "in/b.pdf").write_bytes(a.read_bytes())
    invoice(tmp_path / "in/c.pdf", "RE-17", "scanned again")
    invoice(tmp_path / "in/d.pdf", "RE-18")
    return tmp_path


def read(top: Path, *more: str) -> int:
    return run_command(
        ["extract", str(top / "in"), "--schema", "invoice", "--engine", "local", "--out",
         str(top / "out"), *more]
    )  # fmt: skip


@pytest.mark.slow
def test_a_run_tells_them_and_a_later_one_does_not_take_back_what_holds(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert read(folder) == SOME_FAILED
    said = capsys.readouterr().err
    assert ", 2 duplicates, " in said.splitlines()[-1]
    assert "review  b.pdf, invoice, 1 page: It is the same document as a.pdf" in said
    told = statuses(folder / "out")
    assert told["a.pdf"] == told["d.pdf"] == ""
    assert "same document as a.pdf" in told["b.pdf"]
    assert "are those of a.pdf" in told["c.pdf"]
    (run,) = json.loads((folder / "out/run.json").read_text())["runs"]
    totals = run["totals"]
    assert (totals["documents"], totals["duplicates"]) == (4, 2)
    assert totals["ok"] + totals["review"] == 4
    # Read again it is no duplicate of itself, and a new one is told of what an earlier run read.
    assert read(folder) == SOME_FAILED
    assert statuses(folder / "out") == told
    invoice(folder / "in/e.pdf", "RE-18", "sent again")
    read(folder, "--only", "new")
    assert statuses(folder / "out") == told | {
        "e.pdf": "Number, total and date are those of d.pdf, which was read before."
    }
    run = json.loads((folder / "out/run.json").read_text())["runs"][0]
    assert (run["totals"]["documents"], run["totals"]["duplicates"]) == (1, 1)
    # What is no duplicate any more is told to be none.
    invoice(folder / "in/e.pdf", "RE-19", "sent again")
    read(folder, "--only", "new")
    assert statuses(folder / "out") == told | {"e.pdf": ""}


@pytest.mark.slow
def test_without_a_folder_and_in_python_they_are_told_too(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["extract", str(folder / "in/a.pdf"), str(folder / "in/d.pdf"), "--schema", "invoice",
             "--engine", "local"]  # fmt: skip
    run_command(words)
    assert "duplicate" not in capsys.readouterr().out
    run_command([*words[:3], str(folder / "in/b.pdf"), *words[3:]])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sum("duplicate" in {p["code"] for p in one["problems"]} for one in lines) == 1
    found = list(extract_many(str(folder / "in"), "invoice", engine="local"))
    codes = [["duplicate"] * any(p.code == "duplicate" for p in one.problems) for one in found]
    assert codes == [[], ["duplicate"], ["duplicate"], []]
    assert found[1].status == "review"
    assert found[1].data is not None
