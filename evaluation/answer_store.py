"""The folder of an evaluation while it is written: appended to, then put in order and scored."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from docglean.evaluation.labels import Label, LabelSet
from docglean.evaluation.results import ANSWERS, MANIFEST, ROWS, EngineAnswer, Manifest
from docglean.evaluation.scores import score
from docglean.extractors.atomic_files import atomic_write
from docglean.schemas.errors import SchemaError

OTHERS = "others.jsonl"
"""Answers of engines and documents that the last run did not name; for one that does again."""

Key = tuple[str, str, str, int]


@dataclass
class StoredAnswers:
    """Where the answers of a folder stand: by key the file, and the place of the latest line.

    A line that was cut off by a crash is left out.
    """

    places: dict[Key, tuple[Path, int]] = field(default_factory=dict)
    marks: dict[Key, str] = field(default_factory=dict)
    failed: set[Key] = field(default_factory=set)

    @classmethod
    def read(cls, folder: Path) -> StoredAnswers:
        """Find the answers in a folder; none where there is no file."""
        stored = cls()
        for path in (folder / OTHERS, folder / ANSWERS):
            if path.is_file():
                with path.open("rb") as file:
                    place = 0
                    for line in file:
                        stored._note(line, path, place)
                        place += len(line)
        return stored

    def _note(self, line: bytes, path: Path, place: int) -> None:
        try:
            told = json.loads(line)
            key = (told["set"], told["document"], told["engine"], told["repeat"])
        except (ValueError, KeyError, TypeError):
            return
        self.places[key] = path, place
        self.marks[key] = told.get("fingerprint", "")
        self.failed.discard(key)
        if told.get("status") == "failed":
            self.failed.add(key)

    def has(self, key: Key, fingerprint: str) -> bool:
        """Whether this was measured. What failed is tried again: the ledger does not ask again
        what asking again would not change."""
        return self.marks.get(key) == fingerprint and key not in self.failed

    def answers(self, keys: Iterable[Key]) -> Iterable[tuple[Key, EngineAnswer]]:
        """The stored answers to these, in this order; those that are not stored are left out."""
        with ExitStack() as stack:
            files: dict[Path, Any] = {}
            for key in keys:
                if key in self.places:
                    path, place = self.places[key]
                    if path not in files:
                        files[path] = stack.enter_context(path.open("rb"))
                    files[path].seek(place)
                    yield key, EngineAnswer.model_validate_json(files[path].readline())


@contextmanager
def open_to_append(path: Path) -> Iterator[IO[str]]:
    """The file to add whole lines to, whatever a crash has left at its end."""
    with path.open("ab+") as file:
        if file.tell():
            file.seek(-1, os.SEEK_END)
            if file.read(1) != b"\n":
                file.write(b"\n")
    with path.open("a", encoding="utf-8") as lines:
        yield lines


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write manifest.json, in place of the one before."""
    with atomic_write(folder / MANIFEST) as file:
        file.write(manifest.model_dump_json(indent=2) + "\n")


def finish(folder: Path, manifest: Manifest, asked: Iterable[tuple[Key, LabelSet, Label]]) -> None:
    """Score all answers, and write both files in order of sets, documents, engines, repeats."""
    stored = StoredAnswers.read(folder)
    labels = {key: (label_set, label) for key, label_set, label in asked}
    documents = {key[:2]: place for place, key in enumerate(dict.fromkeys(k[:2] for k in labels))}
    engines = {key[2]: place for place, key in enumerate(labels)}
    order = sorted(labels, key=lambda key: (documents[key[:2]], engines[key[2]], key[3]))
    with (
        atomic_write(folder / ROWS) as rows,
        atomic_write(folder / ANSWERS) as answers,
        atomic_write(folder / OTHERS) as others,
    ):
        for key, answer in stored.answers(order):
            label_set, label = labels[key]
            try:
                scored, found = score(label_set, label, answer)
            except SchemaError:
                continue  # nothing can be compared without its schema
            answers.write(scored.to_json() + "\n")
            rows.writelines(row.to_json() + "\n" for row in found)
        for _, answer in stored.answers(key for key in stored.places if key not in labels):
            others.write(answer.to_json() + "\n")
    write_manifest(folder, manifest)
