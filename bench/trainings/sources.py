"""Documents with their labels that a training may look at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docglean.evaluation.layouts import load_labels
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.document import open_document
from docglean.extractors.documents.workers import Workers
from docglean.schemas.errors import SourceError
from docglean.schemas.schema import Schema

from bench.folds import part_of
from bench.kept_pages import KeptPages, kept_pages


@dataclass(frozen=True)
class Labelled:
    """A document, what is on its pages, and what is to be read from it.

    Attributes:
        accept: by pointer, further values that are right.
    """

    data: str
    id: str
    schema: Schema
    truth: Any
    accept: Any
    pages: KeptPages


def look(evaldata: Path, sets: Sequence[str]) -> Iterator[Labelled]:
    """Real documents of the part that may be looked at."""
    folders = [evaldata / name for name in sets]
    yield from asyncio.run(_all(folders))


def samples() -> Iterator[Labelled]:
    """The documents of samples/."""
    yield from asyncio.run(_all([Path(__file__).parents[2] / "samples"]))


async def _all(folders: Sequence[Path]) -> list[Labelled]:
    return [one async for one in _labelled(folders)]


async def _labelled(folders: Sequence[Path]) -> AsyncIterator[Labelled]:
    async with Workers(Limits(workers=2)) as pool:
        for labels in load_labels(folders):
            for label in labels.labels:
                if part_of(label.id) != "look":
                    continue
                try:
                    document = await open_document(labels.document(label), pool, pool.limits)
                    pages = await kept_pages(document)
                except SourceError:
                    continue
                schema = labels.schema(label)
                truth, accept = labels.truth(label), labels.accept(label)
                yield Labelled(labels.name, label.id, schema, truth, accept, pages)
