"""The command line as a person or a script meets it: output, errors, exit codes."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from datetime import date, timedelta
from pathlib import Path

import pymupdf
import pytest
from docglean.extractors.models import retirements
from docglean.extractors.models.providers import PROVIDERS

from docglean.cli.app import run_command

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "documents"
HEAVY = ("prefect", "pymupdf", "anthropic", "openai", "sqlalchemy", "numpy", "rapidocr", "pydantic")


@pytest.fixture(autouse=True)
def own_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("DOCGLEAN_LIMITS__WORKERS", "1")
    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "DOCGLEAN_ENGINE"):
        monkeypatch.delenv(name, raising=False)


def locked(path: Path) -> Path:
    document = pymupdf.open()
    document.new_page().insert_text((72, 72), "Invoice")
    document.save(path, encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="open", owner_pw="own")
    return path


def test_help_imports_nothing_heavy() -> None:
    """Nobody waits for Prefect or an SDK to read a help text."""
    code = (
        "import sys\n"
        "from docglean.cli.app import run_command\n"
        "run_command(['--help'])\n"
        "run_command(['extract', '--help'])\n"
        f"print([name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "--engine" in done.stdout


def test_reading_loads_what_it_needs_alone() -> None:
    """Each run waits for it: a user's JSON Schema and a missing extra load their own packages."""
    code = (
        "import sys, docglean.commands.extract\n"
        f"others = {set(HEAVY) - {'sqlalchemy', 'pydantic'} | {'jsonschema', 'packaging'}!r}\n"
        "print([name for name in others if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_one_document_is_json_on_standard_output(capsys: pytest.CaptureFixture[str]) -> None:
    code = run_command(["extract", str(SAMPLES / "form.pdf"), "--engine", "local"])
    printed = capsys.readouterr()
    extraction = json.loads(printed.out)
    assert code == 0
    assert extraction["schema"]["name"] == "form"
    assert extraction["schema"]["certainty"] > 0.5
    values = {field["key"]: field["value"] for field in extraction["data"]["fields"]}
    assert values["Full name"] == "Amina Okafor"
    assert values["Telephone"] is None
    assert extraction["evidence"]["/fields/0/value"]["page"] == 1
    assert "nothing leaves" in printed.err.lower() or "local" in printed.err


@pytest.mark.slow
def test_some_failed_is_1_and_the_rest_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    sources = [str(locked(tmp_path / "locked.pdf")), str(SAMPLES / "form.pdf")]
    command = ["extract", *sources, "--schema", "form", "--engine", "local", "--out", str(out)]
    assert run_command(command) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "locked.pdf" in printed.err
    assert "--password" in printed.err
    lines = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    assert [line["status"] for line in lines] == ["failed", "ok"]
    assert run_command([*command, "--password", "open", "--quiet"]) in (0, 1)
    again = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    assert again[0]["problems"][0]["code"] != "password_needed"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["extract"], "no document is named"),
        (["extrct", "a.pdf"], "extract"),
        (["extract", "a.pdf", "--engin", "local"], "engine"),
        (["extract", "nowhere/*.pdf"], "nowhere"),
        (["extract", "{form}", "--engine", "antropic:claude"], "anthropic"),
        (["extract", "{form}", "--engine", "anthropic:claude-haiku-5-5"], "ANTHROPIC_API_KEY"),
        (["extract", "{form}", "--engine", "openai:gpt-6-luna", "--private"], "private"),
        (["extract", "{form}", "--engine", "local", "--schema", "invoic"], "invoice"),
        (["extract", "{form}", "--engine", "local", "--schema", "gone.py:Model"], "gone.py"),
        (["extract", "{form}", "--engine", "local", "--pages", "3-1"], "3-1"),
        (["extract", "{form}", "--engine", "local", "--out", "{form}"], "form.pdf"),
        (["extract", "{form}", "--concurrency", "0"], "concurrency"),
        (["schemas", "nothing"], "nothing"),
        (["show", "no-such-run"], "no such file or folder"),
        (["show", "{form}"], "something else than results"),
        (["extract", "{form}", "--engine", "local", "--out", "{form}/sub"], "not a directory"),
    ],
)
def test_what_is_wrong_is_2_and_one_message(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    form = str(SAMPLES / "form.pdf")
    assert run_command([word.format(form=form) for word in words]) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said.lower() in printed.err.lower()
    assert "Traceback" not in printed.err


def test_sources_come_by_standard_input(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{SAMPLES / 'form.pdf'}\n\n"))
    command = ["extract", "-", "--engine", "local", "--schema", "form", "--pages", "1"]
    assert run_command(command) == 0
    assert json.loads(capsys.readouterr().out)["document"]["name"] == "form.pdf"


@pytest.mark.slow
def test_a_warning_is_a_line_for_people() -> None:
    command = ["estimate", str(SAMPLES / "form.pdf"), "--engine", "openai:no-such-model"]
    done = subprocess.run(
        [sys.executable, "-m", "docglean", *command, "--schema", "form"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "unknown" in done.stdout
    assert "No price is known for no-such-model" in done.stderr
    assert ".py" not in done.stderr


def test_a_missing_file_costs_that_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["extract", "no-such.pdf", "--engine", "local", "--schema", "form"]) == 1
    extraction = json.loads(capsys.readouterr().out)
    assert extraction["status"] == "failed"
    assert extraction["problems"][0]["code"] == "no_such_file"


def test_a_failure_is_told_with_the_name_once(capsys: pytest.CaptureFixture[str]) -> None:
    run_command(["extract", "no-such.pdf", "--engine", "local", "--schema", "form"])
    assert capsys.readouterr().err.count("no-such.pdf") == 1


def test_an_estimate_warns_of_a_model_that_ends_soon(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    soon = date.today() + timedelta(days=59)
    ends = PROVIDERS["gemini"].retires
    monkeypatch.setitem(ends, "gemini-3.5-flash", soon)
    retirements.retirements.cache_clear()
    command = ["estimate", str(SAMPLES / "form.pdf"), "--schema", "form"]
    assert run_command([*command, "--engine", "gemini:gemini-3.5-flash"]) == 0
    assert f"ends gemini-3.5-flash on {soon}" in capsys.readouterr().err
    monkeypatch.setitem(ends, "gemini-3.5-flash", soon + timedelta(9))
    retirements.retirements.cache_clear()
    assert run_command([*command, "--engine", "gemini:gemini-3.5-flash"]) == 0
    assert "Warning" not in capsys.readouterr().err
    retirements.retirements.cache_clear()


def test_estimates_need_no_key_and_send_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    engine = "anthropic:claude-haiku-5-5"
    sources = [str(SAMPLES / name) for name in ("form.pdf", "statement.pdf")]
    code = run_command(
        ["estimate", *sources, "--schema", "statement", "--engine", engine, "--json"]
    )
    told = json.loads(capsys.readouterr().out)
    assert code == 0
    assert told["total"]["pages"] == 3
    assert told["total"]["requests"] == 2
    assert float(told["total"]["cost"]) > 0
    assert run_command(["estimate", *sources, "--schema", "statement", "--engine", engine]) == 0
    table = capsys.readouterr().out
    assert "statement.pdf" in table
    assert "nothing was sent" in table


@pytest.mark.parametrize("words", [["schemas"], ["engines"], ["doctor"], ["schemas", "invoice"]])
def test_listings_print(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(words) == 0
    assert len(capsys.readouterr().out.splitlines()) > 5


def test_listings_are_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["schemas", "invoice", "--json"]) == 0
    invoice = json.loads(capsys.readouterr().out)
    assert any(field["path"] == "/grand_total" for field in invoice["fields"])
    assert invoice["providers"]["anthropic"]["requests"] >= 1
    assert run_command(["engines", "--json", "--vision", "--max-price", "1"]) == 0
    engines = json.loads(capsys.readouterr().out)
    assert engines[0]["engine"] == "local"
    assert all(float(one["price_1000_pages"]) <= 1 for one in engines)
    assert run_command(["engines", "--json", "--private"]) == 0
    assert not any(
        one["engine"].startswith("anthropic") for one in json.loads(capsys.readouterr().out)
    )
    assert run_command(["doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["state"] in ("ok", "warn")


@pytest.mark.e2e
def test_ctrl_c_leaves_whole_results(tmp_path: Path) -> None:
    """The first documents are done; the last, a scan of many pages, is under way."""
    slow = pymupdf.open()
    picture = pymupdf.open(SAMPLES / "invoice-scan.pdf")
    for _ in range(40):
        slow.insert_pdf(picture)
    slow.save(tmp_path / "z-slow.pdf")
    out = tmp_path / "out"
    process = subprocess.Popen(
        [sys.executable, "-c", "from docglean.cli.app import main; main()", "extract",
         str(SAMPLES / "form.pdf"), str(tmp_path / "z-slow.pdf"), "--schema", "form",
         "--engine", "local", "--out", str(out)],
        stderr=subprocess.PIPE, text=True, env=os.environ.copy(),
    )  # fmt: skip
    until = time.monotonic() + 90
    while not (out / "documents" / "form.pdf.json").is_file():
        assert process.poll() is None, process.stderr and process.stderr.read()
        assert time.monotonic() < until
        time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert "Interrupted" in said
    lines = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    assert [line["document"]["name"] for line in lines] == ["form.pdf"]
    assert json.loads((out / "run.json").read_text())["runs"][0]["state"] == "interrupted"
