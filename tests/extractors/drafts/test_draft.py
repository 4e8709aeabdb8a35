"""Drafts as files: what recurs is in them, they load, and nothing that a page prints is code."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from docglean.extractors.drafts.asked import merge_answers
from docglean.extractors.drafts.draft import drafted
from docglean.extractors.drafts.findings import Findings, FoundPair, FoundTable
from docglean.extractors.drafts.merge import least_documents, merge
from docglean.schemas.errors import SchemaError
from docglean.schemas.schema import Schema, load_schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

BOX = (0.0, 0.0, 10.0, 10.0)


def _found(*pairs: tuple[str, str], tables: tuple[FoundTable, ...] = ()) -> Findings:
    return Findings(tuple(FoundPair(*one, 1, BOX, True) for one in pairs), tables)


def _loaded(source: str, folder: Path) -> Schema:
    path = folder / "draft_of_a_test.py"
    path.write_text(source, encoding="utf-8")
    return load_schema(f"{path}:Draft")


TABLE = FoundTable(("Bay", "Keeper", "Checked"), (("A1", "B2"), ("Ann", "Bob"), ("1.2.2026",)))


def test_what_recurs_is_drafted_and_what_does_not_is_not(tmp_path: Path) -> None:
    documents = [
        (None, _found(("Berth", "B-17"), ("Moored", "1 May 2026"), tables=(TABLE,))),
        (None, _found(("Berth:", "B-9"), ("Moored", "2 May 2026"), ("Once", "x"), tables=(TABLE,))),
        (None, _found(("BERTH", "C-1"))),
    ]
    found = drafted(merge(documents), "draft", 3)
    schema = _loaded(found.source(), tmp_path)
    leaves = {leaf.path: leaf for leaf in schema.root.leaves()}
    assert {path: type(leaf.kind).__name__ for path, leaf in leaves.items()} == {
        "/berth": "Code",
        "/moored": "Day",
        "/rows/*/bay": "Code",
        "/rows/*/keeper": "Text",
        "/rows/*/checked": "Day",
    }
    assert leaves["/berth"].labels == ("Berth",)
    assert '# in 2 of 3: "1 May 2026"' in found.source()


def test_columns_that_are_called_like_built_in_ones_are_theirs() -> None:
    table = FoundTable(("Beschreibung", "Menge", "Gesamt"), (("Rohr",), ("2",), ("10,00",)))
    [lines] = drafted(merge([(None, _found(tables=(table,)))]), "draft", 1).fields
    assert lines.many
    assert {"description", "quantity"} <= {one.name for one in lines.children}


def test_a_column_means_in_its_list_what_the_built_in_one_means() -> None:
    heads = ("Description", "Qty", "Unit price", "Amount")
    table = FoundTable(heads, (("Pipe",), ("2",), ("5.00",), ("10.00",)))
    [lines] = drafted(merge([(None, _found(tables=(table,)))]), "draft", 1).fields
    assert [one.name for one in lines.children] == [
        *("description", "quantity", "unit_price", "line_total")
    ]


def test_what_one_of_two_documents_captions_is_left_out() -> None:
    table = FoundTable(("Description", "Qty", "Rack"), (("Pipe",), ("2",), ("B",)))
    plain = FoundTable(("Description", "Qty"), (("Pipe",), ("2",)))
    documents = [
        (None, _found(("Berth", "B-17"), ("Once", "x"), tables=(table, TABLE))),
        (None, _found(("Berth:", "B-9"), tables=(plain,))),
    ]
    berth, lines = drafted(merge(documents), "draft", 2).fields
    assert berth.name == "berth"
    assert [one.name for one in lines.children] == ["description", "quantity"]


def test_in_how_many_documents_a_field_has_to_be() -> None:
    assert [least_documents(count) for count in (1, 2, 3, 6, 10)] == [1, 1, 2, 2, 3]


def test_nothing_in_common_is_said() -> None:
    with pytest.raises(SchemaError) as caught:
        drafted(merge([(None, Findings())]), "draft", 1)
    assert caught.value.code == "nothing_recurs"


def test_names_that_python_or_pydantic_has_are_changed(tmp_path: Path) -> None:
    names = ("class", "copy", "date", "str", "model_config", "datetime", "2nd", "Größe", "日付")
    found = drafted(merge([(None, _found(*((name, "1.2.2026") for name in names)))]), "draft", 1)
    schema = _loaded(found.source(), tmp_path)
    assert [child.name for child in schema.root.children] == [
        *("class_", "copy_", "date", "str_", "model_config_", "datetime_", "field_2nd", "größe"),
        "日付",
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    captions=st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=4),
    value=st.text(max_size=60)
    | st.sampled_from(['"""', "\\", "'''\nimport os", "\x00", "\u2028x", "# \r\nboom()"]),
)
def test_whatever_pages_print_the_draft_declares_models_and_nothing_else(
    captions: list[str], value: str
) -> None:
    told = drafted(merge([(None, _found(*((one, value) for one in captions), ("x", "1")))]),
                   "draft", 1)  # fmt: skip
    tree = ast.parse(told.source())
    kinds = {type(one) for one in tree.body}
    assert kinds <= {ast.Expr, ast.Import, ast.ImportFrom, ast.ClassDef}
    [model] = [one for one in tree.body if isinstance(one, ast.ClassDef)]
    assert {type(one) for one in model.body} == {ast.AnnAssign}
    calls = {one.func.id for one in ast.walk(model)
             if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)}  # fmt: skip
    assert calls <= {"Printed", "Field", "Text", "Code", "Number", "Money", "Day", "Name", "Check",
                     "Currency", "Country", "Clock", "Moment"}  # fmt: skip


def test_answers_of_a_model_are_merged(tmp_path: Path) -> None:
    berth = {"name": "berth", "kind": "code", "caption": "Berth", "meaning": "Where it lies now."}
    bay = {"name": "bay", "kind": "text", "column_of": "bays", "caption": None}
    answers = [
        {"fields": [berth, bay, {"name": "1?", "kind": "text"}]},
        {"fields": [{**berth, "caption": "Liegeplatz"}, bay]},
        {"fields": [{"name": "alone", "kind": "int"}]},
    ]
    source = drafted(merge_answers(answers), "draft", 3).source()
    leaves = {leaf.path: leaf for leaf in _loaded(source, tmp_path).root.leaves()}
    assert list(leaves) == ["/berth", "/bays/*/bay"]
    assert leaves["/berth"].labels == ("Berth", "Liegeplatz")
    assert leaves["/berth"].description == "Where it lies now."
