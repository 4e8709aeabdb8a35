"""What a person types into a field, or takes from a page, as the JSON that the field stores."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter

from docglean.extractors.answers.validate import fault
from docglean.schemas.errors import shown
from docglean.schemas.fields import Field
from docglean.schemas.kinds import (
    Cell,
    Check,
    Choice,
    Code,
    Day,
    Kind,
    Moment,
    Money,
    Number,
    Style,
    Text,
    infer_kind,
)
from docglean.schemas.kinds.base import quoted
from docglean.schemas.kinds.either import Either
from docglean.schemas.kinds.typed import typed
from docglean.schemas.values import leaf_value

MOST_CHOICES = 200
"""Values of a choice that are offered as a list: all currencies are fewer."""

_EDITORS: tuple[tuple[type[Kind], str], ...] = (
    (Money, "money"),
    (Number, "number"),
    (Day, "date"),
    (Moment, "moment"),
    (Check, "truth"),
    (Choice, "choice"),
    (Code, "code"),
)

_THOUSANDTHS = re.compile(r"-?\d+\.\d{3}")
"""A stored number that a document with decimal commas would print for thousands."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What became of a text.

    Attributes:
        text: as it was typed or taken.
        value: the JSON to store; None where there is no value, or `error` says why not.
        shown: the value for people.
        error: why the field cannot hold it; empty where it can.
    """

    text: str
    value: Any = None
    shown: str = ""
    error: str = ""


def kind_of(field: Field) -> Kind:
    """The kind of a leaf: its own, else that of its type and name."""
    return field.kind or infer_kind(field.annotation, field.name)


def editor_of(field: Field) -> str:
    """Which editor a leaf wants: ``money``, ``number``, ``date``, ``moment``, ``truth``,
    ``choice``, ``code`` or ``text``."""
    kind = kind_of(field)
    return next((name for known, name in _EDITORS if isinstance(kind, known)), "text")


def choices_of(field: Field) -> list[Any] | None:
    """The values that a leaf may have; None where they are not of a short list."""
    kind = kind_of(field)
    values = kind.values if isinstance(kind, Choice) else ()
    return list(values) if 0 < len(values) <= MOST_CHOICES else None


def shown_as(value: Any) -> str:
    """A stored value for people; empty where there is none."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)


def parse(field: Field, text: str, style: Style = Style(), now: Any = None) -> Typed:
    """A text as a field stores it.

    Figures and dates are read as the document prints them (`style`). A text that is left as `now`
    is shown stays what it is, whatever the document's marks would make of it.

    Args:
        now: the value that stands in the field.
    """
    text = text.replace("\0", "").strip()  # no database takes it
    if text and text == shown_as(now):
        return Typed(text, now, text)
    if type(kind_of(field)) not in (Text, Cell, Either):
        text = " ".join(text.split())  # a line of the page may end within a name or a code
    if _THOUSANDTHS.fullmatch(text) and _THOUSANDTHS.fullmatch(shown_as(now)):
        style = replace(style, decimal=".")  # a digit was put right in what was shown
    try:
        value = _value(field, text, style)
    except ValueError as error:
        return Typed(text, error=_sentence(str(error)))
    wrong = fault_of(field, value)
    return Typed(text, error=wrong) if wrong else Typed(text, value, shown_as(value))


def fault_of(field: Field, value: Any) -> str:
    """Why a leaf cannot hold a JSON value, as a sentence; empty where it can. Null it always can:
    whether the document must have a value is told by the checks."""
    if value is None:
        return ""
    if isinstance(value, dict | list):
        return f"{shown(value)} is no single value."
    wrong = fault(field, value, _adapter(field))
    return _sentence(f"{shown_as(value)!r} is not accepted: {wrong}") if wrong else ""


def _value(field: Field, text: str, style: Style) -> Any:
    """The JSON leaf of a text.

    Raises:
        ValueError: the field cannot hold it.
    """
    kind = kind_of(field)
    if isinstance(kind, Number) and not kind.absent(text):
        # A kind takes the only number out of a model's words; of "1O.50" that would be 1.
        found = kind.parse(text, style)
        if found is None:
            raise ValueError(f"{quoted(text)} is not {kind.noun()}")
        return typed(found, field.annotation)
    return leaf_value(field, text, style)


@lru_cache(maxsize=4096)
def _adapter(field: Field) -> TypeAdapter[Any] | None:
    return None if field.annotation is None else TypeAdapter(field.annotation)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:].rstrip('.')}."


def fields_of(root: Field, values: Any, pointer: str = "") -> Iterator[tuple[str, Field, Any]]:
    """JSON pointer, field and value of every leaf, absent ones too, in the order of the schema;
    of lists the leaves of the entries that there are."""
    if root.shape == "value":
        yield pointer, root, values
    elif root.shape == "list":
        for index, entry in enumerate(values if isinstance(values, list) else []):
            yield from fields_of(root.item, entry, f"{pointer}/{index}")
    else:
        known = values if isinstance(values, dict) else {}
        for child in root.children:
            yield from fields_of(child, known.get(child.name), f"{pointer}/{child.name}")


def lists_of(root: Field, values: Any, pointer: str = "") -> Iterator[tuple[str, Field, list[Any]]]:
    """JSON pointer, field and entries of every list, absent ones too, in the order of the schema;
    lists within an entry after their list. Cells of a row are no list of their own."""
    if root.shape == "list":
        entries = values if isinstance(values, list) else []
        if not root.is_row_of_cells:
            yield pointer, root, entries
        for index, entry in enumerate(entries):
            yield from lists_of(root.item, entry, f"{pointer}/{index}")
    elif root.shape == "object":
        known = values if isinstance(values, dict) else {}
        for child in root.children:
            yield from lists_of(child, known.get(child.name), f"{pointer}/{child.name}")
