"""What is reviewed: run folders, several of them, labels; and that nobody's code runs for that."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from docglean.evaluation.labels import Label, read_labels
from docglean.schemas.errors import ConfigError, SchemaError
from docglean.schemas.schema import load_schema
from made_runs import LINES, RECEIPT, result, run_of, said

from docglean.review.desk import Desk
from docglean.review.faults import NotThere
from docglean.review.known_schema import given_schemas
from docglean.review.labels_docket import LabelsDocket
from docglean.review.run_docket import RunDocket, RunsDocket

VALUES = {"company": "ACME", "total": "12.00", "line_items": LINES}


def test_a_run_s_documents_keep_their_ids_and_their_order(tmp_path: Path) -> None:
    names = ["b.pdf", "in/a.pdf", "in/c.pdf"]
    folder = run_of(tmp_path / "out", *(result(name, VALUES) for name in names))
    docket = RunDocket(folder)
    entries = {entry.place: entry for entry in (docket.read(one.id) for one in docket.listed())}
    assert [entries[place].result.document.name for place in range(3)] == names
    assert {one.id for one in RunDocket(folder).listed()} == {one.id for one in entries.values()}
    assert docket.kind == "run"
    assert docket.name == "out"


def test_a_document_that_is_read_again_has_another_stamp_and_the_same_id(tmp_path: Path) -> None:
    folder = run_of(tmp_path / "out", result("a.pdf", VALUES))
    docket = RunDocket(folder)
    [before] = docket.listed()
    run_of(folder, result("a.pdf", VALUES | {"total": "13.00"}))
    [after] = docket.listed()
    assert after.id == before.id
    assert after.stamp != before.stamp
    assert docket.read(after.id).result.values["total"] == "13.00"


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    folder = run_of(tmp_path / "out", result("a.pdf", VALUES))
    docket = RunDocket(folder)
    with pytest.raises(NotThere):
        docket.read("../../etc/passwd")
    [one] = docket.listed()
    file = folder / "documents" / "a.pdf.json"
    whole = file.read_text("utf-8")
    for text in ("{", whole.replace('"12.00"', "1e999"), whole.replace('"12.00"', "NaN")):
        file.write_text(text, "utf-8")
        with pytest.raises(NotThere, match="no result"):
            docket.read(one.id)


@pytest.mark.parametrize("damage", ["nothing", "no_documents", "no_json", "later"])
def test_a_folder_that_is_no_run_is_refused_with_a_way_out(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "out"
    if damage != "nothing":
        run_of(folder, result("a.pdf", VALUES))
    if damage == "no_documents":
        (folder / "documents" / "a.pdf.json").unlink()
        (folder / "documents").rmdir()
    if damage == "no_json":
        (folder / "run.json").write_text("{")
    if damage == "later":
        (folder / "reviews.jsonl").write_text('{"version": 99}\n')
    with pytest.raises(ConfigError) as refused:
        RunDocket(folder)
    assert str(folder) in refused.value.message
    assert refused.value.way_out


def test_below_what_a_run_asked_for_is_known(tmp_path: Path) -> None:
    folder = run_of(tmp_path / "out", result("a.pdf", VALUES), options={"review_below": 0.6})
    docket = RunDocket(folder)
    assert docket.read(docket.listed()[0].id).below == 0.6


ORDER = """
from pathlib import Path
from pydantic import BaseModel
Path(__file__).with_name("ran").touch()
class Order(BaseModel):
    number: str | None = None
    total: float | None = None
"""


@pytest.fixture
def sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with results and the code that they name, as a stranger may send it."""
    monkeypatch.chdir(tmp_path)
    code = tmp_path / "order.py"
    code.write_text(ORDER)
    schema = load_schema("order.py:Order")
    (tmp_path / "ran").unlink()
    run_of(
        tmp_path / "out", result("a.pdf", {"number": "7", "total": 1.5}, schema=schema),
        schemas=(schema,), options={"schemas": ["order.py:Order"]},
    )  # fmt: skip
    return tmp_path


def test_no_code_that_a_result_names_is_run(sent: Path) -> None:
    docket = RunDocket(sent / "out")
    known = docket.read(docket.listed()[0].id).known
    assert known.schema is None
    assert "--schema order.py:Order" in known.note
    assert [(field.name, field.annotation) for field in known.root.children] == [
        ("number", str), ("total", float)
    ]  # fmt: skip
    assert not (sent / "ran").exists()


def test_code_that_was_named_to_us_is(sent: Path) -> None:
    docket = RunDocket(sent / "out", given_schemas(["order.py:Order"]))
    known = docket.read(docket.listed()[0].id).known
    assert known.schema is not None
    assert known.note == ""


def test_a_json_schema_where_the_run_says_is_known_by_its_hash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    shape = {"title": "Slip", "type": "object", "properties": {"number": {"type": "string"}}}
    Path("slip.json").write_text(json.dumps(shape))
    schema = load_schema("slip.json")
    run_of(
        tmp_path / "out", result("a.pdf", {"number": "7"}, schema=schema), schemas=(schema,),
        options={"schemas": ["slip.json"]},
    )  # fmt: skip
    docket = RunDocket(tmp_path / "out")
    [one] = docket.listed()
    assert docket.read(one.id).known.schema == schema
    shape["properties"]["total"] = {"type": "number"}
    Path("slip.json").write_text(json.dumps(shape))
    changed = RunDocket(tmp_path / "out").read(one.id).known
    assert changed.schema is None
    assert [field.name for field in changed.root.children] == ["number"]


def test_where_nothing_is_written_down_values_tell_the_fields(tmp_path: Path) -> None:
    schema = load_schema("receipt")
    folder = run_of(tmp_path / "out", result("a.pdf", VALUES, schema=schema), schemas=())
    told = json.loads((folder / "documents" / "a.pdf.json").read_text())
    told["schema"]["hash"] = "of another time"
    (folder / "documents" / "a.pdf.json").write_text(json.dumps(told))
    docket = RunDocket(folder)
    known = docket.read(docket.listed()[0].id).known
    assert [field.name for field in known.root.children] == ["company", "total", "line_items"]
    assert known.schema is None
    assert known.note


def test_all_runs_below_a_folder_with_ids_of_their_own(tmp_path: Path) -> None:
    for name in ("monday", "tuesday/late"):
        run_of(tmp_path / "runs" / name, result("a.pdf", VALUES))
    (tmp_path / "runs" / "broken" / "documents").mkdir(parents=True)
    (tmp_path / "runs" / "broken" / "run.json").write_text("{")
    docket = RunsDocket(tmp_path / "runs")
    entries = [docket.read(one.id) for one in docket.listed()]
    assert sorted(entry.run for entry in entries) == ["monday", "tuesday/late"]
    assert len({entry.id for entry in entries}) == 2
    assert [path.name for path in docket.faults] == ["broken"]
    Desk().take(entries[0], "ann", 0, [said(entries[0].result, "done")])
    assert Desk().reviewed(entries[0], "ann").extraction.status == "reviewed"
    assert Desk().reviewed(entries[1], "ann").extraction.status != "reviewed"
    run_of(tmp_path / "runs" / "wednesday", result("b.pdf", VALUES))
    assert len(docket.listed()) == 3
    with pytest.raises(ConfigError, match="no folder below it"):
        RunsDocket(tmp_path / "runs" / "monday" / "tables")


# ── labels ────────────────────────────────────────────────────────────────────────────────

DRAFT = {
    "version": 1, "id": "a", "file": "docs/a.pdf", "schema": "receipt",
    "expected": {"company": "ACME", "total": "12.00", "line_items": LINES},
    "tags": {"language": "en"}, "accept": {"/total": ["12"], "/company": ["Acme"]},
    "boxes": {"/company": [{"page": 1}]}, "drafted_by": "local", "of_a_later_version": [1],
}  # fmt: skip
OTHER = '{"id":"b",   "file": "docs/b.pdf", "schema": "receipt", "expected": {"total": "1.00"}}\n'


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    folder = tmp_path / "labels"
    (folder / "docs").mkdir(parents=True)
    (folder / "docs" / "a.pdf").write_bytes(b"a")
    (folder / "labels.jsonl").write_text(json.dumps(DRAFT) + "\n\n" + OTHER)
    return folder


def sign(folder: Path, *events: tuple[str, str, dict[str, Any]], id: str = "a") -> dict[str, Any]:
    """Do this to a label, sign it off, and what its line says then."""
    docket = LabelsDocket(folder)
    entry = next(
        entry for entry in map(docket.read, (one.id for one in docket.listed()))
        if entry.result.document.name == id
    )  # fmt: skip
    desk = Desk()
    revision = desk.reviewed(entry, "ann").revision
    told = [said(entry.result, action, path, **more) for action, path, more in events]
    found = desk.take(entry, "ann", revision, [*told, said(entry.result, "done")]).extraction
    docket.sign(entry.id, found, {1: (200.0, 100.0)})
    lines = (folder / "labels.jsonl").read_text().splitlines()
    return next(one for one in map(json.loads, filter(None, lines)) if one["id"] == id)


def test_what_was_looked_at_is_labelled_and_nothing_else(labels: Path) -> None:
    label = sign(
        labels,
        ("confirm", "/company", {}),
        ("set", "/total", {"new": "13.00", "box": {"page": 1, "box": [20, 10, 60, 20]}}),
        ("absent", "/tax_total", {}),
        ("confirm", "/line_items/0/quantity", {}),
    )
    assert label["expected"] == {"company": "ACME", "total": "13.00", "tax_total": None}
    assert "drafted_by" not in label
    assert label["checked_by"] == ["ann"]
    assert date.fromisoformat(label["checked_at"])
    assert label["boxes"] == {
        "/company": [{"page": 1}], "/total": [{"page": 1, "box": [0.1, 0.1, 0.3, 0.2]}]
    }  # fmt: skip
    assert label["accept"] == {"/company": ["Acme"]}, "what was right of another value is not kept"


def test_a_list_is_labelled_where_somebody_says_that_its_entries_are_all(labels: Path) -> None:
    label = sign(labels, ("confirm", "/line_items", {}), ("confirm", "/line_items/1/quantity", {}))
    assert label["expected"] == {"line_items": [{}, {"quantity": "1"}]}


def test_a_list_of_a_signed_document_is_labelled_where_all_its_values_were_looked_at(
    labels: Path,
) -> None:
    label = sign(labels, ("confirm", "/line_items/0", {}), ("confirm", "/line_items/1", {}))
    assert label["expected"] == {"line_items": LINES}


def test_a_list_that_the_document_does_not_have(labels: Path) -> None:
    assert sign(labels, ("absent", "/line_items", {}))["expected"] == {"line_items": []}


def test_other_labels_and_unknown_keys_stay_to_the_letter(labels: Path) -> None:
    label = sign(labels, ("confirm", "/company", {}))
    assert label["of_a_later_version"] == [1]
    assert label["tags"] == {"language": "en"}
    assert (labels / "labels.jsonl").read_text().endswith("\n\n" + OTHER)


def test_checked_labels_are_read_as_labels(labels: Path) -> None:
    line = sign(labels, ("confirm", "/company", {}))
    del line["of_a_later_version"]
    label = Label.model_validate(line)
    assert (label.checked_by, label.drafted_by) == (("ann",), "")
    assert json.loads(label.to_json())["checked_at"] == label.checked_at.isoformat()
    (labels / "again.jsonl").write_text(label.to_json())
    assert next(read_labels(labels / "again.jsonl")) == label


def test_signing_off_is_no_new_reading_of_the_draft(labels: Path) -> None:
    sign(labels, ("set", "/total", {"new": "13.00"}))
    label = sign(labels, ("set", "/total", {"new": "14.00"}), ("confirm", "/company", {}))
    assert label["expected"] == {"company": "ACME", "total": "14.00"}
    docket = LabelsDocket(labels)
    entry = docket.read(docket.listed()[0].id)
    found = Desk().reviewed(entry, "ann").extraction
    assert found.status == "reviewed"
    assert found.reviews["/total"].look == "corrected"
    assert found.values["line_items"] == LINES, "what nobody has looked at yet is still there"


def test_a_label_that_somebody_has_changed_by_hand_since_is_asked_about(labels: Path) -> None:
    sign(labels, ("set", "/total", {"new": "13.00"}))
    path = labels / "labels.jsonl"
    path.write_text(path.read_text().replace('"13.00"', '"15.00"'))
    docket = LabelsDocket(labels)
    entry = docket.read(docket.listed()[0].id)
    found = Desk().reviewed(entry, "ann").extraction
    assert (found.reviews["/total"].look, found.reviews["/total"].now) == ("asked", "15.00")


def test_what_is_asked_again_is_not_labelled_before_somebody_has_said_it(labels: Path) -> None:
    sign(labels, ("set", "/total", {"new": "13.00"}), ("confirm", "/company", {}))
    path = labels / "labels.jsonl"
    path.write_text(path.read_text().replace('"13.00"', '"15.00"'))
    assert sign(labels)["expected"] == {"company": "ACME"}


def test_states_of_labels(labels: Path) -> None:
    docket = LabelsDocket(labels)
    entries = [docket.read(one.id) for one in docket.listed()]
    assert [(one.result.document.name, one.result.status) for one in entries] == [
        ("a", "review"), ("b", "ok")
    ]  # fmt: skip
    assert [one.result.engine for one in entries] == ["local", "labels"]
    assert entries[0].known.schema == RECEIPT
    sign(labels)
    assert LabelsDocket(labels).read(entries[0].id).result.values == VALUES


def test_labels_that_are_none_are_refused(tmp_path: Path, labels: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        LabelsDocket(tmp_path)
    (labels / "labels.jsonl").write_text('{"id": "a"}\n')
    with pytest.raises(ConfigError, match="line 1, is not a label"):
        LabelsDocket(labels)
    (labels / "labels.jsonl").write_text(json.dumps(DRAFT | {"schema": "gone.py:Order"}) + "\n")
    with pytest.raises(SchemaError, match=r"gone\.py"):
        LabelsDocket(labels)
    (labels / "labels.jsonl").write_text(
        json.dumps(DRAFT | {"schema": "gone.py:Order", "id": "c"}) + "\n" + OTHER
    )
    docket = LabelsDocket(labels)
    with pytest.raises(NotThere, match=r"gone\.py"):
        docket.read(docket.listed()[0].id)
    assert docket.read(docket.listed()[1].id).result.document.name == "b"
