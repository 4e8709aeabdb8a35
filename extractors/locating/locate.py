"""Looks every value up on the page: nobody is believed, and the model is never asked for boxes.

`locate` finds each value that any engine gave among the words of the text layer or of OCR, by
its field's kind, and says where it stands or that it does not. A value may be printed at many
places. Which one is meant is told by the row that the other values of its list entry stand in
(`table_rows`), by the label printed beside it and by its neighbours (`neighbours`). What is not
printed is not found; numbers, dates and codes are never taken for others that look like them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from docglean.extractors.extraction import Evidence
from docglean.extractors.locating.neighbours import place_fields
from docglean.extractors.locating.occurrences import Finder, Hit
from docglean.extractors.locating.table_rows import place_entries
from docglean.extractors.locating.units import Leaf, Unit, units_of
from docglean.extractors.locating.word_index import WordIndex
from docglean.extractors.words import PageWords, Word
from docglean.schemas.kinds import guess_style
from docglean.schemas.schema import Schema

if TYPE_CHECKING:
    from docglean.extractors.speech import Transcript

NOT_FOUND = Evidence(how="not_found")


def locate(
    schema: Schema,
    values: Mapping[str, Any],
    pages: Sequence[PageWords],
    *,
    hints: Mapping[str, int] | None = None,
    transcript: Transcript | None = None,
) -> dict[str, Evidence]:
    """Where each value stands.

    Args:
        values: JSON data in the schema's shape.
        pages: words of all pages that were read.
        hints: page number by JSON pointer of a list entry (or of anything else), where the
            engine told it; followed where the value is there, and not otherwise.
        transcript: of a recording, instead of pages.

    Returns:
        One `Evidence` by JSON pointer for each leaf that is not null, in the order of the schema.
        Yes/no values and values that were inferred are ``not_found`` unless the page shows a
        mark or a word for them.
    """
    heard = transcript is not None and not pages
    read = [as_page(transcript)] if heard and transcript is not None else list(pages)
    index = WordIndex(read)
    style = guess_style(" ".join(word.text for word in index.words))
    finder = Finder(index, style)
    units = units_of(schema.root, values, hints or {})
    placed: dict[str, Hit] = {}
    for chain in _chains(units):
        placed |= place_entries(finder, chain, placed)
    placed |= place_fields(finder, [unit for unit in units if unit.chain is None], placed)
    return {
        leaf.pointer: _evidence(index, placed.get(leaf.pointer), transcript if heard else None)
        for leaf in _leaves(units)
    }


def _chains(units: Sequence[Unit]) -> Iterator[list[Unit]]:
    """Units that are entries of the same list (or of lists in the same place), in order.

    The deepest first: rows tell where their table stands, not the other way round.
    """
    chains: dict[str, list[Unit]] = {}
    for unit in units:
        if unit.chain is not None and unit.leaves:
            chains.setdefault(unit.chain, []).append(unit)
    yield from sorted(chains.values(), key=lambda chain: -(chain[0].chain or "").count("*"))


def _leaves(units: Sequence[Unit]) -> list[Leaf]:
    return sorted((leaf for unit in units for leaf in unit.leaves), key=lambda leaf: leaf.number)


def _evidence(index: WordIndex, hit: Hit | None, transcript: Transcript | None) -> Evidence:
    if hit is None:
        return NOT_FOUND
    text = index.text(hit.span)
    score = round(hit.score, 3)
    if transcript is not None:
        first, last = (index.words[part.word].line for part in (hit.span[0], hit.span[-1]))
        seconds = transcript.segments[first].start, transcript.segments[last].end
        return Evidence(how=hit.how, text=text, seconds=seconds, score=score)
    boxes = [index.on_page(box, hit.page) for box in index.lines(hit.span)]
    rounded = [tuple(round(side, 2) for side in box) for box in boxes]
    whole = [round(side, 2) for side in index.on_page(hit.box, hit.page)]
    return Evidence(
        how=hit.how,
        page=index.pages[hit.page].page,
        box=(whole[0], whole[1], whole[2], whole[3]),
        boxes=tuple((b[0], b[1], b[2], b[3]) for b in rounded) if len(rounded) > 1 else (),
        text=text,
        score=score,
    )


def as_page(transcript: Transcript) -> PageWords:
    """What was said as a page: one segment a line, one unit high, one unit a character."""
    words: list[Word] = []
    widest = 1.0
    for number, segment in enumerate(transcript.segments):
        across = 0.0
        for text in segment.text.split():
            box = (across, float(number), across + len(text), number + 0.9)
            words.append(Word(text, box, line=number))
            across += len(text) + 0.5
        widest = max(widest, across)
    return PageWords(1, widest, len(transcript.segments) + 1.0, tuple(words))
