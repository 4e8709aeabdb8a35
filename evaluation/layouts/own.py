"""Our own labels.jsonl, and CSV with a row a document."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from docglean.evaluation.labels import (
    Label,
    bad_labels,
    json_lines,
    pointer_of,
    put,
    read_labels,
)
from docglean.evaluation.layouts.port import Layout, labels_file
from docglean.schemas.errors import ConfigError

EMPTY = "null"
"""What a cell of a CSV says that is labelled empty; an empty cell is not labelled."""


def _fits_own(path: Path) -> bool:
    file = labels_file(path)
    if file is None:
        return False
    first = next((line for _, line in json_lines(file)), {})
    return {"file", "schema"} <= first.keys()  # what else it lacks is told where it is read


def _read_own(path: Path, schema: str | None) -> Iterable[Label]:
    file = labels_file(path)
    assert file is not None
    return list(read_labels(file))


OWN = Layout("docglean", "labels.jsonl, our own format", _fits_own, _read_own, general=1)


def _csv_file(path: Path) -> Path | None:
    if path.is_dir():
        found = sorted(path.glob("labels.csv"))
        return found[0] if found else None
    return path if path.suffix.lower() in (".csv", ".tsv") and path.is_file() else None


def _read_csv(path: Path, schema: str | None) -> Iterator[Label]:
    """Columns: ``file``, optional ``id``, ``schema`` and ``tag:NAME``; all others are fields.

    A field deep inside is written ``seller.name`` or ``lines[0].total``. A cell may hold JSON.
    """
    file = _csv_file(path)
    assert file is not None
    text = file.read_text(encoding="utf-8-sig")
    try:
        dialect: Any = csv.Sniffer().sniff(text.partition("\n")[0], ",;\t|")
    except csv.Error:  # a single column
        dialect = csv.excel
    for number, row in enumerate(csv.DictReader(text.splitlines(), dialect=dialect), start=2):
        named = {key.strip(): (cell or "").strip() for key, cell in row.items() if key}
        document = named.pop("file", "")
        spec = named.pop("schema", "") or schema
        if not document:
            raise bad_labels(file, number, "it names no file (column `file`)")
        if not spec:
            raise ConfigError(
                "no_schema",
                f"{file} does not say by which schema its documents are labelled.",
                "Add --schema NAME, or a column `schema`.",
            )
        identity = named.pop("id", "") or Path(document).stem
        tags = {
            key.removeprefix("tag:"): named.pop(key) for key in list(named) if key[:4] == "tag:"
        }
        expected: dict[str, Any] = {}
        for key, cell in named.items():
            if cell:
                try:
                    put(expected, pointer_of(key), _value(cell))
                except ValueError as error:
                    raise bad_labels(file, number, error) from error
        told = {key: tag for key, tag in tags.items() if tag}
        yield Label(id=identity, file=document, schema=spec, expected=expected, tags=told)


def _value(cell: str) -> Any:
    if cell == EMPTY:
        return None
    if cell[0] in "[{":
        try:
            return json.loads(cell)
        except ValueError:
            return cell
    return cell


CSV = Layout(
    "csv", "CSV, one row a document", lambda path: _csv_file(path) is not None, _read_csv, general=2
)
