"""A second engine where the first is unsure, as a user sees it, against stand-ins that bill."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from servers.billing import COST, PayingServer, paying, slips

from docglean import extract
from docglean.cli.app import run_command
from docglean.cli.exits import OK, SOME_FAILED, WAITING, WRONG

pytestmark = pytest.mark.slow


@pytest.fixture
def server() -> Iterator[PayingServer]:
    with paying() as state:
        state.answers = misreads
        yield state


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("DOCGLEAN_LIMITS__WORKERS", "1")
    monkeypatch.setenv("DOCGLEAN_CONCURRENCY", "1")
    monkeypatch.setenv("DOCGLEAN_BATCH_POLL", "0.05")


def misreads(text: str, schema: dict[str, Any]) -> str | None:
    """The word of every odd document, where it is not asked for alone."""
    number = int(text.split("number:")[1].split()[0])
    if number % 2 and set(schema["properties"]) == {"number", "word"}:
        return json.dumps({"number": number, "word": "smudge"})
    return None


def words(server: PayingServer, folder: Path, *more: str, command: str = "extract") -> list[str]:
    schema = f"{folder.parent / 'slip.py'}:Slip"
    engines = ["--engine", server.engine(), "--then", server.engine("anthropic")]
    said = [command, str(folder), *engines, "--when", "not_located", "--schema", schema]
    return [*said, *more]


def results(folder: Path) -> list[dict[str, Any]]:
    lines = (folder.parent / "out" / "results.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def totals(folder: Path) -> dict[str, Any]:
    run = json.loads((folder.parent / "out" / "run.json").read_text())["runs"][0]
    return dict(run["totals"])


def test_what_is_unsure_is_sent_on_told_and_counted(
    server: PayingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = slips(tmp_path / "in", 6)
    assert run_command(words(server, folder, command="estimate")) == OK
    told = " ".join(capsys.readouterr().err.split())
    second = server.engine("anthropic")
    assert f"If all of it went on to {second}: 6 calls, at most $" in told
    assert "no earlier run tells what share of it will be sent on" in told
    assert server.questions == 0

    assert run_command(words(server, folder, "--out", str(tmp_path / "out"))) == OK
    told = " ".join(capsys.readouterr().err.split())
    assert "What is unsure (not_located) goes on, with the pages it may stand on:" in told
    assert f"3 of 6 documents, 3 values, asked of {second} too, 3 taken" in told
    found = results(folder)
    assert [one["data"] for one in found] == [
        {"number": number, "word": f"w{number * number}"} for number in range(6)
    ]
    assert {one["engine"] for one in found} == {server.engine()}
    assert [set(one["readings"]) for one in found] == [set(), {"/word"}] * 3
    [other] = found[1]["readings"]["/word"]
    assert (other["first"], other["value"], other["taken"]) == ("smudge", "w1", True)
    assert len(found[1]["served"]) == 2
    spent = totals(folder)
    assert Decimal(spent["spending"]["cost"]) == 9 * COST
    assert spent["sent_on"]["documents"] == {second: 3}

    assert run_command(["costs", "--by", "engine", "--json"]) == OK
    by_engine = {one["name"]: one for one in json.loads(capsys.readouterr().out)["by"]["engine"]}
    assert {name: one["documents"] for name, one in by_engine.items()} == {
        server.engine(): 6, second: 3,
    }  # fmt: skip

    more = slips(tmp_path / "more", 2, start=10)
    assert run_command(words(server, more, "--json", command="estimate")) == OK
    total = json.loads(capsys.readouterr().out)["total"]
    [then] = total["then"]
    assert (then["engine"], then["requests"], then["sent_on"], then["read"]) == (second, 2, 3, 6)


def test_a_second_engine_over_the_budget_ends_no_document(
    server: PayingServer, tmp_path: Path
) -> None:
    folder = slips(tmp_path / "in", 2)
    out = ["--out", str(tmp_path / "out"), "--budget", "0.0011"]
    assert run_command(words(server, folder, *out)) == SOME_FAILED
    found = results(folder)
    assert [one["status"] for one in found] == ["ok", "review"]
    assert found[1]["data"]["word"] == "smudge"
    [problem] = [one for one in found[1]["problems"] if one["code"] == "next_engine_failed"]
    assert "would cross the budget of $0.0011 for this run" in problem["message"]
    assert Decimal(totals(folder)["spending"]["cost"]) == 2 * COST
    # With more to spend only what is missing is read again, and paid for.
    again = words(server, folder, "--out", str(tmp_path / "out"), "--only", "stale")
    assert run_command(again) == OK
    assert totals(folder)["documents"] == 1
    assert [one["status"] for one in results(folder)] == ["ok", "ok"]
    assert (server.questions, server.twice) == (3, 0)


@pytest.mark.parametrize("change", ["when", "then", "neither"])
def test_another_second_engine_or_condition_makes_results_stale(
    server: PayingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: str
) -> None:
    folder = slips(tmp_path / "in", 2)
    asked = words(server, folder, "--out", str(tmp_path / "out"))
    assert run_command(asked) == OK
    place = asked.index(f"--{change}") if change != "neither" else 0
    if change == "when":
        asked[place + 1] = "problem"
    elif change == "then":
        del asked[place : place + 4]
    capsys.readouterr()
    assert run_command([*asked, "--only", "new"]) == OK
    said = " ".join(capsys.readouterr().err.split())
    assert ("2 results were made by another" in said) is (change != "neither")
    assert run_command([*asked, "--only", "stale"]) in (OK, SOME_FAILED)
    assert ("None of 2 documents is stale" in capsys.readouterr().err) is (change == "neither")
    assert run_command([*asked, "--only", "stale"]) == OK
    assert "None of 2 documents is stale" in capsys.readouterr().err


def test_each_step_goes_in_batches_of_its_own(server: PayingServer, tmp_path: Path) -> None:
    folder = slips(tmp_path / "in", 6)
    out = ["--out", str(tmp_path / "out"), "--batch"]
    assert run_command(words(server, folder, *out, "--no-wait")) == WAITING
    assert run_command(["collect", "--wait"]) == OK
    read = {one["data"]["number"]: one["data"]["word"] for one in results(folder)}
    assert read == {number: f"w{number * number}" for number in range(6)}
    sizes = {
        vendor: [len(one.requests) for one in server.desks[vendor].batches.values()]
        for vendor in ("openai", "anthropic")
    }
    assert sizes == {"openai": [6], "anthropic": [3]}
    assert (server.questions, server.twice) == (9, 0)
    assert Decimal(totals(folder)["spending"]["cost"]) == 9 * COST / 2


def test_rules_first_and_batches_for_what_they_are_unsure_of(
    server: PayingServer, tmp_path: Path
) -> None:
    folder = slips(tmp_path / "in", 2)
    schema = f"{tmp_path / 'slip.py'}:Slip"
    said = ["extract", str(folder), "--engine", "local", "--then", server.engine("anthropic")]
    more = ["--when", "confidence<=1", "--schema", schema, "--out", str(tmp_path / "out")]
    server.answers = lambda text, schema: None
    assert run_command([*said, *more, "--batch"]) == OK
    assert [one["data"]["word"] for one in results(folder)] == ["w0", "w1"]
    assert [len(one.requests) for one in server.desks["anthropic"].batches.values()] == [2]
    # Rules alone have nothing to hand in.
    assert run_command(["extract", str(folder), "--engine", "local", "--out", str(tmp_path / "o"),
                        "--batch"]) == WRONG  # fmt: skip


def test_an_image_and_from_python(server: PayingServer, tmp_path: Path) -> None:
    import pymupdf

    folder = slips(tmp_path / "in", 2)
    page = pymupdf.open(folder / "0001.pdf")[0]
    page.get_pixmap(dpi=200).save(tmp_path / "slip.png")
    found = extract(
        tmp_path / "slip.png",
        f"{tmp_path / 'slip.py'}:Slip",
        engine=server.engine(),
        then=server.engine("gemini"),
        when="not_located",
    )
    assert found.values == {"number": 1, "word": "w1"}
    assert found.readings["/word"][0].taken
    assert found.evidence["/word"].how in ("exact", "normalised")


def test_the_condition_is_refused_before_anything_is_read(
    server: PayingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = slips(tmp_path / "in", 1)
    said = words(server, folder)
    said[said.index("not_located")] = "confidence<high"
    assert run_command(said) == WRONG
    assert "is not understood at 'high': there is no high." in capsys.readouterr().err
    assert server.questions == 0
