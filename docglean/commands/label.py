"""``docglean label``: drafts of labels, for people to correct."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docglean.cli.exits import OK, OVER_BUDGET, SOME_FAILED
from docglean.cli.progress import Display
from docglean.extractors.extraction import Extraction
from docglean.extractors.notices import tell
from docglean.extractors.plurals import counted_are
from docglean.extractors.run_notice import notice_of
from docglean.flows.fresh_runs import begun
from docglean.flows.run import extract_sources
from docglean.flows.sources import Source, find_sources, local_file
from docglean.schemas.errors import BudgetExceeded

if TYPE_CHECKING:
    from docglean.evaluation.labels import Label
    from docglean.extractors.run import RunContext
    from docglean.flows.request import RunRequest


def label_command(given: Sequence[str], *, order: RunRequest, out: Path, quiet: bool) -> int:
    """``docglean label``: the exit code."""
    return asyncio.run(_label(given, find_sources(given).sources, order, out, quiet))


async def _label(
    given: Sequence[str], sources: list[Source], order: RunRequest, out: Path, quiet: bool
) -> int:
    from docglean.evaluation.label_drafts import add_drafts

    display = Display(len(sources), quiet=quiet)
    found: dict[int, Extraction[Any]] = {}
    spent_up: BudgetExceeded | None = None
    order = replace(order, split="off")  # a label is of a whole file
    fresh = await begun(order, given, out)
    async with await fresh.order.open(on_progress=display.on_progress) as context:
        with display:
            display.say_lines(notice_of(context.notice, fresh.said))
            try:
                async for index, extraction in extract_sources(context, sources):
                    found[index] = extraction
                    display.on_done(extraction)
            except BudgetExceeded as error:
                spent_up = error
            else:
                said = await fresh.ended(
                    context.ledger,
                    lost=sum(one.status in ("failed", "partial") for one in found.values()),
                    not_done=sum(one.not_done for one in found.values()),
                )
                if said:
                    display.say(said)
        specs = specs_by_name(order.schemas)
        drafts = [
            await asyncio.to_thread(_draft, sources[index], found[index], context, out, specs)
            for index in sorted(found)
        ]
    path, kept = add_drafts(out, drafts)
    display.say(
        f"{len(drafts) - kept} drafts are in {path}, with what was found. Look at them with "
        f"`docglean review {out}`; by hand, remove `drafted_by` from each that you have checked."
    )
    if kept:
        display.say(f"{counted_are(kept, 'label')} left, which people have checked before.")
    if spent_up is not None:
        tell(str(spent_up), error=True)
        return OVER_BUDGET
    return OK if all(one.status != "failed" for one in found.values()) else SOME_FAILED


def specs_by_name(schemas: Sequence[str]) -> dict[str, str]:
    """How each schema was named, by its own name."""
    from docglean.schemas.schema import BUILT_IN, load_schema
    from docglean.schemas.specs import from_anywhere

    told = [spec for spec in schemas if spec != "auto"]
    return {name: name for name in BUILT_IN} | {
        load_schema(spec).name: from_anywhere(spec) for spec in told
    }


def document_beside(source: Source, out: Path, most: int) -> Path:
    """The document of a label that stands in `out`: one of elsewhere is brought there."""
    if source.path is not None:
        return source.path
    path = out / "docs" / Path(source.name).name
    path.parent.mkdir(parents=True, exist_ok=True)
    with local_file(source, max_bytes=most) as fetched:
        path.write_bytes(fetched.read_bytes())
    return path


def _draft(
    source: Source,
    extraction: Extraction[Any],
    context: RunContext,
    out: Path,
    specs: dict[str, str],
) -> Label:
    from docglean.evaluation.label_drafts import draft

    path = document_beside(source, out, context.settings.limits.max_bytes)
    used = extraction.schema_used
    by_name = {schema.name: schema for schema in context.schemas}
    schema = context.schemas[0] if used is None else by_name[used.name]
    spec = specs.get(schema.name, schema.name)
    return draft(extraction, path, out, spec, source.name)
