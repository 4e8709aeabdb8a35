"""A server's JSON -> data in the schema's shape. Tolerant of form, and loses no value."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from docglean.schemas.errors import Problem
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Style
from docglean.schemas.values import leaf_value
from docglean.schemas.wire.nodes import CONTINUED, PAGE, VALUE, Node, core_type


@dataclass(frozen=True, slots=True)
class Dissent:
    """What another reading of an entry says of one of its values.

    Attributes:
        pointer: JSON pointer within the entry.
        value: what it says; pages: of that reading.
    """

    pointer: str
    value: Any
    pages: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """An entry of a list: its value, the page it starts on where asked for, whether it only
    goes on from an earlier page, and what other readings of it say that was not taken."""

    value: Any
    page: int | None = None
    continued: bool = False
    dissents: tuple[Dissent, ...] = ()


@dataclass(frozen=True, slots=True)
class Decoded:
    """Data in the schema's shape, list entries as `Row`s; and what did not fit it.

    Objects are always dicts with a key for each field asked for, absent values None, lists lists.
    """

    data: Any
    problems: tuple[Problem, ...] = ()


def decode(root: Node, raw: Any, style: Style) -> Decoded:
    """See `docglean.schemas.wire.compile.WireSchema.decode`."""
    problems: list[Problem] = []
    data = _decode(root, _unwrapped(raw, root), "", style, problems)
    return Decoded(data, tuple(problems))


def _decode(node: Node, raw: Any, pointer: str, style: Style, out: list[Problem]) -> Any:
    if node.field.shape == "object":
        return _decode_object(node, raw, pointer, style, out)
    if node.field.shape == "list":
        return _decode_list(node, raw, pointer, style, out)
    return _decode_leaf(node, raw, pointer, style, out)


def _is_empty(raw: Any) -> bool:
    return raw is None or (isinstance(raw, str) and not raw.strip())


def _breach(pointer: str, message: str) -> Problem:
    return Problem(code="breaks_schema", message=message, path=pointer)


def _short(raw: Any) -> str:
    text = json.dumps(raw, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else text[:77] + "..."


def _unpacked(raw: Any) -> Any:
    """JSON that a model wrote into a string, as what it says; anything else as it is."""
    if isinstance(raw, str) and raw.lstrip()[:1] in ("{", "["):
        try:
            return json.loads(raw)
        except ValueError:
            return raw
    return raw


def _unwrapped(raw: Any, root: Node) -> Any:
    """What servers without a grammar put into an object around the answer."""
    if isinstance(raw, dict) and len(raw) == 1 and not any(c.key in raw for c in root.children):
        inner = next(iter(raw.values()))
        if isinstance(inner, dict) and any(child.key in inner for child in root.children):
            return inner
    return raw


def _decode_object(
    node: Node, raw: Any, pointer: str, style: Style, out: list[Problem]
) -> dict[str, Any]:
    raw = _unpacked(raw)
    if isinstance(raw, list) and len(raw) == 1:
        raw = raw[0]
    if not isinstance(raw, dict):
        if not _is_empty(raw) and raw != []:
            out.append(_breach(pointer, f"{_short(raw)} is not an object."))
        raw = {}
    return {
        child.field.name: _decode(
            child, raw.get(child.key), f"{pointer}/{child.field.name}", style, out
        )
        for child in node.children
    }


def _decode_list(node: Node, raw: Any, pointer: str, style: Style, out: list[Problem]) -> list[Row]:
    raw = _unpacked(raw)
    if _is_empty(raw):
        return []
    inner = node.children[0]
    if not isinstance(raw, list):
        if isinstance(raw, dict) and inner.field.shape == "value" and not node.paged:
            out.append(_breach(pointer, f"{_short(raw)} is not a list."))
            return []
        raw = [raw]
    rows: list[Row] = []
    for entry in raw:
        entry = _unpacked(entry) if inner.field.shape != "value" else entry
        page, continued = None, False
        if isinstance(entry, dict) and node.paged:
            page = _page_number(entry.get(PAGE))
            # Page 0: it began before the first page shown.
            continued = str(entry.get(PAGE)) == "0" or (
                node.continued and entry.get(CONTINUED) in (True, "true")
            )
            if inner.field.shape != "object" and VALUE in entry:
                entry = entry[VALUE]
        if _is_empty(entry):
            if node.field.is_row_of_cells:  # the cells after it keep their columns
                rows.append(Row(_empty_cell(inner.field)))
            continue
        value = _decode(inner, entry, f"{pointer}/{len(rows)}", style, out)
        # A row without a single value says nothing. It keeps its place only where its other
        # fields are asked for elsewhere, as rows are put together by their order.
        if node.whole and not _says_something(value):
            continue
        rows.append(Row(value, page, continued))
    return rows


def _empty_cell(field: Field) -> str | None:
    """What stands for a cell with nothing in it."""
    return None if field.nullable or core_type(field.annotation) is not str else ""


def _says_something(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_says_something(inner) for inner in value.values())
    if isinstance(value, list):
        return bool(value)
    return value is not None


def _page_number(raw: Any) -> int | None:
    if isinstance(raw, str) and raw.strip().isdecimal():
        raw = int(raw)
    if isinstance(raw, float) and raw.is_integer():
        raw = int(raw)
    return raw if isinstance(raw, int) and not isinstance(raw, bool) and raw > 0 else None


def _decode_leaf(node: Node, raw: Any, pointer: str, style: Style, out: list[Problem]) -> Any:
    if isinstance(raw, list) and len(raw) <= 1:
        raw = raw[0] if raw else None
    if isinstance(raw, dict) and set(raw) == {VALUE}:
        raw = raw[VALUE]
    if _is_empty(raw):
        return None
    if isinstance(raw, (dict, list)):
        out.append(_breach(pointer, f"{_short(raw)} is not a single value."))
        return json.dumps(raw, ensure_ascii=False)
    if node.choices:
        written = raw if isinstance(raw, str) else json.dumps(raw)
        if written in node.choices:
            return node.choices[written]
        # Capitals are not guaranteed by every grammar.
        folded = {text.casefold(): value for text, value in node.choices.items()}
        if written.strip().casefold() in folded:
            return folded[written.strip().casefold()]
    try:
        return leaf_value(node.field, raw, style)
    except ValueError as error:
        out.append(_breach(pointer, f"{_short(raw)} is not accepted: {error}."))
        return raw


def plain(data: Any) -> tuple[Any, dict[str, int]]:
    """`data` without its `Row`s; and the page of each list entry that has one, by JSON pointer."""
    pages: dict[str, int] = {}
    return _plain(data, "", pages), pages


def _plain(data: Any, pointer: str, pages: dict[str, int]) -> Any:
    if isinstance(data, dict):
        return {name: _plain(value, f"{pointer}/{name}", pages) for name, value in data.items()}
    if isinstance(data, list):
        entries = []
        for index, entry in enumerate(data):
            place = f"{pointer}/{index}"
            if isinstance(entry, Row):
                if entry.page is not None:
                    pages[place] = entry.page
                entry = entry.value
            entries.append(_plain(entry, place, pages))
        return entries
    return data
