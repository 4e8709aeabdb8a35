"""Whether a run has labelled documents to show as examples, and which; refused where that is a slip
of whoever asked."""

from __future__ import annotations

from collections.abc import Sequence

from docglean.extractors.examples.gallery import COUNT
from docglean.extractors.examples.labelled import Labelled, LabelReader
from docglean.extractors.options import RunOptions
from docglean.schemas.errors import ConfigError
from docglean.schemas.schema import Schema

MOST = 20
"""Examples beside a document: each is paid for with every request."""


def count_of(options: RunOptions) -> int:
    """Examples that a document gets at the most.

    Raises:
        ConfigError: ``bad_examples``.
    """
    told = options.example_count
    if told is not None and not options.examples:
        raise ConfigError(
            "bad_examples",
            "--example-count says how many examples there are to be, and none are named.",
            "Add --examples with a folder of labels, or leave it out.",
        )
    count = COUNT if told is None else told
    if not 1 <= count <= MOST:
        raise ConfigError(
            "bad_examples", f"{count} is no number of examples.", f"Take 1 to {MOST}."
        )
    return count


def labelled_for(
    options: RunOptions,
    engines: Sequence[str],
    schemas: Sequence[Schema],
    read: LabelReader | None,
    *,
    has_model: bool,
) -> Labelled | None:
    """The labelled documents of a run; None where none are asked for.

    Args:
        engines: their specs, for messages.
        schemas: of the run; none where they are not known yet.
        has_model: one of the engines can be shown examples.

    Raises:
        ConfigError: ``bad_examples``: there is no model to show them to, or no label that can be
            used; and what `read` raises.
    """
    count_of(options)
    if not options.examples:
        return None
    if not has_model:
        raise ConfigError(
            "bad_examples",
            f"{', '.join(engines)} asks no model, so examples would have no effect.",
            "Leave --examples out, or take a model with --engine.",
        )
    assert read is not None, "whoever opens a run with examples has to say what reads labels"
    labelled = read(options.examples)
    check_shown(labelled, schemas)
    return labelled


def check_shown(labelled: Labelled, schemas: Sequence[Schema]) -> None:
    """Refuse labels of which no document of these schemas can be shown; of any, where none is told.

    Raises:
        ConfigError: ``bad_examples``.
    """
    wanted = {schema.hash for schema in schemas} or {one.schema_hash for one in labelled.documents}
    if any(one.schema_hash in wanted for one in labelled.documents):
        return
    names = ", ".join(schema.name for schema in schemas)
    raise ConfigError(
        "bad_examples",
        f"There is nothing to show as an example: {labelled.told()}"
        + (f"; none of the schema {names} as it is now." if labelled.documents else "."),
        "Name a folder with labels of documents of this kind that a person has checked (without "
        "`drafted_by`).",
    )
