"""Files that are attached to a PDF are not read, and that is said."""

from __future__ import annotations

from pathlib import Path

import pymupdf
import pytest
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.document import open_document
from docglean.extractors.documents.workers import Workers
from docglean.schemas.errors import Problem


def pdf(lines: int = 3) -> pymupdf.Document:
    document = pymupdf.open()
    page = document.new_page()
    for number in range(lines):
        page.insert_text((60, 60 + 14 * number), f"Line {number} of the page, with some words")
    return document


async def problems(
    document: pymupdf.Document, workers: Workers, limits: Limits, tmp_path: Path
) -> tuple[Problem, ...]:
    path = tmp_path / "mail.pdf"
    document.save(path)
    return (await open_document(path, workers, limits)).problems


async def test_without_attachments_nothing_is_said(
    workers: Workers, limits: Limits, tmp_path: Path
) -> None:
    assert await problems(pdf(), workers, limits, tmp_path) == ()


@pytest.mark.parametrize(("lines", "severity"), [(3, "review"), (40, "warning")])
async def test_they_are_named_and_a_cover_page_is_to_be_looked_at(
    lines: int, severity: str, workers: Workers, limits: Limits, tmp_path: Path
) -> None:
    document = pdf(lines)
    document.embfile_add("a", pdf().tobytes(), filename="invoice\x1b[31m.pdf")
    document.embfile_add("b", b"<hours/>", filename="hours.xml", ufilename="hours.xml")
    [problem] = await problems(document, workers, limits, tmp_path)
    assert (problem.code, problem.severity) == ("attachments_not_read", severity)
    assert "hours.xml" in problem.message
    assert "\x1b" not in problem.message


async def test_a_portfolio_is_to_be_looked_at_however_long_its_cover_is(
    workers: Workers, limits: Limits, tmp_path: Path
) -> None:
    document = pdf(40)
    document.embfile_add("a", pdf().tobytes(), filename="invoice.pdf")
    document.xref_set_key(document.pdf_catalog(), "Collection", "<</View/T>>")
    [problem] = await problems(document, workers, limits, tmp_path)
    assert problem.severity == "review"


async def test_a_file_pinned_to_a_page_is_one_too(
    workers: Workers, limits: Limits, tmp_path: Path
) -> None:
    document = pdf(40)
    document[0].add_file_annot((300, 300), b"hours", "timesheet.csv")
    [problem] = await problems(document, workers, limits, tmp_path)
    assert (problem.code, problem.severity) == ("attachments_not_read", "warning")
    assert "timesheet.csv" in problem.message


async def test_names_in_a_tree_are_told_and_a_flood_is_counted_soon(
    workers: Workers, limits: Limits, tmp_path: Path
) -> None:
    document = pdf()
    document.embfile_add("a", b"%PDF-", filename="a.pdf")
    listed = document.xref_get_key(document.pdf_catalog(), "Names/EmbeddedFiles/Names")[1]
    entry = listed[listed.index(")") + 1 : -1]
    leaf = document.get_new_xref()
    names = " ".join(f"(n{number}){entry}" for number in range(20_000))
    document.update_object(leaf, f"<</Limits[(a)(z)]/Names[{names}]>>")
    document.xref_set_key(document.pdf_catalog(), "Names/EmbeddedFiles", f"<</Kids[{leaf} 0 R]>>")
    [problem] = await problems(document, workers, limits, tmp_path)
    assert "a.pdf" in problem.message
    assert "at least 995 more" in problem.message
