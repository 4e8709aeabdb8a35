"""The embedded engine on small made documents: what is printed is read, what is not stays null."""

from __future__ import annotations

import datetime
import json
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import pymupdf
import pytest
from docglean.extractors.documents.document import open_document
from docglean.extractors.documents.workers import Workers
from docglean.extractors.rules.document_values import read_document, read_words
from docglean.schemas.checks import Rule
from docglean.schemas.checks.sums import Adds
from docglean.schemas.fields import Printed, Take
from docglean.schemas.kinds import Money, Number
from docglean.schemas.schema import load_schema, schema_of
from papers import drawn_of, own_schema, page_of, receipt, squares, words, words_of
from pydantic import BaseModel

RECEIPT = receipt(
    "SYARIKAT MAJU JAYA SDN BHD",
    "(123456-A)",
    "NO 12, JALAN BUNGA 3/4,",
    "43300 SERI KEMBANGAN, SELANGOR",
    "TEL: 03-1234 5678",
    "TAX INVOICE",
    ("Doc No. CS00012659", "Date: 04/03/2018"),
    ("Total Qty:", "3"),
    ("Total Sales (Excluding GST)", "47.17"),
    ("Total GST", "2.83"),
    ("Rounding", "0.00"),
    ("Total Sales (Inclusive of GST)", "50.00"),
    ("CASH", "60.00"),
    ("Change", "10.00"),
    "GOODS SOLD ARE NOT RETURNABLE",
)


def values(schema: str, *pages: Any, **more: Any) -> dict[str, Any]:
    return read_words(load_schema(schema), pages, **more).values


def test_a_receipt() -> None:
    found = values("receipt", RECEIPT)
    assert {name: value for name, value in found.items() if value not in (None, [])} == {
        "company": "SYARIKAT MAJU JAYA SDN BHD",
        "address": "NO 12, JALAN BUNGA 3/4, 43300 SERI KEMBANGAN, SELANGOR",
        "phone": "03-1234 5678",
        "receipt_number": "CS00012659",
        "date": "2018-03-04",
        "subtotal": "47.17",
        "tax_total": "2.83",
        "rounding": "0.00",
        "total": "50.00",
        "paid": "60.00",
        "change": "10.00",
    }


def test_each_value_has_its_place() -> None:
    reading = read_words(load_schema("receipt"), [RECEIPT])
    boxes = {word.text: word.box for word in RECEIPT.words}
    assert reading.evidence["/total"].box == pytest.approx(boxes["50.00"])
    assert reading.evidence["/total"].page == 1
    assert reading.evidence["/total"].how == "exact"
    assert reading.evidence["/date"].text == "04/03/2018"
    assert reading.evidence["/date"].how == "normalised"
    assert len(reading.evidence["/address"].boxes) == 2
    assert set(reading.evidence) == {
        f"/{name}" for name, value in reading.values.items() if value not in (None, [])
    }


def test_things_bought_without_column_heads() -> None:
    page = receipt(
        "CANAL COFFEE BAR LTD",
        "Prinsengracht 212",
        "1016 HD Amsterdam",
        ("2 x Flat white", "6.80"),
        ("Almond croissant", "3.95"),
        "CHOPPING BOARD 35CM",
        "EZ10HD05 - 24",
        ("8970669", "2 X 9.50 19.00"),
        ("WHOLEMEAL 2.78 3", "8.34"),
        ("TOTAL EUR", "38.09"),
        ("incl. VAT 21%", "3.41"),
        ("Cash", "40.00"),
    )
    reading = read_words(load_schema("receipt"), [page])
    lines = [
        (line["description"], line["quantity"], line["unit_price"], line["line_total"])
        for line in reading.values["line_items"]
    ]
    assert lines == [
        ("Flat white", "2", None, "6.80"),
        ("Almond croissant", None, None, "3.95"),
        ("CHOPPING BOARD 35CM", "2", "9.50", "19.00"),  # without its numbers
        ("WHOLEMEAL", "3", "2.78", "8.34"),
    ]
    assert reading.values["total"] == "38.09"
    assert reading.values["tax_total"] == "3.41"
    assert reading.evidence["/line_items/3/quantity"].text == "3"


GERMAN = words(
    (50, 60, "Bäckerei Krume GmbH", 14),
    (50, 76, "Ofenweg 3 · 50667 Köln · Tel. 0221 123456", 8),
    (50, 130, "Frau Erika Beispiel"),
    (50, 144, "Lindenstr. 7"),
    (50, 158, "80331 München"),
    (350, 130, "Rechnungsnummer:"), (460, 130, "RE-2024/117"),
    (350, 144, "Rechnungsdatum:"), (460, 144, "03.04.2024"),
    (350, 158, "Fällig am:"), (460, 158, "17.04.2024"),
    (350, 400, "Nettobetrag"), (500, 400, "1.000,00 EUR"),
    (350, 414, "zzgl. 19 % MwSt."), (500, 414, "190,00 EUR"),
    (350, 428, "Gesamtbetrag"), (500, 428, "1.190,00 EUR"),
    (50, 700, "IBAN DE89 3704 0044 0532 0130 00   USt-IdNr. DE136695976"),
)  # fmt: skip


def test_an_invoice_in_another_language() -> None:
    found = values("invoice", GERMAN)
    expected = {
        "invoice_number": "RE-2024/117",
        "issue_date": "2024-04-03",
        "due_date": "2024-04-17",
        "seller_name": "Bäckerei Krume GmbH",
        "seller_vat_id": "DE136695976",
        "buyer_name": "Frau Erika Beispiel",
        "buyer_address": "Lindenstr. 7, 80331 München",
        "currency": "EUR",
        "net_total": "1000.00",
        "tax_total": "190.00",
        "grand_total": "1190.00",
        "amount_due": None,  # is not printed
        "iban": "DE89 3704 0044 0532 0130 00",
    }
    assert {name: found[name] for name in expected} == expected


class Party(BaseModel):
    name: str | None = None
    address: str | None = None


class Bill(BaseModel):
    """A user's own model: no kinds, no labels."""

    supplier: Party | None = None
    customer: Party | None = None
    invoice_number: str | None = None
    invoice_date: datetime.date | None = None
    total: float | None = None
    vat_amount: Decimal | None = None


def test_a_model_of_the_users_own() -> None:
    found = read_words(schema_of(Bill), [GERMAN]).values
    assert found == {
        "supplier": {"name": "Bäckerei Krume GmbH", "address": "Ofenweg 3, 50667 Köln"},
        "customer": {"name": "Frau Erika Beispiel", "address": "Lindenstr. 7, 80331 München"},
        "invoice_number": "RE-2024/117",
        "invoice_date": "2024-04-03",
        "total": 1190.0,
        "vat_amount": "190.00",
    }


def test_a_json_schema_file(tmp_path: Path) -> None:
    file = tmp_path / "membership.json"
    fields = {"membership_number": "string", "expires": "string", "monthly_fee": "number"}
    properties: dict[str, Any] = {n: {"type": [kind, "null"]} for n, kind in fields.items()}
    properties["expires"]["format"] = "date"
    file.write_text(json.dumps({"title": "Membership", "type": "object", "properties": properties}))
    page = words(
        (50, 50, "Sports club", 16),
        (50, 100, "Membership number"), (200, 100, "M-0042"),
        (50, 120, "Expires:"), (200, 120, "31 December 2026"),
        (50, 140, "Monthly fee"), (200, 140, "$ 25.50"),
    )  # fmt: skip
    assert read_words(load_schema(str(file)), [page]).values == {
        "membership_number": "M-0042",
        "expires": "2026-12-31",
        "monthly_fee": 25.5,
    }


def test_a_json_schema_borrows_what_built_in_fields_are_called() -> None:
    """Names and types alone, over a page in another language; a currency needs no caption."""
    kinds = {"vendor": "string", "invoice_number": "string", "net_total": "number",
             "grand_total": "number", "currency": "string"}  # fmt: skip
    properties: dict[str, Any] = {name: {"type": [kind, "null"]} for name, kind in kinds.items()}
    properties["day"] = {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}
    assert read_words(own_schema(**properties), [GERMAN]).values == {
        "day": "2024-04-03",
        "vendor": "Bäckerei Krume GmbH",
        "invoice_number": "RE-2024/117",
        "net_total": 1000.0,
        "grand_total": 1190.0,
        "currency": "EUR",
    }


def test_lists_of_a_users_own_know_heads_in_other_languages() -> None:
    page = words(
        (50, 60, "Rechnung Nr. 117", 14),
        (50, 100, "Beschreibung"), (250, 100, "Menge"), (350, 100, "Einzelpreis"),
        (480, 100, "Betrag"),
        (50, 116, "Brot, rund"), (250, 116, "3"), (350, 116, "4,50 EUR"), (480, 116, "13,50 EUR"),
        (50, 132, "Hefezopf"), (250, 132, "2"), (350, 132, "6,20 EUR"), (480, 132, "12,40 EUR"),
        (350, 170, "Bruttosumme"), (480, 170, "25,90 EUR"),
    )  # fmt: skip
    number = {"type": ["number", "null"]}
    item = {"text": {"type": "string"}, "qty": number, "unit_price": number, "total": number}
    properties = {
        "number": {"type": "string"},
        "positions": {"type": "array", "items": {"type": "object", "properties": item}},
        "currency": {"enum": ["CHF", "EUR", None]},
        "total": number,
    }
    assert read_words(own_schema(**properties), [page]).values == {
        "number": "117",
        "positions": [
            {"text": "Brot, rund", "qty": 3.0, "unit_price": 4.5, "total": 13.5},
            {"text": "Hefezopf", "qty": 2.0, "unit_price": 6.2, "total": 12.4},
        ],
        "currency": "EUR",
        "total": 25.9,
    }


def test_the_number_of_a_house_is_not_that_of_the_receipt() -> None:
    page = words(
        (60, 40, "COPY CORNER SDN BHD"),
        (60, 54, "NO 18, JALAN BUNGA TANJONG 2/16,"),
        (60, 68, "40000 SHAH ALAM, SELANGOR"),
        (60, 96, "Receipt #: CS00200117"),
        (60, 110, "A4 CLR COPY"), (200, 110, "4.24"),
        (60, 124, "Total"), (200, 124, "4.24"),
        size=(260, 400),
    )  # fmt: skip
    number = {"type": ["string", "null"], "description": "Number of the receipt"}
    properties = {"number": number, "total": {"type": ["number", "null"]}}
    found = read_words(own_schema(**properties), [page]).values
    assert found == {"number": "CS00200117", "total": 4.24}


def test_headings_tell_whose_name_it_is() -> None:
    page = words(
        (50, 100, "Käufer"), (50, 116, "Name:"), (150, 116, "Kunde KG"),
        (50, 160, "Verkäufer"), (50, 176, "Name:"), (150, 176, "Laden GmbH"),
        (50, 220, "Abweichender Warenempfänger"), (50, 236, "Name:"), (150, 236, "Lager AG"),
    )  # fmt: skip
    found = values("invoice", page)
    assert (found["seller_name"], found["buyer_name"]) == ("Laden GmbH", "Kunde KG")


class Answers(BaseModel):
    married: bool | None = None
    smoker: bool | None = None
    newsletter: bool | None = None
    colour: Literal["red", "green", "blue"] | None = None
    hobbies: list[str] = []
    period_start: datetime.date | None = None
    period_end: datetime.date | None = None


def test_boxes_choices_lists_and_periods() -> None:
    page = page_of(
        (50, 100, "Married:"),
        (50, 120, "Smoker: no"),
        (50, 140, "Newsletter:"), (165, 140, "yes"), (215, 140, "no"),
        (50, 160, "Colour: green"),
        (50, 180, "Hobbies:"), (150, 180, "chess, rowing,"), (150, 194, "cooking"),
        (50, 220, "Period: 01/04/2026 - 30/04/2026"),
        draw=squares((150, 91, True), (150, 131, False), (200, 131, True)),
    )  # fmt: skip
    reading = read_words(schema_of(Answers), [words_of(page)], drawn={1: drawn_of(page)})
    assert reading.values == {
        "married": True,
        "smoker": False,
        "newsletter": False,
        "colour": "green",
        "hobbies": ["chess", "rowing", "cooking"],
        "period_start": "2026-04-01",
        "period_end": "2026-04-30",
    }
    assert reading.evidence["/hobbies/2"].text == "cooking"


class Sums(BaseModel):
    base: Annotated[Decimal | None, Money(), Printed("Base")] = None
    levy: Annotated[Decimal | None, Money(), Printed("Levy")] = None
    payable: Annotated[Decimal | None, Money(), Take("last"), Printed("Payable")] = None

    __checks__: ClassVar[tuple[Rule, ...]] = (Adds("/payable", ("/base", "/levy")),)


def test_the_schemas_own_checks_choose_between_readings() -> None:
    page = words(
        (50, 100, "Base"), (200, 100, "80.00"),
        (50, 120, "Levy"), (200, 120, "8.00"),
        (50, 140, "Payable"), (200, 140, "88.00"),
        (50, 160, "Payable"), (200, 160, "90.00"),
    )  # fmt: skip
    assert read_words(schema_of(Sums), [page]).values["payable"] == "88.00"


def test_a_sum_that_no_caption_names_is_found_by_the_check() -> None:
    page = words(
        (50, 100, "Base"), (200, 100, "80.00"), (50, 120, "Levy"), (200, 120, "8.00"),
        (50, 300, "Kindly remit"), (200, 300, "88.00"), (200, 320, "99.00"),
    )  # fmt: skip
    reading = read_words(schema_of(Sums), [page])
    assert reading.values["payable"] == "88.00"
    assert reading.evidence["/payable"].text == "88.00"
    other = words((50, 100, "Base"), (200, 100, "80.00"), (200, 320, "99.00"))
    assert read_words(schema_of(Sums), [other]).values["payable"] is None


class Measure(BaseModel):
    weight: Annotated[Decimal | None, Number(), Printed("Weight")] = None
    height: Annotated[Decimal | None, Number(), Printed("Height")] = None


def test_what_is_not_there_stays_null_and_is_told() -> None:
    page = words(
        (50, 100, "Weight"), (200, 100, "n/a"), (50, 130, "Height of the tower is unknown")
    )
    reading = read_words(schema_of(Measure), [page])
    assert reading.values == {"weight": None, "height": None}
    assert reading.evidence == {}
    assert [problem.code for problem in reading.problems] == ["embedded_engine"]
    assert "0 of 2 fields" in reading.problems[0].message


def test_an_empty_page() -> None:
    for name in ("invoice", "receipt", "form", "chart", "screenshot", "statement"):
        reading = read_words(load_schema(name), [words()])
        assert not reading.evidence
        assert load_schema(name).validate(reading.values)[0] is not None


def test_a_scan_that_lies_askew(workers: Workers) -> None:
    """Amounts at the right edge belong to the caption of their own line."""
    from dataclasses import replace

    def askew(box: tuple[float, ...]) -> Any:
        down = 0.07 * (box[0] + box[2]) / 2
        return box[0], box[1] + down, box[2], box[3] + down

    slanting = replace(
        RECEIPT,
        words=tuple(replace(w, box=askew(w.box), source="ocr") for w in RECEIPT.words),
    )
    found = values("receipt", slanting)
    assert (found["total"], found["tax_total"], found["change"]) == ("50.00", "2.83", "10.00")


@pytest.mark.slow
async def test_a_document_from_a_file(tmp_path: Path, workers: Workers) -> None:
    page = page_of(
        (50, 60, "Corner Shop Ltd", 14), (50, 80, "Invoice no."), (150, 80, "A-77"),
        (50, 110, "Description"), (300, 110, "Qty"), (400, 110, "Amount"),
        (50, 126, "Apples"), (300, 126, "2"), (400, 126, "3.00"),
        (50, 142, "Pears"), (300, 142, "1"), (400, 142, "2.50"),
        (300, 170, "Total"), (400, 170, "5.50"),
    )  # fmt: skip
    path = tmp_path / "invoice.pdf"
    page.own.save(path)
    document = await open_document(path, workers, workers.limits)
    found = await read_document(document, load_schema("invoice"), [1], [await document.words(1)])
    assert found.values["invoice_number"] == "A-77"
    assert found.values["grand_total"] == "5.50"
    lines = [(line["description"], line["line_total"]) for line in found.values["line_items"]]
    assert lines == [("Apples", "3.00"), ("Pears", "2.50")]
    assert found.evidence["/line_items/1/description"].text == "Pears"


def test_labelled_receipts_and_invoices(evaldata: Path) -> None:
    """A loose floor, far below what is measured: it says that nothing is broken, no more.

    Figures: ``python -m bench.embedded``.
    """
    pytest.importorskip("docglean.extractors.tables.table")
    labels = [
        json.loads(line)
        for line in (evaldata / "invoices_zugferd" / "labels.jsonl").read_text().splitlines()
    ]
    schema = load_schema("invoice")
    kinds = {leaf.name: leaf.kind for leaf in schema.root.leaves()}
    right = total = 0
    for label in labels:
        pages = pymupdf.open(evaldata / "invoices_zugferd" / label["file"])
        found = read_words(schema, [words_of(page) for page in pages]).values
        for name, truth in label["expected"].items():
            if not isinstance(truth, list):
                total += 1
                kind = kinds[name]
                right += kind is not None and kind.same(truth, found[name])
    assert total
    assert right / total > 0.6
