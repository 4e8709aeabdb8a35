"""Labels: what is right for a document, written down by people.

Our own format is ``labels.jsonl``, one document a line, beside the documents:

    {"id": "a-17", "file": "docs/a-17.pdf", "schema": "invoice",
     "expected": {"invoice_number": "A-17", "due_date": null, "grand_total": "12.50"},
     "tags": {"language": "de"}}

A key that is absent from ``expected`` is not labelled and never scored. ``null`` (or ``[]``) is
labelled empty: the document has no such value, and to give one is wrong. The other formats in
`docglean.evaluation.layouts` are read into the same.
"""

from __future__ import annotations

import hashlib
import json
import re
import stat
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any

from docglean.schemas.errors import ConfigError, SchemaError, cause_of
from docglean.schemas.fields import Field as SchemaField
from docglean.schemas.kinds import Style
from docglean.schemas.schema import Schema, load_schema, schema_of
from docglean.schemas.specs import from_anywhere
from docglean.schemas.values import leaf_value
from pydantic import BaseModel, ConfigDict, Field, ValidationError

LABELS = "labels.jsonl"
FORMAT_VERSION = 1

Share4 = tuple[float, float, float, float]


class LabelBox(BaseModel):
    """Where a value is printed.

    Attributes:
        page: from 1.
        box: x0, y0, x1, y1 as shares (0 to 1) of the page's width and height, origin top left,
            after the page's rotation; None where only the page is known.
    """

    model_config = ConfigDict(frozen=True)

    page: int = 1
    box: Share4 | None = None


class Label(BaseModel):
    """What is right for one document: one line of labels.jsonl.

    Attributes:
        id: names the document, unique within its set.
        file: relative to the folder of the labels.
        schema_spec: (key ``schema``) as in ``--schema``, a file relative to the folder of the
            labels included, or a JSON Schema itself.
        expected: the right values; see the module.
        tags: slices, e.g. ``{"language": "de", "source": "scan"}``.
        accept: other right values by JSON pointer: ``{"/total": ["-12.50"]}``.
        boxes: where values are printed, by JSON pointer; any of several places is right.
        transcript: what is said in a recording; "" for one without speech.
        drafted_by: the engine that wrote this label, until a person has checked it.
        made_of: the data that wrote this label, such as an e-invoice's XML, until a person has
            checked it.
        checked_by: who has looked at the values, in `docglean review`.
        checked_at: the last day of that.
        corrected_from: the engine whose reading they have looked at and corrected.
        disputed: values on which reviewers differ who did not see each other's, by JSON pointer:
            who said what. `expected` has what the first of them said.
    """

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True, extra="forbid")

    version: int = FORMAT_VERSION
    id: str
    file: str
    schema_spec: str | dict[str, Any] = Field(alias="schema")
    expected: dict[str, Any] = Field(default_factory=dict)
    tags: dict[str, str] = Field(default_factory=dict)
    accept: dict[str, list[Any]] = Field(default_factory=dict)
    boxes: dict[str, list[LabelBox]] = Field(default_factory=dict)
    transcript: str | None = None
    drafted_by: str = ""
    made_of: str = ""
    checked_by: tuple[str, ...] = ()
    checked_at: date | None = None
    corrected_from: str = ""
    disputed: dict[str, dict[str, Any]] = Field(default_factory=dict)

    def to_json(self) -> str:
        """One line of labels.jsonl; what says nothing is left out, but not a null in `expected`."""
        told = self.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        head = {"version": self.version, "id": self.id, "file": self.file}
        return json.dumps(head | told, ensure_ascii=False)


@dataclass(frozen=True)
class LabelSet:
    """Labels of documents that are alike; sets are strata of every pooled figure.

    Attributes:
        folder: what `Label.file` is relative to.
        layout: name of the layout that it was read from.
        style: how values are written in the labels, where that is not the canonical form.
    """

    name: str
    folder: Path
    layout: str
    labels: tuple[Label, ...]
    style: Style = field(default_factory=Style)

    def document(self, label: Label) -> Path:
        """The labelled file."""
        return self.folder / label.file

    def schema(self, label: Label) -> Schema:
        """The schema that a document is labelled by.

        Raises:
            SchemaError: it can't be used.
        """
        if isinstance(label.schema_spec, dict):
            return _inline(json.dumps(label.schema_spec, sort_keys=True))
        return _named(label.schema_spec, self.folder)

    def truth(self, label: Label) -> dict[str, Any]:
        """The right values as JSON of the schema's types; what cannot be one stays as written."""
        root = self.schema(label).root
        values: dict[str, Any] = canonical(root, label.expected, self.style)[0]
        return values

    def accept(self, label: Label) -> dict[str, list[Any]]:
        """`Label.accept` as JSON of the schema's types."""
        root = self.schema(label).root
        return {
            pointer: [canonical(leaf, value, self.style)[0] for value in values]
            for pointer, values in label.accept.items()
            if (leaf := field_at(root, pointer)) is not None
        }

    @property
    def drafts(self) -> int:
        """Labels that an engine wrote and nobody has checked."""
        return sum(bool(label.drafted_by) for label in self.labels)

    @property
    def made_of_data(self) -> int:
        """Labels that were made of data in the documents."""
        return sum(bool(label.made_of) for label in self.labels)

    @property
    def disputed(self) -> int:
        """Labels with values on which reviewers differ."""
        return sum(bool(label.disputed) for label in self.labels)

    @property
    def corrected(self) -> dict[str, int]:
        """Labels that were made by correcting what an engine had read, by that engine."""
        return dict(Counter(one.corrected_from for one in self.labels if one.corrected_from))

    @property
    def hash(self) -> str:
        """SHA-256 over the labels and what is known of their documents' content."""
        digest = hashlib.sha256()
        for label in self.labels:
            digest.update(label.to_json().encode())
            digest.update(file_hash(self.document(label)).encode())
        return digest.hexdigest()


@lru_cache(maxsize=100_000)
def _file_hash(path: Path, size: int, changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def file_hash(path: Path) -> str:
    """SHA-256 of a file, "" where it can't be read or is none: a device never ends."""
    try:
        facts = path.stat()
        if not stat.S_ISREG(facts.st_mode):
            return ""
        return _file_hash(path, facts.st_size, facts.st_mtime_ns)
    except OSError:
        return ""


@lru_cache(maxsize=1024)
def _inline(text: str) -> Schema:
    from docglean.schemas.wire.json_schema import model_from_json_schema

    return schema_of(model_from_json_schema(json.loads(text)))


@lru_cache(maxsize=1024)
def _named(spec: str, folder: Path) -> Schema:
    return load_schema(from_anywhere(spec, folder))


def canonical(
    field: SchemaField, value: Any, style: Style = Style(), pointer: str = ""
) -> tuple[Any, dict[str, str]]:
    """Labelled values as JSON of the schema's types.

    Returns:
        The values, those that fit nowhere as they were, and what is wrong with these by JSON
        pointer.
    """
    wrong: dict[str, str] = {}

    def walk(field: SchemaField, value: Any, pointer: str) -> Any:
        if value is None:
            return None
        if field.shape == "object":
            if not isinstance(value, Mapping):
                wrong[pointer] = "an object belongs here"
                return value
            known = {child.name: child for child in field.children}
            for name in value.keys() - known.keys():
                wrong[f"{pointer}/{name}"] = "the schema has no such field"
            return {
                name: walk(known[name], inner, f"{pointer}/{name}") if name in known else inner
                for name, inner in value.items()
            }
        if field.shape == "list":
            if not isinstance(value, Sequence) or isinstance(value, str):
                wrong[pointer] = "a list belongs here"
                return value
            return [walk(field.item, entry, f"{pointer}/{i}") for i, entry in enumerate(value)]
        if isinstance(value, Mapping | list):
            wrong[pointer] = "a single value belongs here"
            return value
        try:
            return leaf_value(field, value, style)
        except ValueError as error:
            wrong[pointer] = str(error)
            return value

    return walk(field, value, pointer), wrong


def field_at(root: SchemaField, pointer: str) -> SchemaField | None:
    """The field that a JSON pointer points to."""
    found = root
    for step in pointer.split("/")[1:]:
        if found.shape == "list":
            found = found.item
            continue
        child = next((child for child in found.children if child.name == step), None)
        if child is None:
            return None
        found = child
    return found


def pointer_of(path: str) -> str:
    """JSON pointer of ``lines[0].total``, ``lines.0.total`` or ``/lines/0/total``."""
    if path.startswith("/"):
        return path
    steps = re.sub(r"\[(\d+)\]", r".\1", path).split(".")
    return "".join(f"/{step}" for step in steps if step)


def put(values: dict[str, Any], pointer: str, value: Any) -> None:
    """Set a value deep inside, making the objects and lists on the way.

    Raises:
        ValueError: something else is on the way.
    """
    steps: list[str | int] = [int(s) if s.isdigit() else s for s in pointer.split("/")[1:]]
    inside: Any = values
    for step, following in zip(steps, [*steps[1:], None], strict=True):
        empty: Any = value if following is None else ([] if isinstance(following, int) else {})
        if isinstance(step, int) and isinstance(inside, list):
            inside.extend([None] * (step + 1 - len(inside)))
            if inside[step] is None or following is None:
                inside[step] = empty
        elif isinstance(step, str) and isinstance(inside, dict):
            if inside.get(step) is None or following is None:
                inside[step] = empty
        else:
            raise ValueError(f"{pointer} does not fit into what is labelled already")
        inside = inside[step]


def leaves(
    field: SchemaField, value: Any, pointer: str = ""
) -> Iterator[tuple[str, SchemaField, Any]]:
    """Pointer, field and value of all that is labelled as there."""
    if field.shape == "object" and isinstance(value, Mapping):
        for child in field.children:
            if child.name in value:
                yield from leaves(child, value[child.name], f"{pointer}/{child.name}")
    elif field.shape == "list" and isinstance(value, list):
        for index, entry in enumerate(value):
            yield from leaves(field.item, entry, f"{pointer}/{index}")
    elif field.shape == "value" and value is not None and value != "":
        yield pointer, field, value


@contextmanager
def labels_lock(folder: Path) -> Iterator[None]:
    """Held while the labels of a folder are read to be written: by one program at a time."""
    from filelock import FileLock

    with FileLock(folder / f".{LABELS}.lock"):
        yield


def write_labels(folder: Path, labels: Sequence[Label]) -> Path:
    """Write labels.jsonl; those of other documents that stand there already are kept."""
    from docglean.extractors.atomic_files import atomic_write

    path = folder / LABELS
    folder.mkdir(parents=True, exist_ok=True)
    merged = {label.id: label for label in read_labels(path)} if path.is_file() else {}
    merged |= {label.id: label for label in labels}
    with atomic_write(path) as file:
        file.writelines(label.to_json() + "\n" for label in merged.values())
    return path


def read_labels(path: Path) -> Iterator[Label]:
    """The lines of a labels.jsonl.

    Raises:
        ConfigError: ``bad_labels``, naming the line.
    """
    for number, line in json_lines(path):
        try:
            yield Label.model_validate(line)
        except ValueError as error:
            raise bad_labels(path, number, error) from error


def json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Objects of a JSONL file with the number of their line.

    Raises:
        ConfigError: ``bad_labels``.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        told = f"{path} cannot be read: {cause_of(error)}."
        raise ConfigError("bad_labels", told, "Name another file.") from error
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                found = json.loads(line)
            except ValueError as error:
                raise bad_labels(path, number, error) from error
            if not isinstance(found, dict):
                raise bad_labels(path, number, "it is no object")
            yield number, found


def bad_labels(path: Path, number: int, reason: object) -> ConfigError:
    """The error of a line that is no label."""
    told = reason.errors(include_url=False)[:1] if isinstance(reason, ValidationError) else ()
    first = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in told)
    first = (first or str(reason)).replace("\n", " ").rstrip(".")
    return ConfigError(
        "bad_labels",
        f"{path}, line {number}, is not a label: {first}.",
        'A label is {"id": ..., "file": ..., "schema": ..., "expected": {...}}.',
    )


def usable(label_set: LabelSet, label: Label) -> str | None:
    """Why a label's schema can't be used; None where it can."""
    try:
        label_set.schema(label)
    except SchemaError as error:
        return str(error)
    return None
