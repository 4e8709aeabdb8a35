"""The built-in schemas: complete, sendable to every provider, and true to labelled documents."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docglean.schemas
import pytest
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Day, Money, Style
from docglean.schemas.reading.texts import fold
from docglean.schemas.schema import BUILT_IN, Schema, load_schema
from docglean.schemas.values import leaf_value
from docglean.schemas.wire.dialects import DIALECTS, compile_schema, groups

SAMPLES = Path(__file__).parents[3] / "samples" / "labels.jsonl"


@pytest.fixture(params=sorted(BUILT_IN))
def schema(request: pytest.FixtureRequest) -> Schema:
    return load_schema(str(request.param))


def named(values: Any, field: Field, pointer: str = "") -> Iterator[tuple[str, Field | None, Any]]:
    """Pointer, field (None where the schema has none) and value of each leaf of `values`."""
    if field.shape == "object" and isinstance(values, dict):
        children = {child.name: child for child in field.children}
        for key, value in values.items():
            if key in children:
                yield from named(value, children[key], f"{pointer}/{key}")
            else:
                yield f"{pointer}/{key}", None, value
    elif field.shape == "list" and isinstance(values, list):
        for index, value in enumerate(values):
            yield from named(value, field.item, f"{pointer}/{index}")
    elif values is not None:
        yield pointer, field, values


def labels(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_field_says_what_it_is(schema: Schema) -> None:
    assert schema.description
    for field in schema.root.walk():
        if field.shape == "value":
            assert field.kind is not None, field.path
        if field.path and field.name != "*":
            assert field.description.endswith((".", "en, de.", "kg.")), field.path
            assert "\n" not in field.description


def test_whatever_a_page_may_lack_may_be_null(schema: Schema) -> None:
    assert schema.validate({})[1] == []
    for field in schema.root.leaves():
        assert field.nullable or field.name == "*", field.path
    empty = {field.name: [] if field.shape == "list" else None for field in schema.root.children}
    model, problems = schema.validate(empty)
    assert problems == []
    assert model is not None
    assert schema.checks(empty) == []


def test_every_provider_takes_it_in_one_request(schema: Schema) -> None:
    for dialect in DIALECTS.values():
        assert len(groups(schema, dialect, paged=True)) == 1, dialect.name
        compile_schema(schema, dialect, paged=True)


def test_each_printed_word_of_a_field_stands_once(schema: Schema) -> None:
    for field in schema.root.walk():
        folded = [fold(label) for label in field.labels]
        assert "" not in folded
        assert len(set(field.labels)) == len(field.labels), field.path


def test_amounts_and_dates_of_business_papers_have_printed_words() -> None:
    for name in ("invoice", "receipt", "statement"):
        for field in load_schema(name).root.leaves():
            if isinstance(field.kind, Money | Day):
                assert len(field.labels) >= 5, f"{name}{field.path}"


def test_the_last_page_wins_for_totals() -> None:
    paths = {
        f"{name}{field.path}"
        for name in BUILT_IN
        for field in load_schema(name).root.leaves()
        if field.take == "last"
    }
    assert paths >= {"invoice/grand_total", "receipt/total", "statement/closing_balance"}
    assert "statement/opening_balance" not in paths


def test_what_is_concluded_is_not_looked_for_on_the_page() -> None:
    concluded = {
        f"{name}{field.path}"
        for name in BUILT_IN
        for field in load_schema(name).root.leaves()
        if field.kind is not None and not field.kind.on_page
    }
    assert concluded >= {
        "tables/tables/*/page", "tables/tables/*/header_rows", "tables/tables/*/spans/*/*",
        "chart/type", "screenshot/kind", "note/summary",
    }  # fmt: skip
    assert "invoice/grand_total" not in concluded


def test_an_amount_that_the_page_prints_under_debit_is_negative() -> None:
    amount = next(
        field
        for field in load_schema("statement").root.leaves()
        if field.path == "/transactions/*/amount"
    )
    assert isinstance(amount.kind, Money)
    assert {"Debit", "Soll", "Débit", "Cargo", "Dare", "Af"} <= set(amount.kind.negative)
    assert {"Debit", "Soll", "Credit", "Haben"} <= set(amount.labels)


@pytest.mark.parametrize("label", labels(SAMPLES), ids=lambda label: label["id"])
def test_labels_of_the_samples_fit_their_schema(label: dict[str, Any]) -> None:
    schema = load_schema(label["schema"])
    model, problems = schema.validate(label["expected"])
    assert problems == []
    assert model is not None
    assert schema.checks(label["expected"]) == []
    for pointer, field, value in named(label["expected"], schema.root):
        assert field is not None, pointer
        assert field.kind is not None
        assert field.kind.same(leaf_value(field, value), value), pointer


def test_the_invoice_has_all_that_is_labelled_in_electronic_invoices(evaldata: Path) -> None:
    schema = load_schema("invoice")
    seen = 0
    for label in labels(evaldata / "invoices_zugferd" / "labels.jsonl"):
        for pointer, field, value in named(label["expected"], schema.root):
            assert field is not None, pointer
            assert field.kind is not None
            assert field.kind.same(leaf_value(field, value), value), pointer
            seen += 1
    assert seen > 50


def test_printed_dates_and_totals_of_receipts_are_read(evaldata: Path) -> None:
    schema = load_schema("receipt")
    fields = {field.name: field for field in schema.root.children}
    style = Style(".", True)
    for label in labels(evaldata / "sroie" / "labels.jsonl"):
        for name, printed in label["expected"].items():
            kind = fields[name].kind
            assert kind is not None
            leaf = leaf_value(fields[name], printed, style)
            assert leaf is not None
            assert kind.shown(leaf, printed, style) is not None


def test_labelled_tables_and_forms_fit(evaldata: Path) -> None:
    for folder, name in (
        ("tables_icdar2013", "tables"),
        ("tables_pubtabnet", "tables"),
        ("funsd", "form"),
        ("forms_filled", "form"),
    ):
        schema = load_schema(name)
        for label in labels(evaldata / folder / "labels.jsonl"):
            wanted = {"tables", "fields"} & set(label["expected"])
            values = {key: label["expected"][key] for key in wanted}
            model, problems = schema.validate(values)
            assert problems == []
            assert model is not None


def test_every_module_of_the_room_is_a_schema(tmp_path: Path) -> None:
    """What a newcomer adds is one file: a copy of the package with one more lists and loads it."""
    copy = tmp_path / "docglean"
    copy.mkdir()
    (copy / "__init__.py").touch()
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(docglean.schemas.__file__).parent, copy / "schemas", ignore=ignored)
    (copy / "schemas" / "builtin" / "packing_list.py").write_text(
        "from pydantic import BaseModel\n\n\nclass PackingList(BaseModel):\n"
        "    parcels: int | None = None\n"
    )
    code = (
        "from docglean.schemas import PackingList, load_schema\n"
        "from docglean.schemas.schema import BUILT_IN\n"
        "assert list(BUILT_IN)[-1] == 'packing_list'\n"
        "assert load_schema('packing_list').model is PackingList\n"
    )
    # Its folder is where Python looks first.
    subprocess.run([sys.executable, "-c", code], check=True, cwd=tmp_path)
