"""The samples are what the generator draws, and their labels fit the schemas."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from docglean.schemas.fields import Field
from docglean.schemas.schema import load_schema

REPOSITORY = Path(__file__).resolve().parents[2]
SAMPLES = REPOSITORY / "samples"
LABELS = [json.loads(line) for line in (SAMPLES / "labels.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture
def papers(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(REPOSITORY))
    from samples import papers

    yield papers
    for name in [name for name in sys.modules if name.split(".")[0] == "samples"]:
        del sys.modules[name]


def test_every_document_has_a_label_and_the_other_way_round() -> None:
    files = {path.name for path in (SAMPLES / "documents").iterdir()}
    assert {Path(label["file"]).name for label in LABELS} == files


@pytest.mark.parametrize("label", LABELS, ids=lambda label: label["id"])
def test_labels_fit_their_schema(label: dict[str, Any]) -> None:
    def visit(field: Field, value: Any, pointer: str) -> None:
        if field.shape == "object":
            children = {child.name: child for child in field.children}
            assert set(value) <= set(children), pointer
            for name, inner in value.items():
                visit(children[name], inner, f"{pointer}/{name}")
        elif field.shape == "list":
            for index, entry in enumerate(value):
                visit(field.item, entry, f"{pointer}/{index}")
        elif value is not None:
            assert field.kind is not None
            assert field.kind.same(field.kind.coerce(value), value), pointer

    visit(load_schema(label["schema"]).root, label["expected"], "")


def test_drawing_again_gives_the_same(papers: Any) -> None:
    data, expected = papers.statement()
    again, same = papers.statement()
    assert data == again
    assert expected == same
    label = next(label for label in LABELS if label["id"] == "statement")
    assert json.loads(json.dumps(expected)) == label["expected"]


@pytest.mark.slow
def test_amounts_on_the_long_invoice_add_up() -> None:
    """The labels themselves must keep the schema's checks; made-up numbers may fail checksums."""
    for label in LABELS:
        problems = load_schema(label["schema"]).checks(label["expected"])
        assert not [p for p in problems if "add" in p.message or "sum" in p.message], label["id"]


@pytest.mark.parametrize(
    ("name", "status", "well"),
    [
        ("chart.png", "partial", True),
        ("chart.png", "failed", False),
        ("form.pdf", "ok", True),
        ("form.pdf", "review", True),
        ("form.pdf", "partial", False),
    ],
)
def test_the_demo_wants_all_but_the_chart_read(
    monkeypatch: pytest.MonkeyPatch, name: str, status: str, well: bool
) -> None:
    monkeypatch.syspath_prepend(str(REPOSITORY))
    from samples.demo import as_expected

    assert name in {Path(label["file"]).name for label in LABELS}
    assert as_expected(SimpleNamespace(document=SimpleNamespace(name=name), status=status)) == well
