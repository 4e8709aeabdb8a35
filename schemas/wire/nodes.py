"""A schema as it goes over the wire, field by field: keys, closed sets, where pages are asked."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, get_args, get_origin

from docglean.schemas.fields import Field
from docglean.schemas.kinds import Choice, Country, Currency
from docglean.schemas.trees import closed_values
from docglean.schemas.wire.limits import Dialect

PAGE = "_page"
CONTINUED = "_continued"
VALUE = "value"


@dataclass(frozen=True, slots=True)
class Node:
    """A field as it goes over the wire.

    Attributes:
        key: its JSON key there.
        choices: what is written there -> the value meant, for fields with a closed set.
        paged: entries carry their page; continued: they say also whether they only go on.
        whole: all leaves below are asked for.
    """

    field: Field
    key: str
    children: tuple[Node, ...] = ()
    choices: Mapping[str, Any] | None = None
    paged: bool = False
    continued: bool = False
    whole: bool = True


def node_of(
    field: Field,
    key: str,
    asked: frozenset[str],
    dialect: Dialect,
    paged: bool,
    *,
    wrapped: bool = True,
    in_list: bool = False,
) -> Node | None:
    """The node of a field, None where none of its leaves is asked for.

    Args:
        wrapped: entries within other entries that are no objects become ones, to carry their
            page; a level more.
        in_list: the field stands within an entry of a list.
    """
    if field.shape == "value":
        if field.path not in asked:
            return None
        return Node(field, key, choices=sendable(choices_of(field), dialect))
    inside = in_list or field.shape == "list"
    keys = wire_keys(field)
    children = tuple(
        node
        for child in field.children
        if (
            node := node_of(
                child, keys[child.name], asked, dialect, paged, wrapped=wrapped, in_list=inside
            )
        )
    )
    if not children:
        return None
    carries = paged and field.shape == "list" and not field.is_row_of_cells
    if carries and in_list and field.item.shape != "object":
        carries = wrapped
    return Node(
        field,
        key,
        children,
        paged=carries,
        continued=carries and field.item.holds_lists,
        whole=all(leaf.path in asked for leaf in field.leaves()),
    )


_PLAIN_KEY = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def wire_keys(field: Field) -> dict[str, str]:
    """Names of an object's fields -> keys that every vendor takes, each once."""
    keys: dict[str, str] = {}
    used = {PAGE, CONTINUED}
    used.update(child.name for child in field.children if _PLAIN_KEY.fullmatch(child.name))
    for child in field.children:
        key = child.name
        if not _PLAIN_KEY.fullmatch(key) or key in (PAGE, CONTINUED):
            base = re.sub(r"[^A-Za-z0-9.-]+", "_", key).strip("_.-")[:56] or "field"
            key, number = base, 2
            while key in used:
                key, number = f"{base}_{number}", number + 1
            used.add(key)
        keys[child.name] = key
    return keys


def choices_of(field: Field) -> dict[str, Any] | None:
    """The closed set of a leaf: as text -> its JSON value; None where it is open."""
    values = closed_values(core_type(field.annotation))
    is_open = isinstance(field.kind, Currency | Country)
    if values is None and isinstance(field.kind, Choice) and not is_open:
        values = field.kind.values
    named = {
        value if isinstance(value, str) else json.dumps(value, default=str): value
        for value in values or ()
        if value is not None and value != ""
    }
    return named or None


def sendable(choices: dict[str, Any] | None, dialect: Dialect) -> dict[str, Any] | None:
    """None for a set larger than the dialect takes in an enum: it goes as open text then."""
    if choices is None or len(choices) >= dialect.enum_values:
        return None
    length = sum(map(len, choices))
    if length > dialect.names // 2 or (len(choices) >= 250 and length > dialect.long_enum):
        return None
    return choices


def core_type(annotation: Any) -> Any:
    """A leaf's type without its metadata."""
    return get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
