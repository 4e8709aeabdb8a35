"""The two benchmarks called ExtractBench, so that a row of their tables is one command.

Contextual AI's (arXiv 2602.12247): ``.../SCHEMA/NAME-schema.json`` beside ``pdf+gold/X.pdf`` and
``pdf+gold/X.gold.json``. LlamaIndex's (arXiv 2607.29677): ``short.jsonl``, ``medium.jsonl`` and
``long.jsonl`` with a document a line, or ``X.test.json`` beside each document.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from docglean.evaluation.labels import Label, LabelBox, bad_labels, json_lines, pointer_of
from docglean.evaluation.layouts.port import LabelLine, Layout

# --- Contextual AI ----------------------------------------------------------------------------


def _gold_files(path: Path) -> list[Path]:
    return sorted(path.rglob("pdf+gold/*.gold.json")) if path.is_dir() else []


def _read_contextual(path: Path, schema: str | None) -> Iterator[Label]:
    for gold in _gold_files(path):
        kind = gold.parent.parent
        schemas = sorted(kind.glob("*-schema.json"))
        if not schemas:
            raise bad_labels(gold, 1, f"there is no *-schema.json in {kind}")
        name = gold.name.removesuffix(".gold.json")
        yield Label(
            id=f"{kind.name}/{name}",
            file=(gold.parent / f"{name}.pdf").relative_to(path).as_posix(),
            schema=schemas[0].relative_to(path).as_posix(),
            expected=json.loads(gold.read_text("utf-8")),
            tags={"kind": kind.name, "domain": kind.parent.name},
        )


CONTEXTUAL = Layout(
    "extract_bench_contextual",
    "Contextual AI's ExtractBench: folders of PDFs, gold JSON and schemas",
    lambda path: bool(_gold_files(path)),
    _read_contextual,
)

# --- LlamaIndex -------------------------------------------------------------------------------

RULES = ("_field_rules", "field_rules", "test_rules", "rules")
SPLITS = ("short.jsonl", "medium.jsonl", "long.jsonl")
_TAGS = {"T": "task", "S": "table", "P": "perception", "D": "domain"}


def _fits_llamaindex(path: Path) -> bool:
    if not path.is_dir():
        return False
    return any((path / name).is_file() for name in SPLITS) or bool(_sidecars(path))


def _sidecars(path: Path) -> list[Path]:
    return sorted([*path.glob("*.test.json"), *path.glob("*/*.test.json")])


def _read_llamaindex(path: Path, schema: str | None) -> Iterator[Label]:
    for sidecar in _sidecars(path):
        stem = sidecar.name.removesuffix(".test.json")
        beside = [p for p in sorted(sidecar.parent.glob(f"{stem}.*")) if p != sidecar]
        file = next((p for p in beside if p.suffix != ".json"), sidecar.parent / f"{stem}.pdf")
        case = json.loads(sidecar.read_text("utf-8"))
        yield _case(case, file.relative_to(path).as_posix(), f"{sidecar.parent.name}/{stem}")
    if _sidecars(path):
        return
    for split in (path / name for name in SPLITS):
        for number, line in json_lines(split) if split.is_file() else ():
            try:
                place = _found(path, str(line["pdf"]), split.stem)
                yield _case(line, place, str(line.get("id") or Path(place).stem))
            except (ValueError, KeyError, TypeError) as error:
                raise bad_labels(split, number, f"no test case: {error!r}") from error


def _found(path: Path, pdf: str, split: str) -> str:
    """Where the document is: as told, or below docs/ as the data set is published."""
    places = (pdf, f"docs/{pdf}", f"docs/{split}/{Path(pdf).name}", f"{split}/{Path(pdf).name}")
    return next((place for place in places if (path / place).is_file()), pdf)


def _case(case: LabelLine, file: str, identity: str) -> Label:
    expected = _json(case.get("expected_output") or {})
    accept: dict[str, list[Any]] = {}
    boxes: dict[str, list[LabelBox]] = {}
    for path, rule in _rules(case):
        pointer = pointer_of(path)
        places = rule.get("evidence") or rule.get("bboxes") or ()
        accept[pointer] = [e["value"] for e in places if e.get("value") is not None]
        boxes[pointer] = [box for e in places if (box := _box(e)) is not None]
    return Label(
        id=identity,
        file=file,
        schema=_json(case["data_schema"]),
        expected=expected,
        accept={pointer: values for pointer, values in accept.items() if values},
        boxes={pointer: found for pointer, found in boxes.items() if found},
        tags=dict(_tag(tag) for tag in _json(case.get("tags") or [])),
    )


def _rules(case: LabelLine) -> Iterable[tuple[str, Mapping[str, Any]]]:
    """Rules of single fields, by path; as an object or as a list."""
    for name in RULES:
        rules = _json(case.get(name) or {})
        if isinstance(rules, Mapping):
            yield from rules.items()
        else:
            yield from ((rule["field_path"], rule) for rule in rules if "field_path" in rule)


def _box(evidence: Mapping[str, Any]) -> LabelBox | None:
    """Pages count from 1; boxes are x, y, width, height as shares of the page."""
    if evidence.get("page") is None:
        return None
    if not evidence.get("bbox"):
        return LabelBox(page=evidence["page"])
    x, y, width, height = evidence["bbox"][:4]
    return LabelBox(page=evidence["page"], box=(x, y, x + width, y + height))


def _tag(tag: str) -> tuple[str, str]:
    """``source:real`` by name; ``T1`` by the axis of the benchmark that it stands for."""
    name, colon, value = tag.partition(":")
    return (name, value) if colon else (_TAGS.get(tag[:1], tag), tag)


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


LLAMAINDEX = Layout(
    "extract_bench_llamaindex",
    "LlamaIndex's ExtractBench: short/medium/long.jsonl, or X.test.json beside X.pdf",
    _fits_llamaindex,
    _read_llamaindex,
)
