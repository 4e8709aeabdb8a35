"""Examples as a user asks for them: extract, batches, evaluate; against a stand-in that bills."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docglean.evaluation.labels import Label
from docglean.extractors.requests.prompts import EXAMPLES_END
from docglean.flows.request import RunRequest
from servers.billing import PayingServer, paying, slips, true_answer

from docglean.cli.app import run_command
from docglean.cli.exits import OK, WRONG

COUNT = 5


def after_examples(text: str, schema: dict[str, Any]) -> str:
    return true_answer(text.rpartition(EXAMPLES_END)[2], schema)


@pytest.fixture
def server() -> Iterator[PayingServer]:
    with paying(answers=after_examples) as state:
        yield state


@pytest.fixture
def labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of labelled slips, which is where the command is run."""
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("DOCGLEAN_LIMITS__WORKERS", "1")
    monkeypatch.setenv("DOCGLEAN_BATCH_POLL", "0.05")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    slips(tmp_path / "docs", COUNT)
    lines = [
        Label(
            id=str(i), file=f"docs/{i:04}.pdf", schema="slip.py:Slip",
            expected={"number": i, "word": f"w{i * i}"},
        ).to_json()
        for i in range(COUNT)
    ]  # fmt: skip
    (tmp_path / "labels.jsonl").write_text("\n".join(lines) + "\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def questions(server: PayingServer, vendor: str = "openai") -> list[str]:
    return [json.dumps(call) for call in server.strict[vendor].calls]


@pytest.mark.slow
@pytest.mark.parametrize("batch", [False, True], ids=["at once", "batch"])
def test_a_run_says_where_examples_go_and_results_name_them(
    server: PayingServer, labels: Path, batch: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["extract", "docs", "--schema", "slip.py:Slip", "--engine", server.engine()]
    command += ["--out", "out", "--examples", ".", "--example-count", "1"]
    assert run_command([*command, *(["--batch"] if batch else [])]) == OK
    said = " ".join(capsys.readouterr().err.split())
    assert "Up to 1 examples go before each document, to where it goes to a model" in said
    found = [json.loads(line) for line in (labels / "out/results.jsonl").read_text().splitlines()]
    assert [one["data"]["number"] for one in found] == list(range(COUNT))
    for one in found:
        [example] = one["examples"]
        assert example["name"] != f"docs/{one['document']['name']}"
    assert len(questions(server)) == COUNT
    assert all(text.count("The right answer to example 1:") == 1 for text in questions(server))
    [run] = json.loads((labels / "out/run.json").read_text())["runs"]
    assert run["options"]["example_count"] == 1
    assert run_command(command) == OK
    assert server.twice == 0


@pytest.mark.slow
def test_evaluate_tells_on_the_terminal_whether_they_help(
    server: PayingServer, labels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["evaluate", ".", "--engine", server.engine(), "--examples", ".", "--out", "report"]
    assert run_command([*command, "--yes"]) == OK
    said = capsys.readouterr()
    assert "with examples" in said.out
    sentence = "Whether examples help ocr+openai:gpt-6-luna is not known: +0.0 points"
    assert sentence in " ".join(said.err.split())
    assert run_command(["report", "report"]) == OK
    assert "+0.0 points (+0.0 to +0.0 at 95 %) on 5 documents" in capsys.readouterr().err


def test_the_embedded_engine_says_that_examples_would_have_no_effect(
    labels: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = ["docs", "--schema", "slip.py:Slip", "--engine", "local", "--examples", "."]
    for command in ("extract", "estimate"):
        assert run_command([command, *told]) == WRONG
        assert "local asks no model, so examples would have no effect" in capsys.readouterr().err


def test_an_order_that_is_stored_means_the_same_folder_from_anywhere(labels: Path) -> None:
    order = RunRequest(schemas=("slip.py:Slip",), examples="docs")
    assert order.definite().examples == str(labels / "docs")
    assert RunRequest().definite().examples is None
