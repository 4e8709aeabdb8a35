"""Of which kind a document is by its words, whatever it was read by."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cache

from docglean.extractors.rules.classify import TYPE_LANGUAGES, sort_by_words
from docglean.extractors.rules.papers import calls_itself
from docglean.schemas.errors import Problem, shown
from docglean.schemas.reading.style import guess_style
from docglean.schemas.schema import Schema, is_built_in, load_schema

Ranking = Sequence[tuple[Schema, float]]
"""As `sort_by_words` gives it."""
PAPERS = ("invoice", "receipt", "statement")
"""Built-in schemas that any other kind of document is wrongly read by. Forms, tables, screenshots
and notes take whatever a page has."""
ALIKE = ("invoice", "receipt")
"""Of these many a document may be called the one or the other."""
UNNAMED = ("form", "tables")
"""Kinds that a paper in an unknown language looks like, for it has captions and columns, too."""
SURELY, HARDLY = 0.75, 0.1
"""Certainty of another kind, and of the one asked for, from which the wrong one was asked for:
measured on labelled documents, where the right schema is below in each."""
KINDS = (*PAPERS, "form", "tables", "chart", "screenshot")
"""Built-in schemas that pages may be of."""
LEAST_TOLD = 0.01
"""Share of a kind below which it is not told."""


_making = threading.Lock()


def kinds() -> tuple[Schema, ...]:
    """The built-in schemas that pages may be of."""
    with _making:  # the first documents of a run want them at the same time
        return _kinds()


@cache
def _kinds() -> tuple[Schema, ...]:
    return tuple(load_schema(name) for name in KINDS)


def looks_like(
    schema: Schema, schemas: Sequence[Schema], text: str, ranked: Ranking
) -> dict[str, float]:
    """How far the words speak for each kind, the likeliest first, from 0 to 1.

    Args:
        schema: by which the document was read; it is told however unlikely it is.
        schemas: of the run: a user's own stand beside the built-in ones.
        ranked: the built-in ones by the same text.
    """
    own = {schema.name: schema for schema in schemas if not is_built_in(schema)}
    if own:
        ranked = sort_by_words(
            [*(one for one in kinds() if one.name not in own), *own.values()], text
        )
    return {
        one.name: share for one, share in ranked if share >= LEAST_TOLD or one.name == schema.name
    }


def other_kind(schema: Schema, text: str, ranked: Ranking | None = None) -> list[Problem]:
    """The problem of a document that is clearly of another built-in kind than the one asked for.

    Nothing is said of a user's own schema, nor of captions and columns in a language in which it
    is not known what documents are called.

    Args:
        text: of the first pages, laid out as `PageWords.text` does it.
        ranked: `kinds` by that text, where somebody has it already.
    """
    if not is_built_in(schema) or schema.name not in PAPERS:
        return []
    ranked = ranked or sort_by_words(kinds(), text)
    same = ALIKE if schema.name in ALIKE else (schema.name,)
    asked = sum(share for one, share in ranked if one.name in same)
    if title := calls_itself(text, *same):
        return [
            Problem(
                code="other_kind",
                message=f"It calls itself {shown(title)}, which is no {schema.name}.",
                way_out="Look at it, and read it by a schema of its own kind.",
            )
        ]
    best, certainty = ranked[0]
    if best.name in same or certainty < SURELY or asked > HARDLY:
        return []
    languages = guess_style(text).languages
    if best.name in UNNAMED and not TYPE_LANGUAGES.intersection(languages):
        return []
    return [
        Problem(
            code="other_kind",
            message=f"By its words this is of the kind {best.name} ({certainty:.0%}), not "
            f"{schema.name} ({asked:.0%}).",
            way_out=f"Look at it, and read it by its own kind: --schema {best.name}.",
        )
    ]
