"""How much the embedded engine reads right, by set and field, on labelled documents.

    python -m bench.embedded [--set sroie]... [--evaldata FOLDER] [--own] [--part look [--wrong]]
        [--fresh] [--without NAME]... [--folder FOLDER]...

The folder is that of DOCGLEAN_EVALDATA by default. ``docglean evaluate`` measures the same with
intervals, through the pipeline; this reads nothing but layout, so that it is quick to run after
each change. Labels are read and compared as there (`docglean.evaluation.layouts`, `.compare`).
"When blank" is the share of values labelled empty that stayed so.
With --own a document is read by a schema as a user writes one: JSON Schema with nothing but the
names and types of its labelled values, for a form its captions.
What is on the pages is kept in build/ (`bench.kept_pages`), so that a second run with the same
code tries the rules alone.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from docglean.evaluation.compare import ComparisonRow, Tally, compare
from docglean.evaluation.labels import LabelSet
from docglean.evaluation.layouts import load_labels
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.document import open_document
from docglean.extractors.documents.workers import Workers
from docglean.schemas.errors import SourceError
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Day, Money, Number, Text
from docglean.schemas.schema import Schema, schema_of
from docglean.schemas.wire.json_schema import model_from_json_schema

from bench.ablation import compare as compare_without
from bench.folds import PARTS, Part, part_of
from bench.kept_pages import kept_pages

SETS = (
    "sroie", "sroie_more", "funsd", "funsd_more", "forms_filled", "invoices_zugferd",
    "invoice2data", "tables_icdar2013", "tables_pubtabnet",
)  # fmt: skip

MOST_FIELDS = 60
"""Fields that are listed each; a set of forms has hundreds of captions."""


@dataclass
class Outcome:
    """What came of one set.

    Attributes:
        entries: of forms, values that are filled in.
        entries_read: those of them that were read, under whatever caption: what a form's author
            calls a field is not always what is printed.
    """

    documents: int = 0
    pages: int = 0
    seconds: float = 0.0
    failed: list[str] = field(default_factory=list)
    rows: list[tuple[str, ComparisonRow]] = field(default_factory=list)
    entries: int = 0
    entries_read: int = 0


async def read_set(
    labels: LabelSet, pool: Workers, *, fresh: bool, own: bool = False, part: Part | None = None
) -> Outcome:
    """Read and compare every labelled document of a set, or of a part of it."""
    outcome = Outcome()
    for label in labels.labels:
        if part and part_of(label.id) != part:
            continue
        outcome.documents += 1
        schema, truth = labels.schema(label), labels.truth(label)
        if own:
            schema, truth = own_schema(schema, truth)
        values: dict[str, Any] | None = None
        try:
            document = await open_document(labels.document(label), pool, pool.limits)
            pages = await kept_pages(document, fresh=fresh)
            start = time.perf_counter()
            values = pages.read(schema).values
            outcome.seconds += time.perf_counter() - start
            outcome.pages += len(pages.words)
        except SourceError as error:
            outcome.failed.append(f"{label.id}: {error}")
        if schema.name == "form":
            outcome.entries += sum(pair["value"] is not None for pair in truth["fields"])
            outcome.entries_read += _read_anywhere(truth, values)
        rows = compare(schema.root, truth, values, accept=labels.accept(label))
        outcome.rows += [(label.id, row) for row in rows]
    return outcome


def own_schema(schema: Schema, truth: Mapping[str, Any]) -> tuple[Schema, dict[str, Any]]:
    """A user's schema for the labelled values, and the truth in its shape.

    Of a form's captions those that it has twice are left out.
    """
    fields: dict[str, dict[str, Any]] = {}
    values: dict[str, Any] = {}
    if schema.name == "form":
        captions = Counter(pair["key"] for pair in truth["fields"])
        for pair in truth["fields"]:
            if captions[pair["key"]] == 1:
                name = re.sub(r"[/~*]", "_", pair["key"])
                fields[name] = {"type": ["string", "null"], "description": pair["key"]}
                values[name] = pair["value"]
    else:
        fields, values = json_types(schema.root.children, truth), dict(truth)
    return schema_of(model_from_json_schema(_object(fields, "Own"))), values


def _object(fields: Mapping[str, Any], title: str) -> dict[str, Any]:
    return {"title": title, "type": "object", "properties": fields}


def json_types(fields: Iterable[Field], truth: Mapping[str, Any]) -> dict[str, Any]:
    """JSON Schema of the labelled ones of an object's fields, by name."""
    found: dict[str, Any] = {}
    for child in fields:
        if child.name not in truth:
            continue
        if child.shape == "list" and child.item.shape == "object":
            labelled = {name: None for one in truth[child.name] or () for name in one}
            one = _object(
                json_types(child.item.children, labelled), child.name.title().replace("_", "")
            )
            found[child.name] = {"type": "array", "items": one}
        elif child.shape == "value":
            figure = isinstance(child.kind, Money | Number)
            text: dict[str, Any] = {"type": "number" if figure else "string"}
            if isinstance(child.kind, Day):
                text["format"] = "date"
            found[child.name] = {"anyOf": [text, {"type": "null"}]}
    return found


def _read_anywhere(truth: Mapping[str, Any], values: Mapping[str, Any] | None) -> int:
    """Values of a form that were read, each once."""
    kind = Text()
    given = [kind.key(entry["value"]) for entry in (values or {}).get("fields", ())
             if entry["value"] is not None]  # fmt: skip
    wanted = [kind.key(pair["value"]) for pair in truth["fields"] if pair["value"] is not None]
    return sum((Counter(given) & Counter(wanted)).values())


# --- report ------------------------------------------------------------------------------------


def table(name: str, outcome: Outcome) -> Iterator[str]:
    """Lines for one set: every field, then all together."""
    by_path: dict[str, list[ComparisonRow]] = defaultdict(list)
    for _, row in outcome.rows:
        by_path[row.path].append(row)
    yield (
        f"\n{name}: {outcome.documents} documents, {outcome.pages} pages, "
        f"{outcome.seconds / max(outcome.pages, 1):.2f} s a page for the rules alone"
    )
    yield f"  {'field':32} labelled  correct  precision  recall     F1  when blank"
    for path in sorted(by_path) if len(by_path) <= MOST_FIELDS else ():
        yield _line(path, Tally.of(by_path[path]))
    yield _line("all", Tally.of([row for _, row in outcome.rows]))
    if outcome.entries:
        yield f"  filled in {outcome.entries}, read under any caption {outcome.entries_read}"
    yield from (f"  failed: {failure}" for failure in outcome.failed)


def _line(path: str, tally: Tally) -> str:
    shares = [tally.precision, tally.recall, tally.f1]
    figures = "  ".join(f"{'-' if share is None else f'{share:.3f}':>6}" for share in shares)
    blank = tally.hallucination_rate
    kept = "-" if blank is None else f"{1 - blank:.3f}"
    correct = tally.counts["correct"]
    return f"  {path[:32]:32} {tally.labelled_there:8} {correct:8}     {figures}  {kept:>10}"


def wrong(outcome: Outcome) -> Iterator[str]:
    """What is not right, one line a value."""
    for document, row in outcome.rows:
        if row.outcome not in ("correct", "correct_empty"):
            said = f"{row.truth!r} read as {row.predicted!r}"
            yield f"    {row.outcome:12} {document[:28]:28} {row.pointer:24} {said[:110]}"


async def main() -> None:
    """Read the sets named on the command line and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--set", action="append", choices=sorted(SETS), dest="sets")
    parser.add_argument("--evaldata", type=Path, default=os.environ.get("DOCGLEAN_EVALDATA"))
    parser.add_argument("--own", action="store_true", help="by names and types alone")
    parser.add_argument("--wrong", action="store_true", help="list what is not right")
    parser.add_argument("--fresh", action="store_true", help="find what is on the pages again")
    parser.add_argument("--without", action="append", metavar="NAME", help="see bench.ablation")
    parser.add_argument("--folder", action="append", type=Path, default=[], help="labelled, too")
    parser.add_argument("--part", choices=PARTS, help="documents to look at, or only to score")
    told = parser.parse_args()
    if told.wrong and told.part != "look":
        parser.error("--wrong shows values one by one: only with --part look (see bench/folds.py)")
    if told.evaldata is None:
        parser.error("name the folder of labelled documents: --evaldata or DOCGLEAN_EVALDATA")
    named = told.sets or (() if told.folder else SETS)
    places = [*(Path(told.evaldata) / name for name in named), *told.folder]
    if told.without:
        compare_without(told.without, places, told.part)
        return
    async with Workers(Limits(workers=2)) as pool:
        for labels in load_labels(places):
            outcome = await read_set(labels, pool, fresh=told.fresh, own=told.own, part=told.part)
            print("\n".join(table(labels.name, outcome)), flush=True)
            if told.wrong:
                print("\n".join(wrong(outcome)), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
