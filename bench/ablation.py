"""What a part of the engine `local` is worth: the same documents read with it and without it.

    python -m bench.embedded --without NAME... [--set sroie]... [--part look]
    python -m bench.embedded --without all

A NAME is one of `PARTS`, any function of extractors/rules as ``fields.unnamed:unnamed`` (it finds
nothing then), a language of schemas/labels as ``language:fr``, or one of its tables of words as
``words:letterheads.streets``. Nothing in the product asks whether a part is switched off: each
reading is a process of its own in which the function was replaced, or the words left out, before
the engine was loaded. The table gives values that are right without the part less those with it:
an interval that spans 0 shows no worth on these documents.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.folds import Part

RULES = "docglean.extractors.rules"
NO_WORD = "\ue000"
PARTS = {
    "unnamed": "fields.unnamed:unnamed",
    "unnamed parties": "fields.unnamed:_of_parties",
    "unnamed codes": "fields.unnamed:_of_codes",
    "unnamed currency": "fields.unnamed:_currency",
    "unnamed choices": "fields.unnamed:_choice",
    "unnamed dates": "fields.unnamed:_dates",
    "unnamed numbers": "fields.unnamed:_numbers",
    "unnamed times": "fields.unnamed:_times",
    "filled-in answers": "readers.form_answers:_answers",
    "pairs of forms": "readers.form_pairs:pairs_of",
    "street words": "words:letterheads.streets",
    "trade words": "words:letterheads.trades",
    "legal forms": "words:letterheads.legal_forms",
}
"""Readers, finders and lists of words by name: the function, or the table, that each stands for."""

NOTHING: tuple[tuple[str, Callable[[], Any]], ...] = (
    ("list", list), ("dict", dict), ("defaultdict", dict), ("Iterator", tuple),
    ("Iterable", tuple), ("Sequence", tuple), ("bool", bool), ("float", float), ("str", str),
    ("Read", lambda: ({}, {})),
)  # fmt: skip
"""What a function gives that finds nothing, by the beginning of what it says that it gives."""

Outcomes = dict[str, dict[str, dict[str, int]]]
"""Values that are right (1) or not (0) by set, document and JSON pointer."""


# --- switching off, in a process of its own ----------------------------------------------------


def switch_off(name: str) -> None:
    """Make a part find nothing; before anything else of the engine is loaded."""
    place = PARTS.get(name, name)
    kind, _, told = place.partition(":")
    if kind == "language":
        _filter_words(lambda code, _: code != told)
    elif kind == "words":
        _filter_words(lambda _, table: table != told and not table.startswith(f"{told}."))
    else:
        _replace(place)


def _replace(place: str) -> None:
    """Replace a function wherever it was imported to."""
    module, _, path = place.partition(":")
    importlib.import_module(f"{RULES}.document_values")
    owner: Any = importlib.import_module(f"{RULES}.{module}")
    *outer, last = path.split(".")
    for step in outer:
        owner = getattr(owner, step)
    original = getattr(owner, last)
    stub = _finding_nothing(original)
    setattr(owner, last, stub)
    for loaded in list(sys.modules.values()):
        if getattr(loaded, "__name__", "").startswith("docglean."):
            for key, value in list(vars(loaded).items()):
                if value is original:
                    setattr(loaded, key, stub)


def _finding_nothing(original: Callable[..., Any]) -> Callable[..., Any]:
    given = str(inspect.signature(original).return_annotation)
    make = next((make for start, make in NOTHING if given.startswith(start)), lambda: None)
    return lambda *_, **__: make()


def _filter_words(keep: Callable[[str, str], bool]) -> None:
    """Put a word that nothing prints in place of tables of words, by language and name: an
    expression of no words at all would be found everywhere."""
    labels: Any = importlib.import_module("docglean.schemas.labels")
    whole = labels.vocabulary()
    kept = tuple(
        replace(one, tables={name: words if keep(one.code, name) else (NO_WORD,)
                             for name, words in one.tables.items()})
        for one in whole.languages
    )  # fmt: skip
    fewer = replace(whole, languages=kept)
    labels.vocabulary = lambda: fewer


def read(name: str, sets: Sequence[Path], part: Part | None) -> Outcomes:
    """What is right without a part ("" for none)."""
    if name:
        switch_off(name)
    import asyncio

    from docglean.evaluation.layouts import load_labels
    from docglean.extractors.document_limits import Limits
    from docglean.extractors.documents.workers import Workers

    from bench.embedded import read_set

    async def run() -> Outcomes:
        found: Outcomes = {}
        async with Workers(Limits(workers=1)) as pool:
            for labels in load_labels(list(sets)):
                outcome = await read_set(labels, pool, fresh=False, part=part)
                by_document = found.setdefault(labels.name, {})
                for document, row in outcome.rows:
                    if row.outcome != "extra":
                        right = int(row.outcome in ("correct", "correct_empty"))
                        by_document.setdefault(document, {})[row.pointer] = right
        return found

    return asyncio.run(run())


# --- comparing ---------------------------------------------------------------------------------


def compare(names: Sequence[str], sets: Sequence[Path], part: str | None) -> None:
    """Print what each part adds, set by set."""
    whole = _apart("", sets, part)
    print(f"  {'without':32} {'set':18} values   right with it   less without it")
    for name in PARTS if list(names) == ["all"] else names:
        print("\n".join(_lines(name, whole, _apart(name, sets, part))), flush=True)


def _apart(name: str, sets: Sequence[Path], part: str | None) -> Outcomes:
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "outcomes.json"
        told = ["--name", name, "--file", str(file), *(["--part", part] if part else [])]
        subprocess.run([sys.executable, "-m", "bench.ablation", *told, *map(str, sets)], check=True)
        found: Outcomes = json.loads(file.read_text("utf-8"))
    return found


def _lines(name: str, whole: Outcomes, less: Outcomes) -> Iterator[str]:
    import numpy as np
    from docglean.evaluation.resampling import Draws

    for label_set, documents in whole.items():
        kept = {document: less[label_set].get(document, {}) for document in documents}
        lost = [_lost(values, kept[document]) for document, values in documents.items()]
        totals = np.array([len(values) for values in documents.values()], float)
        right = sum(sum(values.values()) for values in documents.values())
        draws = Draws(tuple(label_set for _ in documents))
        found = draws.interval(np.array(lost, float), totals, difference=True)
        shown = f"{found.estimate:+.4f} ({found.low:+.3f} to {found.high:+.3f})" if found else "-"
        share = right / max(totals.sum(), 1)
        yield f"  {name[:32]:32} {label_set:18} {int(totals.sum()):6}   {share:13.3f}   {shown}"


def _lost(whole: Mapping[str, int], less: Mapping[str, int]) -> int:
    return sum(less.get(pointer, 0) - right for pointer, right in whole.items())


def main() -> None:
    """Read without one part, for `compare` in another process."""
    parser = argparse.ArgumentParser(description="see bench.embedded --without")
    parser.add_argument("sets", type=Path, nargs="+")
    parser.add_argument("--name", default="")
    parser.add_argument("--file", type=Path, required=True)
    parser.add_argument("--part")
    told = parser.parse_args()
    told.file.write_text(json.dumps(read(told.name, told.sets, told.part)), encoding="utf-8")


if __name__ == "__main__":
    main()
