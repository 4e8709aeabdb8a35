"""``docglean schemas``: what can be read as what."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from docglean.cli.exits import OK

if TYPE_CHECKING:
    from docglean.schemas.schema import Schema


def list_schemas() -> int:
    """``docglean schemas``: the built-in ones."""
    from docglean.cli.terminal import TerminalTable, figure, named, print_table
    from docglean.schemas.schema import load_schemas

    table = TerminalTable(named("schema"), figure("fields"), "what it is")
    for schema in load_schemas(["auto"]):
        about = schema.description.partition("\n")[0]
        table.add_row(schema.name, str(len(list(schema.root.leaves()))), about)
    print_table(table)
    return OK


def show_schema(spec: str, *, as_json: bool) -> int:
    """``docglean schemas NAME``: its fields and kinds, and what each provider takes of it."""
    from docglean.schemas.schema import load_schema

    schema = load_schema(spec)
    if as_json:
        facts = {
            "name": schema.name,
            "hash": schema.hash,
            "description": schema.description,
            "fields": [
                {
                    "path": leaf.path,
                    "kind": type(leaf.kind).__name__,
                    "nullable": leaf.nullable,
                    "optional": leaf.optional,
                    "description": leaf.description,
                    "labels": list(leaf.labels),
                }
                for leaf in schema.root.leaves()
            ],
            "providers": {name: accepted(schema, name) for name in _dialects()},
        }
        print(json.dumps(facts, indent=2, ensure_ascii=False))
        return OK
    understood = _understood(spec)
    if understood:
        print(f"Understood as: {understood}\n")
    _show_fields(schema)
    print()
    show_providers(schema)
    return OK


def _understood(spec: str) -> str:
    """A schema on one line with the kinds that its names told; empty for any other."""
    from docglean.schemas.inline.grammar import parse, render
    from docglean.schemas.specs import kind_of_spec

    return render(parse(spec)) if kind_of_spec(spec) == "text" else ""


def _show_fields(schema: Schema) -> None:
    from docglean.cli.terminal import TerminalTable, named, print_table

    table = TerminalTable(
        named("field"), named("kind"), "may be absent", "what the model reads", title=schema.name
    )
    for field in schema.root.walk():
        if field.shape == "value":
            kind = type(field.kind).__name__
            table.add_row(
                field.path,
                kind,
                "yes" if field.nullable or field.optional else "no",
                field.description,
            )
        elif field.shape == "list":
            table.add_row(field.path, "list", "", field.description)
    print_table(table)


def show_providers(schema: Schema) -> None:
    """What each provider takes of a schema, as a table."""
    from docglean.cli.terminal import TerminalTable, figure, named, print_table

    table = TerminalTable(
        named("provider"), figure("requests a window"), "what it does not take as declared"
    )
    for name in _dialects():
        taken = accepted(schema, name)
        table.add_row(name, str(taken["requests"]), "\n".join(taken["notes"]))
    print_table(table)


def _dialects() -> list[str]:
    from docglean.schemas.wire.dialects import DIALECTS

    return list(DIALECTS)


def accepted(schema: Schema, dialect_name: str) -> dict[str, Any]:
    """What a provider takes of a schema: requests a window, and notes on what it does not."""
    from docglean.schemas.errors import SchemaError
    from docglean.schemas.wire.dialects import DIALECTS, groups, lint

    dialect = DIALECTS[dialect_name]
    notes = [problem.message for problem in lint(schema, dialect)]
    try:
        return {"requests": len(groups(schema, dialect, paged=False)), "notes": notes}
    except SchemaError as error:
        return {"requests": 0, "notes": [error.message, *notes]}
