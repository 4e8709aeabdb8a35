"""``docglean labels``: what is wrong with labels, and labels of what people have reviewed."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from docglean.cli.exits import OK, SOME_FAILED
from docglean.commands.label_sets import read_sets
from docglean.commands.reviewed_labels import LabelsFrom, labels_from
from docglean.evaluation.agreement import (
    Agreement,
    BothSaid,
    Share,
    agreement,
    both_said,
    differing,
)
from docglean.evaluation.label_checks import Finding
from docglean.evaluation.labels import LABELS
from docglean.extractors.notices import tell
from docglean.extractors.plurals import counted, counted_are
from docglean.extractors.printable import printable
from docglean.extractors.reviews import ReviewLog

if TYPE_CHECKING:
    from docglean.evaluation.labels import LabelSet
    from docglean.extractors.settings import Settings


def check_command(
    given: Sequence[str],
    *,
    layout: str | None,
    schema: str | None,
    settings: Settings,
    as_json: bool,
) -> int:
    """``docglean labels check``: the exit code, 1 when something is wrong."""
    runs = [Path(one) for one in given if (Path(one) / "results.jsonl").is_file()]
    others = [one for one in given if Path(one) not in runs]
    sets = read_sets(others, layout, schema) if others else []
    found = asyncio.run(_check(sets, settings)) if sets else []
    compared = [
        (folder.resolve().name, one)
        for folder in dict.fromkeys([*runs, *(one.folder for one in sets)])
        for one in _compared(folder)
    ]
    found += [_differ(name, one) for name, one in compared if not one.agree]
    errors = sum(one.severity == "error" for one in found)
    from docglean.cli.terminal import print_lines

    if as_json:
        print(json.dumps([asdict(one) for one in found], indent=2, ensure_ascii=False))
    else:
        for finding in found:
            print(f"{finding.severity:7}  {printable(_where(finding))}")
            print_lines(f"{finding.message} ({finding.code})", indent=" " * 9)
        if others:
            documents = sum(len(one.labels) for one in sets)
            warnings = len(found) - errors
            tell(
                f"{counted(documents, 'label')}: {counted(errors, 'error')}, "
                f"{counted(warnings, 'warning')}."
            )
    _tell_agreement(agreement(one for _, one in compared), asked=bool(runs))
    return SOME_FAILED if errors else OK


def from_command(asked: LabelsFrom) -> int:
    """``docglean labels from``: the exit code, 1 when documents are left out."""
    made = labels_from(asked)
    tell(f"{counted_are(len(made.labels) - made.kept, 'label')} in {asked.to / LABELS}.")
    if made.kept:
        tell(f"{counted(made.kept, 'label')} that people made otherwise stay as they are.")
    disputed = sum(bool(one.disputed) for one in made.labels)
    if disputed:
        tell(
            f"{disputed} have values on which reviewers differ: `docglean labels check` says which."
        )
    for name, why in made.left_out.items():
        tell(f"{printable(name)} is left out: {why}")
    return SOME_FAILED if made.left_out else OK


def _where(found: Finding) -> str:
    return f"{found.set}/{found.document}{' ' + found.pointer if found.pointer else ''}"


async def _check(sets: Sequence[LabelSet], settings: Settings) -> list[Finding]:
    from docglean.evaluation.label_checks import printed, written
    from docglean.extractors.run import RunContext

    found = [finding for one in sets for finding in written(one)]
    told = settings.model_copy(update={"engine": "local", "then": ()})
    async with await RunContext.open(told, ()) as context:
        for one in sets:
            found += await printed(one, context)
    places = {
        (one.name, label.id): (number, place)
        for number, one in enumerate(sets)
        for place, label in enumerate(one.labels)
    }
    return sorted(found, key=lambda finding: places[finding.set, finding.document])


def _compared(folder: Path) -> Iterator[BothSaid]:
    """What two people have said of the documents of a folder."""
    for document, events in ReviewLog(folder).documents():
        yield from both_said(document, events)


def _differ(name: str, one: BothSaid) -> Finding:
    said = differing(dict((one.first, one.second)))
    document = unquote(one.document.rpartition("/")[2])
    return Finding(name, document, "reviewers_differ", said, one.pointer, "warning")


def _tell_agreement(found: Agreement, *, asked: bool) -> None:
    """How far people agree.

    Args:
        asked: say so where nobody knows.
    """
    if found.overall is None:
        if asked:
            tell(
                "No value was looked at by two people without seeing what the other had said: "
                "let the second one review with --blind to know how far they agree."
            )
        return
    tell(
        f"{', '.join(found.people)} agree on {_share(found.overall)} that two of them looked at, "
        "the second without seeing what the first had said."
    )
    for field, share in found.by_field.items():
        tell(f"  {field}: {_share(share)}")


def _share(share: Share) -> str:
    low, told, high = (
        f"{100 * part:.1f}"
        for part in (share.interval.low, share.interval.estimate, share.interval.high)
    )
    values = f"{share.values:,} {'value' if share.values == 1 else 'values'}"
    documents = f"{share.documents:,} {'document' if share.documents == 1 else 'documents'}"
    return f"{told} % (95 % interval {low} to {high}) of {values} in {documents}"
