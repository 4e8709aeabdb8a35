"""Which of the run's schemas a document is read by."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from docglean.extractors.documents.words import PageWords
from docglean.extractors.extraction import SchemaRecord
from docglean.extractors.reader import Reader, Shown
from docglean.extractors.requests import schema_choice
from docglean.extractors.requests.schema_choice import FIRST_PAGES, FIRST_PARTS
from docglean.schemas.errors import Problem
from docglean.schemas.schema import Schema, is_built_in


async def classify(
    shown: Shown, schemas: Sequence[Schema], reader: Reader
) -> tuple[Schema, SchemaRecord]:
    """The schema that the document is of, and how that was told.

    The reader is asked where there are several; if it does not judge, the words of the first pages
    do.

    Raises:
        SourceError: ``no_schema_fits``; ``not_sorted``, the reader could not tell.
    """
    medium = shown.input.medium
    offered = schema_choice.offered(schemas, medium)
    told_by_data = _told_by_data(shown, offered, reader)
    if len(offered) == 1 or told_by_data is not None:
        only = told_by_data or offered[0]
        return only, SchemaRecord(name=only.name, hash=only.hash)
    name, fitting = shown.opened.name, schema_choice.home(offered, medium)
    told = None
    if shown.pages:
        looked_at = shown.pages[: 1 if medium == "pages" else FIRST_PARTS]
        told = await reader.likelihoods(offered, looked_at)
    if told is not None:
        return schema_choice.chosen_by_model(name, offered, told, fitting=fitting)
    first = shown.pages[: FIRST_PAGES if medium == "pages" else FIRST_PARTS]
    await shown.opened.words.read(first)
    text = "\n".join(shown.input.text(number) for number in first)
    return schema_choice.chosen_by_words(name, offered, text, fitting=fitting)


def _told_by_data(shown: Shown, offered: Sequence[Schema], reader: Reader) -> Schema | None:
    """The built-in ``invoice`` for what has the data of an e-invoice, unless that is ignored."""
    data = shown.opened.own_data
    if data is None or data.kind != "einvoice" or reader.run.options.embedded == "ignore":
        return None
    return next((one for one in offered if is_built_in(one) and one.name == "invoice"), None)


@dataclass(frozen=True, slots=True)
class Doubts:
    """What the words say against how the pages were read.

    Attributes:
        looks_like: see `SchemaRecord`.
    """

    problems: tuple[Problem, ...] = ()
    looks_like: Mapping[str, float] = field(default_factory=dict)


async def doubts(shown: Shown, schema: Schema, schemas: Sequence[Schema]) -> Doubts:
    """Whether the pages are one document, and of the kind that was asked for, by their words.

    Args:
        schemas: of the run.
    """
    pages = shown.opened.words.readable(shown.pages)
    if shown.input.medium != "pages" or not pages:
        return Doubts()
    return await asyncio.to_thread(_doubts, pages, schema, schemas)


def _doubts(pages: Sequence[PageWords], schema: Schema, schemas: Sequence[Schema]) -> Doubts:
    from docglean.extractors.packets.plan import several_documents
    from docglean.extractors.requests import document_kind
    from docglean.extractors.rules.classify import sort_by_words

    text = "\n".join(page.text() for page in pages[:FIRST_PAGES])
    ranked = sort_by_words(document_kind.kinds(), text)
    problems = document_kind.other_kind(schema, text, ranked) + several_documents(schema, pages)
    likely = document_kind.looks_like(schema, schemas, text, ranked)
    return Doubts(tuple(problems), likely)
