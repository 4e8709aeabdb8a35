"""Budgets and accounts as a user sees them: the command line against a stand-in that bills."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
from servers.billing import COST, PayingServer, paying, slips
from servers.vendor import THINKING

from docglean import BudgetExceeded, extract_many
from docglean.cli.app import run_command
from docglean.cli.exits import OK, OVER_BUDGET, SOME_FAILED, WRONG


@pytest.fixture
def server() -> Iterator[PayingServer]:
    with paying() as state:
        yield state


@pytest.fixture(autouse=True)
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("DOCGLEAN_LIMITS__WORKERS", "2")
    monkeypatch.setenv("DOCGLEAN_CONCURRENCY", "2")


def command(server: PayingServer, folder: Path, out: Path, *more: str) -> list[str]:
    schema = f"{folder.parent / 'slip.py'}:Slip"
    said = ["extract", str(folder), "--engine", server.engine(), "--schema", schema]
    return [*said, "--out", str(out), *more]


def results(out: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]


def run_of(out: Path) -> dict[str, Any]:
    return dict(json.loads((out / "run.json").read_text())["runs"][0])


@pytest.mark.slow
def test_a_run_ends_before_the_call_that_would_cross_its_budget(
    server: PayingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = slips(tmp_path / "in", 8), tmp_path / "out"
    assert run_command(command(server, folder, out, "--budget", "0.0020")) == OVER_BUDGET
    said = capsys.readouterr().err
    assert "would cross the budget of $0.0020 for this run" in said
    assert "files are not read" in said
    found = results(out)
    assert 0 < len(found) == sum(server.asked.values()) < 8
    assert len(found) * COST <= Decimal("0.0020")
    run = run_of(out)
    assert (run["state"], run["problem"]["code"]) == ("over_budget", "over_budget")
    assert Decimal(run["totals"]["spending"]["cost"]) == len(found) * COST
    # A larger budget goes on from there and pays for the rest only.
    assert run_command(command(server, folder, out, "--budget", "1")) == OK
    assert sorted(one["data"]["number"] for one in results(out)) == list(range(8))
    assert (server.questions, server.twice) == (8, 0)
    assert run_of(out)["state"] == "finished"


@pytest.mark.slow
def test_what_was_paid_for_half_read_documents_is_in_the_totals_of_a_run(
    server: PayingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = slips(tmp_path / "in", 8), tmp_path / "out"
    other = tmp_path / "other.py"
    other.write_text((tmp_path / "slip.py").read_text().replace("Slip", "Other"))

    def first_kind(text: str, schema: dict[str, Any]) -> str | None:
        kinds = list(schema["properties"])
        return (
            None if "number" in kinds else json.dumps(dict.fromkeys(kinds, 0.0) | {kinds[0]: 0.9})
        )

    server.answers = first_kind
    # Two calls a document, and money for seven.
    more = ("--schema", f"{other}:Other", "--budget", "0.0035")
    assert run_command(command(server, folder, out, *more)) == OVER_BUDGET
    spent = run_of(out)["totals"]["spending"]
    of_documents = sum(one["spending"]["calls"] for one in results(out))
    assert spent["calls"] == sum(server.asked.values()) > of_documents
    assert Decimal(spent["cost"]) == spent["calls"] * COST
    capsys.readouterr()
    assert run_command(["costs", "--by", "run", "--json"]) == OK
    (account,) = json.loads(capsys.readouterr().out)["by"]["run"]
    assert Decimal(account["cost"]) == Decimal(spent["cost"])


@pytest.mark.slow
def test_a_day_has_a_budget_over_all_runs(
    server: PayingServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCGLEAN_DAILY_BUDGET", "0.0020")
    folder = slips(tmp_path / "in", 2)
    assert run_command(command(server, folder, tmp_path / "a")) == OK
    more = slips(tmp_path / "more", 4, start=2)
    assert run_command(command(server, more, tmp_path / "b")) == OVER_BUDGET
    assert sum(server.asked.values()) * COST <= Decimal("0.0020")


def test_no_budget_without_a_price(
    server: PayingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = slips(tmp_path / "in", 1)
    words = command(server, folder, tmp_path / "out", "--budget", "a little")
    assert run_command(words) == WRONG
    assert "no amount of US dollars" in capsys.readouterr().err
    assert server.questions == 0


@pytest.mark.slow
def test_costs_are_told_by_day_engine_schema_and_run(
    server: PayingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = slips(tmp_path / "in", 3), tmp_path / "out"
    assert run_command(command(server, folder, out)) == OK
    run_command(command(server, folder, out))
    capsys.readouterr()
    assert run_command(["costs", "--json"]) == OK
    told = json.loads(capsys.readouterr().out)["by"]
    assert set(told) == {"day", "engine", "schema", "run", "model"}
    [schema] = told["schema"]
    assert (schema["name"], schema["calls"], schema["documents"]) == ("slip", 3, 3)
    assert Decimal(schema["cost"]) == 3 * COST
    assert (schema["tokens_in"], schema["tokens_out"]) == (1200, 75)
    assert 0.8 < schema["in_to_estimated"] < 1
    # The second run found all in the ledger: it is no spender.
    assert [run["name"] for run in told["run"]] == [
        json.loads((out / "run.json").read_text())["runs"][1]["id"]
    ]
    assert run_command(["costs", "--by", "engine"]) == OK
    assert "$0.0014" in capsys.readouterr().out
    assert run_command(["costs", "--since", "yesterday"]) == WRONG


@pytest.mark.slow
def test_the_alarm_is_said_aloud(
    server: PayingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    true = server.reply

    def dear(vendor: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = true(vendor, body)
        answer["usage"] |= {"prompt_tokens": 66_000, "total_tokens": 66_025}
        return answer

    server.reply = dear  # type: ignore[method-assign]
    assert run_command(command(server, slips(tmp_path / "in", 1), tmp_path / "out")) == OK
    assert "66,000 input tokens where" in capsys.readouterr().err
    run_command(["costs", "--by", "model"])
    told = " ".join(capsys.readouterr().out.split())
    assert "Warning: gpt-6-luna took 66,000 input tokens" in told


@pytest.mark.slow
def test_only_what_is_new_or_failed_is_read(
    server: PayingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, out = slips(tmp_path / "in", 3), tmp_path / "out"
    broken = folder / "0001.pdf"
    good = broken.read_bytes()
    broken.write_bytes(b"%PDF-1.7 no more than this")
    assert run_command(command(server, folder, out)) == SOME_FAILED
    slips(folder, 1, start=3)
    broken.write_bytes(good)
    capsys.readouterr()
    assert run_command(command(server, folder, out, "--only", "failed")) == OK
    assert "[1/1]" in capsys.readouterr().err
    assert run_command(command(server, folder, out, "--only", "new")) == OK
    assert "[1/1]" in capsys.readouterr().err
    assert run_command(command(server, folder, out, "--only", "new")) == OK
    assert "None of 4 documents is new." in capsys.readouterr().err
    assert [one["data"]["number"] for one in results(out)] == [0, 1, 2, 3]


@pytest.mark.slow
def test_python_callers_get_what_is_finished_and_then_the_error(
    server: PayingServer, tmp_path: Path
) -> None:
    folder = slips(tmp_path / "in", 6)
    found: list[Any] = []
    schema = f"{tmp_path / 'slip.py'}:Slip"
    many = extract_many(folder, schema, engine=server.engine(), budget="0.0015")
    with pytest.raises(BudgetExceeded):
        found.extend(many)
    assert 0 < len(found) == sum(server.asked.values()) < 6


def dear(server: PayingServer, times: Callable[[int], int]) -> None:
    """Have answers cost so many times what they should, by their number."""
    true, lock = server.reply, Lock()
    count = 0

    def reply(vendor: str, body: dict[str, Any]) -> dict[str, Any]:
        nonlocal count
        answer = true(vendor, body)
        with lock:
            factor = times(count)
            count += 1
        tokens = {"prompt_tokens": 400 * factor, "completion_tokens": 25 * factor}
        answer["usage"] = tokens | {"total_tokens": 425 * factor}
        return answer

    server.reply = reply  # type: ignore[method-assign]


@pytest.mark.slow
@pytest.mark.parametrize("limit", ["0.05", "0.5", "1"])
def test_answers_that_are_far_dearer_cross_a_budget_by_four_calls_at_the_most(
    server: PayingServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    server.seconds = 0.05
    dear(server, lambda _: 216)
    folder, out = slips(tmp_path / "in", 60), tmp_path / "out"
    words = command(server, folder, out, "--budget", limit, "--concurrency", "64", "--quiet")
    assert run_command(words) == OVER_BUDGET
    spent = sum(server.asked.values()) * 216 * COST
    assert spent <= Decimal(limit) + 4 * 216 * COST
    assert Decimal(run_of(out)["totals"]["spending"]["cost"]) == spent
    # What is known from the first run is known to the second.
    before = sum(server.asked.values())
    assert run_command(words) == OVER_BUDGET
    more = (sum(server.asked.values()) - before) * 216 * COST
    assert more <= Decimal(limit)


@pytest.mark.slow
def test_thinking_as_it_likes_crosses_a_budget_by_four_calls_at_the_most(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    limit, dearest = (
        Decimal("0.5"),
        Decimal("0.0002") + (max(THINKING) + 100) * Decimal(2) / 1_000_000,
    )
    with paying(thinking=THINKING, seconds=0.02) as server:
        folder, out = slips(tmp_path / "in", 60), tmp_path / "out"
        words = command(
            server, folder, out, "--budget", f"{limit}", "--concurrency", "64", "--quiet"
        )
        words[words.index("--engine") + 1] += "&effort=medium"
        assert run_command(words) == OVER_BUDGET
        billed = sum(turn.output for turn in server.strict["openai"].turns) * Decimal(2) / 1_000_000
    # The ledger also has what was paid for documents that the budget left half read.
    capsys.readouterr()
    assert run_command(["costs", "--json", "--by", "engine"]) == OK
    [account] = json.loads(capsys.readouterr().out)["by"]["engine"]
    spent = Decimal(account["cost"])
    assert limit / 2 < billed <= spent <= limit + 4 * dearest


@pytest.mark.slow
def test_the_first_calls_go_out_few_at_a_time_until_their_cost_is_known(
    server: PayingServer, tmp_path: Path
) -> None:
    server.seconds = 0.3
    folder, out = slips(tmp_path / "in", 24), tmp_path / "out"
    seen: list[int] = []
    true = server.reply

    def counting(vendor: str, body: dict[str, Any]) -> dict[str, Any]:
        if not server.asked:
            seen.append(server.most_under_way)
        return true(vendor, body)

    server.reply = counting  # type: ignore[method-assign]
    words = command(server, folder, out, "--budget", "5", "--concurrency", "24", "--quiet")
    assert run_command(words) == OK
    assert seen[0] <= 4
    assert server.most_under_way > 4, "then as many as the budget pays for"


@pytest.mark.slow
def test_prices_that_rise_in_mid_run_cross_a_budget_by_four_calls_at_the_most(
    server: PayingServer, tmp_path: Path
) -> None:
    """Within what an answer may take: 8,000 tokens where 25 came before."""
    server.seconds = 0.05
    true, lock, count = server.reply, Lock(), 0
    asked: list[int] = []

    def reply(vendor: str, body: dict[str, Any]) -> dict[str, Any]:
        nonlocal count
        answer = true(vendor, body)
        with lock:
            count += 1
            most = body.get("max_completion_tokens") or body["max_tokens"]
            asked.append(most)
            out = 25 if count <= 10 else most
        usage = {"prompt_tokens": 400, "completion_tokens": out, "total_tokens": 400 + out}
        return answer | {"usage": usage}

    server.reply = reply  # type: ignore[method-assign]
    folder, out = slips(tmp_path / "in", 60), tmp_path / "out"
    words = command(server, folder, out, "--budget", "0.2", "--concurrency", "64", "--quiet")
    assert run_command(words) == OVER_BUDGET
    dearest = (400 + 2 * max(asked)) / Decimal(1_000_000)
    spent = Decimal(run_of(out)["totals"]["spending"]["cost"])
    assert Decimal("0.1") < spent <= Decimal("0.2") + 4 * dearest
