"""How captions and entries are put together, and which caption asks for a user's field."""

from __future__ import annotations

from typing import Any

import pymupdf
import pytest
from docglean.extractors.rules.document_values import read_words
from docglean.extractors.rules.fields.field_names import tokens
from docglean.extractors.rules.readers.asked import meaning
from docglean.extractors.rules.readers.form_pairs import pairs_of, put_together, with_fields
from papers import drawn_of, own_schema, page_of, sheet, words_of

OTHER, CAPTION, ENTRY = (0.9, 0.1, 0.0), (0.1, 0.8, 0.1), (0.1, 0.1, 0.8)
NOTHING, NAMES, GOES_ON = (0.9, 0.05, 0.05), (0.1, 0.9, 0.0), (0.1, 0.0, 0.9)


def test_lines_that_go_on_are_one_entry() -> None:
    roles = [CAPTION, ENTRY, ENTRY, CAPTION, OTHER]
    ties = {(0, 1): NAMES, (1, 2): GOES_ON, (0, 2): NAMES, (0, 3): NOTHING, (3, 4): NOTHING}
    assert put_together(roles, ties, 0.4) == [((0,), (1, 2)), ((3,), ())]


def test_a_caption_of_two_lines() -> None:
    ties = {(0, 1): GOES_ON, (1, 2): NAMES, (0, 2): NOTHING}
    assert put_together([CAPTION, CAPTION, ENTRY], ties, 0.4) == [((0, 1), (2,))]


def test_what_is_unlikely_is_nobodys() -> None:
    ties = {(0, 1): (0.7, 0.3, 0.0)}
    assert put_together([CAPTION, ENTRY], ties, 0.4) == [((0,), ())]
    assert put_together([CAPTION, ENTRY], ties, 0.25) == [((0,), (1,))]


def test_pieces_that_go_on_in_a_circle_end() -> None:
    ties = {(0, 1): GOES_ON, (1, 0): GOES_ON}
    assert put_together([ENTRY, ENTRY], ties, 0.4) == []


def test_words_of_one_field_belong_together_and_to_no_other() -> None:
    ties = {(0, 1): (0.9, 0.1, 0.0), (0, 2): (0.8, 0.2, 0.0), (1, 2): NOTHING, (2, 3): GOES_ON}
    found = with_fields(ties, [None, 7, 7, 8])
    assert found[1, 2] == (0.0, 0.0, 1.0)
    assert found[0, 2] == (0.0, 1.0, 0.0)
    assert (2, 3) not in found


@pytest.mark.parametrize(
    ("name", "caption", "around"),
    [
        ("First name", "Given name", ""), ("dob", "Date of birth", ""),
        ("Apellidos", "Surname", ""), ("Familienname", "Nom de famille", ""),
        ("LOC_NAC", "localidad de nacimiento en", ""),
        ("PROV_NAC", "provincia de", "localidad de nacimiento en"),
        ("phone_number", "Telefon", ""), ("marital_status", "Stan cywilny", ""),
    ],
)  # fmt: skip
def test_words_that_ask_for_the_same(name: str, caption: str, around: str) -> None:
    assert meaning(tokens(name), tokens(caption), tokens(around)) > 0.8


@pytest.mark.parametrize(
    ("name", "caption"),
    [
        ("First name", "Last name"), ("Date of birth", "Date"), ("Birthplace", "Date of birth"),
        ("Account number", "Telephone number"), ("Mobile", "Fax"),
    ],
)  # fmt: skip
def test_words_that_ask_for_something_else(name: str, caption: str) -> None:
    assert meaning(tokens(name), tokens(caption), ()) < 0.55


def frames(page: Any) -> None:
    for row in range(4):
        page.draw_rect(pymupdf.Rect(160, 86 + 30 * row, 400, 106 + 30 * row))


def test_keys_of_a_users_schema_are_found_by_what_they_mean() -> None:
    page = page_of(
        (50, 100, "Given name"), (166, 100, "Amina", 11),
        (50, 130, "Family name"), (166, 130, "Okafor", 11),
        (50, 160, "Date of birth"), (166, 160, "07.03.1981", 11),
        (50, 190, "Nationality"),
        draw=frames,
    )  # fmt: skip
    schema = own_schema(
        first_name={"type": "string"}, surname={"type": "string"},
        birth_date={"type": "string"}, citizenship={"type": "string"},
    )  # fmt: skip
    reading = read_words(schema, [words_of(page)], (), {1: drawn_of(page)})
    assert reading.values == {
        "first_name": "Amina", "surname": "Okafor", "birth_date": "07.03.1981",
        "citizenship": None,
    }  # fmt: skip


def test_signs_in_boxes_of_their_own_are_one_value() -> None:
    def comb(page: Any) -> None:
        for number in range(8):
            page.draw_rect(pymupdf.Rect(150 + 14 * number, 88, 164 + 14 * number, 106))

    signs = [(154 + 14 * n, 101, sign, 10) for n, sign in enumerate("48120077")]
    (pair,) = pairs_of(sheet(page_of((50, 101, "Member number:"), *signs, draw=comb)))
    assert (pair.key_text, pair.value_text) == ("Member number", "48120077")
