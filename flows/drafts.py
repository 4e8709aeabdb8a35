"""What a draft of a schema is made of: what rules read in documents, and what these print."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import Any

from docglean.extractors import pipeline
from docglean.extractors.drafts.findings import Findings, findings
from docglean.extractors.extraction import Extraction
from docglean.extractors.open_document import InputFile
from docglean.extractors.run import RunContext
from docglean.flows.sources import Source, local_file
from docglean.schemas.inline.guess import LENDERS


async def read_for_draft(
    context: RunContext, source: Source, as_form: RunContext
) -> tuple[Extraction[Any], Findings]:
    """One document: what the built-in schemas find in it, and its captions and tables.

    Args:
        as_form: what reads it where it is of no kind that has fields.

    Raises:
        SourceError: it can't be fetched or opened.
        ConfigError: the run has to end.
    """
    with ExitStack() as stack:
        entered = local_file(source, max_bytes=context.settings.limits.max_bytes)
        path = await asyncio.to_thread(stack.enter_context, entered)
        read = await pipeline.extract(context, path, name=source.name, uri=source.uri)
        if read.schema_used is None or read.schema_used.name not in (*LENDERS, "form"):
            read = await pipeline.extract(as_form, path, name=source.name, uri=source.uri)
        return read, await findings(context, InputFile.of(path, source.name, source.uri))
