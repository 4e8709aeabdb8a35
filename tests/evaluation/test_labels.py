"""Labels: what is labelled empty and what is not labelled, and that nobody's work is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from docglean.evaluation.label_drafts import add_drafts
from docglean.evaluation.labels import (
    Label,
    LabelSet,
    canonical,
    field_at,
    file_hash,
    pointer_of,
    put,
    read_labels,
    write_labels,
)
from docglean.schemas.errors import ConfigError
from docglean.schemas.kinds import Style
from docglean.schemas.schema import load_schema
from hypothesis import given
from hypothesis import strategies as st

ROOT = load_schema("invoice").root


def test_null_and_absent_are_kept_apart_on_disk(tmp_path: Path) -> None:
    label = Label(
        id="a", file="a.pdf", schema="invoice", expected={"due_date": None, "line_items": []}
    )
    path = write_labels(tmp_path, [label])
    [read] = read_labels(path)
    assert read == label
    assert read.expected["due_date"] is None
    assert "iban" not in read.expected
    assert json.loads(path.read_text()) == {
        "version": 1, "id": "a", "file": "a.pdf", "schema": "invoice",
        "expected": {"due_date": None, "line_items": []},
    }  # fmt: skip


def test_values_get_the_types_of_the_schema() -> None:
    values, wrong = canonical(
        ROOT,
        {
            "issue_date": "04/12/2017",
            "grand_total": "RM 1,234.50",
            "seller_name": None,
            "line_items": [{"quantity": 2, "line_total": 7.5}],
            "colour": "red",
            "net_total": "a lot",
        },
        Style(decimal=".", day_first=True),
    )
    assert values["issue_date"] == "2017-12-04"
    assert values["grand_total"] == "1234.50"
    assert values["seller_name"] is None
    assert values["line_items"] == [{"quantity": "2", "line_total": "7.5"}]
    assert set(wrong) == {"/colour", "/net_total"}
    assert values["net_total"] == "a lot"


@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        ("total", "/total"),
        ("seller.name", "/seller/name"),
        ("lines[0].total", "/lines/0/total"),
        ("lines.12.total", "/lines/12/total"),
        ("/lines/0/total", "/lines/0/total"),
    ],
)
def test_paths_are_pointers(path: str, pointer: str) -> None:
    assert pointer_of(path) == pointer


def test_fields_are_found_by_pointer() -> None:
    found = field_at(ROOT, "/line_items/3/line_total")
    assert found is not None
    assert found.path == "/line_items/*/line_total"
    assert field_at(ROOT, "/line_items/3/colour") is None


NAMES = st.sampled_from(["a", "b", "c"])
TREES = st.recursive(
    st.integers(0, 9), lambda inner: st.dictionaries(NAMES, inner, min_size=1), max_leaves=5
).filter(lambda tree: isinstance(tree, dict))


@given(TREES)
def test_a_tree_can_be_put_together_value_by_value(tree: dict[str, object]) -> None:
    def leaves(value: object, pointer: str = "") -> list[tuple[str, object]]:
        if isinstance(value, dict):
            return [
                leaf for name, inner in value.items() for leaf in leaves(inner, f"{pointer}/{name}")
            ]
        return [(pointer, value)]

    built: dict[str, object] = {}
    for pointer, value in leaves(tree):
        put(built, pointer, value)
    assert built == tree


def test_entries_of_lists_may_come_in_any_order() -> None:
    built: dict[str, object] = {}
    put(built, "/lines/1/total", 2)
    put(built, "/lines/0/total", 1)
    assert built == {"lines": [{"total": 1}, {"total": 2}]}
    with pytest.raises(ValueError, match="does not fit"):
        put(built, "/lines/name", 3)


def test_a_line_that_is_no_label_is_named(tmp_path: Path) -> None:
    path = tmp_path / "labels.jsonl"
    path.write_text('{"id": "a", "file": "a.pdf", "schema": "invoice"}\n{"id": "b"}\n')
    with pytest.raises(ConfigError, match=r"line 2, is not a label: .*file"):
        list(read_labels(path))
    path.write_text('{"id": "a", "file": "a.pdf", "schema": "invoice", "expcted": {}}\n')
    with pytest.raises(ConfigError, match="expcted"):
        list(read_labels(path))


def test_what_a_person_has_checked_is_never_replaced_by_a_draft(tmp_path: Path) -> None:
    checked = Label(id="a", file="a.pdf", schema="invoice", expected={"iban": "X"})
    old = Label(id="b", file="b.pdf", schema="invoice", drafted_by="local")
    write_labels(tmp_path, [checked, old])
    drafts = [
        Label(id=name, file=f"{name}.pdf", schema="invoice", expected={"iban": "Y"}, drafted_by="m")
        for name in "abc"
    ]
    path, kept = add_drafts(tmp_path, drafts)
    assert kept == 1
    assert {one.id: one.expected for one in read_labels(path)} == {
        "a": {"iban": "X"},
        "b": {"iban": "Y"},
        "c": {"iban": "Y"},
    }


def test_the_hash_of_a_set_changes_with_labels_and_documents(tmp_path: Path) -> None:
    def digest(label: Label) -> str:
        return LabelSet("s", tmp_path, "docglean", (label,)).hash

    label = Label(id="a", file="a.pdf", schema="invoice", expected={"iban": "X"})
    (tmp_path / "a.pdf").write_bytes(b"one")
    first = digest(label)
    assert digest(label) == first
    assert digest(label.model_copy(update={"expected": {"iban": "Z"}})) != first
    (tmp_path / "a.pdf").write_bytes(b"another")
    assert digest(label) != first


def test_a_draft_says_what_was_found_and_leaves_out_what_was_not(tmp_path: Path) -> None:
    """That a document has no such value is for a person to say."""
    from docglean.evaluation.label_drafts import draft
    from docglean.extractors.extraction import Extraction, SourceRecord

    found = Extraction[object](
        document=SourceRecord(name="x.pdf", uri="file:///x.pdf"), engine="local", status="ok",
        data={
            "a": "1", "b": None, "c": [], "d": {"e": None}, "f": {"g": False, "h": None},
            "rows": [{"i": None}, {"i": 0, "j": None}], "grid": [["x", ""], [""]],
        },
    )  # fmt: skip
    label = draft(found, tmp_path / "x.pdf", tmp_path, "s.json", "x.pdf")
    assert label.expected == {
        "a": "1", "f": {"g": False}, "rows": [{}, {"i": 0}], "grid": [["x", ""], [""]]
    }  # fmt: skip
    assert (label.drafted_by, label.checked_by) == ("local", ())


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="no such device here")
def test_a_device_has_no_hash() -> None:
    assert file_hash(Path("/dev/zero")) == ""
