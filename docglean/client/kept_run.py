"""One call of a kept client: what is open for all of them, with schemas and words of its own."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from docglean.extractors.examples.choice import check_shown
from docglean.extractors.page_selection import select_pages
from docglean.extractors.run import RunContext
from docglean.schemas.schema import Schema
from docglean.schemas.wire.dialects import DIALECTS, groups


@contextmanager
def call_of(
    kept: RunContext, schemas: Sequence[Schema], told: dict[str, Any]
) -> Iterator[RunContext]:
    """A run over the ledger, workers and connections of another, for the time of the block.

    It is traced by itself, below the caller's own span: a client may live for months.

    Args:
        told: options that are this call's own.

    Raises:
        SchemaError: a provider would not take one of them.
        ConfigError: a page range is none; there is no labelled document to show.
    """
    for one in kept.chain:
        for schema in schemas:
            groups(schema, DIALECTS[one.capability.dialect], paged=True)
    select_pages(told.get("pages"), 1)
    if kept.gallery is not None:
        check_shown(kept.gallery.labelled, schemas)
    call, *others = (_with(one, schemas, told) for one in kept.chain)
    call.then = tuple(others)
    call.trace = kept.trace.anew()
    try:
        yield call
    finally:
        call.trace.end()


def _with(one: RunContext, schemas: Sequence[Schema], told: dict[str, Any]) -> RunContext:
    made = copy.copy(one)
    made.schemas = tuple(schemas)
    made.options = replace(one.options, **told)
    return made
