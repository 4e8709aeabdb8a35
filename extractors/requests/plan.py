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
from functools import lru_cache
from typing import TYPE_CHECKING

from docglean.extractors.model_input import Medium, Unit
from docglean.extractors.models.base import Effort
from docglean.extractors.requests.examples import Example, facts_of
from docglean.extractors.versions import PROMPT_VERSION
from docglean.schemas.fields import Field
from docglean.schemas.schema import Schema, named_by_fields
from docglean.schemas.wire.dialects import Dialect, WireSchema, compile_schema, groups, keys

if TYPE_CHECKING:
    from docglean.extractors.ledger.tables import Purpose

DEFAULT_WINDOW = 8
"""Pages a request: one-shot models lose on long documents, so windows stay far below the limits."""

BYTES_A_PIXEL = 0.35
"""Encoded bytes a pixel of a dense JPEG page; only to plan windows, a refusal for size halves."""

BASE64 = 4 / 3


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
        total: units that the document has, those not read included.
        medium: see `Medium`.
        paths: the field paths asked for; None for all.
        paged: list entries carry their page, because there are other windows.
        reads: identity of what a page becomes: inputs, render policy, OCR or speech engine.
        model: engine, server and parameters that decide the answer.
        show_schema: the server does not show the schema to the model, so the prompt does.
        instructions: the user's own words.
        note: what was wrong with an earlier answer; makes this a re-ask.
        max_tokens: limit of the answer.
        most_tokens: what the limit may be raised to where thinking uses it up; not in the key.
        context_tokens: question and answer together at the most; 0 where nobody knows.
        effort: reasoning effort asked for.
        lowest_effort: what it may be lowered to where thinking leaves no answer; not in the key.
        thinking: tokens of thinking to expect while no call has told better; not in the key.
        repeat: which repetition of the same question this is, from 1.
        examples: labelled documents that are shown before it, in their order.
    """

    document: str
    pages: tuple[int, ...]
    total: int
    medium: Medium
    schema: Schema
    dialect: Dialect
    reads: str
    model: str
    paths: frozenset[str] | None = None
    paged: bool = False
    show_schema: bool = False
    instructions: str = ""
    note: str = ""
    max_tokens: int = 16_000
    most_tokens: int = 0
    context_tokens: int = 0
    effort: Effort | None = None
    lowest_effort: Effort | None = None
    thinking: int = 0
    purpose: Purpose = "extract"
    repeat: int = 1
    examples: tuple[Example, ...] = ()

    @property
    def wire(self) -> WireSchema:
        """The JSON Schema to send, and the way back."""
        return compile_schema(self.schema, self.dialect, paths=self.paths, paged=self.paged)

    @property
    def bare_wire(self) -> WireSchema:
        """The same without the pages of list entries, which examples do not tell."""
        return compile_schema(self.schema, self.dialect, paths=self.paths)

    @property
    def key(self) -> str:
        """SHA-256 over all that decides the answer; the ledger's key."""
        return _digest(self._facts(self.wire.hash, self.note, self.schema.name))

    @property
    def family(self) -> str:
        """The same over all but the fields asked for, a name that is made of theirs, and whether
        they are asked for once more."""
        name = "" if named_by_fields(self.schema) else self.schema.name
        return _digest(self._facts(self.dialect.name, "", name))

    def _facts(self, schema: str, note: str, name: str) -> list[object]:
        return [
            self.document,
            self.pages,
            self.total,
            self.medium,
            name,
            self.schema.description,
            schema,
            self.dialect.nullable,
            self.paged,
            self.reads,
            self.model,
            self.show_schema,
            self.instructions,
            note,
            self.max_tokens,
            self.effort,
            PROMPT_VERSION,
            # The first asking has no mark, so that it is that of an extraction too.
            *([self.repeat] if self.repeat > 1 else []),
            *facts_of(self.examples),
        ]

    @property
    def span(self) -> str:
        """The pages for people: ``1-8``, ``3,7-9``."""
        runs: list[list[int]] = []
        for page in self.pages:
            if runs and page == runs[-1][-1] + 1:
                runs[-1][1:] = [page]
            else:
                runs.append([page])
        return ",".join("-".join(map(str, run)) for run in runs)

    def page_halves(self) -> tuple[Request, ...]:
        """Two requests for the same fields of half the pages each; empty for a single page.

        They overlap by a page where they can, so that an entry broken by the cut is seen whole.
        """
        if len(self.pages) < 2:
            return ()
        middle = len(self.pages) // 2
        overlap = 1 if len(self.pages) > 2 and has_lists(self.schema) else 0
        first, second = self.pages[: middle + overlap], self.pages[middle:]
        return replace(self, pages=first, paged=True), replace(self, pages=second, paged=True)

    def field_halves(self) -> tuple[Request, ...]:
        """Two requests for half of the fields each, of the same pages; empty for a single field.

        Halves of a list's entries both ask for the fields that tell the entries apart.
        """
        asked = frozenset(leaf.path for leaf in self.schema.root.leaves())
        parts = _halves(self.schema.root, asked if self.paths is None else self.paths & asked)
        return tuple(replace(self, paths=part) for part in parts)


def _digest(facts: Sequence[object]) -> str:
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def plan(
    template: Request, units: Sequence[Unit], room: Room, *, overlap: int = 1
) -> tuple[tuple[Request, ...], ...]:
    """All requests for one document: for each group of fields its windows, in order.

    Args:
        template: a request with everything but pages, paths and paged.
        units: the pages or stretches to read, ascending.
        room: limits of one request.
        overlap: units shared by neighbouring windows, where the schema has lists.

    Raises:
        SchemaError: the dialect takes no part of the schema.
    """
    shared = overlap if has_lists(template.schema) else 0
    cuts = windows(units, room, overlap=shared)
    paged = len(cuts) > 1
    parts = groups(template.schema, template.dialect, paged=paged)
    return tuple(
        tuple(
            replace(template, pages=pages, paths=None if len(parts) == 1 else paths, paged=paged)
            for pages in cuts
        )
        for paths in parts
    )


def windows(units: Sequence[Unit], room: Room, *, overlap: int) -> tuple[tuple[int, ...], ...]:
    """Cut units into windows that fit `room`; neighbours share `overlap` units where they can.

    Every unit is in some window, windows ascend, and each begins and ends later than the one
    before. A unit too large for the room stands alone.
    """
    cuts: list[tuple[int, ...]] = []
    start = 0
    while start < len(units):
        end = _end(units, start, room)
        cuts.append(tuple(unit.number for unit in units[start:end]))
        if end >= len(units):
            break
        start = max(end - overlap, start + 1)
        while start < end and _end(units, start, room) <= end:
            start += 1  # sharing so much would leave no room for anything new
    return tuple(cuts)


def _end(units: Sequence[Unit], start: int, room: Room) -> int:
    """The end of the longest window from `start` that fits; it holds one unit at least."""
    end, tokens, size, images = start, 0, 0.0, 0
    while end < len(units) and end - start < max(room.units, 1):
        unit = units[end]
        tokens += unit.tokens
        size += (unit.pixels * BYTES_A_PIXEL + unit.bytes) * BASE64
        images += unit.pixels > 0
        fits = tokens <= room.tokens and size <= room.bytes and images <= max(room.images, 1)
        if end > start and not fits:
            break
        end += 1
    return end


@lru_cache(maxsize=512)
def has_lists(schema: Schema) -> bool:
    """Whether entries of a list could be broken by the cut between two windows."""
    return any(field.shape == "list" for field in schema.root.walk())


def _halves(field: Field, asked: frozenset[str]) -> tuple[frozenset[str], ...]:
    """The leaf paths in `asked` in two parts, cut as high in the tree as can be."""
    if field.shape == "list":
        if field.item.shape != "object":
            return ()
        telling = frozenset(leaf.path for leaf in keys(field.item)) & asked
        if len(asked - telling) < 2:
            # Few fields: the first of them alone tells the entries apart; of two, their order.
            first = keys(field.item)[:1] if len(asked) > 2 else ()
            telling = frozenset(leaf.path for leaf in first) & asked
        parts = _halves(field.item, asked - telling)
        return tuple(telling | part for part in parts)
    inside = [(child, asked & {leaf.path for leaf in child.leaves()}) for child in field.children]
    inside = [(child, paths) for child, paths in inside if paths]
    if len(inside) == 1:
        return _halves(*inside[0])
    if not inside:
        return ()
    middle = len(inside) // 2
    left = frozenset[str]().union(*(paths for _, paths in inside[:middle]))
    return left, frozenset(asked - left)
