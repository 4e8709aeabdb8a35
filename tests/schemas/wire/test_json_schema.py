"""JSON Schema files as Pydantic models with kinds."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from docglean.schemas.errors import SchemaError
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Check, Choice, Code, Day, Moment, Money, Name, Number, Text
from docglean.schemas.kinds.either import Either
from docglean.schemas.schema import load_schema, schema_of
from docglean.schemas.wire.json_schema import model_from_json_schema
from jsonschema import Draft202012Validator

LEAVES = {"10kq": 369, "credit_agreement": 13, "research": 16, "resume": 31, "swimming": 12}
"""Counted by hand of the files' own structure; 369 is also what the set's authors publish."""


def _fields(schema: dict[str, Any]) -> dict[str, Field]:
    return {field.path: field for field in schema_of(model_from_json_schema(schema)).root.walk()}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties}


@pytest.mark.parametrize("name", LEAVES)
def test_every_schema_of_the_benchmark_loads_whole(name: str, evaldata: Path) -> None:
    schema = load_schema(str(evaldata / "extract_bench" / "schemas" / f"{name}.json"))
    leaves = list(schema.root.leaves())
    assert len(leaves) == LEAVES[name]
    assert all(leaf.kind is not None for leaf in leaves)


def test_the_benchmarks_true_answers_are_valid_by_the_models_made(evaldata: Path) -> None:
    """What the set calls true is taken, but for what its own schema refuses."""
    folder = evaldata / "extract_bench"
    for line in (folder / "labels.jsonl").read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        raw = json.loads((folder / label["schema"]).read_text(encoding="utf-8"))
        raw = raw.get("schema_definition", raw)
        if not set(label["expected"]) <= set(raw["properties"]):
            continue  # Two answers are in a form that their schema does not declare.
        schema = load_schema(str(folder / label["schema"]))
        _, problems = schema.validate(label["expected"])
        theirs = {
            "/" + "/".join(str(step) for step in error.absolute_path)
            for error in Draft202012Validator(raw).iter_errors(label["expected"])
        }
        unexplained = {
            problem.path
            for problem in problems
            # A null where null is refused: theirs names the value, ours what is missing.
            if problem.path not in theirs and problem.code != "missing"
        }
        assert unexplained == set(), label["id"]


def test_types_formats_and_bounds_are_kept() -> None:
    fields = _fields(
        _object(
            day={"type": "string", "format": "date"},
            at={"type": "string", "format": "date-time"},
            mail={"type": "string", "format": "email"},
            year={"type": "integer", "minimum": 1000, "maximum": 2100},
            share={"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.5},
            code={"type": "string", "pattern": "^[A-Z]+$", "maxLength": 3},
            paid={"type": "boolean"},
            total_amount={"type": "number"},
            tags={"type": "array", "items": {"type": "string", "minLength": 2}, "minItems": 1},
        )
    )
    kinds = {path: field.kind for path, field in fields.items() if field.shape == "value"}
    assert kinds == {
        "/day": Day(),
        "/at": Moment(),
        "/mail": Code(),
        "/year": Number(),
        "/share": Number(),
        "/code": Code(),
        "/paid": Check(),
        "/total_amount": Money(),
        "/tags/*": Text(),
    }
    schema = schema_of(
        model_from_json_schema(
            _object(
                year={"type": "integer", "minimum": 1000},
                code={"type": "string", "pattern": "^[A-Z]+$", "maxLength": 3},
                tags={"type": "array", "items": {"type": "string", "minLength": 2}, "minItems": 1},
            )
        )
    )
    assert schema.validate({"year": 1000, "code": "AB", "tags": ["ab"]})[1] == []
    _, problems = schema.validate({"year": 999, "code": "abcd", "tags": ["a"]})
    assert {problem.path for problem in problems} == {"/year", "/code", "/tags/0"}
    # A list that may not be empty is left out where there is nothing in it.
    assert schema.validate({"year": 1000, "code": "AB", "tags": []})[1] == []


def test_null_is_taken_where_the_schema_or_an_optional_property_says_so() -> None:
    schema = {
        **_object(
            a={"type": "string"},
            b={"anyOf": [{"type": "string"}, {"type": "null"}]},
            c={"type": ["integer", "null"]},
            d={"type": "string", "nullable": True},
            e={"enum": ["x", "y", None]},
            f={"type": "string"},
            g={"type": "string", "default": "NA"},
            h={"type": "string", "format": "date", "default": "NA"},
        ),
        "required": ["a", "b", "c", "d", "e"],
    }
    nullable = {path: field.nullable for path, field in _fields(schema).items() if path}
    assert nullable == {
        "/a": False,
        "/b": True,
        "/c": True,
        "/d": True,
        "/e": True,
        "/f": False,
        "/g": False,
        "/h": False,
    }
    found, problems = schema_of(model_from_json_schema(schema)).validate(
        {"a": "x", "h": "2024-01-02"}
    )
    assert problems == []
    assert found is not None
    assert found.model_dump(by_alias=True) == {
        "a": "x", "b": None, "c": None, "d": None, "e": None, "f": None, "g": "NA",
        "h": date(2024, 1, 2),
    }  # fmt: skip


def test_enums_constants_and_choices_of_types() -> None:
    fields = _fields(
        _object(
            kind={"enum": ["a", "b"]},
            fixed={"const": "v1"},
            rank={"anyOf": [{"type": "integer"}, {"type": "string"}]},
            share={"enum": [0.5, 1.5]},
            untyped={"description": "Anything"},
            listed={"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string"}]},
            grouped={
                "oneOf": [
                    {"type": "array", "items": {"type": "string"}},
                    {"type": "object", "additionalProperties": {"type": "string"}},
                    {"type": "null"},
                ]
            },
        )
    )
    assert fields["/kind"].kind == Choice(("a", "b"))
    assert fields["/fixed"].kind == Choice(("v1",))
    assert isinstance(fields["/rank"].kind, Either)
    assert fields["/share"].kind == Number()
    assert fields["/untyped"].kind == Text()
    assert fields["/listed/*"].shape == fields["/grouped/*"].shape == "value"


def test_references_and_allof_are_followed_and_their_neighbours_win() -> None:
    schema = {
        "$defs": {
            "money": {"type": "number", "description": "An amount"},
            "base": {**_object(a={"type": "string"}), "required": ["a"]},
        },
        **_object(
            net={"$ref": "#/$defs/money"},
            gross={"$ref": "#/$defs/money", "description": "With tax"},
            more={"allOf": [{"$ref": "#/$defs/base"}, _object(b={"type": "integer"})]},
            lines={"type": "array", "items": {"$ref": "#/$defs/base"}},
        ),
    }
    fields = _fields(schema)
    assert fields["/net"].description == "An amount"
    assert fields["/gross"].description == "With tax"
    assert not fields["/more/a"].nullable
    assert fields["/more/b"].kind == Number()
    assert fields["/lines/*/a"].kind == Text()
    assert list(_fields({"$ref": "#/$defs/base", "$defs": schema["$defs"]})) == ["", "/a"]


def test_how_the_benchmark_scores_a_leaf_tells_its_kind() -> None:
    def text(scored: Any, **more: Any) -> dict[str, Any]:
        return {"type": "string", "evaluation_config": scored, **more}

    fields = _fields(
        _object(
            exact=text("string_exact"),
            fuzzy=text("string_fuzzy"),
            semantic=text("string_semantic"),
            metrics=text({"metrics": [{"metric_id": "string_fuzzy", "params": {}}]}),
            unknown=text("new_metric"),
            total={"type": "number", "evaluation_config": "number_tolerance"},
            dated=text("string_semantic", description="The day. Return in YYYY-MM-DD format."),
        )
    )
    kinds = {field.name: field.kind for field in fields.values() if field.shape == "value"}
    dated = kinds.pop("dated")
    assert kinds == {
        "exact": Code(),
        "fuzzy": Name(),
        "semantic": Text(),
        "metrics": Name(),
        "unknown": Text(),
        "total": Number(),
    }
    # It is found and compared as a date, yet a year alone is no error.
    assert isinstance(dated, Either)
    assert dated.coerce("March 3, 2024") == "2024-03-03"
    assert dated.coerce("2024") == "2024"


def test_keys_that_python_cannot_say_are_kept_in_the_json() -> None:
    schema = schema_of(
        model_from_json_schema(
            _object(**{"Rechnungs-Nr.": {"type": "string"}, "class": {"type": "string"},
                       "copy": {"type": "string"}, "_id": {"type": "string"},
                       "model_name": {"type": "string"}}),
        )
    )  # fmt: skip
    values = {"Rechnungs-Nr.": "1", "class": "2", "copy": "3", "_id": "4", "model_name": "5"}
    assert [field.name for field in schema.root.children] == list(values)
    found, problems = schema.validate(values)
    assert problems == []
    assert found is not None
    assert found.model_dump(by_alias=True) == values


def test_patterns_with_lookaround_are_enforced_too() -> None:
    schema = schema_of(
        model_from_json_schema(_object(a={"type": "string", "pattern": "^(?!X)[A-Z]+$"}))
    )
    assert schema.validate({"a": "AB"})[1] == []
    assert [problem.path for problem in schema.validate({"a": "XB"})[1]] == ["/a"]


def test_schemas_in_their_wrappers_are_named_by_them() -> None:
    inner = {"title": "Purchase order", **_object(a={"type": "string"})}
    for wrapped in (
        inner,
        {"type": "json_schema", "json_schema": {"name": "po", "schema": inner}},
        {"name": "x", "schema_definition": inner},
    ):
        assert schema_of(model_from_json_schema(wrapped)).name == "purchase_order"
    named = {"name": "Resume parts", "description": "What is in it", "schema": _object(a={})}
    schema = schema_of(model_from_json_schema(named))
    assert (schema.name, schema.description) == ("resume_parts", "What is in it")


RECURSIVE = {"type": "object", "properties": {"in": {"type": "array", "items": {"$ref": "#"}}}}


@pytest.mark.parametrize(
    ("schema", "code", "place"),
    [
        (RECURSIVE, "recursive", "/in/*"),
        (_object(a={"type": "object"}), "map", "/a"),
        (_object(a={"type": "object", "additionalProperties": {"type": "string"}}), "map", "/a"),
        (_object(a={"anyOf": [_object(b={}), _object(c={})]}), "union", "/a"),
        (_object(a={"type": "array", "prefixItems": [{"type": "string"}, {"type": "null"}]}),
         "mixed_tuple", "/a"),
        (_object(a={"$ref": "other.json#/x"}), "bad_reference", "/a"),
        (_object(a={"$ref": "#/$defs/none"}), "bad_reference", "/a"),
        (_object(a={"type": "null"}), "untyped", "/a"),
        (_object(a={"type": "text"}), "bad_type", "text"),
        (_object(a={"type": "string", "pattern": "("}), "bad_pattern", "("),
        (_object(a="string"), "bad_json_schema", "/a"),
        ({"type": "array", "items": _object(a={})}, "not_an_object", "top"),
        ([1], "bad_json_schema", "schema"),
        (_object(**{"a/b": {"type": "string"}}), "bad_name", "a/b"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for_is_refused_by_name(schema: Any, code: str, place: str) -> None:
    with pytest.raises(SchemaError) as caught:
        schema_of(model_from_json_schema(schema))
    assert caught.value.code == code
    assert place in caught.value.message
