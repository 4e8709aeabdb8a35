"""The ledger's accounts: budgets that no two processes overdraw, and what was spent on what."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa
from docglean.extractors.extraction import Usage
from docglean.extractors.ledger.budget import Budget, Crowded, KnownErrors, runaway
from docglean.extractors.ledger.rows import REPLAYED, Flight, amount, latest
from docglean.extractors.ledger.tables import BUDGETS, FLIGHTS, REPLIES
from docglean.schemas.errors import BudgetExceeded

Grouping = Literal["day", "engine", "schema", "run", "model"]
GROUPINGS: tuple[Grouping, ...] = ("day", "engine", "schema", "run", "model")

SLICE = 10_000
"""Rows that are read at once."""
RECENT = 200
"""Calls that tell how far an engine's costs are from what is estimated."""
LOOKED_THROUGH = 20_000
"""Rows that are looked through for them: an engine that is new to a long ledger is soon told."""
FEW = 4
"""Calls under way of which nobody knows what they will come to."""


# --- budgets ------------------------------------------------------------------------------------


def reserve(connection: sa.Connection, budgets: Iterable[Budget], cost: Decimal) -> None:
    """Set what a batch is expected to cost aside, in the caller's transaction.

    Raises:
        BudgetExceeded: ``over_budget``, one of them would be crossed; the transaction has to be
            rolled back.
    """
    # In one order, so that two processes never wait for each other.
    for budget in sorted(budgets, key=lambda one: one.scope):
        spent, reserved = _locked(connection, budget.scope)
        if spent + reserved + cost > budget.limit:
            raise _over(BudgetExceeded, budget, cost, spent, reserved)
        _write(connection, budget.scope, spent, reserved + cost)


def admit(
    connection: sa.Connection, budgets: Iterable[Budget], flight: Flight
) -> tuple[Decimal, Decimal]:
    """Set money aside for a call that is sent alone, in the caller's transaction.

    As many calls may be under way as could all come to the most that one is known to cost: the
    worst against its estimate of the last calls of the engine and schema, or an answer as long as
    it may be. Beyond that, and while nothing is known, `FEW` may, by what they will likely cost.
    So a budget is crossed by what `FEW` calls cost at the most, whatever they turn out to.

    Returns:
        What the call will likely cost, and what is set aside.

    Raises:
        BudgetExceeded: ``over_budget``: even what it will likely cost would cross a budget.
        Crowded: it has to wait for others to end.
    """
    known = reckon(connection, flight.facts.engine, flight.facts.schema_name)
    expected = flight.expected
    likely = round((expected.cost or Decimal(0)) * known.mean, 9)
    worst = round((expected.cost or Decimal(0)) * known.worst, 9)
    most = max(worst, expected.ceiling or Decimal(0)) if known.calls else None
    chosen = likely if most is None else most
    for budget in sorted(budgets, key=lambda one: one.scope):
        spent, reserved = _locked(connection, budget.scope)
        if most is not None and spent + reserved + most <= budget.limit:
            continue
        chosen = likely
        others = _under_way(connection, budget.scope, flight.id)
        alone = [one for one in others if not one.in_batch]
        surely = sum((one.counted for one in others), Decimal(0))
        if spent + surely + likely > budget.limit:
            # Those under way may come to less than is thought; a batch takes a day to.
            raise _over(Crowded if alone else BudgetExceeded, budget, likely, spent, surely)
        few = sum(one.reserved == one.counted for one in alone) < FEW
        if len(alone) >= FEW and not (few and spent + reserved + likely <= budget.limit):
            raise _over(Crowded, budget, likely, spent, surely)
    for budget in budgets:
        spent, reserved = _locked(connection, budget.scope)
        _write(connection, budget.scope, spent, reserved + chosen)
    return likely, chosen


class _Aside(NamedTuple):
    """A call under way: what it will likely cost, what is set aside for it."""

    counted: Decimal
    reserved: Decimal
    in_batch: bool


def _under_way(connection: sa.Connection, scope: str, but: str) -> list[_Aside]:
    """The other calls under a budget."""
    columns = ("scopes", "expected_cost", "likely_cost", "reserved_cost", "batch")
    query = sa.select(*(FLIGHTS.c[name] for name in columns)).where(
        FLIGHTS.c.scopes != "", FLIGHTS.c.id != but
    )
    found: list[_Aside] = []
    for scopes, cost, likely, aside, batch in connection.execute(query):
        if scope in scopes.splitlines():
            counted = amount(likely) or amount(cost) or Decimal(0)
            reserved = counted if aside is None else Decimal(aside)
            found.append(_Aside(counted, reserved, batch is not None))
    return found


def _over(
    kind: type[BudgetExceeded], budget: Budget, cost: Decimal, spent: Decimal, reserved: Decimal
) -> BudgetExceeded:
    under_way = f", ${reserved:.4f} under way" if reserved else ""
    return kind(
        "over_budget",
        f"The next call (about ${cost:.4f}) would cross the budget of ${budget.limit} for "
        f"{budget.title}: ${spent:.4f} spent{under_way}.",
        "What is done is kept; a run with a larger budget goes on from there.",
    )


def settle(
    connection: sa.Connection, scopes: Sequence[str], reserved: Decimal, paid: Decimal
) -> None:
    """Book what was paid in place of what was set aside for it."""
    for scope in sorted(scopes):
        spent, aside = _locked(connection, scope)
        _write(connection, scope, spent + paid, max(Decimal(0), aside - reserved))


def spent_of(connection: sa.Connection, scope: str) -> tuple[Decimal, Decimal]:
    """US dollars spent and set aside under this name."""
    row = connection.execute(
        sa.select(BUDGETS.c.spent, BUDGETS.c.reserved).where(BUDGETS.c.scope == scope)
    ).one_or_none()
    return (Decimal(0), Decimal(0)) if row is None else (Decimal(row[0]), Decimal(row[1]))


def _locked(connection: sa.Connection, scope: str) -> tuple[Decimal, Decimal]:
    """The amounts under a name that nobody else may change until this transaction ends."""
    query = (
        sa.select(BUDGETS.c.spent, BUDGETS.c.reserved)
        .where(BUDGETS.c.scope == scope)
        .with_for_update()
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        try:
            with connection.begin_nested():
                connection.execute(sa.insert(BUDGETS).values(scope=scope, spent="0", reserved="0"))
        except sa.exc.IntegrityError:
            pass  # another process made it just now
        row = connection.execute(query).one()
    return Decimal(row[0]), Decimal(row[1])


def _write(connection: sa.Connection, scope: str, spent: Decimal, reserved: Decimal) -> None:
    connection.execute(
        sa.update(BUDGETS)
        .where(BUDGETS.c.scope == scope)
        .values(spent=str(spent), reserved=str(reserved))
    )


# --- what was spent -----------------------------------------------------------------------------


@dataclass(slots=True)
class Account:
    """What was spent on one thing: a day, an engine, a schema, a run, a model.

    Attributes:
        calls: sent and ended, however they did.
        documents: how many different ones.
        cost: US dollars, without the calls in `unknown`.
        unknown: calls of which nobody knows what they cost: no price, or no answer.
        interrupted: of those, the calls that nobody waited for to the end.
        tokens_in, tokens_out: as counted by the provider.
        counted_in, counted_out: of those, the tokens of calls that an estimate was made for.
        estimated_in, estimated_out: and what was estimated.
    """

    name: str
    calls: int = 0
    documents: int = 0
    cost: Decimal = Decimal(0)
    unknown: int = 0
    interrupted: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    counted_in: int = 0
    counted_out: int = 0
    estimated_in: int = 0
    estimated_out: int = 0

    @property
    def ratio_in(self) -> float | None:
        """Input tokens counted for each that was estimated; None where none were."""
        return self.counted_in / self.estimated_in if self.estimated_in else None

    @property
    def ratio_out(self) -> float | None:
        """The same of output tokens."""
        return self.counted_out / self.estimated_out if self.estimated_out else None

    @property
    def alarm(self) -> str:
        """Where its tokens ran away from the estimates."""
        return runaway(
            self.name,
            Usage(input_tokens=self.counted_in, output_tokens=self.counted_out),
            Usage(input_tokens=self.estimated_in, output_tokens=self.estimated_out),
        )


_COLUMNS: dict[Grouping, sa.Column[Any]] = {
    "engine": REPLIES.c.engine,
    "schema": REPLIES.c.schema_name,
    "run": REPLIES.c.run,
    "model": REPLIES.c.model,
}


def accounts(
    connection: sa.Connection,
    groupings: Sequence[Grouping] = GROUPINGS,
    *,
    since: date | None = None,
    run: str | None = None,
) -> dict[Grouping, list[Account]]:
    """What was spent, added up in several ways; the latest day and the dearest first.

    Args:
        since: first day (UTC) to count.
        run: the id of the only one to count.
    """
    query = sa.select(
        REPLIES.c.id, REPLIES.c.created, REPLIES.c.cost, REPLIES.c.outcome, REPLIES.c.document,
        REPLIES.c.input_tokens, REPLIES.c.output_tokens,
        REPLIES.c.expected_input, REPLIES.c.expected_output,
        *(column.label(f"by_{name}") for name, column in _COLUMNS.items()),
    )  # fmt: skip
    if since is not None:
        query = query.where(REPLIES.c.created >= datetime.combine(since, time.min, tzinfo=UTC))
    if run is not None:
        query = query.where(REPLIES.c.run == run)
    books: dict[Grouping, dict[str, Account]] = {grouping: {} for grouping in groupings}
    seen: set[tuple[Grouping, str, str]] = set()
    # Row by row: costs are exact decimals, which databases would add up as floats.
    for row in _slices(connection, query):
        created = row["created"]
        created = created if created.tzinfo else created.replace(tzinfo=UTC)
        for grouping, book in books.items():
            name = (
                created.astimezone(UTC).date().isoformat()
                if grouping == "day"
                else row[f"by_{grouping}"]
            )
            account = book.get(name) or book.setdefault(name, Account(name))
            _book(account, row)
            if row["document"] and (grouping, name, row["document"]) not in seen:
                seen.add((grouping, name, row["document"]))
                account.documents += 1
    return {
        grouping: sorted(
            book.values(),
            key=(lambda one: one.name) if grouping == "day" else (lambda one: one.cost),
            reverse=True,
        )
        for grouping, book in books.items()
    }


def _slices(connection: sa.Connection, query: sa.Select[Any]) -> Iterator[Mapping[Any, Any]]:
    """All rows, some thousand at a time: a ledger may hold millions."""
    last = 0
    while True:
        part = query.where(REPLIES.c.id > last).order_by(REPLIES.c.id).limit(SLICE)
        rows = connection.execute(part).mappings().all()
        yield from rows
        if len(rows) < SLICE:
            return
        last = rows[-1]["id"]


def _book(account: Account, row: Any) -> None:
    account.calls += 1
    if row["cost"] is None:
        account.unknown += 1
    else:
        account.cost += Decimal(row["cost"])
    account.interrupted += row["outcome"] == "interrupted"
    into, out = row["input_tokens"], row["output_tokens"]
    account.tokens_in += into
    account.tokens_out += out
    if row["expected_input"] and into:
        account.counted_in += into
        account.counted_out += out
        account.estimated_in += row["expected_input"]
        account.estimated_out += row["expected_output"]


def thinking(connection: sa.Connection, engine: str, schema: str) -> tuple[int, int]:
    """Tokens of thinking behind each answer of this engine to this schema, and of how many answers.

    Of the last calls; what was thought in vain, in answers that it left no room for, counts too.

    Args:
        schema: its hash.
    """
    query = (
        sa.select(REPLIES.c.outcome, REPLIES.c.reasoning_tokens)
        .where(
            REPLIES.c.engine == engine,
            REPLIES.c.schema_hash == schema,
            REPLIES.c.output_tokens > 0,
        )
        .order_by(REPLIES.c.id.desc())
        .limit(RECENT)
    )
    rows = connection.execute(query).all()
    answers = sum(outcome == "ok" for outcome, _ in rows)
    return round(sum(tokens for _, tokens in rows) / max(1, answers)), answers


def reckon(connection: sa.Connection, engine: str, schema: str | None = None) -> KnownErrors:
    """How many times its estimates the last calls of this engine cost, with this schema.

    Budgets are kept with this, so that a model that takes more than is estimated does not
    cross them by as much.
    """
    query = (
        sa.select(REPLIES.c.cost, REPLIES.c.expected_cost)
        .where(
            REPLIES.c.id > latest(connection) - LOOKED_THROUGH,
            REPLIES.c.engine == engine,
            REPLIES.c.cost.is_not(None),
            REPLIES.c.expected_cost.is_not(None),
            REPLIES.c.outcome.in_(REPLAYED),
        )
        .order_by(REPLIES.c.id.desc())
        .limit(RECENT)
    )
    if schema is not None:
        query = query.where(REPLIES.c.schema_name == schema)
    pairs = [(Decimal(cost), Decimal(told)) for cost, told in connection.execute(query)]
    pairs = [(paid, told) for paid, told in pairs if told > 0]
    if not pairs:
        return KnownErrors()
    told = sum((told for _, told in pairs), Decimal(0))
    mean = sum((paid for paid, _ in pairs), Decimal(0)) / told
    worst = max(paid / told for paid, told in pairs)
    return KnownErrors(len(pairs), max(Decimal(1), mean), max(Decimal(1), worst))
