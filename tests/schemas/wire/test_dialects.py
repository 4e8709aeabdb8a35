"""Schemas as each server's JSON Schema, and its answers back, nothing lost on the way."""

from __future__ import annotations

import copy
import json
from typing import Annotated, Any

import anthropic
import pytest
from docglean.schemas.errors import SchemaError
from docglean.schemas.fields import Printed
from docglean.schemas.kinds import Style
from docglean.schemas.schema import load_schemas, schema_of
from docglean.schemas.wire.dialects import (
    DIALECTS,
    Dialect,
    Row,
    compile_schema,
    groups,
    lint,
    plain,
)
from openai.lib._pydantic import _ensure_strict_json_schema
from pydantic import BaseModel, create_model
from pydantic import Field as PydanticField
from wire_rules import (
    ALL,
    ANSWER,
    ANTHROPIC,
    BILL,
    GEMINI,
    OPENAI,
    TRUTH,
    Line,
    check_grammar,
    check_vendor_rules,
    expanded,
)


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
    assert expanded(shared, shared["$defs"]) == inline


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
