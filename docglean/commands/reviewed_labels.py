"""``docglean labels from``: labels of what people have reviewed in run folders."""

from __future__ import annotations

import asyncio
import shutil
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from docglean.commands.label import specs_by_name
from docglean.evaluation.agreement import both_said
from docglean.evaluation.labels import Label
from docglean.evaluation.reviewed_labels import add_reviewed, reviewed_label
from docglean.extractors.documents.workers import Workers
from docglean.extractors.extraction import Extraction, SourceRecord
from docglean.extractors.reviews import ReviewEvent, ReviewLog, replay
from docglean.extractors.reviews.people import events_of, independent
from docglean.extractors.settings import load_settings
from docglean.flows.originals import original
from docglean.flows.run_folder import RunFolder, holding_results
from docglean.review.known_schema import KnownSchemas, given_schemas
from docglean.schemas.errors import ConfigError, DocgleanError, SchemaError, SourceError
from docglean.schemas.fields import Field
from docglean.schemas.schema import BUILT_IN, Schema, given_of, load_schema


@dataclass(frozen=True, slots=True)
class LabelsFrom:
    """What is asked for.

    Attributes:
        to: folder for labels.jsonl.
        by: only what this person has looked at; None for everybody.
        schemas: specs of the user's own, whose code may run.
        fetch: documents that are not on this machine are fetched from where the results say.
    """

    runs: Sequence[Path]
    to: Path
    by: str | None = None
    schemas: tuple[str, ...] = ()
    fetch: bool = False
    passwords: tuple[str, ...] = ()


@dataclass(slots=True)
class MadeLabels:
    """What came of it.

    Attributes:
        kept: documents whose labels a person has made otherwise: they stay as they are.
        left_out: why others that somebody looked at have no label, by name.
    """

    labels: list[Label] = field(default_factory=list)
    kept: int = 0
    left_out: dict[str, str] = field(default_factory=dict)


def labels_from(asked: LabelsFrom) -> MadeLabels:
    """Write the labels.

    Raises:
        ConfigError: ``no_run``; ``bad_reviews``; ``bad_labels``; ``nothing_reviewed``;
            ``private_fetch``.
        SchemaError: one of `schemas` can't be loaded.
    """
    if not asked.runs:
        raise ConfigError("no_run", "No run folder is named.", "Name those that were reviewed.")
    if asked.fetch and load_settings().private:
        raise ConfigError(
            "private_fetch", "In private mode nothing is fetched.", "Leave --fetch away."
        )
    made = asyncio.run(_made(asked))
    if not made.labels and not made.left_out:
        who = "Nobody" if asked.by is None else f"{asked.by} has not looked at anything: nobody"
        raise ConfigError(
            "nothing_reviewed",
            f"{who} has reviewed a value of {', '.join(map(str, asked.runs))}.",
            "Look at it with `docglean review`.",
        )
    made.kept = add_reviewed(asked.to, made.labels) if made.labels else 0
    return made


async def _made(asked: LabelsFrom) -> MadeLabels:
    made, found = MadeLabels(), dict[str, Label]()
    given = given_schemas(asked.schemas)
    async with Workers() as workers:
        for run in asked.runs:
            with holding_results(run):
                async for read, label in _of_run(run, asked, given, workers):
                    if isinstance(label, DocgleanError):
                        made.left_out[read.document.name] = str(label)
                    elif label is not None:
                        found[label.file] = label  # of two runs the one that is named last
    made.labels = list(found.values())
    return made


async def _of_run(
    run: Path, asked: LabelsFrom, given: Mapping[str, Schema], workers: Workers
) -> AsyncIterator[tuple[Extraction[Any], Label | DocgleanError | None]]:
    """Each document of a run with its label, or why it has none."""
    folder = RunFolder.existing(run)
    record, log = folder.record(), ReviewLog(run)
    specs = (spec for one in record.runs for spec in one.options.get("schemas", ()))
    schemas = KnownSchemas(record.schemas, given, tuple(dict.fromkeys(specs)))
    for read in folder.extractions():
        try:
            events = log.events(read.document.uri)
            yield read, await _label(read, events, schemas, asked, workers)
        except DocgleanError as error:
            yield read, error


async def _label(
    read: Extraction[Any],
    events: Sequence[ReviewEvent],
    schemas: KnownSchemas,
    asked: LabelsFrom,
    workers: Workers,
) -> Label | None:
    """The label of one document; None where nobody has looked at it.

    Raises:
        DocgleanError: it can't have one.
    """
    reviewed = _opinion(read, events, asked.by)
    if not reviewed.reviews:
        return None
    if read.document.part is not None:
        raise SourceError(
            "part_of_a_file",
            "It is one of several documents of its file, and a label is of a whole file.",
            "`docglean split FILE --to FOLDER` makes a file of each; review a run over those.",
        )
    root, spec = _schema(read, schemas, specs_by_name(asked.schemas))
    opened = original(read.document, workers, fetch=asked.fetch, passwords=asked.passwords)
    async with opened as document:
        label = reviewed_label(
            reviewed,
            root,
            spec,
            _kept(document.path, read.document, asked.to),
            asked.to,
            sizes={one.number: (one.width, one.height) for one in document.pages},
            disputed=_disputed(read.document.uri, events),
        )
    if label is None:
        raise SourceError(
            "nothing_labelled",
            "Only entries of lists were looked at, and nobody has said that a list is complete.",
            "Say so in `docglean review`.",
        )
    return label


def _opinion(
    read: Extraction[Any], events: Sequence[ReviewEvent], by: str | None
) -> Extraction[Any]:
    """What people have made of a document, or one of them."""
    if by is not None and by in independent(events)[1:]:
        return replay(read, events_of(events, by)).extraction
    reviewed = replay(read, events).extraction
    if by is None:
        return reviewed
    mine = {pointer: one for pointer, one in reviewed.reviews.items() if one.by == by}
    return reviewed.model_copy(update={"reviews": mine})


def _schema(
    read: Extraction[Any], schemas: KnownSchemas, specs: Mapping[str, str]
) -> tuple[Field, str | dict[str, Any]]:
    """The fields of a result's schema, and how a label names it.

    Raises:
        SchemaError: ``unknown_schema``, it is nobody's that we know.
    """
    used = read.schema_used
    if used is not None and used.name in BUILT_IN and used.hash not in schemas.given:
        return load_schema(used.name).root, used.name  # fields that it has no more stay unlabelled
    known = schemas.of(used, read.values)
    if used is not None and known.schema is not None:
        document = given_of(known.schema.model)
        if document is not None:
            return known.root, dict(document.document)
        return known.root, specs.get(used.name) or schemas.spec_of(used) or used.name
    name = "a schema that is not told" if used is None else f"the schema {used.name}"
    raise SchemaError(
        "unknown_schema",
        f"It was read by {name}, which is not at hand as it was.",
        "Name it with --schema.",
    )


def _kept(path: Path, told: SourceRecord, folder: Path) -> Path:
    """The document where it can stay: what was fetched is brought beside the labels."""
    if urlsplit(told.file_uri).scheme in ("", "file"):
        return path
    place = folder / "docs" / Path(told.file_name).name
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, place)
    return place


def _disputed(document: str, events: Sequence[ReviewEvent]) -> dict[str, dict[str, Any]]:
    """The values on which people differ who did not see each other's: who said what."""
    found: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for one in both_said(document, events):
        if not one.agree:
            found[one.pointer] |= dict((one.first, one.second))
    return dict(found)
