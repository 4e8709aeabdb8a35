"""Looks every value up on the page: nobody is believed, and the model is never asked for boxes.

`locate` finds each value that any engine gave among the words of the text layer or of OCR, by
its field's kind, and says where it stands or that it does not. A value may be printed at many
places. Which one is meant is told by the row that the other values of its list entry stand in
(`table_rows`), by the label printed beside it and by its neighbours (`neighbours`). What is not
printed is not found; numbers, dates and codes are never taken for others that look like them.

In a recording a value stands where it is said; in a film where it is shown, or else said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from docglean.extractors.documents.words import PageWords
from docglean.extractors.extraction import Box, Evidence, Place
from docglean.extractors.geometry import union
from docglean.extractors.grounding.hits import Hit
from docglean.extractors.grounding.neighbours import place_fields
from docglean.extractors.grounding.occurrences import Finder
from docglean.extractors.grounding.table_rows import place_entries
from docglean.extractors.grounding.units import Leaf, RowUnit, units_of
from docglean.extractors.grounding.word_index import Span, WordIndex
from docglean.extractors.speech.transcript_parts import as_page, stretches_of
from docglean.schemas.kinds import guess_style
from docglean.schemas.schema import Schema

if TYPE_CHECKING:
    from docglean.extractors.speech import Transcript

NOT_FOUND = Evidence(how="not_found")


@dataclass(frozen=True, slots=True)
class Located:
    """Where values stand.

    Attributes:
        evidence: one `Evidence` by JSON pointer for each leaf that is not null, in the order of the
            schema. Yes/no values and values that were inferred are ``not_found`` unless the page
            shows a mark or a word for them.
        signals: by pointer, what the search tells of how sure a value is; see
            `confidence.signals`.
    """

    evidence: dict[str, Evidence]
    signals: dict[str, dict[str, float]]


def locate(
    schema: Schema, values: Mapping[str, Any], pages: Sequence[PageWords], **told: Any
) -> dict[str, Evidence]:
    """Where each value stands: `located` without what else the search tells."""
    return located(schema, values, pages, **told).evidence


def located(
    schema: Schema,
    values: Mapping[str, Any],
    pages: Sequence[PageWords],
    *,
    hints: Mapping[str, int] | None = None,
    transcript: Transcript | None = None,
    frames: Mapping[int, tuple[float, float]] | None = None,
) -> Located:
    """Where each value stands.

    Args:
        values: JSON data in the schema's shape.
        pages: words of all pages that were read.
        hints: page number by JSON pointer of a list entry (or of anything else), where the
            engine told it; followed where the value is there, and not otherwise.
        transcript: of a recording, instead of pages; of a film, beside them.
        frames: of a film, for each page from and to which second it is shown.
    """
    units = units_of(schema.root, values, hints or {})
    leaves = _leaves(units)
    found: dict[str, Evidence] = {}
    signals: dict[str, dict[str, float]] = {}
    if pages or transcript is None:
        index = WordIndex(pages)
        for pointer, hit in _placed(index, units).items():
            found[pointer] = evidence_at(index, hit, frames)
            signals[pointer] = hit.signals
    if transcript is not None:
        # Frames and stretches are numbered in their own ways: hints are of what was shown.
        told = {} if pages else hints or {}
        for spelt in (False, True):
            if all(leaf.pointer in found for leaf in leaves if leaf.is_printed):
                break
            found = _in_recording(schema, values, told, transcript, spelt=spelt) | found
    evidence = {leaf.pointer: found.get(leaf.pointer, NOT_FOUND) for leaf in leaves}
    return Located(evidence, {pointer: told for pointer, told in signals.items() if told})


def _placed(index: WordIndex, units: Sequence[RowUnit]) -> dict[str, Hit]:
    """Where the values of these units stand, by their pointers."""
    style = guess_style(" ".join(word.text for word in index.words))
    finder = Finder(index, style)
    placed: dict[str, Hit] = {}
    for chain in _chains(units):
        placed |= place_entries(finder, chain, placed)
    return placed | place_fields(finder, [unit for unit in units if unit.chain is None], placed)


def _in_recording(
    schema: Schema,
    values: Mapping[str, Any],
    hints: Mapping[str, int],
    transcript: Transcript,
    *,
    spelt: bool,
) -> dict[str, Evidence]:
    """Where the values are said.

    Args:
        spelt: spelt numbers are read as digits.
    """
    from docglean.extractors.speech.numerals import in_digits

    segments = transcript.segments
    if spelt:
        values = in_digits(values, transcript.language)
        segments = tuple(
            replace(one, text=in_digits(one.text, transcript.language)) for one in segments
        )
    stretches = stretches_of(segments)
    index = WordIndex([as_page(part, number) for number, part in enumerate(stretches, 1)])
    placed = _placed(index, units_of(schema.root, values, hints))
    found: dict[str, Evidence] = {}
    for pointer, hit in placed.items():
        first, last = (
            stretches[hit.page][index.words[part.word].line] for part in (hit.span[0], hit.span[-1])
        )
        how = "normalised" if spelt and hit.how == "exact" else hit.how
        found[pointer] = Evidence(
            how=how,
            text=index.text(hit.span),
            seconds=(first.start, last.end),
            score=round(hit.score, 3),
        )
    return found


def _chains(units: Sequence[RowUnit]) -> Iterator[list[RowUnit]]:
    """Units that are entries of the same list (or of lists in the same place), in order.

    The deepest first: rows tell where their table stands, not the other way round.
    """
    chains: dict[str, list[RowUnit]] = {}
    for unit in units:
        if unit.chain is not None and unit.leaves:
            chains.setdefault(unit.chain, []).append(unit)
    yield from sorted(chains.values(), key=lambda chain: -(chain[0].chain or "").count("*"))


def _leaves(units: Sequence[RowUnit]) -> list[Leaf]:
    return sorted((leaf for unit in units for leaf in unit.leaves), key=lambda leaf: leaf.number)


def evidence_at(
    index: WordIndex, hit: Hit, frames: Mapping[int, tuple[float, float]] | None = None
) -> Evidence:
    """A place of the index as evidence.

    Args:
        frames: as `located`.
    """
    first, *rest = (_place(index, span) for span in (hit.span, *hit.rest))
    return Evidence(
        how=hit.how,
        page=first.page,
        box=first.box,
        boxes=first.boxes,
        rest=tuple(rest),
        text=" ".join(index.text(span) for span in (hit.span, *hit.rest)),
        seconds=(frames or {}).get(first.page),
        score=round(hit.score, 3),
    )


def _place(index: WordIndex, span: Span) -> Place:
    """Where these words, all of one page, stand on it."""
    page = index.page_of[span[0].word]
    lines = index.lines(span)
    boxes = tuple(_rounded(index.on_page(box, page)) for box in lines) if len(lines) > 1 else ()
    whole = _rounded(index.on_page(union(lines), page))
    return Place(page=index.pages[page].page, box=whole, boxes=boxes)


def _rounded(box: Box) -> Box:
    x0, y0, x1, y1 = (round(side, 2) for side in box)
    return x0, y0, x1, y1
