"""Budgets that nobody crosses, accounts that add up, an alarm where tokens run away."""

from __future__ import annotations

import asyncio
import json
import logging
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from docglean.extractors.extraction import Spending, Usage
from docglean.extractors.gateway.gateway import ModelGateway, batch_price, open_gateway
from docglean.extractors.gateway.sent import DeadlineClock
from docglean.extractors.ledger.accounts import accounts, reckon, spent_of
from docglean.extractors.ledger.budget import (
    Budget,
    BudgetLimits,
    Expected,
    KnownErrors,
    runaway,
)
from docglean.extractors.ledger.ledger import Flight, Ledger
from docglean.extractors.ledger.tables import LEDGER_VERSION, RequestMeta
from docglean.extractors.models.base import Call, Reply, TextPart
from docglean.extractors.models.engines import parse_engine
from docglean.extractors.models.prices import per_million, price
from docglean.extractors.options import dollars
from docglean.schemas.errors import BudgetExceeded, ConfigError

CENT = Decimal("0.01")
CALL = Call("", (TextPart("x"),), {}, "x", 100)


def expected(cents: int, tokens: int = 100) -> Expected:
    return Expected(Usage(input_tokens=tokens, output_tokens=tokens), cents * CENT)


def paid(cents: int | None, tokens: int = 100, **told: Any) -> Reply:
    usage = Usage(input_tokens=tokens, output_tokens=tokens)
    cost = None if cents is None else cents * CENT
    return Reply(outcome="ok", text="{}", cost=cost, usage=usage, **told)


def budget(cents: int, scope: str = "run 1") -> Budget:
    return Budget(scope, cents * CENT, "this run")


async def begin(ledger: Ledger, key: str, cents: int, *budgets: Budget, **facts: Any) -> Flight:
    flight = await ledger.begin(key * 64, RequestMeta(**facts), expected(cents), budgets)
    assert isinstance(flight, Flight)
    return flight


async def amounts(ledger: Ledger, scope: str = "run 1") -> tuple[Decimal, Decimal]:
    """Cents spent and set aside."""
    spent, reserved = await ledger.look(spent_of, scope)
    return spent / CENT, reserved / CENT


# --- budgets ------------------------------------------------------------------------------------


async def test_a_call_that_would_cross_the_budget_is_not_begun(where: str) -> None:
    async with await Ledger.open(where) as ledger, await Ledger.open(where) as other:
        first = await begin(ledger, "a", 60, budget(100))
        # What another process has under way counts too.
        with pytest.raises(BudgetExceeded) as caught:
            await begin(other, "b", 50, budget(100))
        assert caught.value.code == "over_budget"
        assert "$0.6000 under way" in caught.value.message
        assert len(await ledger.in_flight()) == 1
        assert await amounts(other) == (0, 60)
        await ledger.finish(first, paid(20))
        assert await amounts(other) == (20, 0)
        second = await begin(other, "b", 50, budget(100))
        with pytest.raises(BudgetExceeded):
            await begin(ledger, "c", 31, budget(100))
        await begin(ledger, "c", 30, budget(100))
        assert await amounts(other) == (20, 80)
        await other.finish(second, paid(50))


async def test_each_of_several_budgets_is_kept_and_none_is_touched_in_vain(where: str) -> None:
    async with await Ledger.open(where) as ledger:
        day, run = budget(100, "day x"), budget(50)
        with pytest.raises(BudgetExceeded):
            await begin(ledger, "a", 60, run, day)
        assert await amounts(ledger, "day x") == (0, 0)
        await ledger.finish(await begin(ledger, "a", 40, run, day), paid(45))
        assert await amounts(ledger, "day x") == await amounts(ledger) == (45, 0)
        # Another run of the same day.
        with pytest.raises(BudgetExceeded):
            await begin(ledger, "b", 56, budget(500, "run 2"), day)


async def test_what_nobody_knows_the_cost_of_counts_as_expected(where: str) -> None:
    async with await Ledger.open(where) as ledger:
        await ledger.finish(await begin(ledger, "a", 30, budget(100)), paid(None))
        await ledger.interrupt(await begin(ledger, "b", 30, budget(100)))
        assert await amounts(ledger) == (60, 0)
        await ledger.finish(
            await begin(ledger, "c", 30, budget(100)),
            Reply(outcome="failed", code="rate_limited", cost=Decimal(0)),
        )
        assert await amounts(ledger) == (60, 0)


async def test_finishing_twice_is_booked_once(where: str) -> None:
    """A commit that was cut off after all was written is made again."""
    async with await Ledger.open(where) as ledger:
        flight = await begin(ledger, "a", 30, budget(100))
        await ledger.finish(flight, paid(20))
        await ledger.finish(flight, paid(20))
        assert await amounts(ledger) == (20, 0)
        found = await ledger.look(accounts, ["run"])
        assert [(one.calls, one.cost) for one in found["run"]] == [(1, 20 * CENT)]


async def test_beginning_twice_is_one_call(where: str) -> None:
    async with await Ledger.open(where) as ledger:
        flight = await begin(ledger, "a", 30, budget(100))
        again = await asyncio.to_thread(ledger._begin, flight, (budget(100),))
        assert again == flight
        assert await amounts(ledger) == (0, 30)
        assert len(await ledger.in_flight()) == 1


CHILD = """
import asyncio, json, sys
from decimal import Decimal
from docglean.extractors.ledger.tables import RequestMeta
from docglean.extractors.extraction import Usage
from docglean.extractors.ledger.ledger import Flight, Ledger
from docglean.extractors.models.base import Reply
from docglean.extractors.ledger.budget import Budget, Expected
from docglean.schemas.errors import BudgetExceeded

async def main(where, number, how):
    budget = Budget("run 1", Decimal("0.35"), "this run")
    sent = 0
    async with await Ledger.open(where) as ledger:
        for index in range(60):
            try:
                flight = await ledger.begin(
                    f"{number}{index:063}",
                    RequestMeta(),
                    Expected(Usage(), Decimal("0.01")),
                    [budget],
                )
            except BudgetExceeded:
                break
            assert isinstance(flight, Flight)
            if how == "stay" and index == 3:
                print("in flight", flush=True)
                await asyncio.sleep(60)
            sent += 1
            await ledger.finish(flight, Reply(outcome="ok", text="{}", cost=Decimal("0.01")))
    print(json.dumps(sent), flush=True)

asyncio.run(main(sys.argv[1], sys.argv[2], sys.argv[3]))
"""


def child(where: str, number: int, how: str = "go") -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CHILD, where, str(number), how]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
async def test_processes_at_once_keep_one_budget(where: str) -> None:
    children = [child(where, number) for number in range(2)]
    sent = [json.loads((await asyncio.to_thread(one.communicate))[0]) for one in children]
    assert sum(sent) == 35
    async with await Ledger.open(where) as ledger:
        assert await amounts(ledger) == (35, 0)


async def test_what_a_killed_process_had_under_way_is_taken_for_spent(where: str) -> None:
    process = child(where, 1, "stay")
    assert process.stdout is not None
    assert await asyncio.to_thread(process.stdout.readline) == "in flight\n"
    async with await Ledger.open(where) as ledger:
        assert await amounts(ledger) == (3, 1)
    process.kill()
    await asyncio.to_thread(process.communicate)
    async with await Ledger.open(where) as ledger:
        assert len(ledger.interrupted) == 1
        assert await amounts(ledger) == (4, 0)


async def test_a_reply_that_comes_after_all_corrects_the_account(where: str) -> None:
    """A machine that slept: others took its process for dead, and then it goes on."""
    async with await Ledger.open(where) as ledger, await Ledger.open(where) as other:
        flight = await begin(ledger, "a", 30, budget(100))
        other._alive = lambda row, now: False  # type: ignore[method-assign]
        assert [one.id for one in await asyncio.to_thread(other._sweep)] == [flight.id]
        assert await amounts(ledger) == (30, 0)
        await ledger.finish(flight, paid(20))
        assert await amounts(ledger) == (20, 0)


async def test_a_ledger_of_the_first_version_is_brought_up(tmp_path: Path) -> None:
    path = tmp_path / "ledger.sqlite"
    async with await Ledger.open(path) as ledger:
        await ledger.finish(await begin(ledger, "a", 30), paid(20))
    new = {
        "replies": ["expected_input", "expected_output", "expected_cost", "tokens"],
        "flights": [
            "expected_input",
            "expected_output",
            "expected_cost",
            "scopes",
            "batch",
            "likely_cost",
            "reserved_cost",
        ],
    }
    with closing(sqlite3.connect(path)) as connection, connection:
        for table, columns in new.items():
            if "batch" in columns:
                connection.execute("drop index ix_flights_batch")
            for column in columns:
                connection.execute(f"alter table {table} drop column {column}")
        connection.execute("drop table budgets")
        connection.execute("drop table batches")
        connection.execute("drop table runs")
        connection.execute("update ledger set version = 1")
    async with await Ledger.open(path) as ledger:
        assert await ledger.reply("a" * 64) == paid(20)
        await ledger.finish(await begin(ledger, "b", 30, budget(100)), paid(25))
        assert await amounts(ledger) == (25, 0)
    with closing(sqlite3.connect(path)) as connection, connection:
        assert connection.execute("select version from ledger").fetchall() == [(LEDGER_VERSION,)]


def test_days_are_those_of_utc() -> None:
    evening = datetime(2026, 11, 24, 20, tzinfo=timezone(timedelta(hours=-5)))
    day, run = BudgetLimits(CENT, 2 * CENT, "extract/nightly").budgets("r", evening)
    assert (day.scope, day.limit) == ("day 2026-11-25 extract/nightly", 2 * CENT)
    assert (run.scope, run.limit) == ("run r", CENT)
    assert not BudgetLimits()
    assert BudgetLimits(Decimal(0))  # nothing may be spent: that is a budget too


@pytest.mark.parametrize(
    ("told", "amount"),
    [(None, None), ("2.50", Decimal("2.50")), (" $3", Decimal(3)), (0.1, Decimal("0.1"))],
)
def test_amounts_are_read_as_they_are_written(told: Any, amount: Decimal | None) -> None:
    assert dollars(told, "budget") == amount


@pytest.mark.parametrize("told", ["-1", "lots", "", "nan", "inf", "1,50"])
def test_what_is_no_amount_is_refused(told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        dollars(told, "--budget")
    assert caught.value.code == "bad_budget"


# --- the line -----------------------------------------------------------------------------------


@dataclass
class StandInModel:
    """Answers after `seconds`, each call for `cents`."""

    cents: int | None = 10
    seconds: float = 0.0
    tokens: int = 100
    calls: list[Call] = field(default_factory=list)

    async def send(self, call: Call) -> Reply:
        self.calls.append(call)
        await asyncio.sleep(self.seconds)
        return paid(self.cents, self.tokens, model="stand-in")

    async def close(self) -> None:
        pass


def line(ledger: Ledger, model: StandInModel, cents: int) -> ModelGateway:
    budgets = (budget(cents),)
    return ModelGateway(model, ledger, 8, price=lambda _: 10 * CENT, budgets=lambda: budgets)


async def send(one: ModelGateway, key: int) -> Reply | None:
    usage = Usage(input_tokens=100, output_tokens=100)
    sent = await one.send(f"{key:064}", RequestMeta(), CALL, one.expected(usage), DeadlineClock(60))
    return None if sent is None else sent.reply


async def test_calls_end_where_the_budget_does(where: str) -> None:
    async with await Ledger.open(where) as ledger:
        model = StandInModel(seconds=0.02)
        one = line(ledger, model, 35)
        found = await asyncio.gather(*(send(one, n) for n in range(8)), return_exceptions=True)
        assert len(model.calls) == 3
        assert sum(isinstance(reply, Reply) for reply in found) == 3
        assert sum(isinstance(error, BudgetExceeded) for error in found) == 5
        with pytest.raises(BudgetExceeded):
            await send(one, 9)
        assert await amounts(ledger) == (30, 0)


async def test_a_call_waits_for_those_that_may_come_to_less(where: str) -> None:
    """Ten cents are set aside for each, one is paid: all eight go through on twenty."""
    async with await Ledger.open(where) as ledger:
        model = StandInModel(cents=1, seconds=0.02)
        one = line(ledger, model, 20)
        found = await asyncio.gather(*(send(one, n) for n in range(8)))
        assert all(found)
        assert await amounts(ledger) == (8, 0)


async def test_what_the_ledger_holds_costs_nothing_even_without_a_budget_left(where: str) -> None:
    async with await Ledger.open(where) as ledger:
        await send(line(ledger, StandInModel(), 100), 1)
        model = StandInModel()
        assert await send(line(ledger, model, 0), 1) is not None
        assert model.calls == []


async def test_an_engine_that_costs_more_than_estimated_is_reckoned_with(where: str) -> None:
    engine = parse_engine("openai:some-model@http://127.0.0.1:9/v1?price=1/2")
    usage = Usage(input_tokens=1_000_000)
    async with await Ledger.open(where) as ledger:
        model = StandInModel()
        assert (await batch_price(ledger, engine))(usage).likely == Decimal("0.5")
        for key, told, cost in (("a", 10, 30), ("b", 10, 20)):
            flight = await begin(ledger, key, told, engine=engine.spec)
            await ledger.finish(flight, paid(cost))
        assert await ledger.look(reckon, engine.spec) == KnownErrors(2, Decimal("2.5"), Decimal(3))
        assert (await batch_price(ledger, engine))(usage).likely == Decimal("1.25")
        assert await ledger.look(reckon, "another") == KnownErrors()
        # What is stored is the estimate itself: what it taught is not taught again.
        one = await open_gateway(model, ledger, engine, 1)
        assert one.expected(usage).cost == 1


@pytest.mark.filterwarnings("ignore:No price")
async def test_without_a_price_there_is_no_budget(where: str) -> None:
    engine = parse_engine("openai:nobody-knows-this@https://models.example/v1")
    async with await Ledger.open(where) as ledger:
        with pytest.raises(ConfigError) as caught:
            await open_gateway(
                StandInModel(), ledger, engine, 1, budget_limits=BudgetLimits(Decimal(1))
            )
        assert caught.value.code == "no_price"
        assert "?price=" in caught.value.way_out
        await open_gateway(StandInModel(), ledger, engine, 1)


def test_a_told_price_goes_before_the_tables() -> None:
    engine = parse_engine("anthropic:claude-haiku-5-5@http://127.0.0.1:9?price=3/15")
    usage = Usage(input_tokens=2_000_000, output_tokens=1_000_000)
    assert price(engine, usage) == 21
    assert price(engine, usage, batch=True) == Decimal("10.5")
    assert per_million(engine) == (3, 15)
    with pytest.raises(ConfigError):
        parse_engine("openai:x?price=cheap")


# --- the alarm ----------------------------------------------------------------------------------


def usage(into: int, out: int) -> Usage:
    return Usage(input_tokens=into, output_tokens=out)


def test_the_alarm_says_which_tokens_ran_away() -> None:
    assert runaway("m", usage(2000, 500), usage(1000, 400)) == ""
    assert "66,000 input tokens where 2,000" in runaway("m", usage(66_000, 1), usage(2_000, 1))
    assert "9,000 output tokens where 1,000" in runaway("m", usage(1, 9_000), usage(1, 1_000))
    assert runaway("m", usage(900, 90), usage(100, 10)) == ""  # small calls vary
    assert runaway("m", usage(66_000, 1), usage(0, 0)) == ""  # nothing was estimated


async def test_the_alarm_is_raised_once_while_calls_go_on(
    where: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with await Ledger.open(where) as ledger:
        one = line(ledger, StandInModel(tokens=5_000), 1000)
        with caplog.at_level(logging.WARNING, "docglean"):
            for key in range(3):
                await send(one, key)
    assert [record.message.count("stand-in took 5,000 input") for record in caplog.records] == [1]


def test_spending_adds_up_what_was_expected() -> None:
    one = Spending(usage=usage(5, 6), expected=usage(1, 2))
    assert (one + one).expected == usage(2, 4)


# --- accounts -----------------------------------------------------------------------------------


async def test_accounts_add_up_exactly(where: str) -> None:
    async with await Ledger.open(where) as ledger:
        tenth = Reply(outcome="ok", cost=Decimal("0.1"), usage=usage(1000, 10), model="m")
        for number in range(3):
            facts = RequestMeta(
                document=f"{number % 2}", engine="e", schema_name="invoice", run=f"r{number % 2}"
            )
            told = Expected(usage(500, 20), Decimal("0.05"))
            flight = await ledger.begin(f"{number:064}", facts, told)
            assert isinstance(flight, Flight)
            await ledger.finish(flight, tenth)
        await ledger.interrupt(await begin(ledger, "x", 1, engine="e", document="1"))
        flight = await begin(ledger, "s", 1, engine="speech", purpose="speech")
        await ledger.finish(flight, Reply(outcome="ok", cost=Decimal("0.36")))
        found = await ledger.look(accounts)
        assert [(one.name, one.cost, one.calls) for one in found["engine"]] == [
            ("speech", Decimal("0.36"), 1),
            ("e", Decimal("0.3"), 4),
        ]
        engine = found["engine"][1]
        assert (engine.unknown, engine.interrupted, engine.documents) == (1, 1, 2)
        assert (engine.tokens_in, engine.tokens_out) == (3000, 30)
        assert (engine.ratio_in, engine.ratio_out) == (2.0, 0.5)
        assert {one.name: one.cost for one in found["run"]} == {
            "r0": Decimal("0.2"), "r1": Decimal("0.1"), "": Decimal("0.36"),
        }  # fmt: skip
        assert [one.name for one in found["day"]] == [datetime.now(UTC).date().isoformat()]
        tomorrow = datetime.now(UTC).date() + timedelta(days=1)
        assert await ledger.look(accounts, ["day"], since=tomorrow) == {"day": []}
        assert (await ledger.look(accounts, ["day"], since=date(2020, 1, 1)))["day"]


async def test_accounts_of_many_calls_are_read_in_slices(
    where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docglean.extractors.ledger.accounts.SLICE", 7)
    async with await Ledger.open(where) as ledger:
        for number in range(20):
            flight = await ledger.begin(f"{number:064}", RequestMeta(engine="e"))
            assert isinstance(flight, Flight)
            await ledger.finish(flight, Reply(outcome="ok", cost=Decimal("0.000001")))
        [one] = (await ledger.look(accounts, ["engine"]))["engine"]
    assert (one.calls, one.cost) == (20, Decimal("0.00002"))
