"""``docglean costs``: what the ledger's accounts say."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from docglean.cli.exits import OK
from docglean.commands.ledger_reading import read_ledger
from docglean.extractors.ledger.accounts import GROUPINGS, Account, Grouping, accounts
from docglean.schemas.errors import ConfigError

if TYPE_CHECKING:
    from docglean.cli.terminal import TerminalTable


def costs(*, by: Sequence[Grouping], since: str | None, top: int, as_json: bool) -> int:
    """``docglean costs``: the exit code.

    Raises:
        ConfigError: ``bad_date``, or the ledger can't be read.
    """
    first = None if since is None else day_of(since)
    groupings = tuple(by) or GROUPINGS
    nothing: dict[Grouping, list[Account]] = {grouping: [] for grouping in groupings}
    books, where = read_ledger(
        lambda connection: accounts(connection, groupings, since=first), nothing
    )
    if as_json:
        told = {name: [_plain(account) for account in book] for name, book in books.items()}
        print(json.dumps({"ledger": where, "since": since, "by": told}, indent=2))
    elif not any(books.values()):
        print(f"The ledger {where} holds no call.")
    else:
        _print(books, top)
    return OK


def day_of(text: str) -> date:
    """A day as it is written on a command line.

    Raises:
        ConfigError: ``bad_date``.
    """
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError("bad_date", f"{text!r} is no day.", "Write YYYY-MM-DD.") from error


def _plain(account: Account) -> dict[str, Any]:
    return {
        "name": account.name,
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


def _print(books: dict[Grouping, list[Account]], top: int) -> None:
    from docglean.cli.terminal import print_lines, print_table

    alarms: list[str] = []
    for number, (grouping, book) in enumerate(books.items()):
        if number:
            print()
        print_table(_table(grouping, book, top))
        if grouping in ("engine", "model"):
            alarms += [account.alarm for account in book if account.alarm]
    for alarm in dict.fromkeys(alarms):
        print_lines(f"Warning: {alarm}")
    if any(account.unknown for book in books.values() for account in book):
        print_lines(
            "+?: calls whose cost nobody knows, for want of a price or of an answer, come on top."
        )


def _table(grouping: Grouping, book: Sequence[Account], top: int) -> TerminalTable:
    from docglean.cli.terminal import TerminalTable, figure, named

    heads = ("documents", "calls", "tokens in", "tokens out", "to estimate", "cost")
    table = TerminalTable(
        named(f"{grouping} (UTC)" if grouping == "day" else grouping),
        *map(figure, heads),
        title=f"by {grouping}",
    )
    for account in book[:top]:
        table.add_row(*_row(account))
    if len(book) > top:
        table.add_row(f"... {len(book) - top} more")
    return table


def _row(account: Account) -> tuple[str, ...]:
    from docglean.flows.totals import money

    ratios = "/".join(
        "-" if ratio is None else f"{ratio:.2f}" for ratio in (account.ratio_in, account.ratio_out)
    )
    return (
        account.name or "(none)",
        f"{account.documents:,}",
        f"{account.calls:,}",
        f"{account.tokens_in:,}",
        f"{account.tokens_out:,}",
        f"{ratios} !" if account.alarm else ratios,
        money(account.cost) + (f" +{account.unknown}?" if account.unknown else ""),
    )
