"""Documents that packets are made of, with the signs of their pages: handed ones, ours, drawn ones.

Both halves are of the same kinds and share no document, nor a drawn sender.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from docglean.extractors.open_document import InputFile, open_document
from docglean.extractors.packets.page_signs import PageSigns, Telling, page_signs
from docglean.extractors.run import RunContext
from docglean.extractors.settings import Settings
from docglean.schemas.errors import SourceError
from docglean.schemas.schema import load_schema

from bench.packet_papers import papers

SETS = ("extract_bench", "tables_icdar2013", "invoices_zugferd", "invoice2data", "forms_filled",
        "sroie", "sroie_more", "funsd", "funsd_more", "tables_pubtabnet")  # fmt: skip
SAMPLES = Path(__file__).parents[1] / "samples" / "documents"
MOST_PAGES = 40
"""Pages read of one document; a longer one counts as many."""
SENDERS, EACH = 40, 4
"""Drawn senders of a half, and documents of each."""


@dataclass(frozen=True)
class Source:
    """One document.

    Attributes:
        group: its set, or for drawn ones ``drawn``.
        sender: whose it is, where several are of one.
    """

    name: str
    group: str
    pages: tuple[PageSigns, ...]
    sender: str = ""


@dataclass(frozen=True)
class Half:
    """What packets of one half are made of."""

    sources: tuple[Source, ...]

    def of_many_pages(self) -> list[Source]:
        """Handed documents and samples of several pages."""
        return [one for one in self.sources if len(one.pages) > 1 and not one.sender]

    def singles(self) -> list[Source]:
        """Handed documents and samples of one page."""
        return [one for one in self.sources if len(one.pages) == 1 and not one.sender]

    def senders(self) -> list[list[Source]]:
        """Drawn documents, by sender."""
        found: dict[str, list[Source]] = {}
        for one in self.sources:
            if one.sender:
                found.setdefault(one.sender, []).append(one)
        return list(found.values())


def files(evaldata: Path, sets: Sequence[str]) -> Iterator[tuple[str, Path]]:
    """Documents of pages, by set and name."""
    yield from (("samples", one) for one in sorted(SAMPLES.iterdir()) if one.suffix != ".wav")
    for name in sets:
        folder = evaldata / name / "docs"
        yield from ((name, one) for one in sorted(folder.iterdir()))


async def halves(
    evaldata: Path, ledger: str, *, sets: Sequence[str] = SETS, scans: int = 60
) -> tuple[Half, Half]:
    """Documents to fit on, and those to measure on.

    Args:
        ledger: keeps the words, so that a scan is recognised once.
        scans: documents of one page taken of a set.
    """
    settings = Settings(engine="local", ledger=ledger)
    found: tuple[list[Source], list[Source]] = ([], [])
    async with await RunContext.open(settings, [load_schema("invoice")]) as run:
        turn: dict[tuple[str, bool], int] = {}
        for group, path in files(evaldata, sets):
            if turn.get((group, False), 0) >= scans:
                continue
            try:
                pages = await signs_of(run, path)
            except SourceError:
                continue
            key = (group, len(pages) > 1)
            turn[key] = turn.get(key, 0) + 1
            found[(turn[key] + (len(pages) > 1)) % 2].append(Source(path.stem, group, pages))
        for half, sources in enumerate(found):
            sources += await drawn(run, seed=half + 1)
    return Half(tuple(found[0])), Half(tuple(found[1]))


async def signs_of(run: RunContext, path: Path) -> tuple[PageSigns, ...]:
    """The signs of a document's pages."""
    opened = await open_document(run, InputFile.of(path, None, None))
    numbers = opened.pages[:MOST_PAGES]
    await opened.words.read(numbers)
    telling = Telling()

    def all_signs() -> list[PageSigns]:
        return [
            page_signs(n, next(iter(opened.words.readable([n])), None), telling) for n in numbers
        ]

    return tuple(await asyncio.to_thread(all_signs))


async def drawn(run: RunContext, *, seed: int) -> list[Source]:
    """Documents of many senders."""
    content, counts = papers(seed, SENDERS, EACH)
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"drawn-{seed}.pdf"
        path.write_bytes(content)
        opened = await open_document(run, InputFile.of(path, None, None))
        await opened.words.read(opened.pages)
        telling = Telling()
        signs = [
            page_signs(n, next(iter(opened.words.readable([n])), None), telling)
            for n in opened.pages
        ]
    found, at = [], 0
    for sender, of_sender in enumerate(counts):
        for number, pages in enumerate(of_sender):
            name = f"drawn-{seed}-{sender}-{number}"
            found.append(Source(name, "drawn", tuple(signs[at : at + pages]), f"{seed}-{sender}"))
            at += pages
    return found


def renumbered(pages: Sequence[PageSigns], *, scanner: bool) -> list[PageSigns]:
    """As they lie in one file.

    Args:
        scanner: all are scans of one size, as a scanner makes them.
    """
    found = [replace(page, page=number) for number, page in enumerate(pages, 1)]
    if not scanner:
        return found
    return [_scanned(page) for page in found]


def _scanned(page: PageSigns) -> PageSigns:
    """The page upon a scanner's sheet, as large as fits."""
    scale = min(595 / max(page.width, 1.0), 842 / max(page.height, 1.0))
    return replace(
        page, width=595.0, height=842.0, scan=True, print_height=page.print_height * scale
    )
