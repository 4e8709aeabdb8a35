"""Commands for those who run docglean over many documents: what it cost."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from docglean.cli import AsJson, app


@app.command
def costs(
    *,
    by: Annotated[
        tuple[Literal["day", "engine", "schema", "run", "model"], ...],
        Parameter(name="--by", negative="", help="What to add up by; all of them by default."),
    ] = (),
    since: Annotated[str | None, Parameter(help="First day to count (UTC), YYYY-MM-DD.")] = None,
    top: Annotated[int, Parameter(help="Lines of each table; --json has all.")] = 12,
    json: AsJson = False,
) -> int:
    """What was spent, by day, engine, schema, run and model, as the ledger has it.

    Tokens are shown beside what was estimated before the calls; a model that takes more than
    twice as many is marked.
    """
    from docglean import spending

    return spending.costs(by=by, since=since, top=top, as_json=json)
