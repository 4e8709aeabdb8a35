"""Names of runs that people can say: one a run, over all processes that share a ledger."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.ledger.run_names import name_run, run_named, run_names
from docglean.schemas.errors import ConfigError

from docglean.cli.app import run_command

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


async def test_a_run_is_named_by_its_day_and_number_and_found_by_either(where: str) -> None:
    async with await Ledger.open(where) as ledger:
        assert await ledger.change(name_run, "a" * 32, NOON) == "2026-11-28-1"
        assert await ledger.change(name_run, "b" * 32, NOON) == "2026-11-28-2"
        assert await ledger.change(name_run, "a" * 32, NOON + timedelta(1)) == "2026-11-28-1"
        evening = datetime(2026, 11, 28, 20, tzinfo=timezone(timedelta(hours=-5)))
        assert await ledger.change(name_run, "c" * 32, evening) == "2026-11-29-1"
        assert await ledger.look(run_names, ["a" * 32, "x"]) == {"a" * 32: "2026-11-28-1"}
        for word in ("2026-11-28-2", "b" * 32, "bbbbbb"):
            assert await ledger.look(run_named, word) == "b" * 32


async def test_numbers_of_runs_that_begin_at_once_are_all_different(where: str) -> None:
    async with AsyncExitStack() as stack:
        ledgers = [await stack.enter_async_context(await Ledger.open(where)) for _ in range(6)]
        named = await asyncio.gather(
            *(
                ledger.change(name_run, f"{place}-{number}", NOON)
                for place, ledger in enumerate(ledgers)
                for number in range(5)
            ),
            # Shards of one run, each in a process of its own.
            *(ledger.change(name_run, "shared", NOON) for ledger in ledgers),
        )
    apart, shared = named[:30], named[30:]
    assert len(set(shared)) == 1
    assert {*apart, *shared} == {f"2026-11-28-{number}" for number in range(1, 32)}


async def test_a_run_that_is_not_known_is_told_with_those_that_are(where: str) -> None:
    async with await Ledger.open(where) as ledger:
        with pytest.raises(ConfigError, match="No run is in this ledger yet"):
            await ledger.look(run_named, "2026-11-28-1")
        for run in ("abcdef1", "abcdef2"):
            await ledger.change(name_run, run, NOON)
        with pytest.raises(ConfigError, match="2026-11-28-1") as caught:
            await ledger.look(run_named, "2026-11-28-9")
        assert caught.value.code == "no_such_run"
        with pytest.raises(ConfigError, match="2 runs begin with 'abcdef'"):
            await ledger.look(run_named, "abcdef")
        with pytest.raises(ConfigError, match="knows no run"):
            await ledger.look(run_named, "a")


def test_a_run_folder_and_the_end_of_a_run_tell_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    sample = Path(__file__).resolve().parents[3] / "samples" / "documents" / "form.pdf"
    out = tmp_path / "out"
    for number in (1, 2):
        command = ["extract", str(sample), "--engine", "local", "--out", str(out)]
        assert run_command(command) == 0
        said = capsys.readouterr().err
        runs = json.loads((out / "run.json").read_text())["runs"]
        assert runs[0]["name"] == f"{runs[0]['started'][:10]}-{number}"
        assert f"(run {runs[0]['name']})" in said
        assert len(runs[0]["id"]) == 32
    assert run_command(["costs", "--run", runs[0]["name"]]) == 0
    assert f"no call of run {runs[0]['name']}" in capsys.readouterr().out
    assert run_command(["costs", "--run", "2026-01-01-1"]) == 2
