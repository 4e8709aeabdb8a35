"""Who wrote a document and to whom: letterheads, address blocks, lines of a letterhead."""

from __future__ import annotations

import pytest
from docglean.extractors.rules.page.sheet import Sheet, sheet_of
from docglean.extractors.rules.parties import addresses
from docglean.extractors.rules.parties.letterheads import issuer_of, parties_of, recipient_of
from docglean.extractors.rules.parties.party import text_of
from papers import receipt, words


def names(sheet: Sheet) -> tuple[str | None, str | None]:
    found = parties_of(sheet)
    issuer, recipient = issuer_of(found), recipient_of(found)
    return (
        text_of(issuer.name, " ") if issuer else None,
        text_of(recipient.name, " ") if recipient else None,
    )


@pytest.mark.parametrize(
    "line",
    [
        "LOT 1851-A & 1851-B, JALAN KPB 6,", "43300 SERI KEMBANGAN, SELANGOR", "84340 Malaucène",
        "DE 12345 Musterstadt", "Bahnhofstraße 99", "42 rue du stade", "GB SW1B 3BN London",
        "1016 HD Amsterdam", "Washington, DC 20006", "Bangalore - 560067", "C/ Mayor 3, Madrid",
    ],
)  # fmt: skip
def test_lines_of_an_address(line: str) -> None:
    assert addresses.is_address(line)


@pytest.mark.parametrize(
    "line",
    [
        "TEL: 03-5550 8936", "www.example.org", "GST ID No: 000300000352", "(860001-D)",
        "TAX INVOICE", "Date: 25/08/2017", "Nr. 471102", "RM 33.90", "Thank you", "USt-ID: DE136",
    ],
)  # fmt: skip
def test_lines_of_no_address(line: str) -> None:
    assert not addresses.is_address(line)


def test_a_legal_form_names_the_firm_rather_than_a_scribble_above() -> None:
    page = receipt(
        "lim mei fong", "MORI NOODLE RESTAURANT", "BH HARBOUR KITCHEN SDN BHD", "1000001-P",
        "17-1, JALAN KENARI 2,", "53100 SETAPAK, KUALA LUMPUR", "TEL: 03-5550 8936",
    )  # fmt: skip
    assert names(sheet_of(page))[0] == "BH HARBOUR KITCHEN SDN BHD"


def test_a_name_of_two_lines_without_legal_form() -> None:
    page = receipt("RESTAURANT SUNLI", "SUNLI HOUSE", "001000002-K", "13, JLN TASIK UTAMA 8",
                   "57000 KL", "INVOICE")  # fmt: skip
    found = parties_of(sheet_of(page))[0]
    assert text_of(found.name, " ") == "RESTAURANT SUNLI SUNLI HOUSE"
    assert text_of(found.address, ", ") == "13, JLN TASIK UTAMA 8, 57000 KL"


def test_the_register_number_is_no_part_of_the_name() -> None:
    page = receipt("HIBISCUS BAKERIES (KL) SDN BHD (100003 X)", "Lot 3, Jalan Pelabur 23/1,",
                   "40300 Shah Alam, Selangor.", "Tel: 03-55500228")  # fmt: skip
    assert names(sheet_of(page))[0] == "HIBISCUS BAKERIES (KL) SDN BHD"


def test_the_window_of_an_envelope_and_the_letterhead() -> None:
    page = words(
        (400, 60, "Muster Bau GmbH"), (400, 72, "Ecke 12"), (400, 84, "12345 Stadthausen"),
        (400, 96, "fon (555) 23 78 -0"),
        (50, 130, "Muster Bau GmbH • Ecke 12 • 12345 Stadthausen", 7),
        (50, 150, "Paula Probe"), (50, 174, "Bahnstr. 42"), (50, 198, "88802 Spielkreis"),
    )  # fmt: skip
    assert names(sheet_of(page)) == ("Muster Bau GmbH", "Paula Probe")


def test_headings_win_over_places() -> None:
    page = words(
        (50, 100, "Bill to:"), (50, 114, "Harbour Joinery"), (50, 128, "3 Dock Road"),
        (50, 142, "12345 Cardiff"),
        (300, 100, "Ship to:"), (300, 114, "Somebody Else"), (300, 128, "9 Elm Street"),
        (300, 142, "54321 Leeds"),
        (50, 780, "Northwind Ltd"), (50, 792, "14 Quay Street"), (50, 804, "54000 Bristol"),
        (50, 816, "VAT no. GB 980 7806 84"),
    )  # fmt: skip
    assert names(sheet_of(page)) == ("Northwind Ltd", "Harbour Joinery")


def test_parts_of_an_address() -> None:
    lines = ["14 Quay Street", "84340 Malaucène"]
    assert addresses.part_of("street", lines) == "14 Quay Street"
    assert addresses.part_of("postcode", lines) == "84340"
    assert addresses.part_of("place", lines) == "Malaucène"
    assert addresses.part_of("postcode", ["nowhere"]) is None
