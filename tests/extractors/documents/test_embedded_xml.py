"""XML of e-invoices and of forms: both syntaxes say the same, and hostile files cost themselves."""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element, SubElement, tostring

import pymupdf
import pytest
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.document import Document, open_document
from docglean.extractors.documents.embedded import terms, xml_tree
from docglean.extractors.documents.embedded.in_pdf import Enclosed, enclosed
from docglean.extractors.documents.embedded.invoice_xml import is_invoice, read_invoice
from docglean.extractors.documents.embedded.xml_tree import XmlFault, parse_xml
from docglean.extractors.documents.page_info import PDF, SourceFile
from docglean.extractors.documents.workers import Workers
from docglean.schemas.errors import SourceError
from einvoice_samples import ZUGFERD, cii, invoice_pdf, ubl, xfa_pdf
from loopback import Handler, listening


def told(data: bytes) -> dict[str, str]:
    found = read_invoice(data)
    assert found is not None
    return {one.pointer: one.value for one in found.values}


def test_an_invoice_says_the_same_in_both_syntaxes() -> None:
    assert told(cii()) == told(ubl())
    assert told(cii())["/grand_total"] == "1368.50"
    assert told(cii())["/line_items/1/unit_price"] == "1.50"


def test_a_value_knows_its_element() -> None:
    found = read_invoice(cii())
    assert found is not None
    places = {one.pointer: one.element for one in found.values}
    assert places["/tax_total"].endswith("MonetarySummation/TaxTotalAmount[2]")  # [1] is in CHF
    assert places["/line_items/1/unit"].endswith("BilledQuantity/@unitCode")
    assert found.profile == "urn:cen.eu:en16931:2017"


def test_the_same_in_utf_16_and_with_the_names_of_zugferd_1() -> None:
    text = cii().decode()
    assert told(text.replace("UTF-8", "UTF-16").encode("utf-16")) == told(cii())
    old = {
        "CrossIndustryInvoice:100": "CrossIndustryDocument:invoice:1p0",
        "un:unece:uncefact:data:standard:CrossIndustryDocument": "ferd:CrossIndustryDocument",
        "rsm:CrossIndustryInvoice": "rsm:CrossIndustryDocument",
        "rsm:ExchangedDocument>": "rsm:HeaderExchangedDocument>",
        "rsm:SupplyChainTradeTransaction": "rsm:SpecifiedSupplyChainTradeTransaction",
        "ApplicableHeaderTrade": "ApplicableSupplyChainTrade",
        "SpecifiedLineTrade": "SpecifiedSupplyChainTrade",
        "SettlementHeaderMonetary": "SettlementMonetary",
        "SettlementLineMonetary": "SettlementMonetary",
        "RateApplicablePercent": "ApplicablePercent",
        "IssuerAssignedID": "ID",
    }  # fmt: skip
    for new, before in old.items():
        assert new in text
        text = text.replace(new, before)
    assert is_invoice(text.encode())
    assert told(text.encode()) == told(cii())


def test_minimum_has_no_lines_and_a_zero_allowance_is_none() -> None:
    found = told(cii(lines=False))
    assert not any(at.startswith("/line_items") for at in found)
    assert "/discount_total" not in found
    assert "/paid_amount" not in found


def test_prices_for_several_units_and_discounts_of_lines() -> None:
    row = cii().replace(
        b"<ram:ChargeAmount>1.5000</ram:ChargeAmount>",
        b"<ram:ChargeAmount>150</ram:ChargeAmount><ram:BasisQuantity>100</ram:BasisQuantity>",
    )
    assert told(row)["/line_items/1/unit_price"] == "1.50"
    third = row.replace(b"<ram:BasisQuantity>100<", b"<ram:BasisQuantity>7<")
    assert "/line_items/1/unit_price" not in told(third)  # no finite price of one


@pytest.mark.parametrize(
    ("root", "namespace"), [("Order", "urn:x"), ("Invoice", "urn:mine"), ("Invoice", "")]
)
def test_what_has_another_root_or_namespace_is_no_invoice(root: str, namespace: str) -> None:
    data = f"<{root} xmlns='{namespace}'><ID>7</ID></{root}>".encode()
    assert not is_invoice(data)
    assert read_invoice(data) is None


LAUGHS = """<?xml version="1.0"?><!DOCTYPE Invoice [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;">]>"""


def deep() -> bytes:
    return b"<a>" * 200 + b"</a>" * 200


def many() -> bytes:
    root = Element("a")
    for _ in range(120):
        SubElement(root, "b")
    return tostring(root)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (LAUGHS.encode() + ubl().partition(b"?>")[2], "document type"),
        (deep(), "nested"), (many(), "elements"), (b"", "empty"), (b" \n", "empty"),
        (ubl()[:900], "no whole XML"), (b"\x00\x01", "no whole XML"),
        (b"<?xml version='1.0' encoding='no-such'?><a/>", "no whole XML"),
    ],
)  # fmt: skip
def test_hostile_xml_is_refused_with_its_reason(
    data: bytes, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xml_tree, "MOST_ELEMENTS", 110)
    with pytest.raises(XmlFault, match=why):
        parse_xml(data)


def test_numbers_that_are_none_and_days_that_are_none_are_left_out() -> None:
    assert [terms.written(one, "amount") for one in ("NaN", "1e999999", "", "-0", "1.2345")] == [
        "", "", "", "0.00", "1.2345",
    ]  # fmt: skip
    days = ("20260301", "2026-03-01+01:00", "20261399", "soon")
    assert [terms.written(one, "day") for one in days] == ["2026-03-01", "2026-03-01", "", ""]


async def opened(path: Path, workers: Workers, limits: Limits) -> Document:
    return await open_document(path, workers, limits)


async def test_nothing_is_fetched_for_an_external_entity(
    tmp_path: Path, workers: Workers, limits: Limits
) -> None:
    asked: list[str] = []

    class Counting(Handler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.say(b"secret")

    with listening(Counting) as address:
        entity = f'<!DOCTYPE i [<!ENTITY x SYSTEM "{address}/x">]>'
        data = ubl(number="&x;").replace(b"?>", b"?>" + entity.encode(), 1)
        path = tmp_path / "invoice.xml"
        path.write_bytes(data)
        with pytest.raises(SourceError, match="document type") as caught:
            await opened(path, workers, limits)
        assert caught.value.code == "damaged"
        document = await opened(invoice_pdf(tmp_path / "a.pdf", (ZUGFERD, data)), workers, limits)
    assert [one.code for one in document.problems] == ["embedded_unreadable"]
    assert document.opened.embedded is None
    assert asked == []


async def test_a_file_of_a_hundred_megabytes_costs_itself(
    tmp_path: Path, workers: Workers, limits: Limits
) -> None:
    padded = ubl().replace(b"<cbc:ID>", b" " * 100_000_000 + b"<cbc:ID>", 1)
    path = tmp_path / "large.xml"
    path.write_bytes(padded)
    with pytest.raises(SourceError) as caught:
        await opened(path, workers, limits)
    assert caught.value.code == "too_large"
    document = await opened(invoice_pdf(tmp_path / "a.pdf", (ZUGFERD, padded)), workers, limits)
    [problem] = document.problems
    assert problem.code == "embedded_unreadable"
    assert "20,000,000 bytes" in problem.message
    assert len(document.pages) == 1


async def test_an_e_invoice_of_its_own_has_pages_drawn_from_it(
    tmp_path: Path, workers: Workers, limits: Limits
) -> None:
    path = tmp_path / "invoice.xml"
    path.write_bytes(ubl(number="R-ÄÖ-Ω-1"))
    document = await opened(path, workers, limits)
    assert document.media_type == "application/xml"
    assert document.opened.embedded is not None
    assert document.opened.embedded.drawn
    text = (await document.words(1)).text()
    assert "Invoice number: R-ÄÖ-Ω-1" in text
    assert "Pegelsonde" in text


def in_file(path: Path) -> Enclosed:
    source = SourceFile(path.name, str(path), PDF)
    return enclosed(source, pymupdf.open(path))


def carried(path: Path) -> tuple[list[str], str | None]:
    found = in_file(path)
    return [one.code for one in found.problems], found.data.file if found.data else None


def test_of_several_the_one_that_the_standard_names_is_taken(tmp_path: Path) -> None:
    both = ("other.xml", cii(number="R-2")), (ZUGFERD, cii())
    assert carried(invoice_pdf(tmp_path / "a.pdf", *both)) == (["embedded_several"], ZUGFERD)
    same = ("copy.xml", cii()), (ZUGFERD, cii())
    assert carried(invoice_pdf(tmp_path / "b.pdf", *same)) == ([], ZUGFERD)


@pytest.mark.parametrize("data", [b"", b"<html/>", b"<Order xmlns='urn:x'/>"])
def test_an_embedded_file_that_is_none_is_told(data: bytes, tmp_path: Path) -> None:
    path = invoice_pdf(tmp_path / "a.pdf", (ZUGFERD, data))
    assert carried(path) == (["embedded_unreadable"], None)


def test_other_xml_and_portfolios_are_left_alone(tmp_path: Path) -> None:
    path = invoice_pdf(tmp_path / "a.pdf", ("settings.xml", b"<settings/>"))
    assert carried(path) == ([], None)
    document = pymupdf.open(invoice_pdf(tmp_path / "b.pdf", (ZUGFERD, cii())))
    document.xref_set_key(document.pdf_catalog(), "Collection", "<</View/T>>")
    document.save(tmp_path / "c.pdf")
    assert carried(tmp_path / "c.pdf") == ([], None)


@pytest.mark.parametrize("parts", [True, False])
def test_what_is_filled_into_an_xfa_form(parts: bool, tmp_path: Path) -> None:
    found = in_file(xfa_pdf(tmp_path / "f.pdf", parts=parts))
    assert found.data is not None
    values = {one.pointer: one.value for one in found.data.values}
    assert values == {
        "/form1/LastName": "Grünwald", "/form1/Claim/0/Amount": "120.50",
        "/form1/Claim/1/Amount": "7.00",
    }  # fmt: skip
    assert found.data.values[2].element == "/datasets/data/form1/Claim[2]/Amount"


def test_a_broken_xfa_form_says_so(tmp_path: Path) -> None:
    path = xfa_pdf(tmp_path / "f.pdf", data=b"<xfa:datasets><never closed")
    assert carried(path) == (["embedded_unreadable"], None)


def test_texts_that_repeat_and_accounts_that_are_no_iban() -> None:
    twice = b"<ram:Name>Pegelsonde</ram:Name><ram:Description>Pegelsonde, 2 m</ram:Description>"
    data = cii(iban="12345678").replace(b"<ram:Name>Pegelsonde</ram:Name>", twice)
    assert told(data)["/line_items/0/description"] == "Pegelsonde, 2 m"
    assert "/iban" not in told(data)
