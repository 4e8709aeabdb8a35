"""Schemas as each server's JSON Schema, and its answers back, nothing lost on the way."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import anthropic
import pytest
from docglean.schemas.errors import SchemaError
from docglean.schemas.fields import Field, Printed
from docglean.schemas.kinds import Code, Currency, Money, Style
from docglean.schemas.schema import Schema, load_schema, load_schemas, schema_of
from docglean.schemas.wire.dialects import (
    DIALECTS,
    Dialect,
    Row,
    compile_schema,
    groups,
    keys,
    lint,
    plain,
)
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from llguidance import LLMatcher, LLTokenizer
from openai.lib._pydantic import _ensure_strict_json_schema
from pydantic import BaseModel, create_model
from pydantic import Field as PydanticField

ALL = pytest.mark.parametrize("dialect", DIALECTS.values(), ids=DIALECTS)
ANTHROPIC, OPENAI, GEMINI = DIALECTS["anthropic"], DIALECTS["openai"], DIALECTS["gemini"]


class State(Enum):
    """Open or closed."""

    OPEN = "open"
    CLOSED = "closed"


class Line(BaseModel):
    """One position."""

    name: str | None = None
    price: Annotated[Decimal | None, Money(), Printed("Price", "Preis")] = None
    count: int | None = None
    tags: list[str] = []


class Firm(BaseModel):
    """A firm."""

    name: str
    vat: Annotated[str | None, Code()] = None


class Bill(BaseModel):
    """A bill."""

    number: str = PydanticField(description="Number of the bill", pattern="^R")
    issued: date | None = None
    at: datetime | None = None
    from_: time | None = PydanticField(None, alias="from")
    currency: Annotated[str | None, Currency()] = None
    paid: bool | None = None
    state: State | None = None
    level: Literal[1, 2, 3] | None = None
    share: float | None = PydanticField(None, ge=0, le=1)
    rank: int | str | None = None
    seller: Firm | None = None
    lines: list[Line] = PydanticField([], description="All positions")
    notes: list[str] = []


BILL = schema_of(Bill)

ANSWER: dict[str, Any] = {
    "number": "R1",
    "issued": "2024-05-03",
    "at": "2024-05-03T10:20:00",
    "from": "08:00:00",
    "currency": "EUR",
    "paid": True,
    "state": "open",
    "level": "2",
    "share": 0.5,
    "rank": "DNS",
    "seller": {"name": "Acme", "vat": None},
    "lines": [
        {"name": "bolt", "price": "1.50", "count": 3, "tags": ["a", "a"]},
        {"name": None, "price": "2.00", "count": None, "tags": []},
    ],
    "notes": ["one", "two"],
}
TRUTH = {**ANSWER, "level": 2}


# ── what is sent ──────────────────────────────────────────────────────────────────────────


def _nodes(form: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All schemas within a JSON Schema, definitions too."""
    yield form
    for inner in [
        *form.get("properties", {}).values(),
        *form.get("$defs", {}).values(),
        *form.get("anyOf", ()),
        *([form["items"]] if "items" in form else ()),
    ]:
        yield from _nodes(inner)


def _expanded(form: Any, definitions: dict[str, Any]) -> Any:
    """Without references: an independent way to count what limits count."""
    if isinstance(form, list):
        return [_expanded(inner, definitions) for inner in form]
    if not isinstance(form, dict):
        return form
    if "$ref" in form:
        return _expanded(definitions[form["$ref"].split("/")[-1]], definitions)
    return {key: _expanded(value, definitions) for key, value in form.items() if key != "$defs"}


def _depth(form: dict[str, Any]) -> int:
    inner = [*form.get("properties", {}).values(), *form.get("anyOf", ())]
    inner += [form["items"]] if "items" in form else []
    own = form.get("type") in ("object", "array")
    return own + max(map(_depth, inner), default=0)


@cache
def check_form(text: str) -> None:
    """It is JSON Schema; many dialects say the same, and looking takes long."""
    Draft202012Validator.check_schema(json.loads(text))


def check_vendor_rules(form: dict[str, Any], dialect: Dialect) -> None:
    """The rules that the vendors publish, counted here without the code under test."""
    check_form(json.dumps(form))
    if not dialect.references:
        assert "$defs" not in form
    whole = _expanded(form, form.get("$defs", {}))
    nodes = list(_nodes(whole))
    for node in nodes:
        assert set(node) <= {
            "type", "properties", "required", "additionalProperties", "items", "enum", "anyOf",
            "description",
        }  # fmt: skip
        if node.get("type") == "object":
            assert node["additionalProperties"] is False
            assert node["properties"]
            assert node["required"] == list(node["properties"])
            assert all(re.fullmatch(r"[A-Za-z0-9_.-]{1,64}", key) for key in node["properties"])
        if "anyOf" in node:
            assert dialect.nullable == "union"
            assert len(node["anyOf"]) == 2
            assert node["anyOf"][1] == {"type": "null"}
        elif "type" not in node:
            raise AssertionError(node)
    names = [key for node in nodes for key in node.get("properties", ())]
    values = [str(value) for node in nodes for value in node.get("enum", ())]
    assert len(names) <= min(dialect.properties, 5000)
    assert _depth(whole) <= dialect.depth
    assert sum(map(len, names + values)) <= 120_000
    assert len(values) <= min(dialect.enum_values, 1000)
    assert sum("anyOf" in node for node in nodes) <= dialect.unions
    for node in nodes:
        if len(node.get("enum", ())) > 250:
            assert sum(map(len, map(str, node["enum"]))) <= 15_000


BYTES = LLTokenizer("byte")


def check_grammar(form: dict[str, Any], answer: Any = None) -> None:
    """A real grammar engine (of llama.cpp, and of vLLM's guidance) takes the form and, held to
    it byte by byte, could write the answer."""
    grammar = LLMatcher.grammar_from_json_schema(json.dumps(form))
    assert LLMatcher.validate_grammar(grammar, BYTES) == ""
    if answer is not None:
        matcher = LLMatcher(BYTES, grammar)
        assert matcher.consume_tokens(BYTES.tokenize_str(json.dumps(answer, ensure_ascii=False))), (
            answer
        )
        assert matcher.is_accepting()


@ALL
@pytest.mark.parametrize("paged", [False, True])
def test_built_in_schemas_and_a_mixed_one_keep_every_vendors_rules(
    dialect: Dialect, paged: bool
) -> None:
    for schema in [*load_schemas(["auto"]), BILL]:
        for paths in groups(schema, dialect, paged=paged):
            wire = compile_schema(schema, dialect, paths=paths, paged=paged)
            check_vendor_rules(wire.json_schema, dialect)
            check_grammar(wire.json_schema)


@ALL
@pytest.mark.parametrize("paged", [False, True])
def test_the_vendors_own_transforms_change_nothing(dialect: Dialect, paged: bool) -> None:
    for schema in [*load_schemas(["auto"]), BILL]:
        for paths in groups(schema, dialect, paged=paged):
            form = compile_schema(schema, dialect, paths=paths, paged=paged).json_schema
            strict = copy.deepcopy(form)
            assert _ensure_strict_json_schema(strict, path=(), root=strict) == form
            theirs = anthropic.transform_schema(copy.deepcopy(form))
            assert _without_types_of_enums(theirs) == _without_types_of_enums(form)


def _without_types_of_enums(form: Any) -> Any:
    """Theirs drops the type beside an enum, which says the same."""
    if isinstance(form, list):
        return [_without_types_of_enums(inner) for inner in form]
    if not isinstance(form, dict):
        return form
    kept = {key: _without_types_of_enums(value) for key, value in form.items()}
    if isinstance(kept.get("enum"), list):
        kept.pop("type", None)
    return kept


def test_absent_is_null_in_a_union_and_empty_text_where_unions_are_scarce() -> None:
    union = compile_schema(BILL, OPENAI).json_schema["properties"]
    empty = compile_schema(BILL, ANTHROPIC).json_schema["properties"]
    null = {"type": "null"}
    assert union["paid"] == {"anyOf": [{"type": "boolean"}, null]}
    assert empty["paid"] == {"type": "string", "enum": ["true", "false", ""]}
    assert union["state"] == {"anyOf": [{"type": "string", "enum": ["open", "closed"]}, null]}
    assert empty["state"]["enum"] == ["open", "closed", ""]
    assert union["level"]["anyOf"][0] == {"type": "string", "enum": ["1", "2", "3"]}
    assert union["share"]["anyOf"][0] == {"type": "number"}
    # Text, so that 1.50 stays 1.50.
    assert union["lines"]["items"]["properties"]["price"]["anyOf"][0] == {"type": "string"}
    # Required or not: a value that is not there must have a way to be said.
    assert union["number"]["anyOf"][1] == null
    # Entries are never absent.
    assert union["notes"]["items"] == empty["notes"]["items"] == {"type": "string"}
    assert "enum" not in empty["currency"]


def test_descriptions_tell_what_the_grammar_does_not() -> None:
    properties = compile_schema(BILL, OPENAI).json_schema["properties"]
    words = {name: form.get("description", "") for name, form in properties.items()}
    assert words["number"] == "Number of the bill. Of the form ^R (regular expression)."
    assert words["issued"] == "Date as YYYY-MM-DD."
    assert "YYYY-MM-DDTHH:MM:SS" in words["at"]
    assert words["from"] == "Time as HH:MM:SS, 24 hours."
    assert words["share"] == "At least 0. At most 1."
    assert words["seller"] == "A firm."
    assert words["lines"] == "All positions"
    item = properties["lines"]["items"]
    assert item["description"] == "One position."
    assert item["properties"]["price"]["description"] == 'Often printed as "Price", "Preis".'


def test_a_model_is_told_a_few_labels_of_a_field() -> None:
    class Slip(BaseModel):
        """A slip."""

        number: Annotated[str | None, Printed("A", "B", "C", "D", "E")]

    number = compile_schema(schema_of(Slip), OPENAI).json_schema["properties"]["number"]
    assert number["description"] == 'Often printed as "A", "B", "C", "D".'


def test_paged_entries_say_first_where_they_start() -> None:
    class Group(BaseModel):
        """Holds a list."""

        name: str | None = None
        lines: list[Line] = []

    class Report(BaseModel):
        """Lists in a list."""

        groups: list[Group] = []
        names: list[str] = []

    form = compile_schema(schema_of(Report), OPENAI, paged=True).json_schema["properties"]
    group = form["groups"]["items"]["properties"]
    assert list(group) == ["_page", "_continued", "name", "lines"]
    line = group["lines"]["items"]["properties"]
    assert list(line) == ["_page", "_continued", "name", "price", "count", "tags"]
    assert line["_page"] == {"type": "integer"}
    tag = line["tags"]["items"]["properties"]
    assert list(tag) == ["_page", "value"]
    assert list(form["names"]["items"]["properties"]) == ["_page", "value"]
    assert "_page" not in json.dumps(compile_schema(schema_of(Report), OPENAI).json_schema)


def test_the_cells_of_a_row_stand_where_the_row_does() -> None:
    class Grid(BaseModel):
        """Lists of cells."""

        rows: list[list[str]] = []

    form = compile_schema(schema_of(Grid), OPENAI, paged=True).json_schema["properties"]
    row = form["rows"]["items"]["properties"]
    assert list(row) == ["_page", "value"]
    assert row["value"] == {"type": "array", "items": {"type": "string"}}


def test_an_empty_cell_keeps_its_column() -> None:
    class Grid(BaseModel):
        """Lists of cells."""

        rows: list[list[str]] = []
        figures: list[list[int | None]] = []
        notes: list[str] = []

    wire = compile_schema(schema_of(Grid), OPENAI)
    raw = {"rows": [["", "b", "", None], ["", ""]], "figures": [[1, None, 3]], "notes": ["", "a"]}
    decoded = wire.decode(raw)
    assert decoded.problems == ()
    assert plain(decoded.data)[0] == {
        "rows": [["", "b", "", ""], ["", ""]],
        "figures": [[1, None, 3]],
        "notes": ["a"],
    }


def test_only_the_paths_asked_for_are_sent_and_read() -> None:
    paths = frozenset({"/number", "/seller/vat", "/lines/*/price"})
    wire = compile_schema(BILL, OPENAI, paths=paths)
    assert list(wire.json_schema["properties"]) == ["number", "seller", "lines"]
    assert wire.paths == paths
    assert plain(wire.decode(ANSWER).data)[0] == {
        "number": "R1",
        "seller": {"vat": None},
        "lines": [{"price": "1.50"}, {"price": "2.00"}],
    }
    assert wire.hash != compile_schema(BILL, OPENAI).hash
    with pytest.raises(SchemaError, match="None of the fields"):
        compile_schema(BILL, OPENAI, paths=frozenset({"/nothing"}))


def test_compiling_is_cached_and_the_hash_is_of_what_is_sent() -> None:
    assert compile_schema(BILL, OPENAI) is compile_schema(BILL, OPENAI)
    assert compile_schema(BILL, OPENAI).hash == compile_schema(BILL, DIALECTS["vllm"]).hash
    assert compile_schema(BILL, OPENAI).hash != compile_schema(BILL, ANTHROPIC).hash


def test_objects_that_occur_often_are_written_once() -> None:
    class Report(BaseModel):
        """The same entries in two lists."""

        gains: list[Line] = []
        losses: list[Line] = []

    schema = schema_of(Report)
    shared = compile_schema(schema, OPENAI, paged=True).json_schema
    inline = compile_schema(schema, GEMINI, paged=True).json_schema
    assert shared["properties"]["gains"]["items"] == {"$ref": "#/$defs/Entry1"}
    assert list(shared["$defs"]) == ["Entry1"]
    assert _expanded(shared, shared["$defs"]) == inline


def test_names_that_servers_refuse_are_sent_by_another_name() -> None:
    model = create_model(
        "Odd",
        __doc__="Odd names.",
        a=(str | None, PydanticField(None, alias="Straße & Nr.", description="Where")),
        b=(str | None, PydanticField(None, alias="Straße _ Nr")),
        c=(str | None, PydanticField(None, alias="日付")),
        d=(list[str], PydanticField([], alias="_page")),
        e=(str | None, PydanticField(None, alias="x" * 100)),
    )
    schema = schema_of(model)
    truth = {"Straße & Nr.": "1", "Straße _ Nr": "2", "日付": "3", "_page": ["4"], "x" * 100: "5"}
    for dialect in DIALECTS.values():
        wire = compile_schema(schema, dialect, paged=True)
        check_vendor_rules(wire.json_schema, dialect)
        properties = wire.json_schema["properties"]
        assert 'Where. Named "Straße & Nr.".' in properties["Stra_e_Nr"]["description"]
        answer = dict(
            zip(properties, ["1", "2", "3", [{"_page": 1, "value": "4"}], "5"], strict=True)
        )
        assert plain(wire.decode(answer).data)[0] == truth
        assert [p.code for p in lint(schema, dialect)].count("renamed") == 5


# ── what comes back ───────────────────────────────────────────────────────────────────────


@ALL
def test_an_answer_comes_back_in_the_shape_of_the_schema(dialect: Dialect) -> None:
    decoded = compile_schema(BILL, dialect).decode(ANSWER)
    assert decoded.problems == ()
    assert plain(decoded.data) == (TRUTH, {})
    assert isinstance(decoded.data["lines"][0], Row)
    assert isinstance(decoded.data["lines"][0].value["tags"][0], Row)
    assert BILL.validate(plain(decoded.data)[0])[1] == []


@ALL
@pytest.mark.parametrize(
    "nothing", [{}, None, [], "", {"number": None}, {"number": "", "lines": ""}]
)
def test_nothing_comes_back_as_the_whole_shape_with_nothing_in_it(
    nothing: Any, dialect: Dialect
) -> None:
    decoded = compile_schema(BILL, dialect).decode(nothing)
    assert decoded.problems == ()
    assert decoded.data == {
        **dict.fromkeys(TRUTH),
        "seller": {"name": None, "vat": None},
        "lines": [],
        "notes": [],
    }


def test_printed_forms_and_wrong_types_are_brought_into_one_form() -> None:
    answer = {
        "number": 17,
        "issued": "03.05.2024",
        "paid": "yes",
        "state": "OPEN",
        "level": 3,
        "share": "0,5",
        "rank": 4,
        "seller": [{"name": "Acme"}],
        "lines": {"name": "bolt", "price": "1.234,50 €", "count": "3", "tags": "single"},
        "notes": json.dumps(["one"]),
        "extra": "dropped",
    }
    decoded = compile_schema(BILL, OPENAI).decode(answer, Style(decimal=",", day_first=True))
    assert decoded.problems == ()
    assert plain(decoded.data)[0] == {
        **dict.fromkeys(TRUTH),
        "number": "17",
        "issued": "2024-05-03",
        "paid": True,
        "state": "open",
        "level": 3,
        "share": 0.5,
        "rank": 4,
        "seller": {"name": "Acme", "vat": None},
        "lines": [{"name": "bolt", "price": "1234.50", "count": 3, "tags": ["single"]}],
        "notes": ["one"],
    }


def test_an_answer_wrapped_into_another_object_is_taken_out() -> None:
    for dialect in (OPENAI, DIALECTS["plain"]):
        decoded = compile_schema(BILL, dialect).decode({"bill": ANSWER})
        assert plain(decoded.data)[0] == TRUTH


@pytest.mark.parametrize(
    ("answer", "pointer", "kept"),
    [
        ({"issued": "soon"}, "/issued", "soon"),
        ({"level": "9"}, "/level", "9"),
        ({"lines": [{"name": "a"}, {"name": "b", "count": 1.5}]}, "/lines/1/count", 1.5),
        ({"lines": [None, {}, {"price": "about ten"}]}, "/lines/0/price", "about ten"),
        ({"seller": {"name": {"first": "A"}}}, "/seller/name", '{"first": "A"}'),
        ({"seller": "Acme"}, "/seller", {"name": None, "vat": None}),
        ({"notes": {"a": 1}}, "/notes", []),
    ],
)
def test_what_does_not_fit_is_kept_with_one_problem(
    answer: dict[str, Any], pointer: str, kept: Any
) -> None:
    decoded = compile_schema(BILL, OPENAI).decode(answer)
    (problem,) = decoded.problems
    assert (problem.code, problem.path, problem.severity) == ("breaks_schema", pointer, "error")
    found = plain(decoded.data)[0]
    for step in pointer.split("/")[1:]:
        found = found[int(step)] if isinstance(found, list) else found[step]
    assert found == kept


def test_pages_of_entries_come_back_beside_them() -> None:
    wire = compile_schema(BILL, OPENAI, paged=True)
    decoded = wire.decode(
        {
            "lines": [
                {"_page": 0, "_continued": True, "name": "end of bolt", "tags": ["x"]},
                {"_page": 4, "_continued": False, "name": "nut"},
                {"_page": "5", "name": "screw"},
                {"name": "no page"},
            ],
            "notes": [{"_page": 4, "value": "one"}, "bare", {"_page": 5, "value": None}],
        }
    )
    assert [(row.page, row.continued) for row in decoded.data["lines"]] == [
        (None, True),
        (4, False),
        (5, False),
        (None, False),
    ]
    assert decoded.data["notes"] == [Row("one", 4), Row("bare")]
    values, pages = plain(decoded.data)
    assert [line["name"] for line in values["lines"]] == ["end of bolt", "nut", "screw", "no page"]
    assert pages == {"/lines/1": 4, "/lines/2": 5, "/notes/0": 4}


def test_empty_entries_are_dropped_unless_their_other_fields_are_asked_elsewhere() -> None:
    answer = {"lines": [{"name": "", "price": ""}, {"name": "b", "price": "1"}]}
    whole = compile_schema(BILL, OPENAI).decode(answer)
    assert [row.value["name"] for row in whole.data["lines"]] == ["b"]
    part = compile_schema(BILL, OPENAI, paths=frozenset({"/lines/*/name", "/lines/*/price"}))
    assert [row.value["name"] for row in part.decode(answer).data["lines"]] == [None, "b"]


# ── groups of fields ──────────────────────────────────────────────────────────────────────


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


# ── any model, any answer ─────────────────────────────────────────────────────────────────

NAMES = st.sampled_from(
    ["number", "issued", "total", "name", "Straße", "rows", "value", "type", "items", "enum",
     "properties", "a b", "$ref", "anyOf", "description", "x.y", "class"]
)  # fmt: skip
TYPES = st.sampled_from(
    [str, int, float, Decimal, bool, date, datetime, time, State, Literal["a", "b c"],
     Literal[1, 2], int | str, Annotated[str, Code()], Annotated[Decimal, Money()]]
)  # fmt: skip


@st.composite
def models(draw: st.DrawFn, depth: int = 3) -> type[BaseModel]:
    """A model of up to five fields, with objects and lists of them up to `depth` levels deep."""
    fields: dict[str, Any] = {}
    for index, name in enumerate(draw(st.lists(NAMES, min_size=1, max_size=5, unique=True))):
        inner: Any = draw(TYPES)
        if depth > 1 and draw(st.booleans()):
            inner = draw(models(depth=depth - 1))
        annotation = draw(
            st.sampled_from(
                [inner, inner | None, list[inner], list[inner] | None, list[list[inner]]]
            )
        )
        fields[f"f{index}"] = (annotation, PydanticField(alias=name))
    return create_model("Any" + str(depth), __doc__="Any.", **fields)


TEXTS = st.text(st.characters(categories=["L"]), min_size=1, max_size=8).filter(
    lambda text: text == text.strip() and text.casefold() not in ("null", "none", "nan", "inf")
)
CODES = st.from_regex(r"[A-Z]{2}-\d{3}", fullmatch=True)
NUMBERS = st.decimals(-(10**9), 10**9, places=2).map(lambda number: format(number + 0, "f"))


def leaf_truths(field: Field) -> st.SearchStrategy[Any]:
    """JSON values that a leaf can hold."""
    base = field.annotation
    if base == (int | str):
        # A word that no number could be read into; digits are a number.
        return st.integers(0, 999) | st.sampled_from(["DNS", "third place", "N/A"])
    if isinstance(base, type) and issubclass(base, Enum):
        return st.sampled_from([member.value for member in base])
    if getattr(base, "__origin__", None) is Literal:
        return st.sampled_from(base.__args__)
    return {
        str: CODES if isinstance(field.kind, Code) else TEXTS,
        int: st.integers(-(10**12), 10**12),
        float: st.decimals(-10**6, 10**6, places=3).map(float),
        Decimal: NUMBERS,
        bool: st.booleans(),
        date: st.dates(date(1900, 1, 1), date(2100, 1, 1)).map(date.isoformat),
        datetime: st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)).map(
            lambda moment: moment.replace(microsecond=0).isoformat()
        ),
        time: st.times().map(lambda clock: clock.replace(microsecond=0).isoformat()),
    }[base]  # fmt: skip


def truths(field: Field, *, entry: bool = False) -> st.SearchStrategy[Any]:
    """Data in a field's shape; entries of lists say something."""
    if field.shape == "value":
        return leaf_truths(field) if entry else st.none() | leaf_truths(field)
    if field.shape == "list":
        return st.lists(truths(field.item, entry=True), min_size=int(entry), max_size=3)
    whole = st.fixed_dictionaries({child.name: truths(child) for child in field.children})
    return whole.filter(_says_something) if entry else whole


def _says_something(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_says_something, value.values()))
    return bool(value) if isinstance(value, list) else value is not None


def write_answer(
    form: dict[str, Any], definitions: dict[str, Any], field: Field, value: Any, page: int
) -> Any:
    """What a perfect reader answers: stands in for the model, and reads only the form sent."""
    if "$ref" in form:
        form = definitions[form["$ref"].split("/")[-1]]
    if field.shape != "object" and form.get("type") == "object":
        inner = write_answer(form["properties"]["value"], definitions, field, value, page)
        # Before it may stand "_continued".
        return {**dict.fromkeys(form["required"], False), "_page": page, "value": inner}
    if field.shape == "list":
        return [
            write_answer(form["items"], definitions, field.item, entry, page + index)
            for index, entry in enumerate(value)
        ]
    if field.shape == "object":
        own = {key: key for key in form["properties"]}
        answer: dict[str, Any] = {}
        if "_page" in own and "_page" not in value:
            answer["_page"] = page
            own.pop("_page")
            if "_continued" in own:
                answer["_continued"] = own.pop("_continued") is None
        # Keys come in declared order, renamed or not; those not asked for are left out.
        asked = [child for child in field.children if _key_of(child, form, definitions) in own]
        for child in asked:
            key = _key_of(child, form, definitions)
            answer[key] = write_answer(
                form["properties"][key], definitions, child, value[child.name], page
            )
        return answer
    options = form.get("anyOf", [form])
    if value is None:
        return None if len(options) > 1 else ""
    written = options[0]
    if written["type"] == "string" and not isinstance(value, str):
        return json.dumps(value)
    return value


def _key_of(child: Field, form: dict[str, Any], definitions: dict[str, Any]) -> str | None:
    for key, inner in form["properties"].items():
        inner = definitions[inner["$ref"].split("/")[-1]] if "$ref" in inner else inner
        if key == child.name or f'Named "{child.name}".' in inner.get("description", ""):
            return key
    return None


def unite(parts: list[Any]) -> Any:
    """Answers to groups of fields as one: rows by their place, all else by name."""
    first = parts[0]
    if isinstance(first, dict):
        names = dict.fromkeys(name for part in parts for name in part)
        return {name: unite([part[name] for part in parts if name in part]) for name in names}
    if isinstance(first, list):
        return [unite(list(entries)) for entries in zip(*parts, strict=True)]
    return first


@pytest.mark.slow
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    data=st.data(),
    dialect=st.sampled_from(list(DIALECTS.values())),
    paged=st.booleans(),
    leaves=st.sampled_from([5, 9, 100]),
)
def test_a_true_answer_to_any_model_comes_back_as_the_truth(
    data: st.DataObject, dialect: Dialect, paged: bool, leaves: int
) -> None:
    schema = schema_of(data.draw(models()))
    truth = data.draw(truths(schema.root))
    tight = replace(dialect, leaves=leaves)
    try:
        parts = groups(schema, tight, paged=paged)
    except SchemaError as error:
        # Keys of nested entries alone may be more than so few leaves.
        assume(error.code != "unsendable" or leaves > 9)
        raise
    answers = []
    for paths in parts:
        wire = compile_schema(schema, tight, paths=paths, paged=paged)
        form = wire.json_schema
        check_vendor_rules(form, tight)
        answer = write_answer(form, form.get("$defs", {}), schema.root, truth, 1)
        Draft202012Validator(form).validate(answer)
        check_grammar(form, answer)
        decoded = wire.decode(json.loads(json.dumps(answer)))
        assert decoded.problems == ()
        values, pages = plain(decoded.data)
        assert bool(pages) == (paged and any(isinstance(v, list) and v for v in _lists(values)))
        answers.append(values)
    assert unite(answers) == truth


def _lists(values: Any) -> Iterator[Any]:
    if isinstance(values, dict):
        for inner in values.values():
            yield inner
            yield from _lists(inner)


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*TRUTH, "name", "price", "_page", "value"]), inner)
        ),
        max_leaves=20,
    )
)
def test_no_answer_breaks_decoding(raw: Any) -> None:
    for paged in (False, True):
        decoded = compile_schema(BILL, OPENAI, paged=paged).decode(raw)
        values, _ = plain(decoded.data)
        assert set(values) == set(TRUTH)
        assert isinstance(values["seller"], dict)
        assert all(set(line) == {"name", "price", "count", "tags"} for line in values["lines"])
        json.dumps(values)
