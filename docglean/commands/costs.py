"""``docglean costs``: what the ledger's accounts say."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

from docglean.cli.exits import OK
from docglean.commands.ledger_reading import read_ledger
from docglean.extractors.ledger.accounts import GROUPINGS, Account, Grouping, accounts
from docglean.extractors.ledger.run_names import run_named, run_names
from docglean.schemas.errors import ConfigError

if TYPE_CHECKING:
    import sqlalchemy as sa

    from docglean.cli.terminal import TerminalTable


@dataclass(frozen=True, slots=True)
class Books:
    """What the ledger says.

    Attributes:
        names: what people call the runs, by their ids.
    """

    by: dict[Grouping, list[Account]]
    names: dict[str, str] = field(default_factory=dict)


def costs(
    *,
    by: Sequence[Grouping],
    since: str | None,
    top: int,
    as_json: bool,
    run: str | None = None,
) -> int:
    """``docglean costs``: the exit code.

    Raises:
        ConfigError: ``bad_date``, ``no_such_run``, or the ledger can't be read.
    """
    first = None if since is None else day_of(since)
    groupings = tuple(by) or GROUPINGS
    nothing = Books({grouping: [] for grouping in groupings})
    found, where = read_ledger(lambda connection: _read(connection, groupings, first, run), nothing)
    if as_json:
        told = {
            name: [_plain(account, found.names if name == "run" else {}) for account in book]
            for name, book in found.by.items()
        }
        print(json.dumps({"ledger": where, "since": since, "run": run, "by": told}, indent=2))
    elif any(found.by.values()):
        _print(found, top)
    else:
        print(f"The ledger {where} holds no call" + (f" of run {run}." if run else "."))
    return OK


def _read(
    connection: sa.Connection, by: Sequence[Grouping], since: date | None, run: str | None
) -> Books:
    only = None if run is None else run_named(connection, run)
    books = accounts(connection, by, since=since, run=only)
    ids = [account.name for account in books.get("run", ())]
    return Books(books, run_names(connection, ids))


def day_of(text: str) -> date:
    """A day as it is written on a command line.

    Raises:
        ConfigError: ``bad_date``.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError("bad_date", f"{text!r} is no day.", "Write YYYY-MM-DD.") from error


def _plain(account: Account, names: Mapping[str, str]) -> dict[str, Any]:
    told = {"run_name": names[account.name]} if account.name in names else {}
    return {
        "name": account.name,
        **told,
        "calls": account.calls,
        "documents": account.documents,
        "cost": str(account.cost),
        "calls_of_unknown_cost": account.unknown,
        "calls_interrupted": account.interrupted,
        "tokens_in": account.tokens_in,
        "tokens_out": account.tokens_out,
        "in_to_estimated": _rounded(account.ratio_in),
        "out_to_estimated": _rounded(account.ratio_out),
        "alarm": account.alarm,
    }


def _rounded(ratio: float | None) -> float | None:
    return None if ratio is None else round(ratio, 3)


def _print(found: Books, top: int) -> None:
    from docglean.cli.terminal import print_lines, print_table

    alarms: list[str] = []
    for number, (grouping, book) in enumerate(found.by.items()):
        if number:
            print()
        print_table(_table(grouping, book, top, found.names if grouping == "run" else {}))
        if grouping in ("engine", "model"):
            alarms += [account.alarm for account in book if account.alarm]
    for alarm in dict.fromkeys(alarms):
        print_lines(f"Warning: {alarm}")
    if any(account.unknown for book in found.by.values() for account in book):
        print_lines(
            "+?: calls whose cost nobody knows, for want of a price or of an answer, come on top."
        )


def _table(
    grouping: Grouping, book: Sequence[Account], top: int, names: Mapping[str, str]
) -> TerminalTable:
    from docglean.cli.terminal import TerminalTable, figure, named

    heads = ("documents", "calls", "tokens in", "tokens out", "to estimate", "cost")
    table = TerminalTable(
        named(f"{grouping} (UTC)" if grouping == "day" else grouping),
        *map(figure, heads),
        title=f"by {grouping}",
    )
    for account in book[:top]:
        table.add_row(names.get(account.name) or account.name or "(none)", *_figures(account))
    if len(book) > top:
        table.add_row(f"... {len(book) - top} more")
    return table


def _figures(account: Account) -> tuple[str, ...]:
    from docglean.flows.totals import money

    ratios = "/".join(
        "-" if ratio is None else f"{ratio:.2f}" for ratio in (account.ratio_in, account.ratio_out)
    )
    return (
        f"{account.documents:,}",
        f"{account.calls:,}",
        f"{account.tokens_in:,}",
        f"{account.tokens_out:,}",
        f"{ratios} !" if account.alarm else ratios,
        money(account.cost) + (f" +{account.unknown}?" if account.unknown else ""),
    )
