"""How well the head of a column names a field."""

from __future__ import annotations

from collections.abc import Sequence

from docglean.extractors.rules.fields.field_names import FITS, FieldName, best_fit, tokens
from docglean.schemas.labels import words_of

COMPOUND = 0.8
"""Fit of a head that ends with a field's label."""
SHORTEST, LEAST_MORE = 4, 3
"""Letters of a label that ends a compound, and of what is in front of it."""
_OTHER = words_of("compounds.others")
"""Beginnings that make a compound name something else."""


def head_fit(labels: Sequence[FieldName], head: str) -> float:
    """How well a column's head names a field, 0 to 1.

    German heads are compounds: what "Nettopreis" ends with is a price.
    """
    words = tokens(head)
    best = best_fit(labels, words)[0]
    if best >= FITS or len(words) != 1 or words[0].startswith(_OTHER):
        return best
    ends = [
        label.belief
        for label in labels
        if len(label.tokens) == 1
        and len(label.tokens[0]) >= SHORTEST
        and words[0].endswith(label.tokens[0])
        and len(words[0]) - len(label.tokens[0]) >= LEAST_MORE
    ]
    return max([best, *(COMPOUND * belief for belief in ends)])
