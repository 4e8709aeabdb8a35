"""Styles of printed values, and drawn amounts, numbers and days, for tests of kinds."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from docglean.schemas.kinds import Style
from hypothesis import strategies as st

POINT, COMMA, OPEN = Style("."), Style(","), Style()
GERMAN = Style(",", True, ("de",))
MONTH_FIRST = Style(".", False, ("en",))

amounts = st.decimals(min_value=-(10**9), max_value=10**9, places=2)
numbers = st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False, places=None).map(
    lambda number: Decimal(f"{number:.6f}").normalize()
)
days = st.dates(min_value=date(1950, 1, 1), max_value=date(2049, 12, 31))
