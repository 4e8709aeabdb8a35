"""What a person types becomes what the field stores, or a sentence that says why it can't."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Annotated, Literal

import pytest
from docglean.extractors.extraction import Evidence
from docglean.flows.schema_shape import SchemaShape
from docglean.schemas.kinds import Code, Money, Style
from docglean.schemas.schema import load_schema, schema_of
from pydantic import BaseModel, Field, field_validator

from docglean.review.check_report import check_report
from docglean.review.editing import choices_of, editor_of, fields_of, lists_of, parse
from docglean.review.printed_style import style_of


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Row(BaseModel):
    name: str | None = None
    pieces: int | None = None


class Sheet(BaseModel):
    code: Annotated[str | None, Code()] = None
    total: Annotated[Decimal | None, Money()] = None
    share: float | None = Field(None, ge=0, le=1)
    day: date | None = None
    moment: datetime | None = None
    paid: bool | None = None
    colour: Colour | None = None
    level: Literal[1, 2, 3] | None = None
    free: str | None = Field(None, max_length=10)
    rows: list[Row] = []

    @field_validator("code")
    @classmethod
    def _not_forbidden(cls, value: str | None) -> str | None:
        if value == "X-0":
            raise ValueError("X-0 is nobody's number")
        return value


SHEET = schema_of(Sheet)
FIELDS = {field.path: field for field in SHEET.root.walk()}
COMMA = Style(decimal=",", day_first=True)
POINT = Style(decimal=".", day_first=False)


@pytest.mark.parametrize(
    ("path", "text", "style", "value"),
    [
        ("/total", "1.234,50 €", COMMA, "1234.50"),
        ("/total", "1.234", COMMA, "1234"),
        ("/total", "1.234", POINT, "1.234"),
        ("/total", "1234.50", COMMA, "1234.50"),
        ("/total", "(12.50)", POINT, "-12.50"),
        ("/share", "0,5", COMMA, 0.5),
        ("/day", "3/4/2024", COMMA, "2024-04-03"),
        ("/day", "3/4/2024", POINT, "2024-03-04"),
        ("/day", "3. April 2024", COMMA, "2024-04-03"),
        ("/day", "2024-04-03", POINT, "2024-04-03"),
        ("/moment", "2024-04-03 10:15", POINT, "2024-04-03T10:15:00"),
        ("/paid", "yes", POINT, True),
        ("/paid", "☐", POINT, False),
        ("/colour", "Blue", POINT, "blue"),
        ("/level", "2", POINT, 2),
        ("/code", " a-17 ", POINT, "a-17"),
        ("/free", "  some text ", POINT, "some text"),
        ("/free", "two\nlines", POINT, "two\nlines"),
        ("/code", "DE89\n3704", POINT, "DE89 3704"),
        ("/total", "1.234,\n50", COMMA, "1234.50"),
        ("/rows/*/pieces", "1.200", COMMA, 1200),
        ("/total", "   ", POINT, None),
        ("/paid", "", POINT, None),
    ],
)
def test_a_text_is_stored_by_the_kind_of_its_field(path, text, style, value) -> None:
    typed = parse(FIELDS[path], text, style)
    assert (typed.value, typed.error) == (value, "")
    assert type(typed.value) is type(value)


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("/total", "12,5O", "'12,5O' is not an amount."),
        ("/day", "31.2.2024", "'31.2.2024' is not a whole date."),
        ("/paid", "perhaps", "'perhaps' is not a yes or no."),
        ("/colour", "green", "'green' is not one of red, blue."),
        ("/rows/*/pieces", "1.5", "'1.5' is not a whole number."),
        ("/share", "1.5", "less than or equal to 1"),
        ("/free", "much too long a text", "at most 10 characters"),
    ],
)
def test_what_a_field_cannot_hold_is_told_in_words(path, text, said) -> None:
    typed = parse(FIELDS[path], text, POINT)
    assert said in typed.error
    assert typed.value is None


def test_a_text_left_as_it_stands_stays_whatever_the_marks_of_the_document_are() -> None:
    assert parse(FIELDS["/total"], "12.345", COMMA).value == "12345"
    assert parse(FIELDS["/total"], "12.345", COMMA, now="12.345").value == "12.345"
    assert parse(FIELDS["/total"], "12.346", COMMA, now="12.345").value == "12.346"
    assert parse(FIELDS["/total"], "12.346", COMMA, now="12.34").value == "12346"


def test_editors_and_choices() -> None:
    told = {path.lstrip("/"): editor_of(field) for path, field in FIELDS.items() if field.kind}
    assert told == {
        "code": "code", "total": "money", "share": "number", "day": "date", "moment": "moment",
        "paid": "truth", "colour": "choice", "level": "choice", "free": "text",
        "rows/*/name": "text", "rows/*/pieces": "number",
    }  # fmt: skip
    assert choices_of(FIELDS["/colour"]) == ["red", "blue"]
    assert choices_of(FIELDS["/total"]) is None


def test_a_shape_without_code_of_anybody_reads_by_the_types_of_its_fields() -> None:
    shape = SchemaShape.of(SHEET).root
    fields = {field.path: field for field in shape.walk()}
    assert parse(fields["/total"], "1.234,50", COMMA).value == "1234.50"
    assert parse(fields["/day"], "3.4.2024", COMMA).value == "2024-04-03"
    assert parse(fields["/rows/*/pieces"], "x", COMMA).error == "'x' is not a number."


def test_every_field_is_there_in_the_order_of_the_schema_absent_ones_too() -> None:
    values = {"rows": [{"pieces": 3}, {"name": "b"}], "code": "A"}
    found = [(pointer, value) for pointer, _, value in fields_of(SHEET.root, values)]
    assert [pointer for pointer, _ in found][:3] == ["/code", "/total", "/share"]
    assert found[-4:] == [
        ("/rows/0/name", None), ("/rows/0/pieces", 3), ("/rows/1/name", "b"),
        ("/rows/1/pieces", None),
    ]  # fmt: skip
    assert [(pointer, len(rows)) for pointer, _, rows in lists_of(SHEET.root, values)] == [
        ("/rows", 2)
    ]
    assert [pointer for pointer, *_ in lists_of(SHEET.root, {})] == ["/rows"]


def _printed(**texts: str) -> dict[str, Evidence]:
    return {
        f"/{name}": Evidence(how="normalised", page=1, text=text) for name, text in texts.items()
    }


def test_the_style_of_a_document_is_told_by_its_values_and_their_print() -> None:
    values = {"total": "1234", "day": "2024-04-03"}
    evidence = _printed(total="1.234", day="03/04/2024")
    assert style_of(SHEET.root, values, evidence) == Style(",", True, ())
    turned = {"total": "1.234", "day": "2024-03-04"}
    assert style_of(SHEET.root, turned, evidence) == Style(".", False, ())


def test_where_no_value_tells_the_words_do() -> None:
    assert style_of(SHEET.root, {}, {}, "Summe 1.234,50").decimal == ","
    assert style_of(SHEET.root, {}, {}) == Style()


INVOICE = load_schema("invoice")


def _invoice(totals: list[str], grand: str) -> dict[str, object]:
    lines = [{"quantity": "2", "unit_price": "5.00", "line_total": total} for total in totals]
    return {"line_items": lines, "net_total": grand, "grand_total": grand}


def test_checks_say_the_figures_and_which_entry_is_off() -> None:
    report = check_report(INVOICE, _invoice(["10.00", "10.00", "13.00"], "30.00"))
    broken = [line for line in report if not line.holds]
    summed = next(line for line in broken if "/net_total" in line.pointers)
    assert "33.00" in summed.message
    assert "30.00" in summed.message
    assert "/line_items/0/line_total" in summed.pointers
    assert summed.off == ("/line_items/2/line_total",)


def test_checks_that_hold_are_told_too() -> None:
    report = check_report(INVOICE, _invoice(["10.00", "10.00"], "20.00"))
    assert report
    assert all(line.holds and line.message.endswith(".") for line in report)


def test_a_validator_of_the_model_speaks_at_once() -> None:
    report = check_report(SHEET, {"code": "X-0"})
    assert [(line.holds, line.pointers) for line in report] == [(False, ("/code",))]
    assert "nobody's number" in report[0].message
