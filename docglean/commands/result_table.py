"""One document for people: its values with how sure they are and where they stand, its lists, and
what is wrong or suspected to be."""

from __future__ import annotations

import re
from collections.abc import Iterator
from textwrap import shorten
from typing import Any

from docglean.cli.progress import line_of
from docglean.cli.terminal import (
    TerminalTable,
    columns_of,
    figure,
    named,
    print_lines,
    print_table,
)
from docglean.extractors.confidence.review import percent
from docglean.extractors.extraction import Extraction
from docglean.extractors.printable import printable
from docglean.flows.totals import duration, money

_FIGURE = re.compile(r"[-+\d.,]*")
BELOW = " " * 8
"""Before the values of a document, below its name."""
LIST_OF = " / "
"""Between the names of a list in a list."""


def print_result(extraction: Extraction[Any]) -> None:
    """Print a document on standard output."""
    print_lines(_title(extraction))
    for table in _tables(extraction, extraction.values or {}, "", ""):
        print()
        print_table(table)
    if extraction.problems:
        print()
    for problem in extraction.problems:
        where = "" if problem.path is None else f" {problem.path}"
        told = f"{problem.severity}{where}: {problem.message} {problem.way_out}"
        print_lines(" ".join(told.split()))


def print_line(extraction: Extraction[Any]) -> None:
    """Print what a document came to on one line, and on another the first of its values."""
    print_lines(line_of(extraction, values=True))
    values = [
        f"{name}: {_shown(value)}"
        for name, _, value in _parts(extraction.values or {}, "", "")
        if value is not None and not isinstance(value, list)
    ]
    if values:
        told = shorten("; ".join(values), columns_of() - len(BELOW), placeholder=" …")
        print(printable(f"{BELOW}{told}"))


def _title(extraction: Extraction[Any]) -> str:
    document, used = extraction.document, extraction.schema_used
    pages = f"{document.pages} page{'s' * (document.pages != 1)}" if document.pages else ""
    heard = duration(document.seconds) if document.seconds else ""
    parts = (
        document.name, used.name if used else "", extraction.status, pages, heard,
        money(extraction.spending.cost),
    )  # fmt: skip
    return "  ".join(part for part in parts if part)


def _tables(
    extraction: Extraction[Any], values: Any, pointer: str, name: str
) -> Iterator[TerminalTable]:
    """The tables of what stands at a pointer: its single values, and then each list in it."""
    lists: list[tuple[str, str, list[Any]]] = []
    table = TerminalTable(named("field"), "value", figure("sure"), figure("page"), title=name)
    nothing = []
    rows = 0
    for path, at, value in _parts(values, pointer, ""):
        if isinstance(value, list):
            lists.append((path, at, value))
        elif value is None:
            nothing.append(path)
        else:
            rows += 1
            table.add_row(path, _shown(value), _sure(extraction, at), _page(extraction, at))
    if nothing:
        table.add_row("not found", ", ".join(nothing))
    if rows or nothing:
        yield table
    for path, at, entries in lists:
        yield from _list(extraction, entries, at, f"{name}{LIST_OF}{path}" if name else path)


def _list(
    extraction: Extraction[Any], entries: list[Any], pointer: str, name: str
) -> Iterator[TerminalTable]:
    """The entries of a list as the rows of one table, or as tables where they hold lists."""
    if any(isinstance(one, dict) and _holds_lists(one) for one in entries):
        for number, entry in enumerate(entries):
            yield from _tables(extraction, entry, f"{pointer}/{number}", f"{name} {number + 1}")
        return
    rows = [dict(_cells(entry)) for entry in entries]
    heads = [
        head
        for head in dict.fromkeys(head for row in rows for head in row)
        if any(row.get(head) is not None for row in rows)
    ]
    if heads:
        columns = [figure(head) if _are_figures(rows, head) else head for head in heads]
        table = TerminalTable(figure("#"), *columns, title=name)
        for number, row in enumerate(rows, start=1):
            table.add_row(str(number), *(_shown(row.get(head)) for head in heads))
        yield table


def _parts(values: Any, pointer: str, name: str) -> Iterator[tuple[str, str, Any]]:
    """Name, pointer and value of each leaf and list of an object; plain lists are leaves."""
    if isinstance(values, dict):
        for key, value in values.items():
            yield from _parts(value, f"{pointer}/{key}", f"{name}.{key}" if name else key)
    elif isinstance(values, list) and not values:
        yield name, pointer, None
    else:
        yield name, pointer, values


def _holds_lists(entry: dict[str, Any]) -> bool:
    return any(isinstance(value, list) for _, _, value in _parts(entry, "", ""))


def _are_figures(rows: list[dict[str, Any]], head: str) -> bool:
    return all(_FIGURE.fullmatch(_shown(row.get(head))) for row in rows)


def _cells(entry: Any) -> Iterator[tuple[str, Any]]:
    """Heads and cells of an entry: of an object, of a row of cells, or of a single value."""
    if isinstance(entry, dict):
        yield from ((name, value) for name, _, value in _parts(entry, "", ""))
    elif isinstance(entry, list):
        yield from ((str(number), cell) for number, cell in enumerate(entry, start=1))
    else:
        yield "value", entry


def _shown(value: Any) -> str:
    """A leaf for people."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _sure(extraction: Extraction[Any], pointer: str) -> str:
    found = extraction.confidence.get(pointer)
    return "" if found is None else percent(found.probability)


def _page(extraction: Extraction[Any], pointer: str) -> str:
    """Where it stands; a question mark where it was not found."""
    evidence = extraction.evidence.get(pointer)
    if evidence is None:
        return ""
    if evidence.seconds is not None:
        return duration(evidence.seconds[0])
    return "?" if evidence.page is None else str(evidence.page)
