"""The command that shows which documents a file holds, and divides it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path, PurePosixPath
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from docglean.cli.exits import OK, SOME_FAILED
from docglean.cli.progress import Display
from docglean.commands.interruption import until_interrupted
from docglean.extractors.atomic_files import atomic_write
from docglean.extractors.extraction import worst
from docglean.extractors.notices import tell
from docglean.extractors.packets.plan import SURE, PacketPlan
from docglean.extractors.plurals import counted
from docglean.extractors.printable import printable
from docglean.extractors.split_choice import written_range
from docglean.flows.names import safe_part
from docglean.flows.request import RunRequest
from docglean.flows.run import part_content, plan_source
from docglean.flows.sources import FoundSources, find_sources, short_hash
from docglean.flows.totals import money
from docglean.schemas.errors import ConfigError, SourceError

if TYPE_CHECKING:
    from docglean.extractors.extraction import PartRecord

WIDTH = 80
"""Columns of a terminal."""
HEAD = "  part   pages      kind        sure"
REASONS = len(HEAD) + 4
"""Where reasons begin in a line."""
MOST_LETTERS = 150
"""Of a file's name before its pages; most file systems take 255 bytes."""


@dataclass(frozen=True)
class Wanted:
    """What becomes of the plans.

    Attributes:
        plan: the file that they are written to.
        to: the folder that parts are written to, as PDFs.
    """

    as_json: bool = False
    plan: Path | None = None
    to: Path | None = None


def split_command(given: Sequence[str], *, order: RunRequest, wanted: Wanted, quiet: bool) -> int:
    """``docglean split``: the exit code."""
    return until_interrupted(_split(find_sources(given), order, wanted, quiet))


async def _split(found: FoundSources, order: RunRequest, wanted: Wanted, quiet: bool) -> int:
    display = Display(len(found.sources), quiet=quiet)
    plans: list[tuple[str, PacketPlan]] = []
    stems = Counter(_stem(source.name) for source in found.sources)
    failed = len(found.unread)
    async with await order.open(on_progress=display.on_progress) as context:
        if context.engine.is_model:
            display.say_lines(context.notice)
        with display:
            for unread in found.unread:
                display.say(unread)
            for source in found.sources:
                try:
                    async with plan_source(context, source) as (opened, plan):
                        for part in plan.parts if wanted.to is not None else ():
                            content = await part_content(context, opened, part)
                            stem = _stem(source.name)
                            if stems[stem] > 1:  # of another folder, or another format
                                stem = f"{stem}-{short_hash(source.uri)}"
                            _write(wanted.to, stem, part, content)
                        sha256 = opened.document.sha256
                        plans.append((source.name, replace(plan, sha256=sha256)))
                except SourceError as error:
                    failed += 1
                    tell(str(error), error=True)
                display.done += 1
        await context.settled()
        spent = context.beside_documents
        if spent.calls or spent.cached:
            asked = f"{counted(spent.calls, 'call')}, {spent.cached} from the ledger"
            display.say(f"Asked {context.engine_name}: {asked}, {money(spent.cost)}")
    _tell(plans, wanted)
    if wanted.plan is not None and plans:
        _write_plan(plans, wanted.plan)
        display.say(f"Wrote the plan to {wanted.plan}; it is read by: --split {wanted.plan}")
    unsure = any(plan.unsure or worst(plan.problems) for _, plan in plans)
    return SOME_FAILED if failed or unsure or not plans else OK


def _tell(plans: Sequence[tuple[str, PacketPlan]], wanted: Wanted) -> None:
    """Print the plans."""
    if wanted.as_json:
        print(json.dumps([_facts(name, plan) for name, plan in plans], indent=2,
                         ensure_ascii=False))  # fmt: skip
        return
    for name, plan in plans:
        print("\n".join(lines(name, plan, wanted.plan)))


def _write_plan(plans: Sequence[tuple[str, PacketPlan]], path: Path) -> None:
    """Write the plans to a file, which may be there with the same content only.

    Raises:
        ConfigError: ``plan_exists``, another plan stands there, which a person may have corrected.
    """
    content = json.dumps(plan_file(plans), indent=2, ensure_ascii=False) + "\n"
    if path.exists():
        if path.is_file() and path.read_bytes() == content.encode():
            return
        raise ConfigError(
            "plan_exists",
            f"{path} is there with other content, and may be a plan that somebody corrected; "
            "nothing was written.",
            "Name another file with --plan, or delete this one.",
        )
    with atomic_write(path) as file:
        file.write(content)


def plan_file(plans: Sequence[tuple[str, PacketPlan]]) -> dict[str, Any]:
    """What ``extract --split`` reads again; see `extractors.split_choice`."""
    files = [one for name, plan in plans for one in _by_attachment(name, plan)]
    if len(files) == 1 and len(plans) == 1:
        facts = _facts(*files[0])
        del facts["problems"]
        return facts
    return {"documents": [_facts(name, plan) for name, plan in files]}


def _by_attachment(name: str, plan: PacketPlan) -> Iterator[tuple[str, PacketPlan]]:
    """The plan of a file and those of what is attached to it, each by its own name."""
    for attachment, parts in groupby(plan.parts, lambda part: part.attachment):
        own = f"{name}#{attachment}" if attachment else name
        sha256 = "" if attachment else plan.sha256
        yield own, replace(plan, parts=tuple(parts), sha256=sha256)


def _facts(name: str, plan: PacketPlan) -> dict[str, Any]:
    return {
        "name": name,
        **({"sha256": plan.sha256} if plan.sha256 else {}),
        "problems": [f"{one.message} {one.way_out}".strip() for one in plan.problems],
        "parts": [
            {
                "pages": written_range(part.first, part.last),
                "kind": part.kind,
                "certainty": part.certainty,
                "unsure": part.certainty < SURE,
                "why": list(part.why),
                **({"attachment": part.attachment} if part.attachment else {}),
            }
            for part in plan.parts
        ],
    }


def lines(name: str, plan: PacketPlan, written: Path | None = None) -> Iterator[str]:
    """One plan for people, 80 columns wide.

    Args:
        written: the file that the plan is written to.
    """
    count, pages = len(plan.parts), _pages(plan)
    yield f"{printable(name)}: {pages} page{'s' * (pages > 1)}, " + (
        "one document" if count == 1 else f"{count} documents"
    )
    yield f"{HEAD}    begins there because"
    for part in plan.parts:
        mark = "?" if part.certainty < SURE else " "
        sure = f"{part.certainty:.0%}"
        told = f"  {part.number:>4}   {written_range(part.first, part.last):<10} "
        told += f"{part.kind or '-':<10} {sure:>5} {mark}"
        reasons = wrap("; ".join(part.why), WIDTH - REASONS) or [""]
        yield f"{told:<{REASONS}}{reasons[0]}".rstrip()
        yield from (" " * REASONS + more for more in reasons[1:])
        if part.attachment:
            yield from wrap(f"attached: {part.attachment}", WIDTH, initial_indent=" " * 9,
                            subsequent_indent=" " * 9)  # fmt: skip
    for problem in plan.problems:
        yield from wrap(printable(f"! {problem.message} {problem.way_out}".strip()), WIDTH)
    if plan.unsure:
        where = f"{written}" if written is not None else "the plan that --plan FILE writes"
        told = f"? {len(plan.unsure)} of {count} unsure: look at them, and correct {where}."
        yield from wrap(printable(told), WIDTH)


def _pages(plan: PacketPlan) -> int:
    """Of the file, and of what is attached to it."""
    files = groupby(plan.parts, lambda part: part.attachment)
    return sum(max(part.last for part in parts) for _, parts in files)


def _stem(name: str) -> str:
    """What the names of a file's parts begin with."""
    return safe_part(PurePosixPath(name).stem)[: MOST_LETTERS // 2] or "document"


def _write(folder: Path | None, stem: str, part: PartRecord, content: bytes) -> None:
    """One part as a file, named by its pages."""
    assert folder is not None
    folder.mkdir(parents=True, exist_ok=True)
    pages = f"-p{part.first:04}-{part.last:04}.pdf"
    if part.attachment:
        stem += f"-{part.number:04}-{safe_part(PurePosixPath(part.attachment).stem)}"
    (folder / f"{stem[:MOST_LETTERS]}{pages}").write_bytes(content)
