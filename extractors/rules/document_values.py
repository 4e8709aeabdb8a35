"""What rules find in a document: words and where they stand -> data, without a model.

What is printed beside a field's label is its value, if its kind can read it; what no label names
is told by its place and form where that is certain enough; the rest stays null.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from docglean.extractors.documents.words import PageWords
from docglean.extractors.extraction import Evidence
from docglean.extractors.rules.fields.assignment import pick
from docglean.extractors.rules.fields.certainty import Signals, certainty
from docglean.extractors.rules.fields.search import Search
from docglean.extractors.rules.lists.list_fields import paper_of, read_list
from docglean.extractors.rules.page.drawn import Drawn, drawn_on_pages
from docglean.extractors.rules.page.sheet import Sheet, legible_page, sheet_of
from docglean.extractors.rules.readers.all_candidates import all_candidates
from docglean.extractors.rules.readers.form import Read, read_form
from docglean.extractors.rules.readers.screenshot import read_screenshot
from docglean.extractors.rules.skeleton import put, skeleton
from docglean.schemas.errors import Problem
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Check, Choice, Code, Name, Text
from docglean.schemas.pointers import value_at
from docglean.schemas.reading.style import guess_style
from docglean.schemas.schema import Schema, is_built_in

if TYPE_CHECKING:
    from docglean.extractors.documents.cache import CacheStore
    from docglean.extractors.documents.document import Document
    from docglean.extractors.speech.transcript import Transcript
    from docglean.extractors.tables.table import Table

NAMED = 5
"""Empty lists that a problem names; a schema may have hundreds."""
MAIN_LIST = {"chart": "series", "statement": "transactions"}
"""Built-in schemas whose documents are nothing without this list: empty, it was not read."""
MOST_BOXES = 100
"""Values of a choice for which a form has a box each, at most: there are more currencies, and more
countries."""
FEW = 0.4
"""Share of a schema's fields below which the reader is told what this engine can't do."""


@dataclass
class RuleReading:
    """What was read: values in the schema's shape; evidence, and signals of how sure each value is,
    by JSON pointer; problems.

    Attributes:
        proven: whether entries of all lists come to sums that are printed: tables, which take
            longer to find than all else, would tell nothing more.
    """

    values: dict[str, Any]
    evidence: dict[str, Evidence] = field(default_factory=dict)
    signals: Signals = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    proven: bool = True


async def read_document(
    document: Document,
    schema: Schema,
    pages: Sequence[int],
    words: Sequence[PageWords],
    store: CacheStore | None = None,
) -> RuleReading:
    """Read a document without a model.

    Args:
        pages: numbers of the pages to read.
        words: their words.
        store: where tables and what is drawn are kept for the next run.
    """
    drawn: Mapping[int, Drawn] = {}
    if wants_drawn(schema):
        drawn = await drawn_on_pages(
            document, [page.page for page in words], store, ink=is_own(schema)
        )
        if not _wants_marks(schema):
            drawn = {number: replace(one, squares=()) for number, one in drawn.items()}
    if not is_own(schema):
        reading = await asyncio.to_thread(read_words, schema, words, (), drawn)
        if reading.proven or not wants_tables(schema):
            return reading
    tables: list[Table] = []
    problems: list[Problem] = []
    if wants_tables(schema):
        from docglean.extractors.tables.document_tables import find_tables

        tables = await find_tables(document, [page.page for page in words], problems, store)
    reading = await asyncio.to_thread(read_words, schema, words, tables, drawn)
    reading.problems = problems + reading.problems
    return reading


def wants_tables(schema: Schema) -> bool:
    """Whether tables are to be looked for: where there are lists of objects to fill."""
    if is_own(schema):
        return schema.name == "tables"
    return any(item.shape == "list" and item.item.shape == "object" for item in schema.root.walk())


def wants_drawn(schema: Schema) -> bool:
    """Whether rules and boxes on the page matter: for forms, for what is ticked, and for a user's
    own texts, which a form may ask for."""
    texts = any(isinstance(leaf.kind, Code | Name | Text) for leaf in schema.root.single_leaves())
    return _wants_marks(schema) or (texts and not is_built_in(schema))


def _wants_marks(schema: Schema) -> bool:
    if is_built_in(schema):
        return schema.name == "form"
    lists = any(item.shape == "list" and item.item.shape == "value" for item in schema.root.walk())
    return lists or any(map(_may_be_ticked, schema.root.leaves()))


def _may_be_ticked(leaf: Field) -> bool:
    """Whether a form may have boxes for a field: of all currencies or countries none has."""
    kind = leaf.kind
    return isinstance(kind, Check) or (isinstance(kind, Choice) and len(kind.values) <= MOST_BOXES)


def read_words(
    schema: Schema,
    words: Sequence[PageWords],
    tables: Sequence[Table] = (),
    drawn: Mapping[int, Drawn] | None = None,
) -> RuleReading:
    """As `read_document`, from what has been found on the pages."""
    search, reading = looked_at(schema, words, tables, drawn or {})
    if search.leaves:
        lists = dict(lists_of(schema.root, reading.values))
        found = all_candidates(search, lists)
        chosen = pick(schema, found, search.leaves, lists, search.amounts(), search.style)
        for path, (value, candidate) in chosen.items():
            put(reading.values, path, value)
            reading.evidence[path] = candidate.evidence()
        reading.signals |= certainty(found, chosen)
    reading.problems += limits_of(schema, reading)
    return reading


def looked_at(
    schema: Schema, words: Sequence[PageWords], tables: Sequence[Table], drawn: Mapping[int, Drawn]
) -> tuple[Search, RuleReading]:
    """The pages ready to be searched for single values, and the lists that were read from them."""
    style = guess_style("\n".join(page.text() for page in words))
    pages = [legible_page(page, style) for page in words]
    sheets = [sheet_of(page, drawn.get(page.page)) for page in pages]
    reading = RuleReading(skeleton(schema.root))
    only = frozenset({"/form_number"}) if is_own(schema) else None
    search = Search(schema, sheets, style, only)
    if is_own(schema):
        values, evidence = _own_reader(schema, sheets, tables, drawn)
        reading.values |= values
        reading.evidence |= evidence
    else:
        paper = paper_of(search, pages)
        for item in schema.root.walk():
            if item.shape == "list" and "*" not in item.path:
                entries, evidence, signals, proven = read_list(item, search, tables, paper)
                reading.proven &= proven
                reading.evidence |= evidence
                reading.signals |= signals
                put(reading.values, item.path, entries)
    return search, reading


def is_own(schema: Schema) -> bool:
    """Whether the schema is one of the built-in ones that labels can't fill."""
    return is_built_in(schema) and schema.name in ("form", "screenshot", "chart", "tables")


def _own_reader(
    schema: Schema, sheets: Sequence[Sheet], tables: Sequence[Table], drawn: Mapping[int, Drawn]
) -> Read:
    if schema.name == "form":
        return read_form(sheets, drawn)
    if schema.name == "screenshot":
        return read_screenshot(sheets)
    if schema.name == "chart":
        return {}, {}  # points and series take an eye for the drawing
    from docglean.extractors.tables.table import tables_values

    return tables_values(tables)


def lists_of(field: Field, values: Any) -> Iterator[tuple[str, Any]]:
    """Values of the lists of a schema by their path."""
    for child in field.children:
        if child.shape == "list":
            yield child.path, values.get(child.name)
        elif child.shape == "object":
            yield from lists_of(child, values.get(child.name) or {})


def read_transcript(schema: Schema, transcript: Transcript) -> RuleReading:
    """What is said like a caption with its value in a recording, without evidence: `locate` finds
    the seconds. The words themselves stand on the Extraction."""
    from docglean.extractors.speech.transcript_parts import as_page

    reading = read_words(schema, [as_page(transcript.segments)])
    reading.evidence = {}
    if is_built_in(schema) and schema.name == "note":
        reading.values["language"] = transcript.language
    reading.problems = [
        limit_of_recordings(
            "The embedded engine finds what is said like a caption with its value in a recording; "
            "it cannot summarise, nor tell who is to do what."
        )
    ]
    return reading


def limit_of_recordings(message: str) -> Problem:
    """What this engine can't do with a recording."""
    way_out = "Use a model for this, e.g. --engine ollama:MODEL; the transcript stays the same."
    return Problem(code="embedded_engine", message=message, way_out=way_out)


def limits_of(schema: Schema, reading: RuleReading) -> list[Problem]:
    """What the reader of the result should know about this engine: said once, with figures."""
    leaves = [leaf for leaf in schema.root.leaves() if "*" not in leaf.path]
    found = sum(leaf.path in reading.evidence for leaf in leaves)
    lists = [item for item in schema.root.walk() if item.shape == "list" and "*" not in item.path]
    empty = [item.name for item in lists if not value_at(reading.values, item.path)]
    if found >= FEW * len(leaves) and not empty:
        return []
    told = f"{found} of {len(leaves)} fields" if leaves else "no single fields"
    if empty:
        more = f" and {len(empty) - NAMED} other lists" if len(empty) > NAMED else ""
        told += f", nothing for {', '.join(empty[:NAMED])}{more}"
    lacking = is_built_in(schema) and MAIN_LIST.get(schema.name) in empty
    return [
        Problem(
            code="embedded_engine",
            severity="review" if lacking else "warning",
            message=f"The embedded engine found {told}. It reads what stands beside a label "
            "or in a table, and does not understand sentences or pictures.",
            way_out="Use a model for this schema, or give its fields the labels that the pages "
            "print (Printed).",
        )
    ]
