"""How probable the tokens were that a model wrote a value with, where its server tells.

Each answer has its own, by JSON pointer. What windows and groups of fields are put together to is
looked up in them by what it says, as entries of lists move; where that is no single place, there
is none.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any

from docglean.extractors.models.base import Reply
from docglean.extractors.models.json_spans import value_spans
from docglean.extractors.models.loose_json import Loose
from docglean.extractors.models.token_probabilities import probabilities, spans
from docglean.schemas.pointers import leaves, value_at
from docglean.schemas.wire.compile import WireSchema
from docglean.schemas.wire.dialects import plain

DOUBT, MOST = "token_doubt", "token_doubt_most"
"""Names of the signals: what the mean and the least probability leave. Where a server tells none,
there is no doubt to count, rather than no certainty."""

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class TokenReading:
    """What one answer says, and how sure its model was.

    Attributes:
        data: decoded, without pages of entries.
        sure: geometric mean and least probability of a value's tokens, by JSON pointer.
    """

    data: Any = None
    sure: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def token_reading(reply: Reply, found: Loose, wire: WireSchema, data: Any) -> TokenReading:
    """The probabilities of an answer's values; none where its JSON had to be mended.

    Args:
        data: what `wire` makes of `found`.
    """
    if not reply.tokens or found.repaired:
        return TokenReading()
    told, written, at = spans(reply.tokens), value_spans(reply.text), _bytes_before(reply.text)
    sure: dict[str, tuple[float, float]] = {}
    for pointer, path in wire.sources(found.value, data).items():
        start, end = written[path]
        probable = probabilities(told, at[start], at[end])
        if probable is not None:
            sure[pointer] = probable
    return TokenReading(plain(data)[0], sure)


def _bytes_before(text: str) -> Sequence[int]:
    """UTF-8 bytes before each character, and of all."""
    if text.isascii():
        return range(len(text) + 1)
    return list(accumulate((len(char.encode()) for char in text), initial=0))


def token_signals(readings: Sequence[TokenReading], values: Any) -> dict[str, dict[str, float]]:
    """Signals of the values that stand in at least one answer as they do here, by JSON pointer.

    Of several answers that say the same it is the mean of them, and the least.
    """
    one = len(readings) == 1
    told: defaultdict[Key, list[tuple[float, float]]] = defaultdict(list)
    for reading in readings:
        for key, pointer in _places(reading.data, reading.sure, one).items():
            told[key].append(reading.sure[pointer])
    pointers = (pointer for pointer, _ in leaves(values))
    return {
        pointer: {
            DOUBT: 1 - sum(mean for mean, _ in told[key]) / len(told[key]),
            MOST: 1 - min(least for _, least in told[key]),
        }
        for key, pointer in _places(values, pointers, one).items()
        if key in told
    }


def _places(data: Any, pointers: Iterable[str], one: bool) -> dict[Key, str]:
    """Pointers by what stands there, without those that stand for the same.

    Args:
        one: there is just one answer, so that its entries have not moved.
    """
    found: dict[Key, list[str]] = {}
    for pointer in pointers:
        found.setdefault(_key(data, pointer, one), []).append(pointer)
    return {key: places[0] for key, places in found.items() if len(places) == 1}


def _key(data: Any, pointer: str, one: bool) -> Key:
    """What a value is known by: where it stands and what it says; in a list the whole entry."""
    steps = pointer.split("/")
    listed = next((place for place, step in enumerate(steps) if step.isdigit()), None)
    if one or listed is None:
        return pointer, _written(value_at(data, pointer)), ""
    entry = value_at(data, "/".join(steps[: listed + 1]))
    return "/".join(steps[:listed]), _written(entry), "/".join(steps[listed + 1 :])


def _written(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)
