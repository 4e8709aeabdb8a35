"""Answers that no vendor should give: what is good of them is kept, no money is made of junk."""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from servers.billing import COST, PayingServer, Refusal, paying, slips

from docglean.cli.app import run_command
from docglean.cli.exits import OK, SOME_FAILED


@pytest.fixture(autouse=True)
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("DOCGLEAN_LIMITS__WORKERS", "1")
    monkeypatch.setattr("docglean.extractors.gateway.retries.FIRST_PAUSE", 0.02)
    return tmp_path / "ledger.sqlite"


@pytest.fixture
def server() -> Iterator[PayingServer]:
    with paying() as state:
        yield state


def run(server: PayingServer, folder: Path, *more: str) -> int:
    words = ["extract", str(folder), "--engine", server.engine(), "--out"]
    words += [str(folder.parent / "out"), "--schema", f"{folder.parent / 'slip.py'}:Slip"]
    return run_command([*words, *more])


def results(folder: Path) -> list[dict[str, Any]]:
    text = (folder.parent / "out" / "results.jsonl").read_text()
    return [json.loads(line) for line in text.splitlines()]


def costs(ledger: Path) -> list[str | None]:
    with closing(sqlite3.connect(ledger)) as connection, connection:
        return [row[0] for row in connection.execute("SELECT cost FROM replies ORDER BY id")]


JUNK: list[Any] = [1e30, -400, "lots", True, [400], 0.5, float("inf"), {"n": 1}, 10**12]


@pytest.mark.slow
def test_usage_that_cannot_be_true_is_unknown_and_never_money(
    server: PayingServer, tmp_path: Path, ledger: Path
) -> None:
    true = server.reply
    told = iter(
        [{"prompt_tokens": junk, "completion_tokens": 5, "total_tokens": 405} for junk in JUNK]
        + [{"prompt_tokens": 400, "completion_tokens": junk, "total_tokens": 1} for junk in JUNK]
        + [{"prompt_tokens": 400, "completion_tokens": 25, "total_tokens": 425,
            "prompt_tokens_details": {"cached_tokens": junk}} for junk in JUNK]
        + ["lots", [1], {"prompt_tokens": 5, "prompt_tokens_details": {"cached_tokens": 6}},
           {"prompt_tokens": 5, "prompt_tokens_details": "many"}]
    )  # fmt: skip

    def strange(vendor: str, body: dict[str, Any]) -> dict[str, Any]:
        return true(vendor, body) | {"usage": next(told)}

    server.reply = strange  # type: ignore[method-assign]
    count = 3 * len(JUNK) + 4
    folder = slips(tmp_path / "in", count)
    assert run(server, folder, "--budget", "5", "--quiet") == OK
    assert costs(ledger) == [None] * count
    assert [one["data"]["number"] for one in results(folder)] == list(range(count))
    run_record = json.loads((tmp_path / "out" / "run.json").read_text())["runs"][0]
    assert run_record["totals"]["spending"]["cost"] is None
    with closing(sqlite3.connect(ledger)) as connection, connection:
        [(spent,)] = connection.execute("SELECT spent FROM budgets")
    assert 0 < Decimal(spent) < 1, "what was set aside counts as spent"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("word", "kept"),
    [
        ("a\ud800b", "a\ufffdb"), ("\udfff", "\ufffd"), ("a\x00b", "ab"), ("\x1b[2J", "\x1b[2J"),
        ("\\ud800", "\ufffd"), ("\\u0000x", "x"), ("\U0001f600", "\U0001f600"),
    ],
)  # fmt: skip
def test_what_no_database_takes_is_left_out_of_an_answer(
    server: PayingServer, tmp_path: Path, word: str, kept: str
) -> None:
    server.answers = lambda text, schema: '{"number": 0, "word": "' + word + '"}'
    folder = slips(tmp_path / "in", 1)
    for _ in range(2):  # again, from the ledger
        run(server, folder, "--quiet")
        [found] = results(folder)
        assert found["data"] == {"number": 0, "word": kept}
        assert "internal_error" not in [one["code"] for one in found["problems"]]
    assert run_command(["export", str(tmp_path / "out"), f"sqlite:///{tmp_path}/sheet.db"]) == OK
    assert server.twice == 0


@pytest.mark.slow
def test_what_was_stored_before_it_was_known_is_readable(
    server: PayingServer, tmp_path: Path, ledger: Path
) -> None:
    folder = slips(tmp_path / "in", 1)
    run(server, folder, "--quiet")
    with closing(sqlite3.connect(ledger)) as connection, connection:
        connection.execute("UPDATE replies SET text = ?", ('{"number": 0, "word": "\\ud800"}',))
    run(server, folder, "--quiet")
    assert results(folder)[0]["data"] == {"number": 0, "word": "\ufffd"}
    assert server.twice == 0


@pytest.mark.slow
def test_requests_on_the_wire_are_those_in_the_account(
    server: PayingServer, tmp_path: Path, ledger: Path
) -> None:
    wire: Counter[str] = Counter()
    tries: Counter[str] = Counter()
    statuses = {0: [500], 1: [500] * 9, 2: [503, 503], 3: [429], 4: [400], 5: [409]}

    def answer(text: str, schema: dict[str, Any]) -> int | None:
        found = re.search(r"number: (\d+)", text)
        assert found is not None
        number = found[1]
        tries[number] += 1
        refusals = statuses.get(int(number), [])
        return refusals[tries[number] - 1] if tries[number] <= len(refusals) else None

    server.answers = answer
    server.told = lambda method, path, when: wire.update([when])
    folder = slips(tmp_path / "in", 8)
    assert run(server, folder, "--quiet") == SOME_FAILED
    assert wire["asked"] == len(costs(ledger)) == sum(tries.values())
    assert sum(one["spending"]["calls"] for one in results(folder)) == wire["asked"]
    assert sum(Decimal(cost or 0) for cost in costs(ledger)) == 6 * COST


def test_a_server_that_has_calls_wait_is_named_while_they_wait(
    server: PayingServer,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("docglean.extractors.gateway.gateway.TOLD_SECONDS", 0.01)
    monkeypatch.setattr("docglean.extractors.models.pace.FIRST_PAUSE", 0.5)
    monkeypatch.setattr("docglean.extractors.gateway.retries.SLOW_TRIES", 3)
    true = server.reply

    def crowded(vendor: str, body: dict[str, Any]) -> dict[str, Any]:
        if sum(server.asked.values()) < 1:
            return true(vendor, body)
        raise Refusal(429)

    server.reply = crowded  # type: ignore[method-assign]
    assert run(server, slips(tmp_path / "in", 3)) == SOME_FAILED
    said = capsys.readouterr().err
    assert re.search(r"127\.0\.0\.1 takes no more calls \(rate_limited\).* wait for \d+ s\.", said)
