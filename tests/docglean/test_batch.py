"""Runs in batches as a user sees them, against a stand-in that speaks both vendors' protocols."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from servers.batch_desk import Fate
from servers.billing import COST, PayingServer, Refusal, paying, slips
from servers.vendor import THINKING

from docglean.cli.app import run_command
from docglean.cli.exits import OK, OVER_BUDGET, SOME_FAILED, WAITING, WRONG

HALF = COST / 2


@pytest.fixture
def server() -> Iterator[PayingServer]:
    with paying() as state:
        yield state


@pytest.fixture(params=["anthropic", "openai", "gemini", "mistral"])
def vendor(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("DOCGLEAN_LIMITS__WORKERS", "1")
    monkeypatch.setenv("DOCGLEAN_BATCH_POLL", "0.05")


def command(server: PayingServer, vendor: str, folder: Path, *more: str) -> list[str]:
    schema = f"{folder.parent / 'slip.py'}:Slip"
    said = ["extract", str(folder), "--engine", server.engine(vendor), "--schema", schema]
    return [*said, "--out", str(folder.parent / "out"), "--batch", *more]


def results(folder: Path) -> list[dict[str, Any]]:
    lines = (folder.parent / "out" / "results.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def run_of(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder.parent / "out" / "run.json").read_text())["runs"][0])


def numbers(folder: Path) -> list[Any]:
    return [one["data"]["number"] for one in results(folder)]


@pytest.mark.slow
def test_a_run_in_one_batch(
    server: PayingServer, vendor: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = slips(tmp_path / "in", 7)
    assert run_command(command(server, vendor, folder)) == OK
    said = capsys.readouterr().err
    assert "7 requests are handed in as 1 batch, about $0.001" in said
    assert numbers(folder) == list(range(7))
    assert [len(one.requests) for one in server.desks[vendor].batches.values()] == [7]
    assert (server.questions, server.twice) == (7, 0)
    run = run_of(folder)
    assert run["state"] == "finished"
    spending = run["totals"]["spending"]
    assert (spending["calls"], spending["cached"]) == (7, 0)
    assert Decimal(spending["cost"]) == 7 * HALF
    # Nothing is left open, and a second run in the same way finds all in the ledger.
    assert run_command(["batches"]) == OK
    assert "No batch is open" in capsys.readouterr().err
    assert run_command(command(server, vendor, folder)) == OK
    assert server.twice == 0
    assert Decimal(run_of(folder)["totals"]["spending"]["saved"]) == 7 * HALF


def test_a_document_that_is_there_twice_is_told(
    server: PayingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = slips(tmp_path / "in", 2)
    first = min(folder.iterdir())
    (folder / "zcopy.pdf").write_bytes(first.read_bytes())
    assert run_command(command(server, "openai", folder)) == SOME_FAILED
    said = capsys.readouterr().err
    assert said.count("It is the same document as 0000.pdf") == 1
    assert "1 duplicate" in said


@pytest.mark.slow
def test_thinking_takes_three_answers_a_request_at_the_most(vendor: str, tmp_path: Path) -> None:
    with paying(thinking=THINKING) as server:
        folder = slips(tmp_path / "in", 12)
        told = command(server, vendor, folder)
        told[told.index("--engine") + 1] += "&effort=high"
        assert run_command(told) == OK
        turns = server.strict[vendor].turns
    assert numbers(folder) == list(range(12))
    assert any(turn.cut for turn in turns)
    # No request of a slip is asked for in parts: what is more than one answer each is asked again.
    assert (server.requests, server.twice) == (12, 0)
    assert max(server.answers_to.values()) <= 3
    assert len(turns) <= 2 * 12
    assert len(server.desks[vendor].batches) <= 3
    assert not server.strict[vendor].refusals


@pytest.mark.slow
def test_one_may_come_back_later(
    server: PayingServer, vendor: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = slips(tmp_path / "in", 3)
    desk = server.desks[vendor]
    desk.hold = True
    assert run_command(command(server, vendor, folder, "--no-wait")) == WAITING
    assert "docglean collect" in capsys.readouterr().err
    assert run_command(["batches", "--json"]) == OK
    [batch] = json.loads(capsys.readouterr().out)
    assert (batch["state"], batch["requests"]) == ("submitted", 3)
    assert batch["remote"] in desk.batches
    assert batch["out"] == str(tmp_path / "out")
    assert run_command(["collect"]) == WAITING
    # The same command again is the same run: it hands in nothing twice.
    assert run_command(command(server, vendor, folder, "--no-wait")) == WAITING
    assert len(desk.batches) == 1
    desk.hold = False
    assert run_command(["collect"]) == OK
    assert numbers(folder) == [0, 1, 2]
    runs = json.loads((tmp_path / "out" / "run.json").read_text())["runs"]
    assert [(run["state"], run["totals"]["ok"]) for run in runs] == [("finished", 3)]
    capsys.readouterr()
    assert run_command(["collect"]) == OK
    assert "No run waits" in capsys.readouterr().err


def test_a_request_in_a_batch_is_not_sent_another_way(
    server: PayingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = slips(tmp_path / "in", 1)
    server.desks["openai"].hold = True
    words = command(server, "openai", folder, "--no-wait")
    assert run_command(words) == WAITING
    direct = [word for word in words if word not in ("--batch", "--no-wait")]
    direct[direct.index("--out") + 1] = str(tmp_path / "other")
    assert run_command(direct) == SOME_FAILED
    assert "is in the batch" in capsys.readouterr().err
    assert server.questions == 0


@pytest.mark.slow
def test_batches_keep_within_the_limits(
    server: PayingServer, vendor: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = {"openai": "OpenAIBatches"}.get(vendor, f"{vendor.title()}Batches")
    module = f"docglean.extractors.models.{vendor}_batches.{name}"
    monkeypatch.setattr(f"{module}.most_requests", 2)
    folder = slips(tmp_path / "in", 5)
    assert run_command(command(server, vendor, folder)) == OK
    batches = server.desks[vendor].batches.values()
    assert sorted(len(one.requests) for one in batches) == [1, 2, 2]
    monkeypatch.setattr(f"{module}.most_requests", 1000)
    monkeypatch.setattr(f"{module}.most_bytes", 5_000)
    more = slips(tmp_path / "more", 4, start=10)
    assert run_command(command(server, vendor, more)) == OK
    sizes = [
        sum(len(json.dumps(body)) for body in one.requests.values())
        for one in list(server.desks[vendor].batches.values())[3:]
    ]
    assert len(sizes) > 1
    assert max(sizes) <= 5_000
    assert (server.questions, server.twice) == (9, 0)


@pytest.mark.slow
def test_what_a_batch_did_not_answer_goes_into_a_second_one(
    server: PayingServer, vendor: str, tmp_path: Path
) -> None:
    folder = slips(tmp_path / "in", 5)
    desk = server.desks[vendor]
    fates: list[Fate] = ["succeeded", "errored", "canceled", "expired", "missing"]

    def fate(custom_id: str, batches: int) -> Fate:
        first = list(next(iter(desk.batches.values())).requests)
        return fates[first.index(custom_id)] if batches == 1 else "succeeded"

    desk.fate = fate
    assert run_command(command(server, vendor, folder)) == OK
    assert numbers(folder) == list(range(5))
    assert [len(one.requests) for one in desk.batches.values()] == [5, 4]
    assert (server.questions, server.twice) == (5, 0)
    assert Decimal(run_of(folder)["totals"]["spending"]["cost"]) == 5 * HALF


@pytest.mark.slow
def test_what_is_never_answered_is_a_failure_of_its_document_only(
    server: PayingServer, vendor: str, tmp_path: Path
) -> None:
    folder = slips(tmp_path / "in", 3)
    desk = server.desks[vendor]

    def fate(custom_id: str, batches: int) -> Fate:
        bodies = {
            name: body for one in desk.batches.values() for name, body in one.requests.items()
        }
        return "expired" if "number: 1\\n" in json.dumps(bodies[custom_id]) else "succeeded"

    desk.fate = fate
    assert run_command(command(server, vendor, folder)) == SOME_FAILED
    found = results(folder)
    assert [one["status"] for one in found] == ["ok", "failed", "ok"]
    assert "expired" in found[1]["problems"][0]["message"]
    assert len(desk.batches) == 2
    # Another run tries it again.
    desk.fate = lambda custom_id, batches: "succeeded"
    assert run_command(command(server, vendor, folder)) == OK


@pytest.mark.slow
def test_an_answer_that_breaks_the_schema_is_asked_for_again_in_a_second_batch(
    server: PayingServer, vendor: str, tmp_path: Path
) -> None:
    def answers(text: str, schema: dict[str, Any]) -> str | None:
        wrong = "number: 1\n" in text and "broke" not in text
        return json.dumps({"number": "many", "word": None}) if wrong else None

    server.answers = answers
    folder = slips(tmp_path / "in", 3)
    run_command(command(server, vendor, folder))
    desk = server.desks[vendor]
    assert [len(one.requests) for one in desk.batches.values()] == [3, 1]
    assert results(folder)[1]["spending"]["calls"] == 2


@pytest.mark.slow
@pytest.mark.parametrize("vendor", ["openai", "gemini", "mistral"], indirect=True)
def test_a_batch_that_fails_as_a_whole(server: PayingServer, vendor: str, tmp_path: Path) -> None:
    desk = server.desks[vendor]
    desk.ends_as = "failed"
    folder = slips(tmp_path / "in", 2)
    assert run_command(command(server, vendor, folder)) == SOME_FAILED
    found = results(folder)
    assert [one["status"] for one in found] == ["failed", "failed"]
    assert "told to fail" in found[0]["problems"][0]["message"]
    assert len(desk.batches) == 2
    assert server.questions == 0


@pytest.mark.slow
def test_a_cancelled_batch_is_handed_in_again_by_whoever_goes_on(
    server: PayingServer, vendor: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = slips(tmp_path / "in", 2)
    desk = server.desks[vendor]
    desk.hold = True
    assert run_command(command(server, vendor, folder, "--no-wait")) == WAITING
    assert run_command(["batches", "--cancel", "zzz"]) == WRONG
    assert run_command(["batches", "--cancel", ""]) == OK
    desk.hold = False
    assert run_command(["collect", "--wait"]) == OK
    assert numbers(folder) == [0, 1]
    assert len(desk.batches) == 2


@pytest.mark.slow
def test_the_part_that_the_budget_allows_is_handed_in(
    server: PayingServer, vendor: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = slips(tmp_path / "in", 8)
    assert run_command(command(server, vendor, folder, "--budget", "0.0010")) == OVER_BUDGET
    assert "would cross the budget" in capsys.readouterr().err
    found = results(folder)
    assert 0 < len(found) == server.questions < 8
    assert len(found) * HALF <= Decimal("0.0010")
    run = run_of(folder)
    assert (run["state"], run["totals"]["ok"]) == ("over_budget", len(found))
    assert run_command(command(server, vendor, folder, "--budget", "1")) == OK
    assert (server.questions, server.twice) == (8, 0)


def test_estimates_know_the_price_of_batches(
    server: PayingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = slips(tmp_path / "in", 2)
    schema = f"{tmp_path / 'slip.py'}:Slip"
    said = ["estimate", str(folder), "--engine", server.engine(), "--schema", schema, "--json"]
    costs = []
    for more in ([], ["--batch"]):
        assert run_command([*said, *more]) == OK
        costs.append(Decimal(json.loads(capsys.readouterr().out)["total"]["cost"]))
    assert costs[0] == 2 * costs[1] > 0


def test_who_has_no_batches_says_so(
    server: PayingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = slips(tmp_path / "in", 1)
    words = command(server, "openai", folder)
    for engine, said in (
        (
            server.engine("openai", batch="no"),
            "the batch APIs of Anthropic, OpenAI, Google Gemini, Mistral",
        ),
        ("local", "sends nothing that could go in batches"),
    ):
        words[words.index("--engine") + 1] = engine
        assert run_command(words) == WRONG
        assert said in capsys.readouterr().err
    words = [word for word in command(server, "openai", folder) if word != "--out"]
    words.remove(str(tmp_path / "out"))
    assert run_command(words) == WRONG
    assert "Add --out" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize(
    ("vendor", "status"),
    [
        ("anthropic", 401),
        ("anthropic", 529),
        ("openai", 400),
        ("openai", 429),
        ("openai", 500),
        ("gemini", 401),
        ("gemini", 429),
        ("gemini", 500),
        ("mistral", 401),
        ("mistral", 500),
    ],
)
def test_a_batch_that_is_refused_leaves_its_requests_free(
    server: PayingServer, vendor: str, tmp_path: Path, status: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """An error status says that nothing was made; after a 500 that is looked up first."""
    monkeypatch.setattr("docglean.extractors.calls.batch_results.APPEARS", timedelta())
    folder = slips(tmp_path / "in", 2)
    desk = server.desks[vendor]
    tried: list[int] = []

    def refuse() -> None:
        tried.append(status)
        if len(tried) == 1:
            raise Refusal(status)

    desk.before = refuse
    code = run_command(command(server, vendor, folder))
    if status == 401:
        assert code == WRONG
        assert run_command(["collect", "--wait"]) == OK
    else:
        assert code == OK
    assert tried == [status, status]
    assert numbers(folder) == [0, 1]
    assert (server.questions, server.twice) == (2, 0)


@pytest.mark.slow
def test_passwords_are_not_written_down(
    server: PayingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = slips(tmp_path / "in", 1)
    server.desks["openai"].hold = True
    words = command(server, "openai", folder, "--no-wait", "--password", "hush-hush")
    assert run_command(words) == WAITING
    server.desks["openai"].hold = False
    assert run_command(["collect"]) == WAITING
    assert "was told passwords" in capsys.readouterr().err
    assert b"hush-hush" not in (tmp_path / "ledger.sqlite").read_bytes()
    assert run_command(["collect", "--password", "hush-hush"]) == OK
