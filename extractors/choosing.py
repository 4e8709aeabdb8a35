"""Which of several schemas a document is read by: by its words, or by one small request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any

from docglean.extractors.extraction import SchemaRecord
from docglean.extractors.prompts import SORTING
from docglean.schemas.errors import SchemaError, SourceError
from docglean.schemas.kinds import Number
from docglean.schemas.schema import Schema, schema_of
from pydantic import Field, create_model

NONE = "none_of_these"
FIRST_PAGES = 2
"""Pages whose words are looked at."""
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


def chosen_by_model(
    name: str, schemas: Sequence[Schema], answer: Mapping[str, Any]
) -> tuple[Schema, SchemaRecord]:
    """What the model's answer to the sorting question means.

    Args:
        name: of the document.

    Raises:
        SourceError: ``no_schema_fits``.
    """
    told = {key: min(max(float(value or 0), 0.0), 1.0) for key, value in answer.items()}
    total = max(sum(told.values()), 1.0)
    ranked = sorted(
        ((schema, round(told.get(schema.name, 0.0) / total, 4)) for schema in schemas),
        key=lambda pair: -pair[1],
    )
    if told.get(NONE, 0.0) / total >= ranked[0][1]:
        raise no_schema_fits(name, schemas)
    return record(ranked)


def chosen_by_words(name: str, schemas: Sequence[Schema], text: str) -> tuple[Schema, SchemaRecord]:
    """What the words of the first pages say.

    Raises:
        SourceError: ``no_schema_fits``.
    """
    from docglean.extractors.embedded.sorting import sort_by_words

    ranked = sort_by_words(schemas, text)
    none = 1.0 - sum(certainty for _, certainty in ranked)
    if ranked[0][1] <= none:
        raise no_schema_fits(name, schemas)
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
