"""The outline of a schema says in few words all that JSON Schema says in many."""

from __future__ import annotations

import json
from typing import Any, Literal

import pytest
from docglean.schemas.schema import BUILT_IN, load_schema, schema_of
from docglean.schemas.wire.dialects import DIALECTS, compile_schema
from docglean.schemas.wire.outline import outline
from pydantic import BaseModel, Field

LLAMACPP = DIALECTS["llamacpp"]


class Line(BaseModel):
    """One position."""

    text: str | None
    paid: bool | None = Field(description="Whether it was\n  paid.")


class Bill(BaseModel):
    """A bill."""

    number: str | None = Field(description="Number of the bill.")
    copies: int | None
    state: Literal["open", "paid"] | None
    lines: list[Line] = Field(description="All positions.")
    notes: list[str] = []


def test_an_answer_with_types_in_place_of_values() -> None:
    form = compile_schema(schema_of(Bill), LLAMACPP).json_schema
    assert (
        outline(form)
        == """\
{
 "number": string or null  // Number of the bill.
 "copies": integer or null
 "state": "open" or "paid" or null
 "lines": [{  // All positions. One position.
  "text": string or null
  "paid": boolean or null  // Whether it was paid.
 }, ...]
 "notes": [string, ...]
}"""
    )


def test_what_is_written_once_is_referred_to() -> None:
    entry = {"type": "object", "properties": {"a": {"type": "string"}}}
    refer = {"type": "array", "items": {"$ref": "#/$defs/Entry1"}, "description": "Many."}
    form = {"type": "object", "properties": {"x": refer, "y": refer}, "$defs": {"Entry1": entry}}
    assert (
        outline(form)
        == """\
Entry1 = {
 "a": string
}
{
 "x": [Entry1, ...]  // Many.
 "y": [Entry1, ...]  // Many.
}"""
    )


@pytest.mark.parametrize("name", BUILT_IN)
@pytest.mark.parametrize("paged", [False, True])
def test_every_key_and_description_is_there_at_less_than_two_thirds(name: str, paged: bool) -> None:
    form = compile_schema(load_schema(name), LLAMACPP, paged=paged).json_schema
    text = outline(form)

    def visit(node: Any) -> None:
        if not isinstance(node, dict):
            return
        for key, part in node.get("properties", {}).items():
            assert f'"{key}": ' in text
            visit(part)
        assert " ".join(node.get("description", "").split()) in text
        for inner in (node.get("items"), *node.get("$defs", {}).values()):
            visit(inner)

    visit(form)
    assert len(text) < 0.7 * len(json.dumps(form, ensure_ascii=False))
