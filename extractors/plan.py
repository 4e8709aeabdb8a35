"""From (document, schema, engine) to Requests: pure, always the same, and sends nothing.

Run sends what is planned here, estimate prices it, batch submits it, resume skips what the
ledger holds. A document is split into windows of pages, a schema larger than the provider takes
into groups of fields; each window of each group is one Request. `merge` puts the answers together.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace


from docglean.extractors.prompts import PROMPT_VERSION
from docglean.schemas.dialects import Dialect, WireSchema, compile_schema, groups
from docglean.schemas.errors import ConfigError
from docglean.schemas.schema import Schema

DEFAULT_WINDOW = 8
"""Pages a request: one-shot models lose on long documents, so windows stay far below the limits."""

BYTES_A_PIXEL = 0.35
"""Encoded bytes a pixel of a dense JPEG page; only to plan windows, a refusal for size halves."""

BASE64 = 4 / 3


@dataclass(frozen=True, slots=True)
class Unit:
    """What a window is counted in: a page, or a stretch of a recording's transcript.

    `tokens` and `pixels` are what it costs in a request; 0 pixels where no image is sent.
    """

    number: int
    tokens: int
    pixels: int = 0


@dataclass(frozen=True, slots=True)
class Room:
    """How much one request takes: images, bytes and tokens, and how many units at the most."""

    units: int
    images: int
    bytes: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Request:
    """One thing to ask about some pages of one document.

    Attributes:
        document: SHA-256 of the file.
        pages: numbers of the units shown, ascending.
        paths: the field paths asked for; None for all.
        paged: list entries carry their page, because there are other windows.
        reads: identity of what a page becomes: inputs, render policy, OCR or speech engine.
        model: engine spec and parameters that decide the answer.
        instructions: the user's own words.
        note: what was wrong with an earlier answer; makes this a re-ask.
        max_tokens: limit of the answer.
    """

    document: str
    pages: tuple[int, ...]
    schema: Schema
    dialect: Dialect
    paths: frozenset[str] | None
    paged: bool
    reads: str
    model: str
    instructions: str = ""
    note: str = ""
    max_tokens: int = 16_000

    @property
    def wire(self) -> WireSchema:
        """The JSON Schema to send, and the way back."""
        return compile_schema(self.schema, self.dialect, paths=self.paths, paged=self.paged)

    @property
    def key(self) -> str:
        """SHA-256 over all that decides the answer; the ledger's key."""
        facts = [
            self.document,
            self.pages,
            self.schema.name,
            self.wire.hash,
            self.reads,
            self.model,
            self.instructions,
            self.note,
            self.max_tokens,
            PROMPT_VERSION,
        ]
        return hashlib.sha256(json.dumps(facts).encode()).hexdigest()

    def halves(self) -> tuple[Request, ...]:
        """Two smaller requests for the same answer: half the pages each, then half the fields.

        Halves overlap by a page where they can, so that an entry broken by the cut is seen whole.
        Empty when there is nothing left to halve.
        """
        if len(self.pages) > 1:
            middle = len(self.pages) // 2
            overlap = 1 if len(self.pages) > 2 and has_lists(self.schema) else 0
            first, second = self.pages[: middle + overlap], self.pages[middle:]
            return (
                replace(self, pages=first, paged=True),
                replace(self, pages=second, paged=True),
            )
        fields = ordered_paths(self.schema, self.paths)
        tops = sorted({_top(path) for path in fields}, key=[_top(path) for path in fields].index)
        if len(tops) < 2:
            return ()
        left = frozenset(path for path in fields if _top(path) in set(tops[: len(tops) // 2]))
        return (
            replace(self, paths=left),
            replace(self, paths=frozenset(fields) - left),
        )


def plan(
    template: Request, units: Sequence[Unit], room: Room, *, overlap: int = 1
) -> tuple[Request, ...]:
    """All requests for one document, window by window, each for every group of fields.

    Args:
        template: a request with everything but pages, paths and paged.
        units: the pages or stretches to read, ascending.
        room: limits of one request.
        overlap: units shared by neighbouring windows, where the schema has lists.
    """
    shared = overlap if has_lists(template.schema) else 0
    cuts = windows(units, room, overlap=shared)
    paged = len(cuts) > 1
    parts = groups(template.schema, template.dialect, paged=paged)
    return tuple(
        replace(template, pages=pages, paths=None if len(parts) == 1 else paths, paged=paged)
        for pages in cuts
        for paths in parts
    )


def windows(units: Sequence[Unit], room: Room, *, overlap: int) -> tuple[tuple[int, ...], ...]:
    """Cut units into windows that fit `room`; neighbours share `overlap` units where they can.

    Every unit is in some window, windows ascend, and each begins with a unit later than the one
    before began with. A unit too large for the room stands alone.
    """
    cuts: list[tuple[int, ...]] = []
    start = 0
    while start < len(units):
        end, tokens, size, images = start, 0, 0.0, 0
        while end < len(units) and end - start < max(room.units, 1):
            unit = units[end]
            tokens += unit.tokens
            size += unit.pixels * BYTES_A_PIXEL * BASE64
            images += unit.pixels > 0
            if end > start and (
                tokens > room.tokens or size > room.bytes or images > max(room.images, 1)
            ):
                break
            end += 1
        cuts.append(tuple(unit.number for unit in units[start:end]))
        if end >= len(units):
            break
        start = max(end - overlap, start + 1)
    return tuple(cuts)


def has_lists(schema: Schema) -> bool:
    """Whether entries of a list could be broken by the cut between two windows."""
    return any(field.shape == "list" for field in schema.root.walk())


def ordered_paths(schema: Schema, paths: frozenset[str] | None) -> list[str]:
    """Leaf paths in declared order, those in `paths` only."""
    return [
        leaf.path for leaf in schema.root.leaves() if paths is None or leaf.path in paths
    ]


def _top(path: str) -> str:
    return path.split("/")[1] if "/" in path else path


def select_pages(wanted: str | None, count: int) -> tuple[int, ...]:
    """Page numbers named by e.g. ``1-3,7`` or ``5-``, ascending; all when None.

    Pages beyond the end are left out, so that one selection serves a folder of documents.

    Raises:
        ConfigError: the text is not of that form, or selects nothing that could exist.
    """
    if wanted is None:
        return tuple(range(1, count + 1))
    numbers: set[int] = set()
    for piece in wanted.split(","):
        first, dash, last = (text.strip() for text in piece.partition("-"))
        try:
            low = int(first) if first else 1
            high = (int(last) if last else count) if dash else low
        except ValueError:
            low, high = 0, 0
        if low < 1 or (last and high < low) or not (first or last):
            raise ConfigError(
                "bad_pages",
                f"{wanted!r} does not name pages.",
                "Write numbers and ranges, such as 1-3,7 or 5-.",
            )
        numbers.update(range(low, min(high, count) + 1))
    return tuple(sorted(number for number in numbers if number <= count))


