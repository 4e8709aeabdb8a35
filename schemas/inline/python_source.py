"""Fields of a draft as a Python file with Pydantic models.

What pages print goes into it as literals only: nothing of a document becomes code.
"""

from __future__ import annotations

import json
import keyword
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from textwrap import wrap

from docglean.schemas.inline.fields import TextField
from docglean.schemas.inline.kind_names import NamedKind
from pydantic import BaseModel

WIDTH = 100
"""Columns of the file."""
TYPES: Mapping[str, str] = {
    "date": "datetime.date",
    "time": "datetime.time",
    "datetime": "datetime.datetime",
}
TAKEN = frozenset({"datetime", "str", "int", "bool", "list", "float"})
"""Names in the file that a field of the same name would hide from those below it."""


@dataclass
class _File:
    """What has been written.

    Attributes:
        models: source of the models, the innermost first.
        imports: lines that bring their types.
        typing: what they need of that module.
        declared: what they need of `docglean.schemas`.
        names: of the models.
    """

    models: list[str] = field(default_factory=list)
    imports: set[str] = field(default_factory=set)
    typing: set[str] = field(default_factory=lambda: {"Annotated"})
    declared: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)


def python_source(
    fields: Sequence[TextField], name: str, about: str, comments: Mapping[str, str]
) -> str:
    """A Python file that declares these fields.

    Args:
        name: of the model, in any form.
        about: what the file's docstring says.
        comments: by the path of a field, such as ``/lines/*/total``.
    """
    file = _File(names={class_name(name, set())})
    _model(file, fields, class_name(name, set()), "", comments)
    lines = [f'"""{about}"""', ""]
    lines += sorted(file.imports, key=lambda line: (line.startswith("from"), line))
    lines += [f"from typing import {', '.join(sorted(file.typing))}", ""]
    lines += [f"from docglean.schemas import {', '.join(sorted(file.declared))}"]
    lines += ["from pydantic import BaseModel, Field"]
    return "\n".join((*lines, "", "", "\n\n\n".join(file.models))) + "\n"


def python_names(fields: Sequence[TextField]) -> tuple[TextField, ...]:
    """The same fields, with names that Python and pydantic take as they are."""
    return tuple(
        replace(one, name=_safe(one.name), children=python_names(one.children)) for one in fields
    )


def _safe(name: str) -> str:
    hidden = name in TAKEN or hasattr(BaseModel, name) or name.startswith("model_")
    return f"{name}_" if keyword.iskeyword(name) or hidden else name


def _model(
    file: _File, fields: Sequence[TextField], called: str, path: str, comments: Mapping[str, str]
) -> None:
    lines = [f"class {called}(BaseModel):"]
    for one in fields:
        here = f"{path}/{one.name}"
        note = comments.get(here)
        lines += [f"    # {note}"] if note else []
        lines += [f"    {line}" for line in _field(file, one, here, comments)]
    checks = [
        f'{one.kind.check.__name__}("/{one.name}")'
        for one in fields
        if one.kind is not None and one.kind.check is not None
    ]
    if checks:
        file.typing.add("ClassVar")
        file.declared |= {check.partition("(")[0] for check in checks} | {"Rule"}
        lines += ["", f"    __checks__: ClassVar[tuple[Rule, ...]] = ({', '.join(checks)},)"]
    file.models.append("\n".join(lines))


def _field(file: _File, one: TextField, path: str, comments: Mapping[str, str]) -> Iterator[str]:
    """The lines of one field's declaration."""
    extras = []
    if one.children:
        kind = class_name(_singular(one.name) if one.many else one.name, file.names)
        _model(file, one.children, kind, f"{path}/*" if one.many else path, comments)
    else:
        told = one.understood()
        kind = _type(file, told)
        extras.append(_kind(file, told))
    if one.printed:
        file.declared.add("Printed")
        extras.append(f"Printed({', '.join(map(_literal, one.printed))})")
    if one.description:
        extras.append(f"Field(description={_wrapped(one.description)})")
    type_ = f"list[{kind}]" if one.many else f"{kind} | None"
    default = "[]" if one.many else "None"
    if not extras:
        yield f"{one.name}: {type_} = {default}"
        return
    whole = f"{one.name}: Annotated[{type_}, {', '.join(extras)}] = {default}"
    if len(whole) <= WIDTH - 5 and "\n" not in whole:
        yield whole
        return
    yield f"{one.name}: Annotated["
    for part in (type_, *extras):
        yield f"    {part},"
    yield f"] = {default}"


def _type(file: _File, kind: NamedKind) -> str:
    written = TYPES.get(kind.name)
    if written:
        file.imports.add("import datetime")
        return written
    if kind.type.__name__ == "Decimal":
        file.imports.add("from decimal import Decimal")
    return str(kind.type.__name__)


def _kind(file: _File, kind: NamedKind) -> str:
    name = type(kind.kind).__name__
    file.declared.add(name)
    return f"{name}()"


def _literal(text: str) -> str:
    """The text as a literal of Python, on one line of ASCII signs and letters of any script."""
    written = json.dumps(text, ensure_ascii=False)
    return written if written.isprintable() else json.dumps(text)


def comment(text: str) -> str:
    """Printed text for a comment: quoted, on one line."""
    return _literal(text if len(text) <= 40 else f"{text[:37]}...")


def _wrapped(text: str) -> str:
    """A literal, on several lines where it is long."""
    parts = wrap(text, WIDTH - 34, drop_whitespace=False) or [text]
    return f"\n{' ' * 12}".join(map(_literal, parts))


def _singular(name: str) -> str:
    """What an entry of a list of this name is called."""
    for ending, single in (("ies", "y"), ("xes", "x"), ("ss", "ss_entry"), ("s", "")):
        if name.endswith(ending):
            return name.removesuffix(ending) + single
    return f"{name}_entry"


def class_name(name: str, taken: set[str]) -> str:
    """A model's name, which is `taken` from then on."""
    words = [word for word in name.replace("-", "_").split("_") if word.isidentifier()]
    base = "".join(word[:1].upper() + word[1:] for word in words) or "Draft"
    called, number = base, 2
    while called in taken or called in ("BaseModel", "Field", "Decimal", "Annotated"):
        called, number = f"{base}{number}", number + 1
    taken.add(called)
    return called
