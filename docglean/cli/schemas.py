"""The commands about schemas: which there are, what is in one, and a draft of one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from docglean.cli.parameters import AsJson, Source, app, here, takes_options
from docglean.extractors.options import RunOptions

group = App(name="schema", help="Show schemas, as `schemas` does, or draft one from documents.")
app.command(group)


@group.default
@app.command
def schemas(
    name: str | None = None,
    /,
    *,
    kinds: Annotated[
        bool, Parameter(negative="", help="List the kinds of field that your own may have.")
    ] = False,
    json: AsJson = False,
) -> int:
    """List the built-in schemas, or show one: its fields, and what each provider takes of it.

    Parameters
    ----------
    name
        NAME, path.py:Model, package.module:Model, file.json, file.yaml, or fields on one line:
        'number, date, total: money'.
    """
    from docglean.commands import inspect

    if kinds:
        from docglean.commands.kinds import list_kinds

        return list_kinds(as_json=json)
    return inspect.show_schema(name, as_json=json) if name else inspect.list_schemas()


@group.command(name="from-examples")
@takes_options(without=("batch", "examples", "then", "when", "split"))
def from_examples(
    *source: Source,
    options: RunOptions,
    out: Annotated[
        Path | None,
        Parameter(
            help="The Python file to write, a new one; without it, standard output.", validator=here
        ),
    ] = None,
) -> int:
    """Draft a Pydantic file from documents of one kind: three to ten are best.

    Fields are what recurs: captions with the kind of value beside them, tables' columns, and what
    the built-in schemas find. Nothing leaves this machine unless --engine names a model, which is
    asked once for each document. The draft is shown as each provider takes it.

    Exit codes:
    0  the draft is written
    1  some documents could not be read
    2  the command, the engine or the key is wrong, or nothing recurs
    3  the budget is used up
    """
    from docglean.commands import schema_draft
    from docglean.flows.request import RunRequest

    return schema_draft.draft_command(source, order=RunRequest.from_options(options), out=out)
