"""Pointers into values: each place has one."""

from __future__ import annotations

import pytest
from docglean.schemas.pointers import places, value_at


@pytest.mark.parametrize("step", ["01", "-1", "+1", "²", "١", "1 ", "9" * 5000, ""])
def test_what_is_no_number_of_an_entry_is_nowhere(step: str) -> None:
    values = {"rows": [{"sum": "1.00"}, {"sum": "2.00"}]}
    assert list(places(values, f"/rows/{step}/sum")) == []
    assert value_at(values, "/rows/1/sum") == "2.00"
