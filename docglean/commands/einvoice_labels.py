"""``docglean label --from-einvoices``: labels made of the XML in e-invoices."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from docglean.cli.exits import OK, SOME_FAILED
from docglean.commands.label import document_beside, specs_by_name
from docglean.extractors.notices import tell
from docglean.extractors.plurals import counted, counted_are
from docglean.extractors.printable import printable
from docglean.flows.sources import Source, find_sources
from docglean.schemas.errors import SourceError

if TYPE_CHECKING:
    from docglean.evaluation.labels import Label
    from docglean.extractors.run import RunContext
    from docglean.flows.request import RunRequest

INVOICE = "invoice"


def einvoices_command(given: Sequence[str], *, order: RunRequest, out: Path) -> int:
    """The exit code: 1 where files could not be read, or none was an e-invoice."""
    return asyncio.run(_label(find_sources(given).sources, order, out))


async def _label(sources: Sequence[Source], order: RunRequest, out: Path) -> int:
    from docglean.evaluation.label_drafts import add_drafts

    if tuple(order.schemas) == ("auto",):
        order = replace(order, schemas=(INVOICE,))
    out.mkdir(parents=True, exist_ok=True)
    made: list[Label] = []
    without = failed = 0
    async with await replace(order, engine="local", then=()).open() as context:
        spec = specs_by_name(order.schemas)[context.schemas[0].name]
        for source in sources:
            try:
                label = await _of(source, context, out, spec)
            except SourceError as error:
                failed += 1
                tell(f"{printable(source.name)} is left out: {error.message}")
                continue
            without += label is None
            made += [] if label is None else [label]
    path, kept = add_drafts(out, made)
    values = sum(_count(one.expected) for one in made)
    tell(f"{counted_are(len(made) - kept, 'label')} in {path}, of {counted(values, 'value')} that "
         "the XML says and the pages show.")  # fmt: skip
    if without:
        tell(f"{counted(without, 'file')} without an e-invoice, or of which no page shows it.")
    if kept:
        tell(f"{counted_are(kept, 'label')} left, which people have checked before.")
    return OK if made and not failed else SOME_FAILED


async def _of(source: Source, context: RunContext, out: Path, spec: str) -> Label | None:
    from docglean.evaluation.einvoice_labels import einvoice_label

    most = context.settings.limits.max_bytes
    path = await asyncio.to_thread(document_beside, source, out, most)
    return await einvoice_label(context, path, out, source.name, context.schemas[0], spec)


def _count(value: object) -> int:
    if isinstance(value, dict):
        return sum(map(_count, value.values()))
    return sum(map(_count, value)) if isinstance(value, list) else 1
