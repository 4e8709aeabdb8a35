"""Schemas too large for one request are sent in groups of fields."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

import pytest
from docglean.schemas.errors import SchemaError
from docglean.schemas.schema import Schema, load_schema, schema_of
from docglean.schemas.wire.dialects import (
    DIALECTS,
    Dialect,
    compile_schema,
    groups,
    keys,
    lint,
)
from pydantic import BaseModel, create_model
from wire_rules import (
    ALL,
    BILL,
    GEMINI,
    OPENAI,
    check_grammar,
    check_vendor_rules,
)


def _leaves(schema: Schema) -> list[str]:
    return [leaf.path for leaf in schema.root.leaves()]


@pytest.fixture(scope="module")
def large(evaldata: Path) -> Schema:
    return load_schema(str(evaldata / "extract_bench" / "schemas" / "10kq.json"))


@pytest.mark.slow
@ALL
def test_the_369_field_schema_fits_every_dialect_in_groups(dialect: Dialect, large: Schema) -> None:
    schema = large
    parts = groups(schema, dialect, paged=False)
    assert len(_leaves(schema)) == 369
    assert frozenset().union(*parts) == set(_leaves(schema))
    assert sum(map(len, parts)) == 369
    assert len(parts) <= -(-369 // dialect.leaves) + 1
    for paths in parts:
        assert len(paths) <= dialect.leaves
        for paged in (False, True):
            wire = compile_schema(schema, dialect, paths=paths, paged=paged)
            check_vendor_rules(wire.json_schema, dialect)
            check_grammar(wire.json_schema)
    # The entries of a list are asked for together.
    for field in schema.root.walk():
        if field.shape == "list":
            own = {leaf.path for leaf in field.leaves()}
            assert sum(bool(own & paths) for paths in parts) == 1
    assert [problem.code for problem in lint(schema, dialect)][:1] == ["split"]


def test_a_schema_that_fits_is_one_group_and_has_nothing_to_report() -> None:
    assert groups(BILL, OPENAI, paged=True) == (frozenset(_leaves(BILL)),)
    assert lint(BILL, OPENAI) == []
    assert [problem.code for problem in lint(BILL, DIALECTS["plain"])] == ["unconstrained"]


def test_entries_too_large_for_one_request_repeat_what_tells_them_apart() -> None:
    columns = {f"c{index}": (Decimal | None, None) for index in range(30)}
    row = create_model("Row", __doc__="A row.", day=(date | None, None),
                       article_number=(str | None, None), text=(str | None, None),
                       **columns)  # fmt: skip
    schema = schema_of(create_model("Big", __doc__="Big.", first=(str, ...), rows=(list[row], [])))
    small = replace(OPENAI, leaves=12)
    parts = groups(schema, small, paged=True)
    assert frozenset().union(*parts) == set(_leaves(schema))
    assert all(len(part) <= 12 for part in parts)
    telling = {"/rows/*/day", "/rows/*/article_number", "/rows/*/c0"}
    item = schema.root.children[1].item
    assert {leaf.path for leaf in keys(item)} == telling
    for part in parts:
        if any(path.startswith("/rows") for path in part):
            assert telling <= part
    (split, problem) = lint(schema, small)
    assert (split.code, problem.code, problem.path) == ("split", "split_entries", "/rows")


def test_what_no_split_can_make_small_enough_is_refused_before_it_is_sent() -> None:
    model: type[BaseModel] = create_model("Leaf", __doc__="Deep.", x=(str | None, None))
    for level in range(12):
        model = create_model(f"Level{level}", __doc__="Deep.", inner=(model, ...))
    schema = schema_of(model)
    with pytest.raises(SchemaError) as caught:
        groups(schema, OPENAI, paged=False)
    assert caught.value.code == "unsendable"
    assert "13 levels" in caught.value.message
    with pytest.raises(SchemaError):
        compile_schema(schema, OPENAI)
    (problem,) = lint(schema, OPENAI)
    assert (problem.code, problem.severity) == ("unsendable", "error")
    assert lint(schema, DIALECTS["ollama"]) == []


def test_lists_count_as_levels_too() -> None:
    model: type[BaseModel] = create_model("Leaf", __doc__="Deep.", x=(str | None, None))
    for level in range(5):
        if level == 4:
            assert lint(schema_of(model), OPENAI) == []
        model = create_model(f"Level{level}", __doc__="Deep.", inner=(list[model], ...))
    assert "11 levels" in lint(schema_of(model), OPENAI)[0].message


def test_a_choice_larger_than_the_dialect_takes_is_sent_as_text_and_checked_here() -> None:
    codes = tuple(f"C{index:04}" for index in range(400))
    model = create_model("Coded", __doc__="Coded.", code=(Literal[codes] | None, None))
    schema = schema_of(model)
    assert compile_schema(schema, OPENAI).json_schema["properties"]["code"]["anyOf"][0]["enum"]
    wire = compile_schema(schema, GEMINI)
    assert wire.json_schema["properties"]["code"] == {
        "anyOf": [{"type": "string"}, {"type": "null"}]
    }
    assert [problem.code for problem in lint(schema, GEMINI)] == ["open_choice"]
    assert wire.decode({"code": "c0399"}).data == {"code": "C0399"}
    assert [problem.path for problem in wire.decode({"code": "C9"}).problems] == ["/code"]


def test_choices_are_counted_over_all_fields_of_a_group() -> None:
    codes = tuple(f"C{index:04}" for index in range(400))
    fields: dict[str, Any] = {f"f{index}": (Literal[codes] | None, None) for index in range(5)}
    schema = schema_of(create_model("Coded", __doc__="Coded.", **fields))
    parts = groups(schema, OPENAI, paged=False)
    assert [len(part) for part in parts] == [2, 2, 1]
    for part in parts:
        check_vendor_rules(compile_schema(schema, OPENAI, paths=part).json_schema, OPENAI)
    with pytest.raises(SchemaError, match="2000 choices"):
        compile_schema(schema, OPENAI)
