"""A choice of numbers or letters is read beside its own caption, and from nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import pytest
from docglean.schemas.schema import schema_of
from drawn_invoices import paper, read
from pydantic import BaseModel, Field


class Rated(BaseModel):
    """An order with a rating."""

    rating: Literal[1, 2, 3] | None = None


class Sized(BaseModel):
    """An order with a size."""

    size: Literal["S", "M", "L"] | None = None


class Confirmed(BaseModel):
    """An order that is confirmed or not."""

    confirmed: Literal["yes", "no"] | None = None


class Priority(BaseModel):
    """A ticket."""

    priority: Literal["1", "2"] | None = Field(None, description="How urgent it is")


ITEMS = (
    ("S", "2", "50.00", "100.00"),
    ("No. 7", "1", "25.50", "25.50"),
    ("2", "3", "1.00", "3.00"),
)


@pytest.mark.parametrize("model", [Rated, Sized, Confirmed, Priority])
def test_it_is_not_taken_from_a_column(tmp_path: Path, model: type[BaseModel]) -> None:
    path = paper(items=ITEMS).save(tmp_path / "a.pdf")
    assert set(read(path, schema_of(model)).values.values()) == {None}


@pytest.mark.parametrize(
    ("model", "line", "value"),
    [
        (Rated, "Rating: 3", 3),
        (Sized, "Size: M", "M"),
        (Confirmed, "Confirmed: yes", "yes"),
        (Priority, "Priority 2", "2"),
    ],
)
def test_it_is_read_beside_its_caption(
    tmp_path: Path, model: type[BaseModel], line: str, value: Any
) -> None:
    path = paper(items=ITEMS, numbers=((line,),)).save(tmp_path / "a.pdf")
    assert list(read(path, schema_of(model)).values.values()) == [value]
