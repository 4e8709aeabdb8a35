"""Which of several schemas a document is read by: by its words, or by one small request.

A recording is of the built-in kind ``note``, a film of ``recording``, where these are among the
schemas and its words do not clearly say otherwise: whatever is said in it, it fits.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any

from docglean.extractors.extraction import SchemaRecord
from docglean.extractors.model_input import Medium
from docglean.extractors.requests.prompts import SORTING
from docglean.schemas.errors import SchemaError, SourceError
from docglean.schemas.kinds import Number
from docglean.schemas.schema import Schema, is_built_in, schema_of
from pydantic import Field, create_model

NONE = "none_of_these"
FIRST_PAGES = 2
"""Pages whose words are looked at."""
FIRST_PARTS = 4
"""Parts of a recording that are looked at: ten minutes of speech, or a film's first frames."""
CLEARLY = 0.75
"""Certainty from which a recording is of another kind than all recordings are."""
HOMES = {"audio": ("note",), "sound": ("note",), "video": ("recording", "note")}
"""Built-in schemas that any recording of a medium fits, the best first."""
DESCRIPTION = 300
"""Characters of each schema's description that are sent along."""


@lru_cache(maxsize=64)
def sorting_schema(schemas: tuple[Schema, ...]) -> Schema:
    """The schema of the question which of these schemas fits.

    Raises:
        SchemaError: ``same_name``, two of them are called the same.
    """
    names = [schema.name for schema in schemas]
    if len(set(names)) < len(names) or NONE in names:
        twice = next((name for name in names if names.count(name) > 1), NONE)
        raise SchemaError(
            "same_name",
            f"Several schemas are called {twice!r}; documents cannot be sorted to one of them.",
            "Give each model a name of its own.",
        )
    share = Annotated[float | None, Number()]
    fields: dict[str, Any] = {
        schema.name: (share, Field(default=None, description=_brief(schema))) for schema in schemas
    }
    fields[NONE] = (share, Field(default=None, description="None of the other kinds fits."))
    model = create_model("Sorting", __doc__=SORTING.format(none=NONE), **fields)
    return schema_of(model)


def _brief(schema: Schema) -> str:
    text = " ".join(schema.description.split()) or schema.name
    return text if len(text) <= DESCRIPTION else f"{text[: DESCRIPTION - 3]}..."


def offered(schemas: Sequence[Schema], medium: Medium) -> tuple[Schema, ...]:
    """The schemas that a document of this medium may be of.

    Of the built-in ones that fit any recording, ``recording`` is for films where both are there.
    """
    named = {schema.name: schema for schema in schemas if is_built_in(schema)}
    if len(named.keys() & {"note", "recording"}) < 2:
        return tuple(schemas)
    out = named["note" if medium == "video" else "recording"]
    return tuple(schema for schema in schemas if schema is not out)


def home(schemas: Sequence[Schema], medium: Medium) -> Schema | None:
    """The schema that fits whatever is said in a recording; None for pages, or without one."""
    named = {schema.name: schema for schema in schemas if is_built_in(schema)}
    return next((named[name] for name in HOMES.get(medium, ()) if name in named), None)


def chosen_by_model(
    name: str,
    schemas: Sequence[Schema],
    answer: Mapping[str, Any],
    *,
    fitting: Schema | None = None,
) -> tuple[Schema, SchemaRecord]:
    """What the model's answer to the sorting question means.

    Args:
        name: of the document.
        fitting: the schema that fits if none does clearly, see `home`.

    Raises:
        SourceError: ``no_schema_fits``.
    """
    told = {key: min(max(float(value or 0), 0.0), 1.0) for key, value in answer.items()}
    total = max(sum(told.values()), 1.0)
    shares = [(schema, round(told.get(schema.name, 0.0) / total, 4)) for schema in schemas]
    return _best(name, shares, told.get(NONE, 0.0) / total, fitting)


def chosen_by_words(
    name: str, schemas: Sequence[Schema], text: str, *, fitting: Schema | None = None
) -> tuple[Schema, SchemaRecord]:
    """What the words of the first pages say.

    Args:
        fitting: as `chosen_by_model`.

    Raises:
        SourceError: ``no_schema_fits``.
    """
    from docglean.extractors.rules.classify import sort_by_words

    shares = sort_by_words(schemas, text)
    return _best(name, shares, 1.0 - sum(share for _, share in shares), fitting)


def _best(
    name: str, shares: Sequence[tuple[Schema, float]], none: float, fitting: Schema | None
) -> tuple[Schema, SchemaRecord]:
    """The likeliest schema; with one that always fits, another only where that is clear.

    Args:
        none: how likely it is that no schema fits.
    """
    if fitting is not None:
        shares = [(one, round(share + none * (one is fitting), 4)) for one, share in shares]
        none = 0.0
    ranked = sorted(shares, key=lambda pair: -pair[1])
    if fitting is not None and ranked[0][1] < CLEARLY:
        ranked.sort(key=lambda pair: pair[0] is not fitting)
    elif none >= ranked[0][1]:
        raise no_schema_fits(name, [schema for schema, _ in shares])
    return record(ranked)


def record(ranked: Sequence[tuple[Schema, float]]) -> tuple[Schema, SchemaRecord]:
    """The first of several schemas, with the others as alternatives."""
    schema, certainty = ranked[0]
    return schema, SchemaRecord(
        name=schema.name,
        hash=schema.hash,
        certainty=certainty,
        alternatives={other.name: share for other, share in ranked[1:] if share > 0},
    )


def no_schema_fits(name: str, schemas: Sequence[Schema]) -> SourceError:
    """The typed problem of a document that is of no kind asked for."""
    listed = ", ".join(schema.name for schema in schemas)
    return SourceError(
        "no_schema_fits",
        f"{name}: it is none of {listed}, as far as can be told.",
        "Name the schema to read it by: --schema NAME.",
    )
