"""Results sent on by themselves, before or after people have looked at them.

A destination has what is let through at the moment: of each file the documents as they stood when
it was last brought up to date. What has changed since, by the engine or by people, is sent again,
once; what is no longer let through is taken out. A database is told of changed files alone, tables
in files are written anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from docglean.extractors.extraction import Extraction
from docglean.extractors.reviews import fingerprint
from docglean.flows.export.copy import schemas_of, write
from docglean.flows.export.destination import COPY, PREFIX, Destination, destination
from docglean.flows.export.sent_record import Sent, SentDocument, SentRecord, without_secrets
from docglean.flows.export.sink import SinkFormat
from docglean.flows.open_reviews import is_open
from docglean.flows.people_said import PeopleSaid
from docglean.flows.run_folder import RunFolder
from docglean.schemas.errors import ConfigError

AfterReview = Literal["send", "apart", "wait"]
"""What becomes of documents that wait for a person, see `flows.open_reviews`: they go out with all
others, and their status tells; they go to tables of their own until they are signed off; or they
stay here until then."""
APART = "to-review"
RUN = "{run}"
"""In a destination: the name of the run folder."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """Where results go, and when.

    Attributes:
        to, kind, prefix: as `export` takes them; `to` may hold ``{run}``.

    Raises:
        ConfigError: ``bad_format``.
    """

    to: str
    kind: str | None = None
    prefix: str = PREFIX
    after_review: AfterReview = "send"
    format: SinkFormat = field(init=False)

    def __post_init__(self) -> None:
        """Refuse at once what can't be sent to."""
        if self.kind == COPY:
            raise ConfigError(
                "bad_format",
                "A copy of a run folder has all its documents, whoever has looked at them.",
                "Name a format of tables, or copy it with `docglean export --to folder`.",
            )
        object.__setattr__(self, "format", destination(self.to, self.kind).format)

    def of_run(self, name: str) -> Delivery:
        """The delivery of one run, by the name of its folder."""
        return replace(self, to=self.to.replace(RUN, name))

    @property
    def places(self) -> tuple[_Place, ...]:
        """Where documents go, and which."""
        here = _Place(self.to, self.prefix, self.format, _TAKES[self.after_review])
        return (here, self._apart()) if self.after_review == "apart" else (here,)

    def _apart(self) -> _Place:
        """For what waits for a person: tables with a prefix, or a folder or file, of their own."""
        if self.format.keeps:  # a prefix that began as the other would be taken for the other's
            prefix = f"{APART.replace('-', '_')}_{self.prefix}"
            return _Place(self.to, prefix, self.format, _WAITING)
        folder, slash, name = self.to.rstrip("/").rpartition("/")
        stem, dot, suffix = name.rpartition(".")
        apart = f"{stem}-{APART}.{suffix}" if stem and dot else f"{name}-{APART}"
        return _Place(f"{folder}{slash}{apart}", self.prefix, self.format, _WAITING)


_WAITING = frozenset({True})
_TAKES: dict[AfterReview, frozenset[bool]] = {
    "send": frozenset({True, False}),
    "apart": frozenset({False}),
    "wait": frozenset({False}),
}
"""Whether documents are taken that wait for a person (True), and those that don't (False)."""


@dataclass(frozen=True, slots=True)
class _Place:
    """One destination; `takes` as `_TAKES` has it."""

    to: str
    prefix: str
    format: SinkFormat
    takes: frozenset[bool]

    @property
    def key(self) -> str:
        """What it is called in sent.json."""
        known = f"{self.format.name} {without_secrets(self.to)}"
        return f"{known} {self.prefix}" if self.format.keeps else known


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a delivery came to.

    Attributes:
        documents: that were sent now, and those that were sent apart.
        waiting: that wait for a person.
    """

    documents: int = 0
    apart: int = 0
    waiting: int = 0

    def __add__(self, other: Delivered) -> Delivered:
        return Delivered(
            self.documents + other.documents,
            self.apart + other.apart,
            self.waiting + other.waiting,
        )

    def __str__(self) -> str:
        sent = f"{self.documents} document{'s' * (self.documents != 1)} sent"
        apart = f", {self.apart} apart" if self.apart else ""
        return f"{sent}{apart}, {self.waiting} to review" if self.waiting else f"{sent}{apart}"


def deliver(run: Path, delivery: Delivery) -> Delivered:
    """Bring a destination up to date with a run folder.

    Several may do so at once: one waits for the other.

    Raises:
        ConfigError: ``no_run``, ``bad_reviews``, ``bad_sent``, ``no_storage``, ``no_database``.
            What is not sent is sent the next time.
    """
    folder = RunFolder.existing(run)
    with SentRecord.open(run) as sent:
        results = _Results(folder)
        here, *apart = (_bring(results, place, sent) for place in delivery.places)
        return Delivered(here, sum(apart), results.waiting)


class _Results:
    """The documents of a run folder, with what people had said of them when it was opened."""

    def __init__(self, folder: RunFolder) -> None:
        self.folder = folder
        self._said = PeopleSaid(folder.path)
        self._known = [(file, state, waits) for file, state, waits, _ in self.each()]
        self.waiting = sum(waits for _, _, waits in self._known)

    def each(self) -> Iterator[tuple[str, SentDocument, bool, Extraction[Any]]]:
        """The uri of the file, what would be written down of the document, whether it waits for a
        person, and the document."""
        for read in self.folder.extractions():
            reviewed = self._said.of(read)
            state = SentDocument(
                uri=read.document.uri,
                status=reviewed.status,
                result=fingerprint(read),
                revision=reviewed.revision,
            )
            yield read.document.file_uri, state, is_open(read.status, reviewed), reviewed

    def states(self, takes: frozenset[bool]) -> Sent:
        """What is to be in a destination, by file."""
        found: dict[str, tuple[SentDocument, ...]] = {}
        for file, state, waits in self._known:
            if waits in takes:
                found[file] = (*found.get(file, ()), state)
        return found


def _bring(results: _Results, place: _Place, sent: SentRecord) -> int:
    """Bring one destination up to date; how many documents were sent."""
    before, wanted = sent.of(place.key), results.states(place.takes)
    changed = {file for file in {*wanted, *before} if wanted.get(file, ()) != before.get(file, ())}
    if not changed:
        return 0
    files = changed if place.format.keeps else wanted.keys()
    brought: dict[str, tuple[SentDocument, ...]] = {}

    def chosen() -> Iterator[Extraction[Any]]:
        brought.clear()  # a run that goes on may have changed the results since
        for file, state, waits, reviewed in results.each():
            if file in files and waits in place.takes:
                brought[file] = (*brought.get(file, ()), state)
                yield reviewed

    there = Destination(place.to, place.format, place.prefix)
    write(chosen, there, schemas_of(results.folder), gone=changed - wanted.keys())
    sent.note(place.key, {file: brought.get(file, ()) for file in changed})
    return sum(len(brought.get(file, ())) for file in changed)
