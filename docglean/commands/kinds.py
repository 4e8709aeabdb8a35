"""``docglean schemas --kinds``: the kinds of field that a schema of one's own may have."""

from __future__ import annotations

import inspect
import json
from typing import TYPE_CHECKING

from docglean.cli.exits import OK

if TYPE_CHECKING:
    from docglean.schemas.inline.kind_names import NamedKind

SPECIAL = {
    "int": "A whole number.",
    "percent": "A percentage as a plain number: 19 for 19 %.",
    "iban": "An account number; its check digits are tested.",
    "vat_id": "A VAT number; its form and check digits are tested, by its country.",
    "email": "An e-mail address.",
    "phone": "A telephone or fax number.",
    "url": "The address of a website.",
}
"""Kinds that are read as another one is, whose words would tell too little."""


def list_kinds(*, as_json: bool) -> int:
    """``docglean schemas --kinds``."""
    from docglean.schemas.inline.kind_names import KINDS, other_names

    if as_json:
        told = {
            name: {"also": other_names(name), "python": kind.type.__name__, "what": _what(kind)}
            for name, kind in KINDS.items()
        }
        print(json.dumps(told, indent=2, ensure_ascii=False))
        return OK
    _show({name: (other_names(name), kind) for name, kind in KINDS.items()})
    return OK


def _show(kinds: dict[str, tuple[list[str], NamedKind]]) -> None:
    from docglean.cli.terminal import TerminalTable, named, print_lines, print_table

    table = TerminalTable(named("kind"), "also called", named("in Python"), "what it is")
    for name, (others, kind) in kinds.items():
        table.add_row(name, ", ".join(others), kind.type.__name__, _what(kind))
    print_table(table)
    print()
    print_lines(
        "A choice is its values: open | paid. Several of a kind: list of text. With --schema "
        "'number: code, date, total: money' each field has its kind behind a colon; in a Pydantic "
        "model the kind follows from the type, or stands in docglean.schemas.fields."
    )


def _what(kind: NamedKind) -> str:
    """The first line of what the kind says of itself."""
    if kind.name in SPECIAL:
        return SPECIAL[kind.name]
    said = (inspect.getdoc(type(kind.kind)) or "").partition("\n")[0]
    return said.replace("``", "")
