"""A file that holds several documents, or one of another kind than was asked for, is told."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import drawn_tables
import pymupdf
import pytest
from docglean.extractors.documents.page_numbers import page_number
from docglean.extractors.packets.plan import several_documents
from docglean.extractors.requests.document_kind import other_kind
from docglean.schemas.schema import Schema, load_schema
from drawn_invoices import Paper, paper
from papers import own_schema

INVOICE = load_schema("invoice")


def starts(tmp_path: Path, *papers: Paper, schema: Schema = INVOICE) -> list[int]:
    """Pages on which documents after the first begin, as the problem tells; [] without one."""
    document = pymupdf.open()
    for one in papers:
        one.draw(document)
    path = drawn_tables.save(document, tmp_path / "packet.pdf")
    problems = several_documents(schema, drawn_tables.pages_of(path))
    assert all(one.severity == "review" and one.way_out for one in problems)
    return [int(part.split()[0].rstrip(",;")) for one in problems
            for part in one.message.split("page ")[2:]]  # fmt: skip


def numbered(caption: str, number: str, **more: object) -> Paper:
    return paper(numbers=((f"{caption} {number}",),), **more)


LONG = [(f"Item number {n}", "1", "1.50", "1.50") for n in range(12)]


@pytest.mark.parametrize(
    ("title", "caption"),
    [
        ("INVOICE", "Invoice No:"),
        ("Rechnung", "Rechnungsnummer:"),
        ("Facture", "Facture n°"),
        ("FACTURA", "Número de factura:"),
        ("Fattura", "Numero fattura:"),
    ],
)
@pytest.mark.parametrize("footer", ["", "Page {page} of {pages}"])
def test_three_invoices_in_one_file(tmp_path: Path, title: str, caption: str, footer: str) -> None:
    papers = [numbered(caption, f"A-200{n}", title=title, footer=footer) for n in (1, 2, 3)]
    assert starts(tmp_path, *papers) == [2, 3]


def test_an_invoice_of_three_pages_before_another(tmp_path: Path) -> None:
    first = numbered("Invoice No:", "A-1", items=LONG, split=4, footer="Page {page} of {pages}")
    assert starts(tmp_path, first, numbered("Invoice No:", "A-2")) == [4]


def test_page_one_again_under_a_title_begins_a_document_without_number(tmp_path: Path) -> None:
    one = paper(numbers=(("Date: 3 March 2026",),), footer="Page 1 of 1")
    assert starts(tmp_path, one, one) == [2]


@pytest.mark.parametrize("footer", ["", "Page {page}", "Seite {page} von {pages}", "{page}"])
def test_one_invoice_of_many_pages_is_one(tmp_path: Path, footer: str) -> None:
    assert starts(tmp_path, paper(items=LONG, split=4, footer=footer)) == []


def test_a_running_head_is_no_beginning(tmp_path: Path) -> None:
    document = paper(items=LONG, split=4, footer="Page {page} of {pages}").draw()
    for page in list(document)[1:]:
        page.insert_text((50, 30), "INVOICE", fontsize=14)
        page.insert_text((300, 30), "Invoice No: INV-1001", fontsize=10)
        page.insert_text((400, 700), "Total 18.00", fontsize=10)
    path = drawn_tables.save(document, tmp_path / "one.pdf")
    assert several_documents(INVOICE, drawn_tables.pages_of(path)) == []


def test_nothing_is_said_of_a_schema_without_a_number(tmp_path: Path) -> None:
    papers = [numbered("Invoice No:", f"A-{n}") for n in (1, 2)]
    assert starts(tmp_path, *papers, schema=own_schema(seller={"type": "string"})) == []


def test_a_users_schema_with_a_number_is_for_one_document(tmp_path: Path) -> None:
    papers = [numbered("Invoice No:", f"A-{n}") for n in (1, 2)]
    schema = own_schema(invoice_number={"type": "string"}, total={"type": "number"})
    assert starts(tmp_path, *papers, schema=schema) == [2]


# --- page numbers -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "page", "last"),
    [("Page 2", 2, None), ("Seite 2 von 3", 2, 3), ("2 / 3", 2, 3), ("Página 1 de 4", 1, 4),
     ("INV-7 page 2 of 2", 2, 2), ("Side 1 af 2", 1, 2), ("Pagina: 3", 3, None)],
)  # fmt: skip
def test_page_numbers(text: str, page: int, last: int | None) -> None:
    found = page_number(text)
    assert found is not None
    assert (found.page, found.last) == (page, last)


@pytest.mark.parametrize(
    "text", ["Homepage 2", "3 of 2", "due 3/4 now", "Page 1.50", "2026", "1.2/3", "Pages"]
)
def test_what_is_no_page_number(text: str) -> None:
    assert page_number(text) is None


# --- another kind -------------------------------------------------------------------------------

FORM = """\
Application for a reader's card

Name: ____________________        Date of birth: ______________
Street: __________________        Town: _____________________
Member:  ☐ yes  ☒ no              Newsletter: ☐
Signature: __________________     Approved by: ______________
"""
STATEMENT = """\
Meridian Bank                              Bank statement
Statement period: 1 March 2026 to 31 March 2026
Account holder: J. Smith                   Account number: 12345678
IBAN: GB82 WEST 1234 5698 7654 32          BIC: MERIGB2L

Date         Description             Debit      Credit      Balance
             Opening balance                                1,000.00
02 Mar       Rent                    500.00                   500.00
             Closing balance                                  500.00
"""
KONTOAUSZUG = """\
Sparbank                                   Kontoauszug
Kontoinhaber: J. Schmidt                   Kontonummer: 12345678
Auszugsnummer: 3                           BLZ: 12345678

Datum        Buchungstext            Soll       Haben       Saldo
             Alter Kontostand                               1.000,00
02.03.       Miete und der Strom     500,00                   500,00
             Neuer Kontostand                                 500,00
"""
CHART = """\
           Orders per quarter
 80
                          72
 60              61
          55
 40  42

 20
  0
     Q1   Q2     Q3       Q4
              Quarter
"""


@pytest.mark.parametrize(
    ("text", "kind"),
    [(FORM, "form"), (STATEMENT, "statement"), (KONTOAUSZUG, "statement"), (CHART, "chart")],
)
@pytest.mark.parametrize("asked", ["invoice", "receipt"])
def test_a_document_of_another_kind_is_told(text: str, kind: str, asked: str) -> None:
    (problem,) = other_kind(load_schema(asked), text)
    assert (problem.code, problem.severity) == ("other_kind", "review")
    assert f"the kind {kind}" in problem.message
    assert problem.way_out == f"Look at it, and read it by its own kind: --schema {kind}."


@pytest.mark.parametrize("asked", ["form", "tables", "screenshot", "note"])
def test_what_takes_any_page_is_never_the_wrong_kind(asked: str) -> None:
    assert other_kind(load_schema(asked), STATEMENT) == []


def test_nothing_is_said_of_a_users_schema_nor_of_unknown_words() -> None:
    assert other_kind(own_schema(total={"type": "number"}), STATEMENT) == []
    assert other_kind(INVOICE, "Nimi: Aino\nOsoite: Tie 2\nMaa: Suomi\nLuku: 3\n" * 4) == []


@pytest.mark.parametrize("title", ["INVOICE", "Rechnung", "Facture", "CREDIT NOTE"])
def test_an_invoice_is_an_invoice(tmp_path: Path, title: str) -> None:
    words: Sequence = drawn_tables.pages_of(paper(title=title).save(tmp_path / "a.pdf"))
    assert other_kind(INVOICE, words[0].text()) == []
    assert other_kind(load_schema("receipt"), words[0].text()) == []
