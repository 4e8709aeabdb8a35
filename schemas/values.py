"""From what was read or replied to the JSON that a field's type wants."""

from __future__ import annotations

from typing import Any

from docglean.schemas.fields import Field
from docglean.schemas.kinds import Style, infer_kind
from docglean.schemas.kinds.either import Either
from docglean.schemas.kinds.typed import typed


def leaf_value(field: Field, raw: Any, style: Style = Style()) -> Any:
    """`raw`, a printed text or a reply, as the JSON leaf of `field`.

    The field's kind reads it, then it gets the JSON type of the annotation: a float is a
    number, a Decimal a string of digits, an int a whole number, a date ``YYYY-MM-DD``. None where
    there is no value.

    Raises:
        ValueError: there is something, but nothing that the field can hold.
    """
    kind = field.kind or infer_kind(field.annotation, field.name)
    leaf = kind.coerce(raw, style)
    return leaf if isinstance(kind, Either) else typed(leaf, field.annotation)
