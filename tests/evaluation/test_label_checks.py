"""What is wrong with labels is found, and what is right is left alone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pymupdf
import pytest
import pytest_asyncio
from docglean.evaluation.label_checks import Finding, printed, written
from docglean.evaluation.labels import Label, LabelSet
from docglean.extractors.documents.workers import Workers
from docglean.extractors.run import RunContext
from docglean.extractors.settings import load_settings


def invoice(path: Path, *lines: str) -> None:
    pdf = pymupdf.open()
    page = pdf.new_page(width=300, height=300)
    for number, line in enumerate(lines):
        page.insert_text((20, 30 + 20 * number), line)
    pdf.save(path)
    pdf.close()


def one(folder: Path, **told: Any) -> Label:
    identity = told.pop("id", "a")
    file = told.pop("file", "a.pdf")
    if file and not (folder / file).exists():
        invoice(folder / file, "Invoice number: INV-20391", "Date: 3 March 2024", "Total: 1,250.00",
                f"Reference {file}")  # fmt: skip
    expected = told.pop("expected", {"invoice_number": "INV-20391"})
    return Label(id=identity, file=file, schema=told.pop("schema", "invoice"), expected=expected,
                 **told)  # fmt: skip


def label_set(folder: Path, *labels: Label) -> LabelSet:
    return LabelSet("set", folder, "docglean", labels)


def codes(findings: list[Finding]) -> list[tuple[str, str, str]]:
    return [(one.code, one.pointer, one.severity) for one in findings]


@pytest_asyncio.fixture
async def context(tmp_path: Path, workers: Workers) -> AsyncIterator[RunContext]:
    settings = load_settings(engine="local", ledger=str(tmp_path / "ledger.sqlite"))
    async with await RunContext.open(settings, (), workers=workers) as opened:
        yield opened


def test_a_right_label_is_left_alone(tmp_path: Path) -> None:
    assert list(written(label_set(tmp_path, one(tmp_path)))) == []


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"schema": "invoyce"}, [("no_schema", "", "error")]),
        ({"expected": {"colour": "red"}}, [("unknown_field", "/colour", "error")]),
        ({"expected": {"grand_total": "a lot"}}, [("breaks_schema", "/grand_total", "error")]),
        ({"expected": {"line_items": "none"}}, [("breaks_schema", "/line_items", "error")]),
        ({"accept": {"/totl": ["1"]}}, [("unknown_field", "/totl", "error")]),
        ({"drafted_by": "local"}, [("draft", "", "warning")]),
        ({"expected": {}}, [("nothing_labelled", "", "warning")]),
        (
            {"expected": {"net_total": "10", "tax_total": "2", "grand_total": "13"}},
            [("check_failed", "/grand_total", "warning")],
        ),
    ],
)
def test_what_labels_tell_by_themselves(tmp_path: Path, told: Any, found: Any) -> None:
    assert codes(list(written(label_set(tmp_path, one(tmp_path, **told))))) == found


def test_files_that_are_missing_or_there_twice(tmp_path: Path) -> None:
    first = one(tmp_path)
    gone = Label(id="gone", file="gone.pdf", schema="invoice", expected={"iban": None})
    copy = one(tmp_path, id="copy", file="copy.pdf")
    (tmp_path / "copy.pdf").write_bytes((tmp_path / "a.pdf").read_bytes())
    again = one(tmp_path, id="a", file="b.pdf")
    found = [
        (finding.document, finding.code)
        for finding in written(label_set(tmp_path, first, gone, copy, again))
    ]
    assert found == [("gone", "no_file"), ("a", "duplicate_id"), ("copy", "duplicate_file")]


@pytest.mark.slow
async def test_values_that_stand_nowhere(tmp_path: Path, context: RunContext) -> None:
    expected = {
        "invoice_number": "INV-20319",  # two digits changed places
        "issue_date": "2024-03-03",
        "grand_total": "1250.00",
        "due_date": None,
        "document_type": "invoice",
    }
    found = await printed(label_set(tmp_path, one(tmp_path, expected=expected)), context)
    assert codes(found) == [("not_on_page", "/invoice_number", "error")]
    assert '"INV-20319" stands nowhere on the pages' in found[0].message


async def test_another_right_value_that_is_printed_will_do(
    tmp_path: Path, context: RunContext
) -> None:
    label = one(
        tmp_path,
        expected={"invoice_number": "20391", "seller_name": "Acme"},
        accept={"/invoice_number": ["INV-20391"]},
    )
    found = await printed(label_set(tmp_path, label), context)
    assert codes(found) == [("not_on_page", "/seller_name", "error")]


async def test_a_field_that_is_concluded_is_told_once(tmp_path: Path, context: RunContext) -> None:
    labels = [
        one(tmp_path, id=name, file=f"{name}.pdf", expected={"seller_name": f"Concluded {name}"})
        for name in "abc"
    ]
    found = await printed(label_set(tmp_path, *labels), context)
    assert codes(found) == [("not_printed", "/seller_name", "warning")]
    assert "3 of 3" in found[0].message


async def test_documents_that_cannot_be_read(tmp_path: Path, context: RunContext) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7 broken")
    found = await printed(label_set(tmp_path, one(tmp_path)), context)
    assert [(finding.code, finding.severity) for finding in found] == [("unreadable", "error")]
