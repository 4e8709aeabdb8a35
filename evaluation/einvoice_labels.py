"""Labels of e-invoices, made of their XML: nobody has to label what the sender wrote down exactly.

Only what stands on the pages too is labelled, for engines are measured by what pages show; a list
where each of its lines is there. What the XML does not say is not labelled.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from docglean.evaluation.label_drafts import beside
from docglean.evaluation.labels import Label
from docglean.extractors.documents import cache
from docglean.extractors.documents.words import PageWords
from docglean.extractors.embedded_data.mapping import on_schema
from docglean.extractors.embedded_data.use import is_credit, places_of
from docglean.extractors.evidence import Evidence
from docglean.extractors.run import RunContext
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Money
from docglean.schemas.kinds.figures import as_decimal
from docglean.schemas.schema import Schema

EINVOICE = "e-invoice"
PRINTED = frozenset({"exact", "normalised"})
"""How a value is found that the page prints as the XML has it."""
TELLING = frozenset({"line_total", "net", "tax"})
"""Of a line of a list, what tells that it is the one on the page."""


async def einvoice_label(
    context: RunContext, path: Path, folder: Path, name: str, schema: Schema, spec: str
) -> Label | None:
    """The label of one e-invoice; None where the file has no pages with one beside them, or they
    show nothing of it.

    Args:
        folder: where the label will stand.
        name: of the document, which becomes its id.
        spec: the schema as it was named.

    Raises:
        SourceError: the file can't be read.
    """
    limits, ledger = context.settings.limits, context.ledger
    document = await cache.opened(
        path, context.workers, limits, ledger, name=name, passwords=context.options.password
    )
    data = document.opened.embedded
    if data is None or data.kind != "einvoice" or data.drawn:
        return None
    numbers = range(1, len(document.pages) + 1)
    read = await cache.words(document, numbers, ledger, context.turns)
    words = [page for page in read.values() if isinstance(page, PageWords)]
    mapped, credit = on_schema(schema, data), is_credit(data)
    places = await asyncio.to_thread(places_of, schema, mapped, words, credit)
    accept: dict[str, list[Any]] = {}
    found = _Found(places.evidence, accept, credit)
    expected = found.node(schema.root, mapped.values, "")
    if not expected:
        return None
    return Label(
        **beside(path, folder, name), schema=spec, expected=expected, accept=accept,
        made_of=EINVOICE,
    )  # fmt: skip


class _Found:
    """What of the data stands on the pages."""

    def __init__(
        self, evidence: Mapping[str, Evidence], accept: dict[str, list[Any]], credit: bool
    ) -> None:
        self.evidence, self.accept, self.credit = evidence, accept, credit

    def node(self, node: Field, value: Any, pointer: str) -> Any:
        """What is labelled of a value; None where nothing is."""
        if node.shape == "object":
            told = {
                child.name: self.node(
                    child, (value or {}).get(child.name), f"{pointer}/{child.name}"
                )
                for child in node.children
            }
            return {name: one for name, one in told.items() if one is not None} or None
        if node.shape == "list":
            rows = [
                self.node(node.item, one, f"{pointer}/{n}") for n, one in enumerate(value or ())
            ]
            whole = rows and all(row is not None and TELLING & row.keys() for row in rows)
            return rows if whole else None
        there = self.evidence.get(pointer)
        if value is None or there is None or there.how not in PRINTED:
            return None
        amount = as_decimal(value) if self.credit and isinstance(node.kind, Money) else None
        if amount is not None:  # pages may have it with a minus
            self.accept[pointer] = [str(-amount)]
        return value
