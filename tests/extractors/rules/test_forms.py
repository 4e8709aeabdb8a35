"""Forms without a model: lines to write on, boxes to tick, frames, places to sign."""

from __future__ import annotations

from typing import Any

import pymupdf
import pytest
from docglean.extractors.rules.document_values import read_words
from docglean.extractors.rules.page.drawn import find_drawn
from docglean.extractors.rules.readers.form import title_of
from docglean.extractors.rules.readers.form_pairs import pairs_of
from docglean.schemas.schema import load_schema
from papers import drawn_of, own_schema, page_of, sheet, squares, words_of
from PIL import Image


def lines(*at: tuple[float, float, float]) -> Any:
    """Draws level rules: from x, to x, at y."""

    def draw(page: Any) -> None:
        for x0, x1, y in at:
            page.draw_line((x0, y), (x1, y), width=0.7)

    return draw


def pairs(page: Any) -> list[tuple[str, str]]:
    return [(pair.key_text, pair.value_text) for pair in pairs_of(sheet(page))]


def test_captions_with_colons() -> None:
    page = page_of(
        (50, 100, "Date:"), (120, 100, "10/9/87"), (300, 100, "No.:"), (340, 100, "C-40"),
        (50, 120, "Requested by: A. B. Calloway"),
        (50, 140, "Tel: 555-0199 Fax: 555-0198"),
        (50, 160, "Remarks:"),
    )  # fmt: skip
    assert pairs(page) == [
        ("Date", "10/9/87"),
        ("No", "C-40"),
        ("Requested by", "A. B. Calloway"),
        ("Tel", "555-0199"),
        ("Fax", "555-0198"),
        ("Remarks", ""),
    ]


def test_lines_to_write_on_need_no_colon() -> None:
    page = page_of(
        (50, 100, "SOURCE"), (130, 98, "Farnham"), (300, 100, "LOT NO"), (360, 98, "A4"),
        (50, 130, "SUPPLIER"),
        draw=lines((95, 280, 101), (345, 450, 101), (105, 280, 131)),
    )  # fmt: skip
    assert pairs(page) == [("SOURCE", "Farnham"), ("LOT NO", "A4"), ("SUPPLIER", "")]


def test_dots_and_underscores_are_lines_too() -> None:
    page = page_of(
        (50, 100, "Name ........................................ born on ............."),
        (85, 97, "Benali"),
        (50, 130, "Reference: ________ 14332"),
    )
    assert pairs(page)[:1] == [("Name", "Benali")]
    assert ("born on", "") in pairs(page)
    assert pairs(page)[-1] == ("Reference", "14332")


def test_an_entry_of_several_lines() -> None:
    page = page_of(
        (50, 100, "REASONS:"),
        (80, 120, "Revised cost due to a question added to the"),
        (80, 133, "second wave and changes in the wording."),
        (50, 170, "Address:"), (150, 170, "245 Park Avenue"), (150, 183, "New York"),
        (50, 210, "Phone:"), (150, 210, "555-0100"),
    )  # fmt: skip
    reasons, address, phone = pairs(page)
    assert reasons == (
        "REASONS",
        "Revised cost due to a question added to the second wave and changes in the wording.",
    )
    assert address[0] == "Address"
    assert address[1].startswith("245 Park Avenue")
    assert phone == ("Phone", "555-0100")


def test_captions_in_the_corner_of_a_frame() -> None:
    def frames(page: Any) -> None:
        for box in ((50, 80, 250, 130), (250, 80, 450, 130)):
            page.draw_rect(pymupdf.Rect(box))

    page = page_of(
        (54, 91, "FILE NUMBER", 7), (60, 115, "A30 / 17", 11), (254, 91, "LOT NUMBER", 7),
        draw=frames,
    )  # fmt: skip
    assert pairs(page) == [("FILE NUMBER", "A30 / 17"), ("LOT NUMBER", "")]


def test_columns_of_captions_and_values() -> None:
    rows = [("Surname", "Okafor"), ("Date of birth", "7 March 1981"), ("Nationality", "Kenyan"),
            ("Telephone", "555-0199")]  # fmt: skip
    prints = [
        one
        for number, (key, value) in enumerate(rows)
        for one in ((50, 100 + 18 * number, key), (250, 100 + 18 * number, value))
    ]
    found = pairs(page_of(*prints))
    assert ("Date of birth", "7 March 1981") in found
    assert set(found) <= set(rows)


def test_prose_makes_no_pairs() -> None:
    page = page_of(
        (50, 100, "This facsimile transmission is intended only for the addressee shown above."),
        (50, 114, "It may contain information that is privileged or otherwise protected."),
    )
    assert pairs(page) == []


def boxes(page: Any) -> None:
    for x, y, mark in ((50, 91, "x"), (150, 91, ""), (250, 91, "v")):
        page.draw_rect(pymupdf.Rect(x, y, x + 10, y + 10), width=0.8)
        if mark == "x":
            page.draw_line((x - 2, y - 1), (x + 11, y + 11), width=1.2)
            page.draw_line((x + 11, y - 2), (x - 1, y + 12), width=1.2)
        if mark == "v":
            page.draw_line((x + 2, y + 5), (x + 4, y + 8), width=1.5)
            page.draw_line((x + 4, y + 8), (x + 9, y + 1), width=1.5)
    page.draw_circle((355, 96), 6, width=0.8)
    page.draw_circle((455, 96), 6, width=0.8)
    page.draw_circle((455, 96), 3, width=0.8, fill=(0, 0, 0))


def scribble(page: Any) -> None:
    page.draw_bezier((165, 228), (190, 195), (200, 245), (225, 215), width=1.4)
    page.draw_bezier((225, 215), (240, 200), (245, 235), (270, 222), width=1.4)


def decorate(page: Any) -> None:
    boxes(page)
    lines((160, 280, 231), (400, 520, 231))(page)
    scribble(page)


FORM = page_of(
    (200, 40, "MEMBERSHIP APPLICATION", 14),
    (50, 75, "Kind of card", 12),
    (66, 100, "Adult"), (166, 100, "Student"), (266, 100, "Senior"),
    (370, 100, "By post"), (470, 100, "By mail"),
    (50, 150, "Applicant", 12),
    (50, 180, "Full name:"), (150, 180, "Amina Okafor"),
    (50, 230, "Signature of applicant"),
    (300, 230, "Signature of clerk"),
    draw=decorate,
)  # fmt: skip


def test_a_whole_form() -> None:
    reading = read_words(load_schema("form"), [words_of(FORM)], drawn={1: drawn_of(FORM)})
    found = reading.values
    assert found["title"] == "MEMBERSHIP APPLICATION"
    assert found["fields"] == [
        {"key": "Full name", "value": "Amina Okafor", "section": "Applicant"}
    ]
    marks = [(box["label"], box["checked"], box["section"]) for box in found["checkboxes"]]
    assert marks == [
        ("Adult", True, "Kind of card"),
        ("Student", False, "Kind of card"),
        ("Senior", True, "Kind of card"),
        ("By post", False, "Kind of card"),
        ("By mail", True, "Kind of card"),
    ]
    signed = [(place["label"], place["signed"]) for place in found["signatures"]]
    assert signed == [("Signature of applicant", True), ("Signature of clerk", False)]
    assert reading.evidence["/fields/0/value"].text == "Amina Okafor"
    assert reading.evidence["/checkboxes/0/checked"].box is not None
    assert "/signatures/0/signed" in reading.evidence


def test_nobody_looked_whether_it_is_signed() -> None:
    reading = read_words(load_schema("form"), [words_of(FORM)])
    assert [place["signed"] for place in reading.values["signatures"]] == [None, None]


@pytest.mark.parametrize("angle", [0.0, 0.8, -1.2])
def test_rules_are_seen_on_a_crooked_scan(angle: float) -> None:
    page = page_of((50, 100, "Name"), (50, 140, "Town"), draw=lines((90, 300, 102), (90, 300, 142)))
    pixmap = page.get_pixmap(dpi=150)
    image = Image.frombytes("RGB", (pixmap.width, pixmap.height), pixmap.samples)
    image = image.rotate(angle, fillcolor="white")
    scale = page.rect.width / image.width
    rules = find_drawn(image, scale, scale).rules
    assert len(rules) == 2
    assert all(200 <= x1 - x0 <= 215 for x0, _, x1, _ in rules)


def test_print_is_no_rule_and_no_box() -> None:
    text = "OMEGA DEBENTURE BOOKKEEPING 0000 BODO HOOD"
    page = page_of(*((50, 100 + 20 * row, text) for row in range(8)), (50, 300, "HEADLINE", 40))
    seen = sheet(page)
    assert seen.blanks == ()
    assert not any(piece.text in "☐☒" for run in seen.runs for piece in run.pieces)


def test_the_title_is_the_largest_print_on_top() -> None:
    page = page_of(
        (50, 40, "FORM 7 (5/80)", 7), (220, 80, "Acute toxicity", 18),
        (50, 120, "Date received:"), (50, 700, "LARGE FOOTER", 30),
    )  # fmt: skip
    title = title_of(sheet(page))
    assert title is not None
    assert title.text == "Acute toxicity"


def test_running_text_between_lines_is_no_answer() -> None:
    page = page_of(
        (50, 100, "born in ................................ , country ............. and living in"),
        (50, 121, "(street) .............................................. , town ..............."),
        (100, 97, "Oran"),
    )
    first, *others = pairs(page)
    assert first == ("born in", "Oran")
    assert {value for _, value in others} == {""}


def test_a_box_below_its_caption() -> None:
    def frame(page: Any) -> None:
        page.draw_rect(pymupdf.Rect(50, 105, 250, 180))

    page = page_of((50, 100, "Other experience"), (55, 120, "Two years at sea"), draw=frame)
    assert pairs(page) == [("Other experience", "Two years at sea")]


# --- forms by a schema of the user's own ---------------------------------------------------------


def own(page: Any, *fields: str, **typed: dict[str, Any]) -> dict[str, Any]:
    """Values of text fields by their names, and of those with a JSON Schema of their own."""
    schema = own_schema(**{name: {"type": ["string", "null"]} for name in fields}, **typed)
    return read_words(schema, [words_of(page)], drawn={1: drawn_of(page)}).values


def test_what_is_written_on_lines_and_in_boxes_fills_a_users_fields() -> None:
    def frame(page: Any) -> None:
        page.draw_rect(pymupdf.Rect(50, 165, 250, 240))

    page = page_of(
        (50, 100, "town ............................................................ , telephone"),
        (50, 121, "......................... , birthday ................................."),
        (80, 97, "Oran"), (54, 117, "88269"), (210, 117, "16.09.1984"),
        (50, 160, "Other experience"), (55, 180, "Two years at sea"),
        draw=frame,
    )  # fmt: skip
    date = {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]}
    assert own(page, "town", "telephone", "otherExperience", birthday=date) == {
        "town": "Oran",
        "telephone": "88269",
        "otherExperience": "Two years at sea",
        "birthday": "1984-09-16",
    }


def test_what_a_form_leaves_empty_stays_null() -> None:
    page = page_of(
        (50, 100, "Remarks"),
        (50, 116, "Approved by the board"),
        (50, 150, "Witness"), (130, 149, "A. J. Mellman"),
        draw=lines((95, 300, 101), (120, 300, 151)),
    )  # fmt: skip
    assert own(page, "Remarks", "Witness") == {"Remarks": None, "Witness": "A. J. Mellman"}


def test_boxes_fill_a_users_yes_or_no_and_its_choices() -> None:
    """Each box says what the words behind it name, not what stands before the next one."""

    draw = squares(
        (50, 91, False), (150, 91, True), (250, 91, True), (350, 91, False),
        (50, 131, False), (50, 151, True), (50, 191, False), (50, 211, False),
    )  # fmt: skip
    page = page_of(
        (65, 100, "TypeScript"), (165, 100, "JavaScript"), (265, 100, "Java"), (365, 100, "C#"),
        (65, 140, "Associate's degree"), (65, 160, "Bachelor's degree"),
        (65, 200, "by car"), (65, 220, "on foot"),
        draw=draw,
    )  # fmt: skip
    check = {"type": ["boolean", "null"]}
    degree = {"enum": ["Associate's degree", "Bachelor's degree", None]}
    way = {"enum": ["by car", "on foot", None]}
    found = own(page, typescript=check, javascript=check, java=check, degree=degree, way=way)
    assert found == {
        "typescript": False,
        "javascript": True,
        "java": True,
        "degree": "Bachelor's degree",
        "way": None,
    }
