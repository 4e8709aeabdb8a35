"""The table `values`: one row a value, for who has to tell later where it came from and who saw it.

    values    document, part, schema, pointer, field, value, page, box, seconds_from, seconds_to,
              found, printed, confidence, calibrated, problems, look, reviewer, reviewed_at,
              revision, first, now

`page` and `box` (x0 y0 x1 y1 in points) are where it begins; `found` is how (see `Evidence`), empty
for what is not there. `look` is what a person's look came to, empty where nobody has looked;
`first` is what the engine had read when he did, and `now` what it reads since, where that has to
be asked. A list that somebody looked at has a row of its own: its value is the number of its
entries. What is no text is written as JSON.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC
from typing import Any

from docglean.extractors.extraction import Extraction
from docglean.extractors.value_review import ValueReview
from docglean.flows.export.tables import VALUES_NAME, Column, FlatTable
from docglean.schemas.pointers import leaves, pattern_of, value_at

VALUES = FlatTable(
    VALUES_NAME,
    tuple(
        Column(*told)
        for told in (
            ("document", "text"), ("part", "integer"), ("schema", "text"), ("pointer", "text"),
            ("field", "text"), ("value", "text"), ("page", "integer"), ("box", "text"),
            ("seconds_from", "float"), ("seconds_to", "float"), ("found", "text"),
            ("printed", "text"), ("confidence", "float"), ("calibrated", "truth"),
            ("problems", "text"), ("look", "text"), ("reviewer", "text"),
            ("reviewed_at", "moment"), ("revision", "integer"), ("first", "text"),
            ("now", "text"),
        )
    ),
)  # fmt: skip


def value_rows(extraction: Extraction[Any]) -> Iterator[dict[str, Any]]:
    """The rows of one document: every value, nulls too, and then the lists that were looked at."""
    if extraction.values is None:
        return
    source, used = extraction.document, extraction.schema_used
    codes = _codes(extraction)
    values = dict(leaves(extraction.values))
    of_lists = [pointer for pointer in extraction.reviews if pointer not in values]
    for pointer in (*values, *of_lists):
        value = values.get(pointer)
        if pointer in of_lists and isinstance(found := value_at(extraction.values, pointer), list):
            value = len(found)
        yield {
            "document": source.uri,
            "part": source.part.number if source.part else None,
            "schema": used.name if used else None,
            "pointer": pointer,
            "field": pattern_of(pointer, extraction.values),
            "value": _text(value),
            **_place(extraction, pointer),
            **_sureness(extraction, pointer),
            "problems": " ".join(codes[pointer]) or None,
            **_look(extraction.reviews.get(pointer)),
        }


def _place(extraction: Extraction[Any], pointer: str) -> dict[str, Any]:
    """Where it stands."""
    evidence = extraction.evidence.get(pointer)
    if evidence is None:
        return {}
    start, end = evidence.seconds or (None, None)
    box = None if evidence.box is None else " ".join(f"{side:.1f}" for side in evidence.box)
    return {
        "page": evidence.page,
        "box": box,
        "seconds_from": start,
        "seconds_to": end,
        "found": evidence.how,
        "printed": evidence.text or None,
    }


def _sureness(extraction: Extraction[Any], pointer: str) -> dict[str, Any]:
    found = extraction.confidence.get(pointer)
    if found is None:
        return {}
    return {"confidence": found.probability, "calibrated": found.calibrated}


def _look(review: ValueReview | None) -> dict[str, Any]:
    """What a person has said of it."""
    if review is None:
        return {}
    return {
        "look": review.look,
        "reviewer": review.by,
        "reviewed_at": review.at.astimezone(UTC),
        "revision": review.revision,
        "first": _text(review.first),
        "now": _text(review.now),
    }


def _codes(extraction: Extraction[Any]) -> dict[str, dict[str, None]]:
    """Codes of the problems by the value that they are about, each once."""
    found: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for problem in extraction.problems:
        for pointer in (problem.path, *problem.paths):
            if pointer:
                found[pointer][problem.code] = None
    return found


def _text(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
