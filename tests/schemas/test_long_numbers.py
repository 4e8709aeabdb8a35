"""Serial numbers and barcodes that a schema calls a number have more figures than decimals keep."""

from __future__ import annotations

from decimal import Decimal

import pytest
from docglean.schemas.reading.numbers import number_shapes


@pytest.mark.parametrize("figures", [25, 29, 60])
@pytest.mark.parametrize("sign", ["", "-"])
def test_a_number_of_many_figures_has_shapes_and_none_is_rounded(figures: int, sign: str) -> None:
    digits = ("1234567890" * 6)[:figures]
    shapes = number_shapes(Decimal(sign + digits))
    assert sign + digits in shapes
    assert f"{sign}{digits}.00" in shapes
    for shape in shapes:
        told = "".join(filter(str.isdigit, shape))
        assert told.startswith(digits)
        assert not told.removeprefix(digits).strip("0")
