"""Every value that is printed is found in its own box; what is not printed is not found."""

from __future__ import annotations

from datetime import date, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from docglean.extractors.documents.words import PageWords, Word, turned
from docglean.extractors.extraction import Box
from docglean.extractors.grounding.locate import locate
from docglean.schemas.fields import Printed
from docglean.schemas.kinds import Check, Clock, Code, Day, Money, Name, Number, Style, Text
from docglean.schemas.schema import schema_of
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel
from typed_paper import HEIGHT, UNIT, WIDTH, Paper, assert_stands, find, one

# ── one value in all its shapes ───────────────────────────────────────────────────────────

ANY_TEXT = st.text("abcdefghijklmnopqrstuvwxyzäöüé", min_size=2, max_size=9)
NOISE = ["Dear", "customer", "we", "thank", "you", "for", "your", "order", "of", "garden", "chairs"]


def sheet_with(printed: str) -> tuple[PageWords, Box]:
    """A page that prints this among other words, and its box."""
    paper = Paper()
    paper.type(" ".join(NOISE), 50, 80)
    box = paper.type(printed, 120, 130)
    paper.type(" ".join(reversed(NOISE)), 50, 180)
    return paper.page(), box


STYLES = (Style(), Style(".", False, ("en",)), Style(",", True, ("de",)), Style(",", True, ("fr",)))


@given(
    day=st.dates(date(1955, 1, 1), date(2045, 12, 31)),
    style=st.sampled_from(STYLES),
    data=st.data(),
)
@settings(deadline=None, max_examples=60)
def test_day_in_any_of_its_shapes(day: date, style: Style, data: st.DataObject) -> None:
    shape = data.draw(st.sampled_from(Day().shapes(day.isoformat(), style)))
    page, box = sheet_with(shape)
    # "06/01" without a year is a day in one order only; "06/01/2026" is looked for in both.
    assume(Day().shown(day.isoformat(), shape, Style(languages=("en",))))
    assert_stands(find(Annotated[date | None, Day()], day.isoformat(), [page]), box)


@given(cents=st.integers(-(10**9), 10**9), style=st.sampled_from(STYLES), data=st.data())
@settings(deadline=None, max_examples=60)
def test_amount_in_any_of_its_shapes(cents: int, style: Style, data: st.DataObject) -> None:
    amount = Decimal(cents) / 100
    shape = data.draw(st.sampled_from(Money().shapes(str(amount), style)))
    page, box = sheet_with(shape)
    assert_stands(find(Annotated[Decimal | None, Money()], str(amount), [page]), box)


@given(moment=st.times(), data=st.data())
@settings(deadline=None, max_examples=30)
def test_clock_in_any_of_its_shapes(moment: time, data: st.DataObject) -> None:
    moment = moment.replace(microsecond=0)
    shape = data.draw(st.sampled_from(Clock().shapes(moment.isoformat())))
    page, box = sheet_with(shape)
    assert_stands(find(Annotated[time | None, Clock()], moment.isoformat(), [page]), box)


@given(code=st.from_regex(r"[A-Z]{2}[0-9]{6,14}", fullmatch=True), data=st.data())
@settings(deadline=None, max_examples=40)
def test_code_with_blanks_anywhere(code: str, data: st.DataObject) -> None:
    cuts = data.draw(st.sets(st.integers(2, len(code) - 2), max_size=4))
    printed = "".join(f" {char}" if place in cuts else char for place, char in enumerate(code))
    page, box = sheet_with(printed)
    assert_stands(find(Annotated[str | None, Code()], code, [page]), box)


@given(words=st.lists(ANY_TEXT, min_size=1, max_size=25))
@settings(deadline=None, max_examples=40)
def test_text_in_one_or_several_lines(words: list[str]) -> None:
    paper = Paper()
    paper.type("Remarks 4711:", 50, 80)
    boxes = [
        paper.type(" ".join(words[start : start + 6]), 150, 80 + 14 * (start // 6))
        for start in range(0, len(words), 6)
    ]
    paper.type("Yours faithfully 0815", 50, 400)
    evidence = find(Annotated[str | None, Text()], " ".join(words), [paper.page()])
    if len(words) == 1:
        assert evidence.how == "exact"
        assert evidence.box is not None
        return
    assert evidence.text == " ".join(words)
    assert list(evidence.boxes or (evidence.box,)) == [pytest.approx(box, abs=0.1) for box in boxes]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_page_that_lies_on_its_side(turn: int) -> None:
    paper = Paper()
    paper.type("Invoice number", 50, 80)
    box = paper.type("RE-2026/0815", 200, 80)
    for row in range(5):
        paper.type("some more words here", 50, 120 + 20 * row)
    evidence = find(Annotated[str | None, Code()], "RE20260815", [paper.page(turn)])
    assert_stands(evidence, turned(box, WIDTH, HEIGHT, (360 - turn) % 360))


@pytest.mark.parametrize(
    ("annotation", "value", "printed", "part"),
    [
        (Annotated[Decimal | None, Money()], "12.50", "Total:$12.50", "$12.50"),
        (Annotated[Decimal | None, Money()], "22.65", "RM22.65", "22.65"),
        (Annotated[Decimal | None, Number()], "12", "12kg", "12"),
        (Annotated[str | None, Text()], "Jessica", "TO:Jessica", "Jessica"),
        (Annotated[date | None, Day()], "2026-03-05", "Date:05.03.2026", "05.03.2026"),
        (Annotated[int | None, Number()], 2015, "2015-2016", "2015"),
        (Annotated[int | None, Number()], 2016, "2015-2016", "2016"),
    ],
)
def test_value_within_a_word(annotation: Any, value: Any, printed: str, part: str) -> None:
    page, box = sheet_with(printed)
    evidence = find(annotation, value, [page])
    start = box[0] + UNIT * printed.index(part)
    assert_stands(evidence, (start, box[1], start + UNIT * len(part), box[3]))
    assert evidence.text == part


def test_percent_sign_that_stands_apart_belongs_to_the_value() -> None:
    page, box = sheet_with("100.00 %")
    assert_stands(find(Annotated[str | None, Text()], "100.00 %", [page]), box)


def test_accents_and_dashes_do_not_matter() -> None:
    page, box = sheet_with("Caf\u00e9 Zürich\u2013Nord")
    evidence = find(Annotated[str | None, Name()], "Cafe Zurich-Nord", [page])
    assert_stands(evidence, box)
    assert evidence.how == "normalised"


# ── what is not there ─────────────────────────────────────────────────────────────────────


@given(cents=st.integers(10, 10**8), data=st.data())
@settings(deadline=None, max_examples=60)
def test_another_amount_is_not_this_one(cents: int, data: st.DataObject) -> None:
    digits = str(cents)
    place = data.draw(st.integers(0, len(digits) - 1))
    digit = data.draw(st.sampled_from([d for d in "123456789" if d != digits[place]]))
    other = int(digits[:place] + digit + digits[place + 1 :])
    style = data.draw(st.sampled_from(STYLES[1:]))
    paper = Paper(source=data.draw(st.sampled_from(["text", "ocr"])))
    paper.type("The total of this order is", 50, 80)
    paper.type(Money().shapes(str(Decimal(other) / 100), style)[0], 200, 80)
    # The page says how it prints numbers, so that 1.234 is one number only.
    paper.type("1,234,567.89" if style.decimal == "." else "1.234.567,89", 200, 120)
    wanted = str(Decimal(cents) / 100)
    if Money().same(wanted, "1234567.89"):
        return
    assert find(Annotated[Decimal | None, Money()], wanted, [paper.page()]).how == "not_found"


@given(
    day=st.dates(date(1955, 1, 1), date(2045, 12, 31)),
    apart=st.integers(-800, 800).filter(bool),
    data=st.data(),
)
@settings(deadline=None, max_examples=60)
def test_another_day_is_not_this_one(day: date, apart: int, data: st.DataObject) -> None:
    other = day + timedelta(days=apart)
    shape = data.draw(st.sampled_from(Day().shapes(other.isoformat(), Style(None, True, ("en",)))))
    page, _ = sheet_with(shape)
    evidence = find(Annotated[date | None, Day()], day.isoformat(), [page])
    if evidence.how != "not_found":  # 03/04 is two days, and "9 May" is one of each year
        assert evidence.text == shape
        readings = [
            Day().shown(day.isoformat(), shape, style) for style in (*STYLES, Style(None, False))
        ]
        assert any(readings)


@pytest.mark.parametrize(
    ("annotation", "value", "printed"),
    [
        (Annotated[Decimal | None, Money()], "234.50", "1,234.50"),
        (Annotated[Decimal | None, Money()], "234.50", "1 234.50"),
        (Annotated[Decimal | None, Money()], "1.00", "1 000"),
        (Annotated[Decimal | None, Number()], "12", "12.5"),
        (Annotated[Decimal | None, Number()], "12", "12/03/2026"),
        (Annotated[Decimal | None, Number()], "1014", "B1014-23"),
        (Annotated[Decimal | None, Number()], "7", ".7"),
        (Annotated[str | None, Text()], "7", ".7"),
        (Annotated[str | None, Text()], "300", "1,300"),
        (Annotated[str | None, Text()], "Ann", "Annex"),
        (Annotated[str | None, Text()], "Order 12345 of May", "Order 12346 of May"),
        (Annotated[str | None, Code()], "RE-1234", "RE-1235"),
        (Annotated[str | None, Code()], "1234", "12345"),
        (Annotated[str | None, Name()], "Doyle Product Research", "Product Research"),
        (Annotated[str | None, Text()], "Mary Goldsmith", "Martha Goldberg"),
    ],
)
@pytest.mark.parametrize("source", ["text", "ocr"])
def test_what_only_looks_alike_is_not_found(
    annotation: Any, value: str, printed: str, source: Literal["text", "ocr"]
) -> None:
    paper = Paper(source=source)
    paper.type("Here is", 50, 80)
    paper.type(printed, 120, 80)
    assert find(annotation, value, [paper.page()]).how == "not_found"


@given(st.lists(ANY_TEXT, min_size=1, max_size=12), st.lists(ANY_TEXT, min_size=0, max_size=60))
@settings(deadline=None, max_examples=60)
def test_text_of_other_words_is_not_found(wanted: list[str], there: list[str]) -> None:
    paper = Paper(source="ocr")
    kept = [word for word in there if not any(word[:2] == other[:2] for other in wanted)]
    for start in range(0, len(kept), 8):
        paper.type(" ".join(kept[start : start + 8]), 50, 80 + start * 2)
    evidence = find(Annotated[str | None, Text()], " ".join(wanted), [paper.page()])
    if evidence.how != "not_found":  # by chance nearly the same letters
        assert evidence.score >= 0.6


class Anything(BaseModel):
    text: Annotated[str | None, Text()] = None
    code: Annotated[str | None, Code()] = None
    name: Annotated[str | None, Name()] = None
    money: Annotated[str | None, Money()] = None
    day: Annotated[str | None, Day()] = None
    check: Annotated[str | None, Check()] = None
    many: list[Annotated[str, Text()]] = []


PLACES = st.tuples(*[st.floats(0, 800, allow_nan=False)] * 4)


@given(
    words=st.lists(st.tuples(st.text(max_size=9), PLACES), max_size=25),
    values=st.fixed_dictionaries(
        {
            **{name: st.none() | st.text(max_size=30) for name in list(Anything.model_fields)[:-1]},
            "many": st.lists(st.text(max_size=9), max_size=6),
        }
    ),
    source=st.sampled_from(["text", "ocr"]),
)
@example(
    words=[("0", (0.0, HEIGHT, 0.0, 0.0))] * 2 + [("0", (0.0, 0.0, 0.0, -1e6))] * 2,
    values={**dict.fromkeys(list(Anything.model_fields)[:-1]), "many": ["0"]},
    source="text",
)  # boxes upside down
@settings(deadline=None, max_examples=150)
def test_whatever_stands_there_nothing_breaks(
    words: list[tuple[str, Box]], values: dict[str, Any], source: Literal["text", "ocr"]
) -> None:
    page = PageWords(
        1, WIDTH, HEIGHT, tuple(Word(t, b, 1.0, source, n) for n, (t, b) in enumerate(words))
    )
    found = locate(schema_of(Anything), values, [page, page])
    leaves = [f"/{name}" for name in Anything.model_fields if values[name] not in (None, [])]
    entries = [f"/many/{number}" for number in range(len(values["many"]))]
    assert list(found) == [leaf for leaf in leaves if leaf != "/many"] + entries
    for evidence in found.values():
        assert (evidence.how == "not_found") == (evidence.box is None)
        assert bool(evidence.text) == (evidence.how != "not_found")


def test_text_of_a_thousand_lines() -> None:
    lines = [f"line {number} of a report on the state of the roads" for number in range(1000)]
    paper = Paper(source="ocr")
    boxes = [paper.type(line, 50, 20 + 14 * number) for number, line in enumerate(lines[:40])]
    evidence = find(Annotated[str | None, Text()], "\n".join(lines), [paper.page()])
    assert evidence.how == "not_found"
    value = " ".join(lines[:40]).replace("state", "stats")
    evidence = find(Annotated[str | None, Text()], value, [paper.page()])
    assert evidence.how == "fuzzy"
    assert evidence.box is not None
    assert evidence.box[1] == boxes[0][1]


def test_no_words_at_all() -> None:
    empty = PageWords(1, WIDTH, HEIGHT, ())
    assert find(str | None, "anything", [empty]).how == "not_found"
    assert find(str | None, "anything", []).how == "not_found"
    assert locate(schema_of(one(str | None)), {"value": None}, [empty]) == {}


# ── what OCR does to words ────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("annotation", "value", "printed"),
    [
        (Annotated[str | None, Code()], "B-17-88", "8-17-88"),
        (Annotated[Decimal | None, Money()], "1101.50", "l101.5O"),
        (Annotated[str | None, Text()], "Modern corner", "Modem comer"),
        (Annotated[str | None, Name()], "Phyllis G. Hastings", "Phyllis G. Hastinge"),
        (Annotated[str | None, Text()], "Weights per truck", "Weightsper truck"),
        (Annotated[str | None, Text()], "Jacksonville", "Jackson ville"),
    ],
)
def test_misread_words_are_found_as_fuzzy(annotation: Any, value: str, printed: str) -> None:
    paper = Paper(source="ocr")
    paper.type("Subject of this letter", 50, 80)
    box = paper.type(printed, 250, 120)
    evidence = find(annotation, value, [paper.page()])
    assert_stands(evidence, box)
    assert evidence.how == "fuzzy"
    assert evidence.score < 1


def test_long_text_is_found_though_a_line_is_garbled() -> None:
    lines = [
        "The test station combines many of the instruments that the laboratory",
        "uses to measure the weight and the pressure drop of its samples a day",
        "and would help to compare the 12 results of both plants with each other",
    ]
    paper = Paper(source="ocr")
    paper.type("Description", 50, 60)
    first = paper.type(lines[0], 50, 80)
    paper.type("uscs tn mcasre tle wcigt amd prcsure drp", 50, 94)
    last = paper.type(lines[2], 50, 108)
    evidence = find(Annotated[str | None, Text()], " ".join(lines), [paper.page()])
    assert evidence.how == "fuzzy"
    assert evidence.box is not None
    assert evidence.box[:2] == pytest.approx(first[:2])
    assert evidence.box[2:] == pytest.approx((max(first[2], last[2]), last[3]))


def test_cell_of_two_lines_between_other_cells() -> None:
    paper = Paper()
    paper.type("7", 50, 80)
    first = paper.type("Artistic design of", 100, 80)
    paper.type("12.00", 400, 80)
    second = paper.type("a sample invoice", 100, 92)
    paper.type("hours", 400, 92)
    value = "Artistic design of a sample invoice"
    evidence = find(Annotated[str | None, Text()], value, [paper.page()])
    assert evidence.how == "exact"
    assert evidence.boxes == (pytest.approx(first), pytest.approx(second))


# ── which of several places ───────────────────────────────────────────────────────────────


class Totals(BaseModel):
    net_total: Annotated[Decimal | None, Money(), Printed("Net", "Nettobetrag")] = None
    tax_total: Annotated[Decimal | None, Money(), Printed("VAT", "MwSt")] = None
    total: Annotated[Decimal | None, Money(), Printed("Total", "Gesamtbetrag")] = None


def test_label_beside_the_value_decides() -> None:
    paper = Paper()
    paper.type("Deposit 100.00", 50, 60)
    paper.type("Net", 50, 80)
    net = paper.type("100.00", 300, 80)
    paper.type("VAT 0%", 50, 100)
    tax = paper.type("0.00", 300, 100)
    paper.type("Total", 50, 120)
    total = paper.type("100.00", 300, 120)
    values = {"net_total": "100.00", "tax_total": "0.00", "total": "100.00"}
    found = locate(schema_of(Totals), values, [paper.page()])
    assert_stands(found["/net_total"], net)
    assert_stands(found["/tax_total"], tax)
    assert_stands(found["/total"], total)


def test_label_above_the_value_decides() -> None:
    paper = Paper()
    paper.type("Total", 300, 80)
    paper.type("Deposit", 50, 80)
    paper.type("55.00", 50, 95)
    box = paper.type("55.00", 300, 95)
    assert_stands(locate(schema_of(Totals), {"total": "55"}, [paper.page()])["/total"], box)


class Plain(BaseModel):
    net_total: float | None = None
    grand_total: float | None = None
    currency: str | None = None


def test_plain_fields_are_found_by_what_pages_call_them() -> None:
    """A model that declares no kinds and no labels, over a page in another language."""
    paper = Paper()
    paper.type("Anzahlung 100,00", 50, 60)
    paper.type("Nettobetrag", 50, 80)
    net = paper.type("100,00", 300, 80)
    paper.type("Gesamtbetrag", 50, 100)
    total = paper.type("100,00", 300, 100)
    sign = paper.type("€", 340, 100)
    values = {"net_total": 100.0, "grand_total": 100.0, "currency": "EUR"}
    found = locate(schema_of(Plain), values, [paper.page()])
    assert_stands(found["/net_total"], net)
    assert_stands(found["/grand_total"], total)
    assert_stands(found["/currency"], sign)


class Party(BaseModel):
    name: Annotated[str | None, Name()] = None
    city: Annotated[str | None, Name()] = None


class Letter(BaseModel):
    seller: Party | None = None
    buyer: Party | None = None


def test_neighbours_of_the_same_object_decide() -> None:
    paper = Paper()
    paper.type("ACME Ltd", 50, 80)
    left = paper.type("Springfield", 50, 92)
    paper.type("Jane Roe", 350, 300)
    right = paper.type("Springfield", 350, 312)
    values = {
        "seller": {"name": "ACME Ltd", "city": "Springfield"},
        "buyer": {"name": "Jane Roe", "city": "Springfield"},
    }
    found = locate(schema_of(Letter), values, [paper.page()])
    assert_stands(found["/seller/city"], left)
    assert_stands(found["/buyer/city"], right)
