"""Results of both kinds of engine validate against the user's JSON Schema, through files too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docglean.extractors.documents.workers import Workers
from docglean.schemas.wire.json_schema import model_from_json_schema
from jsonschema import Draft202012Validator
from stand_ins import Bench, ok

TEXT = {"type": "string"}
ITEM = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": TEXT, "amount": {"type": "number"}, "code": TEXT},
}
SCHEMAS: dict[str, dict[str, Any]] = {
    "flat": {"properties": {"number": {"type": "string"}, "note": {"type": "string"},
                            "total": {"type": "number"}, "due": {"type": "string",
                                                                  "format": "date"}}},
    "lists": {"properties": {"number": {"type": "string"}, "lines": {"type": "array",
                             "items": ITEM}, "tags": {"type": "array", "minItems": 1,
                             "items": {"type": "string"}}}},
    "nested": {"required": ["total"], "properties": {
        "total": {"type": "number"}, "seller": {"type": "object", "required": ["name"],
        "properties": {"name": {"type": "string"}, "vat": {"type": "string"}}}}},
    "conditional": {"properties": {"number": {"type": "string"}, "total": {"type": "number"}},
                    "if": {"required": ["number"]}, "then": {"required": ["total"]}},
}  # fmt: skip


@pytest.fixture
def bench(tmp_path: Path, workers: Workers) -> Bench:
    return Bench(tmp_path, workers)


def slip(path: Path) -> Path:
    pdf = pymupdf.open()
    page = pdf.new_page()
    for row, text in enumerate(["Number: R-17", "Total: 5.50", "Text  Amount", "Pears  2.00"]):
        page.insert_text((72, 72 + 20 * row), text)
    pdf.save(path)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("name", SCHEMAS)
@pytest.mark.parametrize("engine", ["local", "anthropic:claude-haiku-5-5?edge=400"])
async def test_results_are_what_the_schema_takes(
    bench: Bench, tmp_path: Path, engine: str, name: str
) -> None:
    schema = {"type": "object", **SCHEMAS[name]}
    lines = [{"text": "Pears", "amount": 2.0, "code": None}]
    answer = {"number": "R-17", "total": 5.5, "note": None, "due": None, "tags": [],
              "lines": lines, "seller": None}  # fmt: skip
    found, _ = await bench.extract(
        slip(tmp_path / "a.pdf"), lambda call: ok(answer),
        model_from_json_schema(schema, name=name), engine=engine,
    )  # fmt: skip
    told = json.loads(found.to_json())
    assert told["data"]
    errors = list(Draft202012Validator(schema).iter_errors(told["data"]))
    assert errors == []
    assert None not in told["data"].values()
    assert found.status == "ok", found.problems
    assert found.data.model_dump(mode="json", exclude_unset=True).keys() == told["data"].keys()


async def test_what_is_required_and_not_there_is_said(bench: Bench, tmp_path: Path) -> None:
    schema = {"type": "object", "required": ["due"],
              "properties": {"number": {"type": "string"}, "due": {"type": "string"}}}  # fmt: skip
    found, model = await bench.extract(
        slip(tmp_path / "a.pdf"), lambda call: ok({"number": "R-17", "due": None}),
        model_from_json_schema(schema, name="due"),
    )  # fmt: skip
    assert found.status == "partial"
    assert [(p.code, p.path) for p in found.problems] == [("missing", "/due")]
    assert len(model.calls) == 1  # asking again would be asking for a guess


async def test_a_broken_condition_is_asked_again_and_said(bench: Bench, tmp_path: Path) -> None:
    schema = {"type": "object", **SCHEMAS["flat"],
              "not": {"properties": {"number": {"const": "R-17"}}}}  # fmt: skip
    found, model = await bench.extract(
        slip(tmp_path / "a.pdf"), lambda call: ok({"number": "R-17"}),
        model_from_json_schema(schema, name="but"),
    )  # fmt: skip
    assert found.status == "partial"
    assert [p.code for p in found.problems] == ["breaks_schema"]
    assert len(model.calls) == 2
