"""Who wrote a document and to whom: letterheads, address blocks, lines of a letterhead."""

from __future__ import annotations

import pytest
from docglean.extractors.rules.page.sheet import Sheet, sheet_of
from docglean.extractors.rules.parties import addresses
from docglean.extractors.rules.parties.features import features_of, papers_of
from docglean.extractors.rules.parties.letterheads import parties
from docglean.extractors.rules.parties.lines import column_of
from docglean.extractors.rules.parties.party import address_of, name_of
from papers import receipt, words


def names(sheet: Sheet) -> tuple[str | None, str | None]:
    found = parties([sheet])
    seller, buyer = found["seller"], found["buyer"]
    return name_of(seller.name) if seller else None, name_of(buyer.name) if buyer else None


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


def test_a_name_of_two_lines() -> None:
    page = words((150, 40, "Rousselot", 20), (150, 62, "Transports", 20),
                 (150, 90, "255 chemin du Chêne"), (150, 104, "16397 Arles"),
                 (150, 118, "Tel: 03 30 97 66 99"), (150, 160, "FACTURE", 16),
                 (150, 190, "Date: 9 janvier 2021"))  # fmt: skip
    found = parties([sheet_of(page)])["seller"]
    assert found
    assert name_of(found.name) == "Rousselot Transports"
    assert address_of(found.address) == "255 chemin du Chêne, 16397 Arles"


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
        (50, 40, "INVOICE", 18),
        (50, 100, "Bill to:"), (50, 114, "Harbour Joinery"), (50, 128, "3 Dock Road"),
        (50, 142, "12345 Cardiff"),
        (300, 100, "Ship to:"), (300, 114, "Somebody Else"), (300, 128, "9 Elm Street"),
        (300, 142, "54321 Leeds"),
        (50, 200, "Invoice number: 2041"), (50, 214, "Date: 3 March 2026"),
        (50, 260, "Description"), (300, 260, "Quantity"), (450, 260, "Amount"),
        (50, 274, "Oak board"), (300, 274, "2"), (450, 274, "80.00"),
        (300, 300, "Total"), (450, 300, "80.00"),
        (50, 780, "Northwind Ltd"), (50, 792, "14 Quay Street"), (50, 804, "54000 Bristol"),
        (50, 816, "VAT no. GB 980 7806 84"),
    )  # fmt: skip
    assert names(sheet_of(page)) == ("Northwind Ltd", "Harbour Joinery")


def lines_of(sheet: Sheet) -> list[str]:
    return [line.text for line in column_of(sheet).lines]


def test_a_register_number_in_the_line_of_a_name_is_a_line_of_its_own() -> None:
    page = receipt("QUAY PHARMACY ROC NO. : 921240-B", "6819 Chur Telefon: 075 815 85 09")
    assert lines_of(sheet_of(page)) == [
        "QUAY PHARMACY", "ROC NO. : 921240-B", "6819 Chur", "Telefon: 075 815 85 09"
    ]  # fmt: skip


@pytest.mark.parametrize("joint", [" \u2022 ", " | ", " - ", ", "])
def test_an_address_in_one_line_is_as_many_lines_as_it_has_parts(joint: str) -> None:
    page = words((50, 130, joint.join(["Muster Bau GmbH", "Ecke 12", "12345 Stadthausen"]), 7),
                 (50, 300, "A sentence about nothing that goes over the whole width of the page,"),
                 (50, 320, "which is so long - and has dashes - that no receipt could print it."),
                 )  # fmt: skip
    found = [line.strip(",") for line in lines_of(sheet_of(page))]
    assert found[:3] == ["Muster Bau GmbH", "Ecke 12", "12345 Stadthausen"]
    assert len(found) == 5


def test_a_web_site_that_sounds_like_a_name_is_seen() -> None:
    page = receipt("HARBOUR KITCHEN", "SUNSET PLACE", "www.harbour-kitchen.com")
    column = column_of(sheet_of(page))
    alike = [one["domain"] for one in features_of(column, papers_of([column]))]
    assert alike[0] == 1.0
    assert alike[1] == 0.0


def test_a_blank_that_ocr_lost_behind_a_postcode() -> None:
    page = receipt("HARBOUR KITCHEN SDN BHD", "NO. 1, JALAN KENARI,", "43800DENGKIL, SELANGOR",
                   "TEL: 03-5550 8936")  # fmt: skip
    found = parties([sheet_of(page)])["seller"]
    assert found
    assert address_of(found.address) == "NO. 1, JALAN KENARI, 43800 DENGKIL, SELANGOR"


def test_a_page_without_parties_has_none() -> None:
    page = words((50, 100, "Lorem ipsum dolor sit amet, consectetur adipiscing elit,"),
                 (50, 114, "sed do eiusmod tempor incididunt ut labore et dolore."))  # fmt: skip
    assert parties([sheet_of(page)]) == {"seller": None, "buyer": None}


def test_parts_of_an_address() -> None:
    lines = ["14 Quay Street", "84340 Malaucène"]
    assert addresses.part_of("street", lines) == "14 Quay Street"
    assert addresses.part_of("postcode", lines) == "84340"
    assert addresses.part_of("place", lines) == "Malaucène"
    assert addresses.part_of("postcode", ["nowhere"]) is None
