"""Fields of a schema that is written as text, and the Pydantic model that they make."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from docglean.schemas.builtin import CLASSES
from docglean.schemas.checks import Rule
from docglean.schemas.fields import NAMED_BY_FIELDS, Printed
from docglean.schemas.inline.guess import kind_by_name
from docglean.schemas.inline.kind_names import NamedKind
from docglean.schemas.wire.json_schema import attribute
from pydantic import BaseModel, ConfigDict, create_model
from pydantic import Field as PydanticField

LONGEST_NAME = 40
"""Characters of a schema's name that is made of its fields' names."""


@dataclass(frozen=True, slots=True)
class TextField:
    """A field as it was written.

    Attributes:
        name: the key in JSON.
        kind: of a single value, None where the field's name tells it.
        children: fields of an object, or of a list's entries; empty for single values.
        many: it is a list.
        description: what the model reads.
        printed: what pages print beside the value.
        required: that it is missing is a problem.
    """

    name: str
    kind: NamedKind | None = None
    children: tuple[TextField, ...] = ()
    many: bool = False
    description: str = ""
    printed: tuple[str, ...] = ()
    required: bool = False

    def understood(self, within: bool = False) -> NamedKind:
        """Its kind, told or by its name.

        Args:
            within: it is a field of a list's entries.
        """
        return self.kind or kind_by_name(self.name, within)


def model_of(fields: Sequence[TextField], name: str = "", description: str = "") -> type[BaseModel]:
    """The Pydantic model of some fields.

    Args:
        name: what the schema is called; made of the fields' names where empty.
    """
    model = _model(fields, name or name_of(fields), description, within=False)
    setattr(model, NAMED_BY_FIELDS, not name)
    return model


def _model(
    fields: Sequence[TextField], name: str, description: str, *, within: bool
) -> type[BaseModel]:
    declared: dict[str, Any] = {}
    for index, field in enumerate(fields):
        annotation = _annotation(field, within)
        given: Any = PydanticField(alias=field.name)
        if not field.required:
            # A list without entries is empty; anything else that is not there is None.
            given = PydanticField(default=[] if field.many else None, alias=field.name)
        declared[attribute(field.name, index)] = (annotation, given)
    model: type[BaseModel] = create_model(
        name,
        __config__=ConfigDict(populate_by_name=True, protected_namespaces=()),
        __doc__=description,
        __module__=__name__,
        **declared,
    )
    model.__checks__ = tuple(_checks(fields, within))  # type: ignore[attr-defined]
    return model


def _annotation(field: TextField, within: bool) -> Any:
    described = field.description
    core: Any
    if field.children:
        core = _model(
            field.children, _plain(field.name) or "entry", "", within=within or field.many
        )
    else:
        kind = field.understood(within)
        described = described or kind.told
        core = Annotated[kind.type, kind.kind]
    core = list[core] if field.many else core | None
    extras: list[Any] = [PydanticField(description=described)] if described else []
    extras += [Printed(*field.printed)] if field.printed else []
    return Annotated[(core, *extras)] if extras else core


def _checks(fields: Sequence[TextField], within: bool) -> Iterator[Rule]:
    for field in fields:
        check = None if field.children else field.understood(within).check
        if check is not None:
            yield check(f"/{field.name}/*" if field.many else f"/{field.name}")


def name_of(fields: Sequence[TextField]) -> str:
    """A schema's name from those of its fields: ``number_date_total``.

    Where not all of them fit, or it would be that of a built-in schema, its end tells it from
    others that begin alike.
    """
    names = "_".join(field.name for field in fields)
    plain = _plain(names)
    if plain == names and len(plain) <= LONGEST_NAME and plain not in CLASSES:
        return plain
    digest = hashlib.sha256(names.encode()).hexdigest()[:6]
    return f"{plain[: LONGEST_NAME - 7].strip('_') or 'fields'}_{digest}"


def _plain(text: str) -> str:
    """Small ASCII letters, digits and underscores."""
    bare = unicodedata.normalize("NFKD", text).casefold()
    return re.sub(r"[^a-z0-9]+", "_", bare.encode("ascii", "ignore").decode()).strip("_")
