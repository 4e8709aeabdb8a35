"""Run folders with results that nobody's engine has read, for the queue and the desk."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

from docglean.extractors.extraction import (
    Confidence,
    Evidence,
    Extraction,
    SchemaRecord,
    SourceRecord,
    status_of,
)
from docglean.extractors.reviews import fingerprint
from docglean.flows.run_folder import RunFolder, RunRecord
from docglean.schemas.errors import Problem
from docglean.schemas.schema import Schema, load_schema

RECEIPT = load_schema("receipt")
LINES = [
    {"description": "Bolt", "quantity": "2", "unit_price": "5.00", "line_total": "10.00"},
    {"description": "Nut", "quantity": "1", "unit_price": "2.00", "line_total": "2.00"},
]


def result(
    name: str,
    values: Mapping[str, Any] | None,
    sure: Mapping[str, float] = {},
    *,
    schema: Schema = RECEIPT,
    problems: list[Problem] | None = None,
    calibrated: bool = False,
    run: str = "r1",
) -> Extraction[Any]:
    """A result as an engine leaves it.

    Args:
        sure: probabilities by pointer.
    """
    confidence = {
        pointer: Confidence(probability=one, calibrated=calibrated) for pointer, one in sure.items()
    }
    evidence = {
        pointer: Evidence(how="exact", page=1, box=(10, 10, 60, 20), text="printed", score=1)
        for pointer in sure
    }
    return Extraction(
        run=run,
        document=SourceRecord(
            name=name, uri=f"file:///in/{name}", sha256=sha256(name.encode()).hexdigest(), pages=1
        ),
        schema_used=SchemaRecord(name=schema.name, hash=schema.hash),
        engine="local",
        status=status_of(values, problems or []),
        values=values,
        evidence=evidence,
        confidence=confidence,
        problems=problems or [],
    )


def run_of(
    folder: Path,
    *results: Extraction[Any],
    schemas: tuple[Schema, ...] = (RECEIPT,),
    options: Mapping[str, Any] | None = None,
) -> Path:
    """A folder with these results."""
    run = RunFolder(folder)
    record = RunRecord(
        id="r1", started=datetime.now(UTC), engine="local", options=dict(options or {})
    )
    run.begin(record)
    for one in results:
        run.add(one)
    order = [one.document.uri for one in results]
    run.end(record, order, {schema.name: schema for schema in schemas})
    return folder


def said(of: Extraction[Any], action: str, path: str = "", **more: Any) -> dict[str, Any]:
    """An event as the page sends it."""
    return {
        "id": uuid4().hex, "action": action, "path": path, "result": fingerprint(of), **more
    }  # fmt: skip


def lines_of(folder: Path) -> list[dict[str, Any]]:
    """What reviews.jsonl holds."""
    text = (folder / "reviews.jsonl").read_text("utf-8")
    return [json.loads(line) for line in text.splitlines()]
