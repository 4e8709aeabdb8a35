"""Embedded data in a document's result: taken by the engine `local`, a second reading for models;
what the pages say otherwise is a problem."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import pymupdf
import pytest
from docglean.extractors import pipeline
from docglean.extractors.documents.workers import Workers
from docglean.extractors.extraction import Extraction
from docglean.extractors.options import RunOptions
from docglean.extractors.run import RunContext
from docglean.extractors.settings import load_settings
from docglean.schemas.kinds import Money
from docglean.schemas.schema import load_schema, schema_of
from einvoice_samples import ZUGFERD, cii, invoice_pdf, ubl, xfa_pdf
from pydantic import BaseModel
from stand_ins import Bench, ok


async def read(
    path: Path, workers: Workers, schema: Any = "invoice", **options: Any
) -> Extraction[Any]:
    used = load_schema(schema) if isinstance(schema, str) else schema_of(schema)
    context = await RunContext.open(
        load_settings(engine="local", ledger=str(path.parent / "ledger.sqlite")),
        [used],
        options=RunOptions(**options),
        workers=workers,
    )
    async with context:
        return await pipeline.extract(context, path)


def codes(found: Extraction[Any], *, severity: str = "review") -> list[tuple[str, str | None]]:
    return [(one.code, one.path) for one in found.problems if one.severity == severity]


async def test_local_takes_the_exact_values_and_says_where_they_stand(
    tmp_path: Path, workers: Workers
) -> None:
    found = await read(invoice_pdf(tmp_path / "a.pdf", (ZUGFERD, cii())), workers)
    assert found.status == "ok"
    assert found.values is not None
    assert found.values["seller_address"] == "Walkerdamm 17, 24103 Kiel"
    assert [one["line_total"] for one in found.values["line_items"]] == ["1000.00", "150.00"]
    total = found.evidence["/grand_total"]
    assert (total.how, total.page, total.text) == ("embedded", 1, "1.368,50")
    assert total.element.endswith("/GrandTotalAmount")
    assert found.confidence["/grand_total"].probability > 0.99
    assert not found.confidence["/grand_total"].calibrated
    assert found.values["line_items"][0]["tax_rate"] == "19"  # not printed
    assert found.evidence["/line_items/0/tax_rate"].page is None
    assert codes(found, severity="warning") == []


@pytest.mark.parametrize(
    ("page", "data", "path", "told"),
    [
        ({"gross": "1.468,50"}, {}, "/grand_total", ("1368.50", "1468.50")),
        ({"number": "R-2026/0816"}, {}, "/invoice_number", ("R-2026/0815", "R-2026/0816")),
        ({"day": "02.03.2026"}, {}, "/issue_date", ("2026-03-01", "2026-03-02")),
        ({"seller": "Sudlicht Optik GmbH"}, {}, "/seller_name", ("Nordlicht", "Sudlicht")),
        ({}, {"iban": "DE89370400440532013000"}, "/iban", ("DE8937", "DE02 1203")),
    ],
)
async def test_what_the_page_says_otherwise_is_a_problem_that_says_both(
    page: Mapping[str, str], data: Mapping[str, str], path: str, told: tuple[str, str],
    tmp_path: Path, workers: Workers,
) -> None:  # fmt: skip
    file = invoice_pdf(tmp_path / "a.pdf", (ZUGFERD, cii(**data)), **page)  # type: ignore[arg-type]
    found = await read(file, workers)
    assert found.status == "review"
    problem = next(one for one in found.problems if one.path == path)
    assert problem.code == "embedded_differs"
    assert all(one.replace(" ", "") in problem.message.replace(" ", "") for one in told)
    [other] = found.readings[path]
    assert (other.engine, other.taken) == ("embedded:factur-x.xml", True)
    assert found.confidence[path].probability < 0.9


async def test_a_value_that_the_page_must_print_and_does_not(
    tmp_path: Path, workers: Workers
) -> None:
    file = invoice_pdf(tmp_path / "a.pdf", (ZUGFERD, cii()), iban="", due="sofort")
    found = await read(file, workers)
    assert ("embedded_differs", "/iban") in codes(found)
    only = next(one for one in found.problems if one.code == "embedded_only")
    assert only.paths == ("/due_date",)
    assert only.severity == "warning"


OTHER = b"DE89370400440532013000"
MEANS = re.compile(rb"<ram:SpecifiedTradeSettlementPaymentMeans>.*?PaymentMeans>", re.DOTALL)


@pytest.mark.parametrize(
    "data",
    [
        MEANS.sub(lambda one: one[0] + one[0].replace(b"DE02120300000000202051", OTHER), cii()),
        cii().replace(b"DE02120300000000202051", OTHER.lower()),
        cii().replace(b"IBANID>", b"ProprietaryID>").replace(b"DE02120300000000202051", b"4711-99"),
    ],
    ids=["second", "small letters", "no IBAN"],
)
async def test_every_account_of_the_data_stands_on_a_page(
    data: bytes, tmp_path: Path, workers: Workers
) -> None:
    found = await read(invoice_pdf(tmp_path / "a.pdf", (ZUGFERD, data)), workers)
    assert found.status == "review"
    assert ("embedded_differs", "/iban") in codes(found)


TOTAL = re.compile(rb"<ram:GrandTotalAmount[^>]*>1368.50</ram:GrandTotalAmount>")


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (TOTAL.sub(b"<ram:GrandTotalAmount>1368,50</ram:GrandTotalAmount>", cii()), "no amount"),
        (TOTAL.sub(lambda one: one[0] + one[0].replace(b"68", b"86"), cii()), "is told as "),
        (
            TOTAL.sub(
                b'<ram:GrandTotalAmount currencyID="USD">1368.50</ram:GrandTotalAmount>', cii()
            ),
            "and the invoice is in EUR",
        ),
        (cii().replace(b">20260301<", b">20261301<"), "no day"),
        (
            MEANS.sub(
                lambda one: (
                    b"<ram:PayeeTradeParty><ram:Name>Evil Ltd</ram:Name>"
                    b"</ram:PayeeTradeParty>" + one[0]
                ),
                cii(),
            ),
            "another payee, which stands nowhere on the pages",
        ),
    ],
    ids=["comma", "twice", "currency", "day", "payee"],
)
async def test_what_of_the_data_can_not_be_taken_is_told(
    data: bytes, told: str, tmp_path: Path, workers: Workers
) -> None:
    assert data != cii()
    found = await read(invoice_pdf(tmp_path / "a.pdf", (ZUGFERD, data)), workers)
    assert found.status == "review"
    assert [one for one in found.problems if told in one.message]


async def test_an_account_told_twice_is_one(tmp_path: Path, workers: Workers) -> None:
    data = MEANS.sub(lambda one: one[0] * 2, cii())
    found = await read(invoice_pdf(tmp_path / "a.pdf", (ZUGFERD, data)), workers)
    assert codes(found) == []


async def test_a_line_that_the_page_does_not_have(tmp_path: Path, workers: Workers) -> None:
    data = cii().replace(b">150.00<", b">175.00<")
    found = await read(invoice_pdf(tmp_path / "a.pdf", (ZUGFERD, data)), workers)
    problem = next(one for one in found.problems if one.code == "embedded_differs")
    assert problem.paths == ("/line_items/1/line_total",)


async def test_minimum_leaves_the_lines_to_the_page(tmp_path: Path, workers: Workers) -> None:
    found = await read(invoice_pdf(tmp_path / "a.pdf", (ZUGFERD, cii(lines=False))), workers)
    assert found.values is not None
    assert [one["line_total"] for one in found.values["line_items"]] == ["1000.00", "150.00"]
    assert found.evidence["/line_items/1/line_total"].how != "embedded"
    assert found.evidence["/net_total"].how == "embedded"


async def test_a_credit_note_may_print_its_amounts_negative(
    tmp_path: Path, workers: Workers
) -> None:
    said = {"net": "-1.150,00", "tax": "-218,50", "gross": "-1.368,50"}
    file = invoice_pdf(tmp_path / "a.pdf", (ZUGFERD, cii(kind="381")), **said)
    found = await read(file, workers)
    assert found.values is not None
    assert found.values["document_type"] == "credit_note"
    assert not [one for one in codes(found) if one[0] == "embedded_differs"]


async def test_compare_keeps_what_was_read_and_ignore_reads_pages_alone(
    tmp_path: Path, workers: Workers
) -> None:
    file = invoice_pdf(tmp_path / "a.pdf", (ZUGFERD, cii()), gross="1.468,50")
    compared = await read(file, workers, embedded="compare")
    assert compared.values is not None
    assert compared.values["grand_total"] == "1468.50"
    assert compared.evidence["/grand_total"].how == "normalised"
    assert ("embedded_differs", "/grand_total") in codes(compared)
    assert not compared.readings["/grand_total"][0].taken
    ignored = await read(file, workers, embedded="ignore")
    assert ignored.values is not None
    assert ignored.values["grand_total"] == "1468.50"
    assert not [one for one in ignored.problems if one.code.startswith("embedded_d")]
    plain = await read(invoice_pdf(tmp_path / "b.pdf", gross="1.468,50"), workers)
    assert plain.values == ignored.values
    assert {at: one.probability for at, one in plain.confidence.items()} == {
        at: one.probability for at, one in ignored.confidence.items()
    }


async def test_an_xml_of_its_own_is_a_document_with_exact_values(
    tmp_path: Path, workers: Workers
) -> None:
    path = tmp_path / "invoice.xml"
    path.write_bytes(ubl())
    found = await read(path, workers)
    assert found.status == "ok"
    assert found.document.media_type == "application/xml"
    assert found.values is not None
    assert found.values["amount_due"] == "1368.50"
    assert found.values["paid_amount"] is None  # whatever the drawn page looks like
    assert found.evidence["/amount_due"].page == 1


class Bill(BaseModel):
    """A user's own."""

    billNo: str | None = None
    vendor: str | None = None
    invoiceDate: date | None = None
    total: Annotated[Decimal | None, Money()] = None
    vat: Annotated[Decimal | None, Money()] = None
    seller_iban: str | None = None
    project: str | None = None
    positions: list[Position] = []


class Position(BaseModel):
    description: str | None = None
    quantity: Decimal | None = None
    amount: Annotated[Decimal | None, Money()] = None


async def test_a_users_schema_is_filled_as_far_as_it_asks_for_the_same(
    tmp_path: Path, workers: Workers
) -> None:
    found = await read(invoice_pdf(tmp_path / "a.pdf", (ZUGFERD, cii())), workers, Bill)
    assert found.values == {
        "billNo": "R-2026/0815", "vendor": "Nordlicht Messtechnik GmbH",
        "invoiceDate": "2026-03-01", "total": "1368.50", "vat": "218.50",
        "seller_iban": "DE02120300000000202051", "project": None,
        "positions": [
            {"description": "Pegelsonde", "quantity": "4", "amount": "1000.00"},
            {"description": "Kabel geschirmt", "quantity": "100", "amount": "150.00"},
        ],
    }  # fmt: skip
    assert {one.how for at, one in found.evidence.items()} == {"embedded"}


@pytest.mark.parametrize(("total", "differs"), [("1368.50", False), ("1468.50", True)])
async def test_a_models_reading_is_kept_and_weighed(
    total: str, differs: bool, tmp_path: Path, workers: Workers
) -> None:
    path = invoice_pdf(tmp_path / "a.pdf", (ZUGFERD, cii()), gross="1.468,50" if differs else
                       "1.368,50")  # fmt: skip
    answer = {"billNo": "R-2026/0815", "vendor": "Nordlicht Messtechnik", "total": total}
    found, _ = await Bench(tmp_path, workers).extract(path, lambda call: ok(answer), Bill)
    assert found.values is not None
    assert found.values["total"] == total
    assert found.evidence["/total"].how != "embedded"
    signals = found.confidence["/total"].signals
    assert bool(signals.get("embedded_differs")) is differs
    assert bool(signals.get("embedded_agrees")) is not differs
    told = [one.path for one in found.problems if one.code == "embedded_differs"]
    assert ("/total" in told) is differs
    assert "/vendor" not in told  # without its legal form, the same name
    assert "/invoiceDate" in told  # the page has it, and the model gave none
    assert found.status == "review"


class Claim(BaseModel):
    last_name: str | None = None
    city: str | None = None


async def test_what_is_filled_into_a_dynamic_form_is_taken_by_its_names(
    tmp_path: Path, workers: Workers
) -> None:
    path = xfa_pdf(tmp_path / "f.pdf")
    found = await read(path, workers, Claim)
    assert found.values == {"last_name": "Grünwald", "city": None}
    assert found.evidence["/last_name"].element == "/datasets/data/form1/LastName"
    assert found.status == "review"
    assert [one.code for one in found.problems if one.severity == "review"] == ["dynamic_form"]
    whole = await read(path, workers, "form")
    assert whole.values is not None
    assert [(one["key"], one["value"]) for one in whole.values["fields"]] == [
        ("Last Name", "Grünwald"), ("Amount", "120.50"), ("Amount", "7.00"),
    ]  # fmt: skip


async def test_a_dynamic_form_of_which_nothing_is_taken_is_never_ok(
    tmp_path: Path, workers: Workers
) -> None:
    found = await read(xfa_pdf(tmp_path / "f.pdf"), workers, embedded="ignore")
    assert found.status == "partial"
    problem = next(one for one in found.problems if one.code == "dynamic_form")
    assert "3 values" in problem.message
    assert "Acrobat" in problem.way_out


async def test_a_number_that_touches_another_text_stands_on_the_page(
    tmp_path: Path, workers: Workers
) -> None:
    printed = "Rechnung17R-2026/0815vom 01.03.2026"
    file = invoice_pdf(tmp_path / "a.pdf", (ZUGFERD, cii()), number=printed)
    assert "embedded_differs" not in [one.code for one in (await read(file, workers)).problems]


async def test_a_page_may_call_a_party_by_its_trading_name(
    tmp_path: Path, workers: Workers
) -> None:
    legal = b"<ram:Name>Wolf & Partner Holding SE</ram:Name>".replace(b"&", b"&amp;")
    trade = b"<ram:SpecifiedLegalOrganization><ram:TradingBusinessName>Nordlicht Messtechnik GmbH"
    trade += b"</ram:TradingBusinessName></ram:SpecifiedLegalOrganization>"
    data = cii().replace(b"<ram:Name>Nordlicht Messtechnik GmbH</ram:Name>", legal + trade)
    found = await read(invoice_pdf(tmp_path / "a.pdf", (ZUGFERD, data)), workers)
    assert found.values is not None
    assert found.values["seller_name"] == "Wolf & Partner Holding SE"
    assert "embedded_differs" not in [one.code for one in found.problems]


async def test_pages_that_show_nothing_of_the_data_are_never_ok(
    tmp_path: Path, workers: Workers
) -> None:
    document = pymupdf.open()
    document.new_page()
    document.embfile_add(ZUGFERD, cii())
    document.save(tmp_path / "a.pdf")
    found = await read(tmp_path / "a.pdf", workers)
    assert found.status == "review"
    assert ("embedded_differs", "/grand_total") in codes(found)


async def test_an_e_invoice_is_an_invoice_whatever_its_words_are(
    tmp_path: Path, workers: Workers
) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(cii(lines=False))
    schemas = [load_schema(name) for name in ("form", "invoice", "note")]
    settings = load_settings(engine="local", ledger=str(tmp_path / "ledger.sqlite"))
    async with await RunContext.open(settings, schemas, workers=workers) as context:
        found = await pipeline.extract(context, path)
    assert found.schema_used is not None
    assert (found.schema_used.name, found.status) == ("invoice", "ok")


async def test_local_as_a_second_engine_takes_the_data_for_what_a_model_left(
    tmp_path: Path, workers: Workers
) -> None:
    path = invoice_pdf(tmp_path / "a.pdf", (ZUGFERD, cii()))
    answer = {"billNo": "R-2026/0815", "total": "1368.50"}
    found, _ = await Bench(tmp_path, workers).extract(
        path, lambda call: ok(answer), Bill, then=("local",), when="null"
    )
    assert found.values is not None
    assert found.values["invoiceDate"] == "2026-03-01"
    assert found.evidence["/invoiceDate"].how == "embedded"
    assert found.readings["/invoiceDate"][-1].engine == "local"
    assert "/invoiceDate" not in [one.path for one in found.problems]


async def test_a_model_that_reads_the_drawn_pages_is_held_against_the_data(
    tmp_path: Path, workers: Workers
) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(ubl())
    answer = {"billNo": "R-2026/0815", "total": "1386.50"}
    found, _ = await Bench(tmp_path, workers).extract(path, lambda call: ok(answer), Bill)
    assert ("embedded_differs", "/total") in codes(found)
    assert found.confidence["/billNo"].signals["embedded_agrees"] == 1.0
