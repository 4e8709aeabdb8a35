"""Asking anew whatever the ledger holds, as a user sees it, against a stand-in that bills."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from docglean.flows.fresh_runs import begun
from docglean.flows.request import RunRequest
from docglean.flows.run import begin, read_shard
from docglean.flows.run_folder import RunFolder
from docglean.flows.sources import find_sources
from killed_commands import killed
from servers.billing import COST, PayingServer, paying, slips

from docglean import extract
from docglean.cli.app import run_command
from docglean.cli.exits import OK, OVER_BUDGET, SOME_FAILED, WAITING

pytestmark = pytest.mark.slow


@pytest.fixture
def server() -> Iterator[PayingServer]:
    with paying() as state:
        yield state


@pytest.fixture(autouse=True)
def here(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCGLEAN_LEDGER", where)
    monkeypatch.setenv("DOCGLEAN_LIMITS__WORKERS", "1")
    monkeypatch.setenv("DOCGLEAN_CONCURRENCY", "1")
    monkeypatch.setenv("DOCGLEAN_BATCH_POLL", "0.05")


def words(server: PayingServer, folder: Path, *more: str, command: str = "extract") -> list[str]:
    schema = f"{folder.parent / 'slip.py'}:Slip"
    return [command, str(folder), "--engine", server.engine(), "--schema", schema, *more]


def into(folder: Path, *more: str) -> tuple[str, ...]:
    return ("--out", str(folder.parent / "out"), *more)


def found(folder: Path) -> list[Any]:
    lines = (folder.parent / "out" / "results.jsonl").read_text().splitlines()
    return [json.loads(line)["data"]["word"] for line in lines]


def asked(server: PayingServer) -> int:
    return sum(server.asked.values())


def spent(capsys: pytest.CaptureFixture[str]) -> tuple[int, Decimal]:
    """Calls, and what they cost, in the ledger's accounts."""
    capsys.readouterr()
    assert run_command(["costs", "--by", "engine", "--json"]) == OK
    [one] = json.loads(capsys.readouterr().out)["by"]["engine"]
    return one["calls"], Decimal(one["cost"])


def says(word: str) -> Any:
    return lambda text, schema: json.dumps(dict.fromkeys(schema["properties"]) | {"word": word})


def test_new_answers_stand_beside_the_old_and_later_runs_read_them(
    server: PayingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = slips(tmp_path / "in", 3)
    assert run_command(words(server, folder, *into(folder))) == OK
    assert found(folder) == ["w0", "w1", "w4"]
    server.answers = says("new")
    capsys.readouterr()
    estimate = words(server, folder, "--json", command="estimate")
    assert run_command(estimate) == OK
    told = json.loads(capsys.readouterr().out)["total"]
    assert (told["requests"], told["cached"]) == (0, 3)
    assert run_command([*estimate, "--fresh"]) == OK
    told = json.loads(capsys.readouterr().out)["total"]
    assert (told["requests"], told["cached"]) == (3, 0)
    assert Decimal(told["cost"]) > 0
    assert asked(server) == 3

    run_command(words(server, folder, *into(folder, "--fresh")))
    assert found(folder) == ["new"] * 3
    assert asked(server) == 6
    assert spent(capsys) == (6, 6 * COST)
    # Without --fresh the newest are read, and nothing is asked.
    run_command(words(server, folder, *into(folder)))
    assert found(folder) == ["new"] * 3
    assert asked(server) == 6
    # A run that was finished is not gone on with: asked anew means anew.
    run_command(words(server, folder, *into(folder, "--fresh")))
    assert asked(server) == 9


def test_in_python_each_call_asks_anew(server: PayingServer, tmp_path: Path) -> None:
    folder = slips(tmp_path / "in", 1)
    schema = f"{tmp_path / 'slip.py'}:Slip"
    for fresh, calls in ((False, 1), (False, 1), (True, 2), (True, 3), (False, 3)):
        one = extract(folder / "0000.pdf", schema, engine=server.engine(), fresh=fresh)
        assert one.status == "ok"
        assert asked(server) == calls


def test_a_run_that_its_budget_ends_is_gone_on_with(
    server: PayingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = slips(tmp_path / "in", 4)
    assert run_command(words(server, folder, *into(folder))) == OK
    fresh = words(server, folder, *into(folder, "--fresh"))
    assert run_command([*fresh, "--budget", "0.001"]) == OVER_BUDGET
    some = asked(server) - 4
    assert 0 < some < 4
    capsys.readouterr()
    assert run_command([*fresh, "--budget", "1"]) == OK
    said = " ".join(capsys.readouterr().err.split())
    assert "Goes on with the run that was begun on" in said
    assert asked(server) == 8
    assert spent(capsys) == (8, 8 * COST)
    # The same again is a run of its own; and so is one of other documents in between.
    assert run_command(fresh) == OK
    assert asked(server) == 12


def test_a_run_that_is_killed_pays_for_nothing_twice(
    server: PayingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = slips(tmp_path / "in", 4)
    assert run_command(words(server, folder, *into(folder))) == OK
    command = words(server, folder, *into(folder, "--fresh"))
    killed(command, server, after=6)  # two of four anew
    before = asked(server)
    assert run_command(command) == OK
    # What was under way when it was killed may have been paid for, and is sent again.
    assert 8 <= asked(server) <= 9
    assert asked(server) > before
    calls, _ = spent(capsys)
    assert calls == asked(server)


def fails_about(number: int, word: str, status: int) -> Any:
    """Says the word, but of one document fails."""
    return lambda text, schema: status if f"number: {number}" in text else says(word)(text, schema)


@pytest.fixture
def failed_once(server: PayingServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The command of a run that asked three documents anew, one of which failed."""
    folder = slips(tmp_path / "in", 3)
    assert run_command(words(server, folder, *into(folder))) == OK
    server.answers = fails_about(1, "new", 500)
    return words(server, folder, *into(folder))


def test_what_failed_is_asked_alone_by_the_same_command(
    server: PayingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str], failed_once: list[str]
) -> None:
    fresh = [*failed_once, "--fresh"]
    capsys.readouterr()
    assert run_command(fresh) == SOME_FAILED
    assert "1 document is not done: for 24 hours" in " ".join(capsys.readouterr().err.split())
    server.answers = says("newer")
    before = spent(capsys)[0]
    run_command(fresh)
    assert found(tmp_path / "in") == ["new", "newer", "new"]
    assert spent(capsys)[0] - before == 1
    # Now all of it is done: the next one is a run of its own.
    server.answers = says("newest")
    run_command(fresh)
    assert found(tmp_path / "in") == ["newest"] * 3


@pytest.mark.parametrize("status", [500, 400], ids=["may pass", "stays"])
def test_what_failed_is_never_answered_from_before(
    server: PayingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    failed_once: list[str], status: int,
) -> None:  # fmt: skip
    server.answers = fails_about(1, "new", status)
    assert run_command([*failed_once, "--fresh"]) == SOME_FAILED
    server.answers = says("newer")
    before = spent(capsys)[0]
    capsys.readouterr()
    run_command([*failed_once, "--only", "failed"])
    assert "Goes on with the run" in " ".join(capsys.readouterr().err.split())
    assert found(tmp_path / "in") == ["new", "newer", "new"]
    assert spent(capsys)[0] - before == 1
    server.answers = says("newest")
    run_command([*failed_once, "--fresh"])
    assert found(tmp_path / "in") == ["newest"] * 3


def test_of_a_run_with_failures_that_stay_the_next_asks_anew(
    server: PayingServer, tmp_path: Path, failed_once: list[str]
) -> None:
    server.answers = fails_about(1, "new", 400)
    assert run_command([*failed_once, "--fresh"]) == SOME_FAILED
    server.answers = says("newer")
    run_command([*failed_once, "--fresh"])
    assert found(tmp_path / "in") == ["newer"] * 3


def test_one_of_its_failures_read_alone_leaves_the_run_as_it_is(
    server: PayingServer, tmp_path: Path, failed_once: list[str]
) -> None:
    server.answers = lambda text, schema: says("new")(text, schema) if "number: 0" in text else 500
    assert run_command([*failed_once, "--fresh"]) == SOME_FAILED
    server.answers = says("newer")
    alone = [failed_once[0], str(tmp_path / "in" / "0001.pdf"), *failed_once[2:]]
    run_command([*alone, "--only", "failed"])
    server.answers = says("newest")
    run_command([*failed_once, "--fresh"])
    assert found(tmp_path / "in") == ["new", "newer", "newest"]


async def test_tasks_of_one_run_share_what_is_asked_anew(
    server: PayingServer, tmp_path: Path
) -> None:
    folder = slips(tmp_path / "in", 2)
    assert await asyncio.to_thread(run_command, words(server, folder, *into(folder))) == OK
    schema = f"{tmp_path / 'slip.py'}:Slip"
    order = RunRequest(engine=server.engine(), schemas=(schema,), fresh=True)
    run_folder = RunFolder(tmp_path / "out")
    fresh = await begun(order, [str(folder)], run_folder.path)
    await begin(fresh.order, run_folder)
    sources = find_sources([str(folder)]).sources
    for _ in range(2):  # as a task that is tried again
        shard = await read_shard(sources, fresh.order, run_folder)
        assert shard.totals.ok == 2
    assert asked(server) == 4


def test_labels_are_drafted_anew(server: PayingServer, tmp_path: Path) -> None:
    folder = slips(tmp_path / "in", 2)
    draft = words(server, folder, "--out", str(tmp_path / "labels"), command="label")
    assert run_command(draft) == OK
    assert run_command(draft) == OK
    assert asked(server) == 2
    assert run_command([*draft, "--fresh"]) == OK
    assert asked(server) == 4


def test_a_batch_is_handed_in_anew_and_gone_on_with(
    server: PayingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = slips(tmp_path / "in", 3)
    assert run_command(words(server, folder, *into(folder))) == OK
    server.answers = says("new")
    fresh = words(server, folder, *into(folder, "--batch", "--fresh"))
    assert run_command([*fresh, "--no-wait"]) == WAITING
    assert asked(server) <= 6
    # The same command again, and `collect`, go on with it.
    run_command([*fresh, "--no-wait"])
    run_command(["collect"])
    run_command(["collect"])
    assert found(folder) == ["new"] * 3
    assert asked(server) == 6
    assert spent(capsys) == (6, 3 * COST + 3 * COST / 2)
    run_command(fresh)
    assert asked(server) == 9
