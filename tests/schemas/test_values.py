"""leaf_value: what was read or replied becomes the JSON that the field's type wants."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, Literal

import pytest
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Check, Code, Day, Kind, Money, Number, Style, Text
from docglean.schemas.values import leaf_value
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter


class Size(Enum):
    SMALL = "S"
    LARGE = "L"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


def field(annotation: Any, kind: Kind | None = None, name: str = "x") -> Field:
    return Field(name, f"/{name}", "value", kind=kind, annotation=annotation)


@pytest.mark.parametrize(
    ("annotation", "kind", "raw", "leaf"),
    [
        (Decimal, Money(), "RM 1,234.50", "1234.50"),
        (Decimal | None, Money(), 12.5, "12.5"),
        (float, Money(), "1.234,50 €", 1234.5),
        (float | None, None, "7", 7.0),
        (int, Number(), "1,200", 1200),
        (int, None, "5.00", 5),
        (int, None, "1e3", 1000),
        (str, Money(), "€ 5,-", "5"),
        (date, Day(), "12. März 2018", "2018-03-12"),
        (str, Day(), "12.03.2018", "2018-03-12"),
        (bool, Check(), "☒", True),
        (str, Code(), 4711, "4711"),
        (Size, None, "small", None),
        (Size, None, "L", "L"),
        (Level, None, "2", 2),
        (Literal["a", "b"], None, "A", "a"),
        (Annotated[float | None, "meta"], Number(), "2.5", 2.5),
        (int | str, Text(), "DNS", "DNS"),
        (int | str, Number(), "3", 3),
        (None, Text(), "as it is", "as it is"),
        (Decimal, None, "", None),
        (date, None, "N/A", None),
        (str, None, None, None),
    ],
)
def test_a_leaf_has_the_type_of_its_field(
    annotation: Any, kind: Kind | None, raw: Any, leaf: Any
) -> None:
    if annotation is Size and raw == "small":
        with pytest.raises(ValueError, match="is not one of S, L"):
            leaf_value(field(annotation, kind), raw)
        return
    found = leaf_value(field(annotation, kind), raw)
    assert found == leaf
    assert type(found) is type(leaf)


@pytest.mark.parametrize(
    ("annotation", "kind", "raw"),
    [
        (int, Number(), "2.5"),
        (int, Text(), "two"),
        (Decimal, Text(), "two"),
        (bool, Text(), "two"),
        (float, None, [1]),
        (date, None, "yesterday"),
    ],
)
def test_what_the_field_cannot_hold_is_an_error(
    annotation: Any, kind: Kind | None, raw: Any
) -> None:
    with pytest.raises(ValueError, match=r".+"):
        leaf_value(field(annotation, kind), raw)


def test_the_style_decides() -> None:
    amount = field(Decimal, Money())
    assert leaf_value(amount, "1.234 €", Style(",")) == "1234"
    assert leaf_value(amount, "1.234 €", Style(".")) == "1.234"


@given(
    st.sampled_from([Decimal, float, int, str, date, bool, Size, Level, Literal["a", "b"]]).flatmap(
        lambda type_: st.tuples(
            st.just(type_),
            st.text(alphabet="0123456789.,-€ aLbx☒/", max_size=12) | st.integers() | st.booleans(),
        )
    )
)
def test_every_leaf_is_json_that_the_type_takes(case: tuple[Any, Any]) -> None:
    annotation, raw = case
    try:
        leaf = leaf_value(field(annotation), raw)
    except ValueError:
        return
    if leaf is not None:
        text = TypeAdapter(Any).dump_json(leaf)
        TypeAdapter(annotation).validate_json(text)
