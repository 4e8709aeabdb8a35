"""Documents with their labels that a training may look at."""

from __future__ import annotations

import asyncio
import pickle
import random
import tempfile
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from docglean.evaluation.layouts import load_labels
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.document import open_document
from docglean.extractors.documents.words import PageWords
from docglean.extractors.documents.workers import Workers
from docglean.schemas.errors import SourceError
from docglean.schemas.schema import Schema, load_schema

from bench.folds import part_of
from bench.generated import Generated, documents
from bench.kept_pages import FOLDER, KeptPages, kept_pages
from bench.trainings.drawn_forms import as_read, slipped


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


@dataclass(frozen=True)
class Lot:
    """Documents of one kind that are drawn from one seed for a training; `slips`: share of them
    whose words are as OCR reads them."""

    kind: str
    seed: int
    count: int
    slips: float = 0.35


DRAWN = (Lot("invoice", 7020, 200), Lot("receipt", 7021, 200), Lot("statement", 7022, 80))
"""What is drawn for trainings of fields and parties."""


def generated(lot: Lot) -> Iterator[Labelled]:
    """Documents of layouts drawn from a seed, to be read by their built-in schema."""
    for one, words in drawn(lot):
        schema = load_schema(one.schema)
        pages = KeptPages(words, [], {})
        yield Labelled(f"generated {lot.kind}", one.id, schema, one.expected, one.accept, pages)


def drawn(lot: Lot) -> list[tuple[Generated, list[PageWords]]]:
    """Documents of layouts drawn from a seed, with their words alone: tables take too long to find
    on hundreds of pages."""
    kept = FOLDER / "drawn" / f"{lot.kind}-{lot.seed}-{lot.count}.pickle"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(pickle.dumps(asyncio.run(_drawn(lot))))
    return [(one, _misread(one.id, words, lot)) for one, words in pickle.loads(kept.read_bytes())]


def _misread(name: str, pages: Sequence[PageWords], lot: Lot) -> list[PageWords]:
    """Pages as they are, or with what OCR makes of some letters and blanks."""
    lots = random.Random(name)
    if lots.random() >= lot.slips:
        return list(pages)
    often = lots.choice([0.0, 0.01, 0.03])
    read = [[slipped(word, lots, often) for word in as_read(one.words, lots)] for one in pages]
    return [replace(one, words=tuple(words)) for one, words in zip(pages, read, strict=True)]


async def _drawn(lot: Lot) -> list[tuple[Generated, list[PageWords]]]:
    found = []
    with tempfile.TemporaryDirectory() as folder:
        async with Workers(Limits(workers=1)) as pool:
            for one in documents(lot.seed, lot.count, [lot.kind]):
                file = Path(folder) / f"{one.id}.{one.suffix}"
                file.write_bytes(one.content)
                document = await open_document(file, pool, pool.limits)
                words = [w for w in await document.words_many() if isinstance(w, PageWords)]
                found.append((replace(one, content=b""), words))
    return found


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
