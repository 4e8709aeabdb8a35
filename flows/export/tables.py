"""Extractions as flat tables: one of documents, one for each schema, one for each list in it.

    documents        uri, name, sha256, status, schema, engine, pages, cost, problems, ...
    invoice          document, then every single value: seller_name, grand_total, ...; confidence
    invoice_lines    document, number (of the entry in its list), the entry's values, confidence
    values           one row a value, see `values_table`

`document` is the uri; of a file that holds several documents it ends in the pages, `file_uri` is
the whole file's, and the document is number `part` of its `parts`. `confidence` is that of the
row's least sure value, from 0 to 1. A list inside an entry has a table of its own with `number` and
``number_2``; a list of plain values has a column `value`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from docglean.extractors.confidence.review import CODE as UNSURE
from docglean.extractors.confidence.review import judged
from docglean.extractors.extraction import Confidence, Extraction
from docglean.flows.schema_shape import Shaped, Type, type_of
from docglean.schemas.fields import Field
from docglean.schemas.pointers import pattern_of, value_at


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, and what its values are."""

    name: str
    type: Type = "text"


@dataclass(frozen=True, slots=True)
class FlatTable:
    """A flat table. `name` has only letters, digits and underscores."""

    name: str
    columns: tuple[Column, ...]


VALUES_NAME = "values"
"""Of the table of single values, see `values_table`; no schema's table is called so."""
RESULTS_NAME = "results"
"""Of the table with a row a document, see `overview`; nor is one called so."""

DOCUMENTS = FlatTable(
    "documents",
    tuple(
        Column(*told)
        for told in (
            ("uri", "text"), ("name", "text"), ("sha256", "text"), ("media_type", "text"),
            ("status", "text"), ("schema", "text"), ("schema_certainty", "float"),
            ("engine", "text"), ("run", "text"), ("pages", "integer"), ("seconds", "float"),
            ("calls", "integer"), ("tokens_in", "integer"), ("tokens_out", "integer"),
            ("cost", "decimal"), ("problems", "text"), ("confidence", "float"),
            ("least_sure", "text"), ("unsure_values", "integer"),
            ("file_uri", "text"), ("part", "integer"),
            ("parts", "integer"), ("first_page", "integer"), ("last_page", "integer"),
            ("attachment", "text"), ("reviewed_by", "text"), ("revision", "integer"),
        )
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Level:
    """A table of a schema: the values at one depth of lists.

    `path` is the list's (``/lines/*`` for its entries), empty for the document itself.
    """

    table: FlatTable
    path: str
    leaves: tuple[Field, ...]


class Flattener:
    """Turns extractions into rows.

    Args:
        schemas: by the hash that stands in the extractions. What was read by another schema has
            its columns from the values themselves, as text.
        seen: values that were read by each schema that is not in `schemas`, by its name.
    """

    def __init__(
        self, schemas: Mapping[str, Shaped], seen: Mapping[str, Sequence[dict[str, Any]]]
    ) -> None:
        self._levels: dict[str, tuple[_Level, ...]] = {}
        self._roots: dict[str, Field] = {}
        taken: set[str] = {DOCUMENTS.name, VALUES_NAME, RESULTS_NAME}
        known = [(schema.hash, schema.name, schema.root) for schema in schemas.values()]
        for key, name, root in [*known, *((name, name, _tree(seen[name])) for name in seen)]:
            self._roots[key] = root
            self._levels[key] = tuple(levels(name, root, taken))

    @property
    def tables(self) -> list[FlatTable]:
        """All tables, in order."""
        return [DOCUMENTS, *(one.table for some in self._levels.values() for one in some)]

    @property
    def heads(self) -> dict[str, FlatTable]:
        """Of each schema the table with a row a document, by name."""
        tops = (some[0].table for some in self._levels.values())
        return {table.name: table for table in tops}

    def rows(
        self, extraction: Extraction[Any], *, typed: bool = True
    ) -> Iterator[tuple[FlatTable, dict[str, Any]]]:
        """The rows of one extraction, each with its table.

        Args:
            typed: values are of their column's type, null where they are not; else they are as
                they were found.
        """
        counted = judged(extraction.values, extraction.confidence)
        yield DOCUMENTS, _document(extraction, counted)
        lowest = _lowest(counted, extraction.values)
        for level in self._levels.get(self._key(extraction), ()):
            for numbers, entry in entries_at(extraction.values, level.path):
                row: dict[str, Any] = {"document": extraction.document.uri}
                row |= {_number(depth): index for depth, index in enumerate(numbers)}
                *columns, sure = level.table.columns[1 + len(numbers) :]
                for leaf, column in zip(level.leaves, columns, strict=True):
                    below = leaf.path.removeprefix(level.path)
                    value = value_at(entry, below)
                    row[column.name] = as_type(value, column.type) if typed else value
                row[sure.name] = lowest.get((level.path, numbers))
                yield level.table, row

    def table_at(self, extraction: Extraction[Any], path: str) -> FlatTable | None:
        """The table of the entries at a path such as ``/lines/*``; None where there is no list."""
        found = self._levels.get(self._key(extraction), ())
        return next((level.table for level in found if level.path == path), None)

    def root(self, extraction: Extraction[Any]) -> Field | None:
        """The fields of the schema that an extraction was read by; None where it has no values."""
        return self._roots.get(self._key(extraction))

    def _key(self, extraction: Extraction[Any]) -> str:
        used = extraction.schema_used
        if used is None or extraction.values is None:
            return ""
        return used.hash if used.hash in self._roots else used.name


def flattener(
    extractions: Iterable[Extraction[Any]],
    schemas: Mapping[str, Shaped],
    *,
    always: Iterable[str] = (),
) -> Flattener:
    """A flattener of these extractions.

    Args:
        schemas: by hash; those that are not used have no tables.
        always: hashes of those that have tables even so.
    """
    used = set(always)
    seen: dict[str, list[dict[str, Any]]] = {}
    for extraction in extractions:
        told = extraction.schema_used
        if told is not None and extraction.values is not None:
            used.add(told.hash)
            if told.hash not in schemas:
                seen.setdefault(told.name, []).append(extraction.values)
    return Flattener({hashed: one for hashed, one in schemas.items() if hashed in used}, seen)


def levels(name: str, root: Field, taken: set[str]) -> Iterator[_Level]:
    """The tables of one schema.

    Args:
        taken: names of tables that there are; those of these are added.
    """
    for path in ["", *_lists(root)]:
        depth = path.count("*")
        leaves = [
            leaf
            for leaf in root.leaves()
            if leaf.path.startswith(path) and leaf.path.count("*") == depth
        ]
        if not leaves and path:
            continue
        part = "_".join(plain_name(piece) for piece in path.split("/") if piece not in ("", "*"))
        title = once(f"{plain_name(name)}_{part}" if part else plain_name(name), taken)
        heads = {"document", *(_number(index) for index in range(depth))}
        columns = [Column("document")]
        columns += [Column(_number(index), "integer") for index in range(depth)]
        for leaf in leaves:
            below = leaf.path.removeprefix(path).strip("/")
            told = "_".join(map(plain_name, below.split("/"))) if below else "value"
            columns.append(Column(once(told, heads), type_of(leaf)))
        columns.append(Column(once("confidence", heads), "float"))
        yield _Level(FlatTable(title, tuple(columns)), path, tuple(leaves))


def as_type(value: Any, kind: Type) -> Any:
    """A JSON leaf as a Python value of the column's type; as it is where it is none."""
    if value is None:
        return None
    try:
        if kind == "decimal":
            return Decimal(str(value))
        if kind == "date":
            return date.fromisoformat(value)
        if kind == "moment":
            return datetime.fromisoformat(value)
        if kind == "integer":
            return int(value) if int(value) == float(value) else None
        if kind == "float":
            return float(value)
        if kind == "truth":
            return value if isinstance(value, bool) else None
    except (ValueError, TypeError, ArithmeticError):
        return None  # the model itself would not have it; the run folder has what was read
    return value if isinstance(value, str) else str(value)


def _lowest(
    counted: Iterable[tuple[str, Confidence]], values: Any
) -> dict[tuple[str, tuple[int, ...]], float]:
    """The least confidence by table row: the path of its list, and the entries' numbers from 1.

    Args:
        counted: the least sure first.
        values: that their pointers point into.
    """
    found: dict[tuple[str, tuple[int, ...]], float] = {}
    for pointer, one in counted:
        pattern = pattern_of(pointer, values)
        numbers = _numbers(pointer, pattern)
        head = pattern[: pattern.rfind("*") + 1]
        found.setdefault((head, numbers), one.probability)
    return found


def _numbers(pointer: str, pattern: str) -> tuple[int, ...]:
    steps = zip(pointer.split("/"), pattern.split("/"), strict=True)
    return tuple(int(step) + 1 for step, told in steps if told == "*")


def _document(
    extraction: Extraction[Any], counted: Sequence[tuple[str, Confidence]]
) -> dict[str, Any]:
    source, spending, used = extraction.document, extraction.spending, extraction.schema_used
    part = source.part
    return {
        "uri": source.uri,
        "name": source.name,
        "sha256": source.sha256,
        "media_type": source.media_type,
        "status": extraction.status,
        "schema": used.name if used else None,
        "schema_certainty": used.certainty if used else None,
        "engine": extraction.engine,
        "run": extraction.run,
        "pages": source.pages,
        "seconds": source.seconds,
        "calls": spending.calls,
        "tokens_in": spending.usage.input_tokens,
        "tokens_out": spending.usage.output_tokens,
        "cost": spending.cost,
        "problems": "\n".join(problem.message for problem in extraction.problems) or None,
        "confidence": counted[0][1].probability if counted else None,
        "least_sure": counted[0][0] if counted else None,
        "unsure_values": sum(len(one.paths) for one in extraction.problems if one.code == UNSURE),
        "file_uri": source.file_uri,
        "part": part.number if part else None,
        "parts": part.of if part else None,
        "first_page": part.first if part else None,
        "last_page": part.last if part else None,
        "attachment": (part.attachment or None) if part else None,
        "reviewed_by": ", ".join(extraction.reviewed_by) or None,
        "revision": extraction.revision or None,
    }


def _lists(root: Field) -> list[str]:
    """Paths of the entries of all lists, as ``/lines/*`` and ``/lines/*/parts/*``."""
    return [f"{field.path}/*" for field in root.walk() if field.shape == "list"]


def entries_at(values: Any, path: str) -> Iterator[tuple[tuple[int, ...], Any]]:
    """What stands at a pattern such as ``/lines/*``, with the numbers of the entries, from 1."""
    return _entries(values, path.split("/")[1:])


def _entries(value: Any, path: Sequence[str]) -> Iterator[tuple[tuple[int, ...], Any]]:
    """What stands at a path of lists, with the number of each entry in its list, from 1."""
    if not path or path == [""]:
        yield (), value
        return
    head, *rest = path
    if head == "*":
        for index, entry in enumerate(value if isinstance(value, list) else (), start=1):
            for numbers, found in _entries(entry, rest):
                yield (index, *numbers), found
    elif isinstance(value, dict):
        yield from _entries(value.get(head), rest)


def _number(depth: int) -> str:
    return "number" if depth == 0 else f"number_{depth + 1}"


def plain_name(text: str) -> str:
    """A name that every database takes without quotes."""
    told = "".join(letter if letter.isalnum() and letter.isascii() else "_" for letter in text)
    return told.strip("_").lower() or "value"


def once(name: str, taken: set[str]) -> str:
    """The name, with a number where it is taken; it is taken from now on."""
    found, number = name, 2
    while found in taken:
        found, number = f"{name}_{number}", number + 1
    taken.add(found)
    return found


def _tree(values: Iterable[Any], path: str = "", name: str = "") -> Field:
    """The shape of values whose schema is not at hand."""
    there = [value for value in values if value is not None]
    if there and all(isinstance(value, dict) for value in there):
        names = dict.fromkeys(key for value in there for key in value)
        children = [
            _tree([value.get(key) for value in there], f"{path}/{key}", key) for key in names
        ]
        return Field(name, path, "object", children=tuple(children))
    if there and all(isinstance(value, list) for value in there):
        item = _tree([entry for value in there for entry in value], f"{path}/*", "*")
        return Field(name, path, "list", children=(item,))
    found = {type(value) for value in there}
    kind = found.pop() if len(found) == 1 else str
    leaf = Field(name, path, "value", annotation=kind if kind in (bool, int, float) else str)
    return replace(leaf, path=path)
