"""Every value that is printed is found in its own box; what is not printed is not found."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from docglean.extractors.extraction import Box, Evidence
from docglean.extractors.locating.locate import locate
from docglean.extractors.speech.transcript import Segment, Transcript
from docglean.extractors.views import stretches_of
from docglean.extractors.words import PageWords, Word, in_reading_order, turned
from docglean.schemas.fields import Printed
from docglean.schemas.kinds import Check, Choice, Clock, Code, Day, Money, Name, Number, Style, Text
from docglean.schemas.schema import schema_of
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

WIDTH, HEIGHT = 595.0, 842.0
UNIT = 5.0


class Paper:
    """A page that is typed on: each text goes to a place, and its box is known."""

    def __init__(self, number: int = 1, source: Literal["text", "ocr"] = "text") -> None:
        self.number = number
        self.source = source
        self.words: list[Word] = []
        self.line = 0

    def type(self, text: str, x: float, y: float) -> Box:
        """Type one line with its top at `y`; returns its box."""
        start = x
        for piece in text.split():
            box = (x, y, x + UNIT * len(piece), y + 10.0)
            self.words.append(Word(piece, box, source=self.source, line=self.line))
            x += UNIT * (len(piece) + 1)
        self.line += 1
        return start, y, x - UNIT, y + 10.0

    def page(self, turn: int = 0) -> PageWords:
        """The page in reading order; with `turn` as it lies on its side."""
        words = in_reading_order(self.words, WIDTH, HEIGHT)
        if not turn:
            return PageWords(self.number, WIDTH, HEIGHT, words)
        lying = (HEIGHT, WIDTH) if turn in (90, 270) else (WIDTH, HEIGHT)
        moved = tuple(
            Word(w.text, turned(w.box, WIDTH, HEIGHT, 360 - turn), w.confidence, w.source, w.line)
            for w in words
        )
        return PageWords(self.number, *lying, moved, turn)


def one(annotation: Any) -> type[BaseModel]:
    """A model with one field, ``value``."""
    return type("One", (BaseModel,), {"__annotations__": {"value": annotation}, "value": None})


def find(annotation: Any, value: Any, pages: Sequence[PageWords]) -> Evidence:
    """Where one value stands."""
    return locate(schema_of(one(annotation)), {"value": value}, pages)["/value"]


def assert_stands(evidence: Evidence, box: Box, page: int = 1) -> None:
    assert evidence.how != "not_found"
    assert evidence.page == page
    assert evidence.box == pytest.approx(box, abs=0.1), evidence.text


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
        (Annotated[str | None, Name()], "Burke Marketing Research", "Marketing Research"),
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
        (Annotated[str | None, Name()], "Phyllis G. Jennings", "Phyllis G. Jenninge"),
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


# ── lists ─────────────────────────────────────────────────────────────────────────────────


class Entry(BaseModel):
    day: Annotated[date | None, Day()] = None
    text: Annotated[str | None, Text()] = None
    quantity: Annotated[int | None, Number()] = None
    price: Annotated[Decimal | None, Money()] = None
    amount: Annotated[Decimal | None, Money()] = None


class Account(BaseModel):
    bank: Annotated[str | None, Name()] = None
    entries: list[Entry] = []


COLUMNS = (("day", 50), ("text", 130), ("quantity", 330), ("price", 400), ("amount", 480))


def printed_entry(entry: dict[str, Any]) -> dict[str, str]:
    shown = {"text": entry["text"], "quantity": str(entry["quantity"])}
    shown["day"] = date.fromisoformat(entry["day"]).strftime("%d.%m.%Y")
    for name in ("price", "amount"):
        shown[name] = f"{Decimal(entry[name]):,.2f}"
    return shown


def typed_account(
    entries: list[dict[str, Any]], rows_a_page: int
) -> tuple[list[PageWords], dict[str, tuple[int, Box]]]:
    pages: list[PageWords] = []
    truth: dict[str, tuple[int, Box]] = {}
    for start in range(0, max(len(entries), 1), rows_a_page):
        paper = Paper(len(pages) + 1)
        paper.type("Northern Bank", 50, 30)
        for name, x in COLUMNS:
            paper.type(name.title(), x, 60)
        for row, entry in enumerate(entries[start : start + rows_a_page]):
            shown = printed_entry(entry)
            for name, x in COLUMNS:
                box = paper.type(shown[name], x, 80 + 16 * row)
                truth[f"/entries/{start + row}/{name}"] = (paper.number, box)
        pages.append(paper.page())
    return pages, truth


ENTRIES = st.lists(
    st.fixed_dictionaries(
        {
            "day": st.dates(date(2026, 1, 1), date(2026, 1, 9)).map(date.isoformat),
            "text": st.sampled_from(["Rent", "Card payment", "Salary ACME Ltd", "Fee"]),
            "quantity": st.integers(1, 3),
            "price": st.sampled_from(["1.00", "2.00", "12.50"]),
            "amount": st.sampled_from(["1.00", "2.00", "3.00", "1200.00"]),
        }
    ),
    max_size=30,
)


@given(entries=ENTRIES, rows=st.integers(4, 12), hinted=st.booleans())
@settings(deadline=None, max_examples=40)
def test_each_entry_stands_in_its_own_row(
    entries: list[dict[str, Any]], rows: int, hinted: bool
) -> None:
    """Also where rows are equal, and where one row has the same amount twice."""
    pages, truth = typed_account(entries, rows)
    hints = {f"/entries/{n}": n // rows + 1 for n in range(len(entries))} if hinted else {}
    values = {"bank": "Northern Bank", "entries": entries}
    found = locate(schema_of(Account), values, pages, hints=hints)
    for number in range(len(entries)):
        for name, _ in COLUMNS:
            page, box = truth[f"/entries/{number}/{name}"]
            assert_stands(found[f"/entries/{number}/{name}"], box, page)


def entry(day: str, text: str, amount: str) -> dict[str, Any]:
    return {"day": day, "text": text, "quantity": 1, "price": amount, "amount": amount}


def test_amount_of_another_row_is_not_this_rows() -> None:
    entries = [entry("2026-01-02", "Rent", "10.00"), entry("2026-01-03", "Fee", "77.00")]
    pages, _ = typed_account(entries, 10)
    claimed = [entries[0] | {"amount": "77.00"}, entries[1]]
    found = locate(schema_of(Account), {"entries": claimed}, pages)
    assert found["/entries/0/amount"].how == "not_found"
    assert found["/entries/1/amount"].how != "not_found"


def test_entry_that_was_invented_is_not_found() -> None:
    entries = [entry("2026-01-02", "Rent", "10.00"), entry("2026-01-03", "Fee", "77.00")]
    pages, _ = typed_account(entries, 10)
    invented = entry("2027-05-05", "Party hats", "31.00")
    found = locate(schema_of(Account), {"entries": [entries[0], invented, entries[1]]}, pages)
    for name in ("day", "text", "price", "amount"):
        assert found[f"/entries/1/{name}"].how == "not_found", name
        assert found[f"/entries/2/{name}"].how != "not_found"


def test_row_said_twice_and_printed_once_is_found_once() -> None:
    entries = [entry("2026-01-02", "Rent", "10.00"), entry("2026-01-03", "Fee", "77.00")]
    pages, truth = typed_account(entries, 10)
    found = locate(schema_of(Account), {"entries": [entries[0], entries[0], entries[1]]}, pages)
    assert_stands(found["/entries/0/amount"], truth["/entries/0/amount"][1])
    assert found["/entries/1/amount"].how == "not_found"
    assert_stands(found["/entries/2/amount"], truth["/entries/1/amount"][1])


def test_date_that_is_printed_once_for_several_rows() -> None:
    paper = Paper()
    day = paper.type("02.01.2026", 50, 80)
    boxes = []
    for row, text in enumerate(["Rent", "Coffee", "Books"]):
        paper.type(text, 130, 80 + 16 * row)
        boxes.append(paper.type(f"{row + 4}.50", 480, 80 + 16 * row))
    entries = [
        {"day": "2026-01-02", "text": text, "amount": f"{row + 4}.50"}
        for row, text in enumerate(["Rent", "Coffee", "Books"])
    ]
    found = locate(schema_of(Account), {"entries": entries}, [paper.page()])
    for row in range(3):
        assert_stands(found[f"/entries/{row}/day"], day)
        assert_stands(found[f"/entries/{row}/amount"], boxes[row])


def test_hint_that_is_wrong_misleads_nobody() -> None:
    entries = [entry(f"2026-01-0{n + 1}", f"Item number {n}", f"{n}1.00") for n in range(8)]
    pages, truth = typed_account(entries, 4)
    found = locate(
        schema_of(Account), {"entries": entries}, pages, hints={"/entries/5": 1, "/entries/9": 7}
    )
    assert_stands(found["/entries/5/text"], truth["/entries/5/text"][1], 2)


class Grid(BaseModel):
    caption: Annotated[str | None, Text()] = None
    rows: list[list[str]] = []


class Grids(BaseModel):
    tables: list[Grid] = []


def test_cells_of_tables_stand_in_order() -> None:
    paper = Paper()
    tables, truth = [], {}
    for number, top in enumerate((80, 300)):
        caption = f"Table {number + 1} of results"
        truth[f"/tables/{number}/caption"] = paper.type(caption, 50, top)
        rows = [["Group", "0", "0", "1"], ["0", "1", "0", "0"], ["1", "1", "1", "1"]]
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                box = paper.type(cell, 50 + 90 * c, top + 20 + 16 * r)
                truth[f"/tables/{number}/rows/{r}/{c}"] = box
        tables.append({"caption": caption, "rows": rows})
    found = locate(schema_of(Grids), {"tables": tables}, [paper.page()])
    for pointer, box in truth.items():
        assert_stands(found[pointer], box)


class Names(BaseModel):
    people: list[Annotated[str, Name()]] = []


def test_list_of_plain_values() -> None:
    paper = Paper()
    boxes = [paper.type(name, 50, 80 + 20 * n) for n, name in enumerate(["Ann", "Bob", "Ann"])]
    found = locate(schema_of(Names), {"people": ["Ann", "Bob", "Ann", "Zoe"]}, [paper.page()])
    for number, box in enumerate(boxes):
        assert_stands(found[f"/people/{number}"], box)
    assert found["/people/3"].how == "not_found"


# ── yes, no, choices ──────────────────────────────────────────────────────────────────────


class Boxes(BaseModel):
    smoker: Annotated[bool | None, Check(), Printed("Smoker", "Raucher")] = None
    employed: Annotated[bool | None, Check()] = None
    state: Annotated[
        Literal["married", "single"] | None, Choice(words={"married": ("verheiratet",)})
    ] = None


def test_marks_beside_their_labels() -> None:
    paper = Paper()
    yes = paper.type("\u2612", 50, 80)
    paper.type("Smoker", 60, 80)
    no = paper.type("\u2610", 50, 100)
    paper.type("Employed", 60, 100)
    married = paper.type("verheiratet", 60, 120)
    values = {"smoker": True, "employed": False, "state": "married"}
    found = locate(schema_of(Boxes), values, [paper.page()])
    assert_stands(found["/smoker"], yes)
    assert_stands(found["/employed"], no)
    assert_stands(found["/state"], married)


def test_yes_and_no_with_a_mark_between() -> None:
    paper = Paper()
    paper.type("Smoker", 50, 80)
    paper.type("Yes \u2610", 150, 80)
    box = paper.type("No \u2612", 250, 80)
    page = paper.page()
    assert_stands(locate(schema_of(Boxes), {"smoker": False}, [page])["/smoker"], box)
    assert locate(schema_of(Boxes), {"smoker": True}, [page])["/smoker"].how == "not_found"


def test_mark_that_says_the_contrary_shows_nothing() -> None:
    paper = Paper()
    paper.type("\u2610 Smoker", 50, 80)
    assert locate(schema_of(Boxes), {"smoker": True}, [paper.page()])["/smoker"].how == "not_found"


# ── several pages, recordings ─────────────────────────────────────────────────────────────


CLAUSE = (
    "The tenant shall pay the sum of 1,250.00 on the first day of each month to the account "
    "of the landlord, beginning on 2024-03-01, and gives notice under paragraph 14b in writing"
)


@pytest.mark.parametrize(
    ("printed", "other"), [("1,250.00", "1,350.00"), ("2024-03-01", "2024-03-07"), ("14b", "41b")]
)
def test_a_long_text_with_another_figure_is_another_text(printed: str, other: str) -> None:
    words = CLAUSE.split()
    paper = Paper()
    for row, start in enumerate(range(0, len(words), 9)):
        paper.type(" ".join(words[start : start + 9]), 50, 80 + 14 * row)
    right = CLAUSE.replace("tenant shall", "tenant will")
    assert find(Annotated[str | None, Text()], right, [paper.page()]).how == "fuzzy"
    wrong = right.replace(printed, other)
    assert find(Annotated[str | None, Text()], wrong, [paper.page()]).how == "not_found"


def broken_over(pages: Sequence[Paper], text: str, cut: int) -> tuple[Box, Box]:
    """Type the first words at the end of one page and the others below the next one's heading."""
    words = text.split()
    for number, paper in enumerate(pages):
        paper.type("Lease between Ann Other and Bob Other", 50, 40)
        paper.type(f"Page {number + 1}", 500, 790)
    pages[0].type("What stands before has nothing to do with it", 50, 700)
    first = pages[0].type(" ".join(words[:cut]), 50, 714)
    second = pages[1].type(" ".join(words[cut:]), 50, 80)
    pages[1].type("What follows has nothing to do with it", 50, 94)
    return first, second


@pytest.mark.parametrize("cut", [2, 8, 14])
@pytest.mark.parametrize("other", [None, "another page"])
def test_a_text_over_a_page_break_stands_on_both_pages(cut: int, other: str | None) -> None:
    pages = [Paper(4), Paper(5)]
    first, second = broken_over(pages, CLAUSE[:96], cut)
    sheets = [paper.page() for paper in pages]
    if other:
        cover = Paper(3)
        cover.type(other, 50, 80)
        sheets.insert(0, cover.page())
    evidence = find(Annotated[str | None, Text()], CLAUSE[:96], sheets)
    assert evidence.how in ("exact", "normalised")
    assert evidence.text == CLAUSE[:96]
    assert (evidence.page, [place.page for place in evidence.rest]) == (4, [5])
    assert evidence.box == pytest.approx(first, abs=0.1)
    assert evidence.rest[0].box == pytest.approx(second, abs=0.1)
    assert [place.page for place in evidence.places] == [4, 5]


def test_a_row_whose_text_runs_over_a_page_break_stands_on_both_pages() -> None:
    pages = [Paper(1), Paper(2)]
    for paper in pages:
        paper.type("Date", 50, 40)
        paper.type("Text", 150, 40)
        paper.type("Amount", 400, 40)
    entries: list[dict[str, Any]] = []
    for number in range(8):
        y = 660 + 14 * number if number < 4 else 68 + 14 * (number - 4)
        paper = pages[number >= 4]
        paper.type(f"2024-05-{number + 10}", 50, y)
        paper.type(f"Payment {number} to", 150, y)
        paper.type(f"{number + 1}0.00", 400, y)
        text = f"Payment {number} to"
        if number == 3:
            pages[1].type("shop of Someone, contract 77", 150, 54)
            text += " shop of Someone, contract 77"
        entries.append(
            {"day": f"2024-05-{number + 10}", "text": text, "amount": f"{number + 1}0.00"}
        )
    found = locate(schema_of(Account), {"entries": entries}, [paper.page() for paper in pages])
    evidence = found["/entries/3/text"]
    assert (evidence.page, [place.page for place in evidence.rest]) == (1, [2])
    assert evidence.how != "not_found"
    assert all(not one.rest for at, one in found.items() if at != "/entries/3/text")


def test_a_text_whose_rest_is_not_on_the_next_page_is_not_found() -> None:
    pages = [Paper(1), Paper(2)]
    broken_over(pages, CLAUSE[:96], 8)
    invented = "her brother for every summer that he spends beside any lake"
    wrong = f"{' '.join(CLAUSE.split()[:8])} {invented}"
    sheets = [paper.page() for paper in pages]
    assert find(Annotated[str | None, Text()], wrong, sheets).how == "not_found"
    far = [sheets[0], Paper(3).page(), sheets[1]]
    assert find(Annotated[str | None, Text()], CLAUSE[:96], far).rest == ()


def test_page_numbers_are_those_of_the_document() -> None:
    first, second = Paper(4), Paper(9)
    first.type("nothing here", 50, 80)
    box = second.type("Needle in it", 50, 80)
    evidence = find(Annotated[str | None, Text()], "Needle in it", [first.page(), second.page()])
    assert_stands(evidence, box, 9)


class Note(BaseModel):
    who: Annotated[str | None, Name()] = None
    when: Annotated[datetime | None, Text()] = None
    actions: list[Annotated[str, Text()]] = []
    summary: Annotated[str | None, Text(on_page=False)] = None


def test_seconds_in_a_recording() -> None:
    transcript = Transcript(
        (
            Segment(0.0, 2.5, "Good morning this is Mary Smith"),
            Segment(2.5, 6.0, "Please send the contract to the"),
            Segment(6.0, 7.5, "new office by Friday"),
        ),
        "en",
        "stand-in",
        7.5,
    )
    values = {
        "who": "Mary Smith",
        "actions": ["Send the contract to the new office", "Buy flowers"],
        "summary": "Good morning",
    }
    found = locate(schema_of(Note), values, [], transcript=transcript)
    assert found["/who"].seconds == (0.0, 2.5)
    assert found["/who"].page is None
    assert found["/actions/0"].seconds == (2.5, 7.5)
    assert found["/actions/1"].how == "not_found"
    assert found["/summary"].how == "not_found"  # said by the reader, not by the speaker


class Said(BaseModel):
    numbers: list[int] = []
    rank: Annotated[str | None, Text()] = None
    day: date | None = None


@pytest.mark.parametrize(
    ("text", "language", "values", "how"),
    [
        ("1, 2, 3.", "en", {"numbers": [1, 2, 3]}, "exact"),
        ("One, two, three.", "en", {"numbers": [1, 2, 3]}, "normalised"),
        ("It was 100, 200 and 300.", "en", {"numbers": [100, 200, 300]}, "exact"),
        ("7 of clubs.", "en", {"rank": "seven"}, "normalised"),
        ("Seven of clubs.", "en", {"rank": "seven"}, "normalised"),
        ("Am 15. Juni 2024.", "de", {"day": "2024-06-15"}, "normalised"),
        ("am fünfzehnten Juni zweitausendvierundzwanzig", "de", {"day": "2024-06-15"},
         "normalised"),
        ("vierhundertfünfzig Euro", "de", {"numbers": [450]}, "normalised"),
        ("one two three", "ja", {"numbers": [1, 2, 3]}, "not_found"),
        ("Twelve of them", "en", {"numbers": [11]}, "not_found"),
    ],
)  # fmt: skip
def test_numbers_that_are_said(text: str, language: str, values: dict[str, Any], how: str) -> None:
    pytest.importorskip("text_to_num")
    transcript = Transcript((Segment(3.0, 5.0, text),), language, "stand-in", 5.0)
    found = locate(schema_of(Said), values, [], transcript=transcript)
    assert {one.how for one in found.values()} == {how}
    assert {one.seconds for one in found.values()} == (
        {(3.0, 5.0)} if how != "not_found" else {None}
    )


def test_in_a_film_what_is_shown_goes_before_what_is_said() -> None:
    words = tuple(Word(text, (10.0 + 50 * at, 10.0, 50.0 + 50 * at, 20.0))
                  for at, text in enumerate("Mary Smith".split()))  # fmt: skip
    transcript = Transcript(
        (Segment(1.0, 2.0, "Mary Smith here"), Segment(2.0, 4.0, "send the contract")),
        "en", "stand-in", 4.0,
    )  # fmt: skip
    values = {"who": "Mary Smith", "actions": ["Send the contract"]}
    found = locate(
        schema_of(Note), values, [PageWords(2, 640.0, 360.0, words)], transcript=transcript,
        frames={2: (30.0, 40.0)}, hints={"/actions/0": 2},
    )  # fmt: skip
    who, action = found["/who"], found["/actions/0"]
    assert (who.page, who.seconds, who.box) == (2, (30.0, 40.0), (10.0, 10.0, 100.0, 20.0))
    assert (action.page, action.seconds, action.box) == (None, (2.0, 4.0), None)


def test_hints_tell_which_of_equal_words_in_a_long_recording_is_meant() -> None:
    filler = tuple(Segment(float(n), n + 1.0, "and so on and so forth " * 10) for n in range(1, 40))
    segments = (Segment(0.0, 1.0, "Buy flowers"), *filler, Segment(40.0, 41.0, "Buy flowers"))
    transcript = Transcript(segments, "en", "stand-in", 41.0)
    last = len(stretches_of(segments))
    assert last > 1
    for stretch, start in ((1, 0.0), (last, 40.0)):
        found = locate(schema_of(Note), {"actions": ["Buy flowers"]}, [],
                       transcript=transcript, hints={"/actions/0": stretch})  # fmt: skip
        assert found["/actions/0"].seconds == (start, start + 1)


def test_every_leaf_has_evidence_in_the_order_of_the_schema() -> None:
    entries = [entry("2026-01-02", "Rent", "10.00")]
    values = {"bank": "Nowhere Bank", "entries": entries}
    found = locate(schema_of(Account), values, typed_account(entries, 5)[0])
    assert list(found) == [
        "/bank",
        *(f"/entries/0/{name}" for name in ("day", "text", "quantity", "price", "amount")),
    ]
    assert found["/bank"].how == "not_found"
