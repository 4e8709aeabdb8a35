"""The documents of a folder with a labels.jsonl: drafts to be checked, and labels to look at again.

What is not in a label was never looked at. Where values stand is looked for on the pages when a
document is opened; signing it off writes the label.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from docglean.evaluation.checked_labels import checked_values, write_checked
from docglean.evaluation.labels import (
    LABELS,
    Label,
    LabelSet,
    bad_labels,
    file_hash,
    json_lines,
)
from docglean.extractors.extraction import Extraction, SchemaRecord, SourceRecord, Status
from docglean.extractors.reviews import ReviewEvent, replay
from docglean.flows.links import id_of
from docglean.review.docket import DocketEntry, DocketKind, Listed, Sizes
from docglean.review.faults import NotThere
from docglean.review.known_schema import KnownSchema
from docglean.review.shared_log import SharedLog
from docglean.schemas.errors import ConfigError, SchemaError
from docglean.schemas.schema import Schema

_KEYS = {info.alias or name for name, info in Label.model_fields.items()}


class LabelsDocket:
    """The documents of a folder with a labels.jsonl.

    Schemas are loaded as `docglean evaluate` loads them: labels say by which code they are read.

    Args:
        given: as in `RunDocket`; of labels the schema is always known.

    Raises:
        ConfigError: ``bad_labels``; ``bad_reviews``.
        SchemaError: none of them has a schema that can be loaded.
    """

    kind: DocketKind = "labels"

    def __init__(self, folder: Path, given: Mapping[str, Schema] | None = None) -> None:
        self.name = folder.resolve().name
        self.folder = folder
        self._log = SharedLog(folder)
        self._labels: dict[str, tuple[int, Label]] = {}
        self._listed: list[Listed] = []
        self._stamp: tuple[int, ...] = ()
        self._turn = threading.Lock()
        self._check_schemas()

    def listed(self) -> list[Listed]:
        """As in `Docket`."""
        path = self.folder / LABELS
        with self._turn:
            try:
                told = path.stat()
            except OSError as error:
                raise ConfigError(
                    "bad_labels",
                    f"{path} cannot be read: {error.strerror}.",
                    "Name a folder with labels, or make drafts with `docglean label`.",
                ) from error
            stamp = (told.st_size, told.st_mtime_ns, told.st_ino)
            if stamp != self._stamp:
                self._labels = self._read_all()
                # Which line of the file has changed is seen by the label itself.
                self._listed = [
                    Listed(id, label.id, (hash(label.to_json()),))
                    for id, (_, label) in self._labels.items()
                ]
                self._stamp = stamp
            return self._listed

    def _check_schemas(self) -> None:
        """Raises:
        SchemaError: none of the labels has a schema that can be loaded.
        """
        fault: NotThere | None = None
        for one in self.listed():
            try:
                self.read(one.id)
                return
            except NotThere as error:
                fault = error
        if fault is not None:
            raise SchemaError(fault.code, fault.message, fault.way_out)

    def read(self, id: str) -> DocketEntry:
        """As in `Docket`."""
        self.listed()
        if id not in self._labels:
            raise NotThere("no_document", "There is no such label here.")
        place, label = self._labels[id]
        path = self.folder / label.file
        of = LabelSet(self.name, self.folder, "docglean", (label,))
        try:
            schema = of.schema(label)
        except SchemaError as error:
            raise NotThere(error.code, error.message, error.way_out) from error
        result = _result(label, path, schema, of.truth(label))
        events = self._log.events(result.document.uri)
        return DocketEntry(
            id,
            _as_begun(result, events, schema),
            KnownSchema(schema.root, schema),
            self._log,
            place,
        )

    def logs(self) -> Sequence[SharedLog]:
        """As in `Docket`."""
        return (self._log,)

    def sign(self, id: str, reviewed: Extraction[Any], sizes: Sizes) -> None:
        """Write the label: what was looked at, and nothing else.

        Raises:
            ConfigError: ``bad_labels``, it can't be written.
        """
        entry = self.read(id)
        checked = checked_values(entry.known.root, reviewed, sizes)
        write_checked(self.folder, self._labels[id][1].id, checked, reviewed.reviewed_by)

    def _read_all(self) -> dict[str, tuple[int, Label]]:
        """Labels by the ids of their documents here; keys that a later version knows are let be."""
        found: dict[str, tuple[int, Label]] = {}
        for place, (number, told) in enumerate(json_lines(self.folder / LABELS)):
            try:
                label = Label.model_validate({key: told[key] for key in told.keys() & _KEYS})
            except ValueError as error:
                raise bad_labels(self.folder / LABELS, number, error) from error
            found[id_of(label.id)] = (place, label)
        return found


def _result(label: Label, path: Path, schema: Schema, values: dict[str, Any]) -> Extraction[Any]:
    """A label as the result of whoever wrote it."""
    status: Status = "reviewed" if label.checked_by else "review" if label.drafted_by else "ok"
    return Extraction[Any](
        document=SourceRecord(name=label.id, uri=path.resolve().as_uri(), sha256=file_hash(path)),
        schema=SchemaRecord(name=schema.name, hash=schema.hash),
        engine=label.drafted_by or "labels",
        status=status,
        data=values,
        reviewed_by=label.checked_by,
    )


def _as_begun(
    result: Extraction[Any], events: Sequence[ReviewEvent], schema: Schema
) -> Extraction[Any]:
    """The result as it was before people have worked on it, where the label is what they made of
    it: to sign a label off is no new reading."""
    starts = [one for one in events if one.action == "start"]
    if not starts:
        return result
    begun = result.model_copy(
        update={"values": starts[-1].new, "reviewed_by": (), "status": "review"}
    )
    signed = (place for place in range(len(events), 0, -1) if _is_signed(events, place))
    made = (replay(begun, events[:place]).extraction for place in signed)
    is_theirs = any(checked_values(schema.root, one).expected == result.values for one in made)
    return begun if is_theirs else result


def _is_signed(events: Sequence[ReviewEvent], place: int) -> bool:
    """Whether a label may have been written after so many events."""
    return any(one.action == "done" for one in events[:place])
