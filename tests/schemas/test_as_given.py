"""What is written validates against the schema that was given, as given, or a problem says why."""

from __future__ import annotations

import warnings
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import pytest
from docglean.extractors.answers.validate import check_values, completed
from docglean.schemas.errors import SchemaError
from docglean.schemas.fields import Field as SchemaField
from docglean.schemas.schema import BUILT_IN, Schema, load_schema, schema_of
from docglean.schemas.wire.absence import written
from docglean.schemas.wire.dialects import DIALECTS, compile_schema, lint, plain
from docglean.schemas.wire.json_schema import model_from_json_schema
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field


def _object(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    told = {"type": "object", "properties": properties}
    return {**told, "required": list(required)} if required else told


def outcome(schema: Schema, found: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """What is written of values that were found, and the codes of problems by path."""
    values = completed(schema.root, found)
    problems = {one.path or "": one.code for one in check_values(schema, values)}
    return written(schema.root, values), problems


def breaches(document: dict[str, Any], values: Any) -> set[str]:
    """Where values break a schema, by another program than ours."""
    found = set()
    for error in Draft202012Validator(document).iter_errors(values):
        at = "".join(f"/{step}" for step in error.absolute_path)
        if error.validator == "required":
            found |= {f"{at}/{k}" for k in error.validator_value if k not in error.instance}
        else:
            found.add(at)
    return found


def holds(document: dict[str, Any], schema: Schema, found: Any) -> dict[str, str]:
    """Each breach is told, and where none is told there is none and the data loads."""
    values, problems = outcome(schema, found)
    for path in breaches(document, values):
        told = any(known == path or known.startswith(f"{path}/") for known in problems)
        assert told, (path, values, problems)
    if not problems:
        schema.model.model_validate(values)
    return problems


@pytest.mark.parametrize("name", BUILT_IN)
def test_built_in_schemas_take_what_is_written_of_an_empty_document(name: str) -> None:
    schema = load_schema(name)
    document = schema.model.model_json_schema(by_alias=True)
    assert holds(document, schema, {}) == {}


def test_an_optional_text_that_is_not_there_is_left_out() -> None:
    document = _object(("number",), number={"type": "string"}, note={"type": "string"})
    schema = schema_of(model_from_json_schema(document))
    values, problems = outcome(schema, {"number": "A1", "note": None})
    assert (values, problems) == ({"number": "A1"}, {})
    assert schema.model.model_validate(values).model_dump() == {"number": "A1", "note": None}


def test_a_required_one_is_missing() -> None:
    document = _object(("number",), number={"type": "string"}, note={"type": "string"})
    problems = holds(document, schema_of(model_from_json_schema(document)), {"note": "x"})
    assert problems == {"/number": "missing"}


@pytest.mark.parametrize(
    ("document", "found", "expected"),
    [
        (_object(a={"type": ["string", "null"]}), {}, {"a": None}),
        (_object(a={"type": "string", "nullable": True}), {}, {"a": None}),
        (_object(a={"type": "integer", "default": 3}), {}, {}),
        (_object(a={"enum": ["x", "y"]}), {}, {}),
        (_object(a={"enum": ["x", None]}), {}, {"a": None}),
        (_object(a={"const": "x"}), {}, {}),
        (_object(a={"type": "array", "items": {"type": "string"}}), {}, {"a": []}),
        (_object(a={"type": "array", "minItems": 1, "items": {"type": "string"}}), {}, {}),
        (_object(a={"type": ["array", "null"], "minItems": 1, "items": {"type": "string"}}), {},
         {"a": None}),
        # An object that needs what is not there is left out whole.
        (_object(a=_object(("b",), b={"type": "string"}, c={"type": "string"})), {}, {}),
        (_object(a=_object(b={"type": "string"})), {}, {}),
        (_object(("a",), a=_object(b={"type": "string"})), {}, {"a": {}}),
        (_object(a={"anyOf": [_object(("b",), b={"type": "string"}), {"type": "null"}]}), {},
         {"a": None}),
        (_object(rows={"type": "array",
                       "items": _object(a={"type": "number"}, b={"type": "string"})}),
         {"rows": [{"a": 1.5}, {"b": "x"}]}, {"rows": [{"a": 1.5}, {"b": "x"}]}),
    ],
)  # fmt: skip
def test_what_is_absent_is_said_as_the_schema_takes_it(
    document: dict[str, Any], found: Any, expected: Any
) -> None:
    schema = schema_of(model_from_json_schema(document))
    assert outcome(schema, found) == (expected, {})
    if '"nullable"' not in str(document).replace("'", '"'):  # which JSON Schema does not know
        assert breaches(document, expected) == set()


class Inner(BaseModel):
    name: str
    note: str | None = None


class Model(BaseModel):
    """Defaults that are no null, aliases, and objects that may be absent."""

    number: str
    kind: str = "invoice"
    total: Decimal = Decimal(0)
    count: Annotated[int, Field(ge=0)] = 0
    issued: date | None = None
    inner: Inner | None = None
    other: Inner = Field(default_factory=lambda: Inner(name="unknown"))
    tags: list[str] = Field(default=["none"], min_length=1, alias="Tags")
    rows: list[Inner] = []


MODEL = schema_of(Model)


@given(
    found=st.fixed_dictionaries(
        {},
        optional={
            "number": st.just("1") | st.none(),
            "kind": st.just("x") | st.none(),
            "total": st.just("1.50") | st.none(),
            "count": st.just(-1) | st.just(2) | st.none(),
            "issued": st.just("2024-01-02") | st.none(),
            "inner": st.none() | st.just({"name": "n"}) | st.just({"note": "n"}),
            "other": st.none() | st.just({"name": "n"}),
            "Tags": st.none() | st.just([]) | st.just(["a"]),
            "rows": st.just([{"name": "r"}]) | st.just([{"note": "r"}]),
        },
    )
)
def test_a_users_model_takes_what_is_written(found: dict[str, Any]) -> None:
    problems = holds(Model.model_json_schema(by_alias=True), MODEL, found)
    assert ("/number" in problems) == (found.get("number") is None)
    assert ("/count" in problems) == (found.get("count") == -1)


# --- drawn schemas -----------------------------------------------------------------------------

LEAVES: list[dict[str, Any]] = [
    {"type": "string"},
    {"type": "string", "minLength": 2},
    {"type": "string", "pattern": "^[A-Z]"},
    {"type": "string", "format": "date"},
    {"type": "number", "minimum": 0},
    {"type": "integer", "maximum": 9},
    {"type": "boolean"},
    {"enum": ["a", "b"]},
    {"enum": ["a", None]},
    {"enum": [0.5, 1.5]},
    {"const": "v1"},
    {"type": ["string", "null"]},
    {"type": "string", "default": "NA"},
    {"anyOf": [{"type": "integer"}, {"type": "string"}]},
    {"type": "string", "not": {"const": "X"}},
]
FOUND = st.sampled_from(
    [None, "", "a", "b", "X", "Abc", "v1", "2024-02-03", "1", "0.5", "12", True]
)


def _schemas(depth: int) -> st.SearchStrategy[dict[str, Any]]:
    leaf = st.sampled_from(LEAVES)
    inner = leaf
    if depth:
        nested = _schemas(depth - 1)
        listed = st.builds(
            lambda item, least: {"type": "array", "items": item, **least},
            leaf.filter(lambda one: "null" not in str(one) and "None" not in str(one)) | nested,
            st.sampled_from([{}, {"minItems": 1}, {"maxItems": 1}, {"uniqueItems": True}]),
        )
        inner = leaf | nested | listed

    def made(properties: dict[str, Any], required: list[str], more: dict[str, Any]) -> Any:
        kept = [name for name in dict.fromkeys(required) if name in properties]
        return {"type": "object", "properties": properties, "required": kept, **more}

    return st.builds(
        made,
        st.dictionaries(st.sampled_from("abcde"), inner, min_size=1, max_size=4),
        st.lists(st.sampled_from("abcde"), max_size=3),
        st.sampled_from([{}, {"additionalProperties": False}, {"minProperties": 1},
                         {"if": {"required": ["a"]}, "then": {"required": ["b"]}},
                         {"dependentRequired": {"a": ["c"]}}]),
    )  # fmt: skip


def _answers(field: SchemaField) -> st.SearchStrategy[Any]:
    """Answers of a model that keeps to the form that it is shown."""
    if field.shape == "object":
        keys = {child.name: _answers(child) for child in field.children}
        return st.fixed_dictionaries(keys)
    if field.shape == "list":
        return st.lists(_answers(field.item), max_size=3)
    return FOUND


@given(data=st.data(), document=_schemas(2))
def test_any_schema_takes_what_is_written_of_any_answer(
    data: st.DataObject, document: dict[str, Any]
) -> None:
    schema = schema_of(model_from_json_schema(document))
    answer = data.draw(_answers(schema.root))
    for dialect in ("openai", "anthropic"):
        decoded = compile_schema(schema, DIALECTS[dialect]).decode(answer)
        holds(document, schema, plain(decoded.data)[0])


# --- keywords that nobody can be asked for -----------------------------------------------------


@pytest.mark.parametrize(
    ("more", "wrong", "right"),
    [
        ({"if": {"properties": {"a": {"const": "x"}}}, "then": {"required": ["b"]}},
         {"a": "x"}, {"a": "x", "b": "y"}),
        ({"not": {"properties": {"a": {"const": "x"}}}}, {"a": "x"}, {"a": "y"}),
        ({"dependentSchemas": {"a": {"required": ["b"]}}}, {"a": "x"}, {"b": "x"}),
        ({"dependentRequired": {"a": ["b"]}}, {"a": "x"}, {"a": "x", "b": "y"}),
        ({"minProperties": 2}, {"a": "x"}, {"a": "x", "b": "y"}),
        ({"anyOf": [{"required": ["b"]}]}, {"a": "x"}, {"b": "x"}),
        ({"oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": "x", "b": "y"}, {"b": "y"}),
        ({"propertyNames": {"maxLength": 0}}, {"a": "x"}, {}),
    ],
)  # fmt: skip
def test_what_a_model_is_not_told_of_is_checked_and_named(
    more: dict[str, Any], wrong: Any, right: Any
) -> None:
    document = _object(a={"type": "string"}, b={"type": "string"}) | more
    schema = schema_of(model_from_json_schema(document))
    assert set(holds(document, schema, wrong).values()) <= {"breaks_schema", "missing"}
    assert holds(document, schema, wrong)
    assert holds(document, schema, right) == {}
    named = [p for p in lint(schema, DIALECTS["openai"]) if p.code == "keyword_checked"]
    assert next(iter(more)) in named[0].message


@pytest.mark.parametrize(
    ("leaf", "wrong", "right"),
    [
        ({"enum": [0.5, 1.5]}, 0.7, 1.5),
        ({"type": "string", "allOf": [{"minLength": 3}, {"maxLength": 5}]}, "ab", "abcd"),
        ({"type": "array", "items": {"type": "string"}, "uniqueItems": True}, ["a", "a"], ["a"]),
        ({"type": "array", "items": {"type": "string"}, "contains": {"const": "a"}}, ["b"], ["a"]),
        ({"type": "number", "allOf": [{"minimum": 5}, {"minimum": 0}]}, 3.0, 6.0),
        ({"type": "string", "not": {"enum": ["x"]}}, "x", "y"),
    ],
)
def test_bounds_of_single_values_that_were_dropped_hold(
    leaf: dict[str, Any], wrong: Any, right: Any
) -> None:
    document = _object(a=leaf)
    schema = schema_of(model_from_json_schema(document))
    assert holds(document, schema, {"a": wrong}) == {"/a": "breaks_schema"}
    assert holds(document, schema, {"a": right}) == {}


@pytest.mark.parametrize(
    "more",
    [
        {"patternProperties": {"^tax_": {"type": "number"}}},
        {"additionalProperties": {"type": "number"}},
        {"unevaluatedProperties": {"type": "number"}},
    ],
)
def test_values_that_are_never_looked_for_are_named_when_a_schema_is_loaded(
    more: dict[str, Any],
) -> None:
    document = _object(a={"type": "string"}, b=_object(c={"type": "string"}) | more)
    with pytest.warns(UserWarning, match=rf"{next(iter(more))} at /properties/b"):
        schema = schema_of(model_from_json_schema(document))
    codes = [one.code for one in lint(schema, DIALECTS["openai"])]
    assert codes.count("keyword_not_asked") == 1


def test_nothing_is_said_of_keywords_that_are_honoured() -> None:
    document = _object(
        a={"type": "string", "minLength": 1, "format": "date"},
        b={"type": "array", "items": {"$ref": "#/$defs/x"}, "maxItems": 3},
        properties={"type": "string", "description": "named as a keyword"},
        nullable={"type": "boolean"},
    ) | {"$defs": {"x": {"enum": ["a"]}}, "additionalProperties": False, "$comment": "none"}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        schema = schema_of(model_from_json_schema(document))
    assert [one.code for one in lint(schema, DIALECTS["openai"])] == []


@pytest.mark.parametrize(
    ("document", "code", "place"),
    [
        (_object(a={"$dynamicRef": "#x"}), "dynamic_reference", "/properties/a"),
        (_object(a={"$recursiveRef": "#"}), "dynamic_reference", "/properties/a"),
        (_object(a={"$ref": "#x"}) | {"$defs": {"y": {"$anchor": "x"}}}, "bad_reference", "/a"),
        (_object(a={"type": "string", "not": {"$ref": "http://x.example/s.json"}}),
         "bad_reference", "/properties/a/not"),
        (_object(a={"type": "string", "minLength": "two"}), "bad_json_schema", "minLength"),
        (_object(a={"type": "string"}) | {"patternProperties": {"(": {"type": "string"}}},
         "bad_pattern", "("),
    ],
)  # fmt: skip
def test_what_could_not_be_checked_is_refused(document: Any, code: str, place: str) -> None:
    with pytest.raises(SchemaError) as caught:
        model_from_json_schema(document)
    assert caught.value.code == code
    assert place in caught.value.message


def test_older_drafts_are_read_as_they_are_meant() -> None:
    old = {"type": "object", "properties": {
        "a": {"type": "number", "minimum": 3, "exclusiveMinimum": True}}}  # fmt: skip
    for document in (old, {**old, "$schema": "http://json-schema.org/draft-04/schema#"}):
        schema = schema_of(model_from_json_schema(document))
        assert outcome(schema, {"a": 3.0})[1] == {"/a": "breaks_schema"}
        assert outcome(schema, {"a": 3.5})[1] == {}
