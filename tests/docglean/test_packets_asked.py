"""A model that is asked where documents begin, as a user sees it, against stand-ins that bill."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from servers.billing import COST, PayingServer, asks_where_documents_begin, paying, slips
from unsure_packets import unsure_packet

from docglean.cli.app import run_command
from docglean.cli.exits import OK, OVER_BUDGET, SOME_FAILED, WAITING

pytestmark = pytest.mark.slow


@pytest.fixture
def server() -> Iterator[PayingServer]:
    with paying() as state:
        yield state


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("DOCGLEAN_LIMITS__WORKERS", "1")
    monkeypatch.setenv("DOCGLEAN_BATCH_POLL", "0.05")


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """What follows a command's name, but for the engine."""
    slips(tmp_path / "in", 0)  # for its schema
    packet = unsure_packet(tmp_path / "packet.pdf")
    return [str(packet), "--schema", f"{tmp_path / 'slip.py'}:Slip"]


def results(tmp_path: Path) -> list[dict[str, Any]]:
    lines = (tmp_path / "out" / "results.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def totals(tmp_path: Path) -> dict[str, Any]:
    return dict(json.loads((tmp_path / "out" / "run.json").read_text())["runs"][0]["totals"])


def total_of(command: list[str], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    assert run_command(["estimate", *command, "--json"]) == OK
    return dict(json.loads(capsys.readouterr().out)["total"])


@pytest.mark.parametrize("vendor", ["anthropic", "openai", "gemini", "mistral"])
def test_the_question_is_estimated_paid_once_and_adds_up(
    server: PayingServer,
    words: list[str],
    vendor: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = [*words, "--engine", server.engine(vendor)]
    estimated = total_of(command, capsys)
    assert (estimated["documents"], estimated["requests"], server.questions) == (2, 3, 0)
    out = ["--out", str(tmp_path / "out")]
    assert run_command(["extract", *command, *out]) == OK
    found = results(tmp_path)
    assert [one["document"]["part"]["certainty"] >= 0.9 for one in found] == [True, True]
    assert [one["data"]["number"] for one in found] == [0, 1]
    assert [one["spending"]["calls"] for one in found] == [2, 1]
    assert sum(Decimal(one["spending"]["cost"]) for one in found) == 3 * COST
    assert Decimal(totals(tmp_path)["spending"]["cost"]) == 3 * COST
    assert Decimal(estimated["cost"]) >= 3 * COST
    assert (server.questions, server.twice) == (3, 0)
    again = total_of(command, capsys)
    assert (again["requests"], again["cached"]) == (0, 3)
    assert run_command(["extract", *command, *out]) == OK
    assert server.questions == 3


def test_split_asks_the_engine_that_is_named_and_says_what_it_cost(
    server: PayingServer, words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["split", words[0]]) == SOME_FAILED
    assert server.questions == 0
    capsys.readouterr()
    assert run_command(["split", words[0], "--engine", server.engine()]) == OK
    told = capsys.readouterr()
    assert "the model says that another" in told.out
    assert max(map(len, told.out.splitlines())) <= 80
    assert "1 call, 0 from the ledger" in told.err
    assert run_command(["split", words[0], "--engine", server.engine()]) == OK
    assert (server.questions, server.twice) == (1, 0)


def test_in_a_batch_the_file_waits_for_the_question_and_it_is_in_the_sum(
    server: PayingServer, words: list[str], tmp_path: Path
) -> None:
    command = ["extract", *words, "--engine", server.engine("anthropic"), "--batch"]
    command += ["--out", str(tmp_path / "out")]
    server.desks["anthropic"].hold = True
    assert run_command([*command, "--no-wait"]) == WAITING
    server.desks["anthropic"].hold = False
    assert run_command(["collect", "--wait"]) == OK
    found = results(tmp_path)
    assert [one["data"]["number"] for one in found] == [0, 1]
    assert [one["spending"]["calls"] for one in found] == [2, 1]
    assert totals(tmp_path)["spending"]["calls"] == server.questions == 3


def test_what_the_server_refuses_leaves_an_unsure_division(
    server: PayingServer, words: list[str], tmp_path: Path
) -> None:
    server.answers = lambda text, schema: 400 if asks_where_documents_begin(schema) else None
    command = ["extract", *words, "--engine", server.engine(), "--out", str(tmp_path / "out")]
    assert run_command(command) == SOME_FAILED
    found = results(tmp_path)
    assert [one["status"] for one in found] == ["review", "review"]
    codes = [{problem["code"] for problem in one["problems"]} for one in found]
    assert all("unsure_boundary" in some for some in codes)
    assert ["beginnings_not_told" in some for some in codes] == [True, False]


def test_a_budget_for_the_question_alone_loses_nothing_that_is_paid(
    server: PayingServer, words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["extract", *words, "--engine", server.engine(), "--out", str(tmp_path / "out")]
    assert run_command([*command, "--budget", str(COST * 3 / 2)]) == OVER_BUDGET
    spent = totals(tmp_path)["spending"]
    assert (spent["calls"], Decimal(spent["cost"])) == (server.questions, server.questions * COST)
    assert server.questions <= 1
    assert run_command(command) == OK
    assert (server.questions, server.twice) == (3, 0)
