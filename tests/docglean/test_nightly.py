"""The same command every night: what it reads, what it leaves, and what its exit code says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docglean.flows.reports import report
from docglean.flows.run_folder import RunFolder
from docglean.schemas.model_files import _run_file
from servers.billing import PayingServer, paying, slips
from sounds import tone, write

from docglean.cli.app import run_command
from docglean.cli.exits import OK, SOME_FAILED, WRONG

Said = pytest.CaptureFixture[str]


@pytest.fixture
def server() -> Iterator[PayingServer]:
    with paying() as state:
        yield state


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("DOCGLEAN_LIMITS__WORKERS", "1")
    monkeypatch.setenv("DOCGLEAN_DEADLINE", "3")  # a server that fails is not asked for long


def nightly(server: PayingServer, *more: str) -> int:
    command = ["extract", "in", "--engine", server.engine(), "--schema", "slip.py:Slip"]
    return run_command([*command, "--out", "out", *(more or ("--only", "new"))])


def results() -> dict[str, Any]:
    lines = map(json.loads, Path("out/results.jsonl").read_text().splitlines())
    return {line["document"]["name"]: line for line in lines}


@pytest.mark.slow
def test_what_failed_in_one_bad_night_is_read_in_the_next(
    server: PayingServer, tmp_path: Path, capsys: Said
) -> None:
    slips(tmp_path / "in", 3)
    server.answers = lambda text, schema: 500
    assert nightly(server) == SOME_FAILED
    assert {line["status"] for line in results().values()} == {"failed"}
    server.answers = lambda text, schema: None
    capsys.readouterr()
    assert nightly(server) == OK
    assert "3 of them because they are not done yet" in capsys.readouterr().err
    assert {line["status"] for line in results().values()} == {"ok"}
    asked = sum(server.asked.values())
    assert nightly(server) == OK
    assert "None of 3 documents is new" in capsys.readouterr().err
    assert sum(server.asked.values()) == asked


@pytest.mark.slow
def test_what_fails_night_after_night_is_left_and_said(
    server: PayingServer, tmp_path: Path, capsys: Said
) -> None:
    slips(tmp_path / "in", 2)
    server.answers = lambda text, schema: 500
    assert nightly(server) == SOME_FAILED
    assert nightly(server) == SOME_FAILED  # the same day counts once
    for path in Path("out/documents").iterdir():
        told = json.loads(path.read_text())
        assert len(told["tried"]) == 1
        told["tried"] = [f"2026-01-0{day}" for day in range(1, 6)]
        path.write_text(json.dumps(told))
    server.answers = lambda text, schema: None
    capsys.readouterr()
    assert nightly(server) == SOME_FAILED
    said = capsys.readouterr().err
    assert "Left as failed or partial: 2 documents" in said
    assert " on 5 days" in said
    assert nightly(server, "--only", "failed") == OK
    assert nightly(server) == OK
    assert [line["tried"] for line in results().values()] == [[], []]


@pytest.mark.slow
def test_a_file_that_stays_damaged_is_not_read_again_and_not_forgotten(
    server: PayingServer, tmp_path: Path, capsys: Said
) -> None:
    slips(tmp_path / "in", 1)
    Path("in/damaged.pdf").write_bytes(b"%PDF-1.7 nothing")
    assert nightly(server) == SOME_FAILED
    written = Path("out/run.json").read_bytes()
    capsys.readouterr()
    assert nightly(server) == SOME_FAILED
    assert "damaged.pdf: damaged" in capsys.readouterr().err
    assert Path("out/run.json").read_bytes() == written
    slips(tmp_path / "more", 2)
    Path("more/0001.pdf").rename("in/0001.pdf")
    assert nightly(server) == SOME_FAILED  # the new one is ok, the old one stands
    assert len(results()) == 3
    Path("in/damaged.pdf").unlink()
    assert nightly(server) == OK


@pytest.mark.slow
@pytest.mark.parametrize("what", ["schema", "engine", "prompt"])
def test_results_made_otherwise_are_counted_and_read_anew_when_asked(
    server: PayingServer,
    tmp_path: Path,
    capsys: Said,
    what: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    slips(tmp_path / "in", 2)
    assert nightly(server) == OK
    capsys.readouterr()
    assert nightly(server, "--only", "stale") == OK
    assert "None of 2 documents is stale" in capsys.readouterr().err
    if what == "schema":
        path, head = Path("slip.py"), "class Slip(BaseModel):\n"
        path.write_text(path.read_text().replace(head, f"{head}    further: str | None = None\n"))
        _run_file.cache_clear()  # as in another process
    elif what == "engine":
        plain = server.engine
        monkeypatch.setattr(server, "engine", lambda: plain(edge="900"))
    else:
        for module in ("flows.request", "flows.run"):
            monkeypatch.setattr(f"docglean.{module}.PROMPT_VERSION", "another")
    assert nightly(server) == OK
    said = capsys.readouterr().err
    assert "2 results were made by another schema, engine or prompt version" in said
    assert nightly(server, "--only", "stale") in (OK, SOME_FAILED)
    assert "--only stale" not in capsys.readouterr().err
    nightly(server)
    assert "--only stale" not in capsys.readouterr().err


@pytest.mark.parametrize("only", ["new", "failed", "stale"])
def test_an_empty_inbox_is_a_quiet_night(tmp_path: Path, capsys: Said, only: str) -> None:
    Path("in").mkdir()
    for source in ("in", "in/*.pdf"):
        command = ["extract", source, "--engine", "local", "--out", "out"]
        assert run_command([*command, "--only", only]) == OK
        assert capsys.readouterr().err.strip() == "There is no document."
        assert run_command(command) == WRONG
        capsys.readouterr()


def test_a_folder_of_results_is_a_folder_here(tmp_path: Path, capsys: Said) -> None:
    slips(tmp_path / "in", 1)
    for command in (["extract", "in", "--engine", "local"], ["label", "in"], ["transcribe", "in"]):
        assert run_command([*command, "--out", "s3://bucket/out"]) == WRONG
        said = capsys.readouterr().err
        assert "s3://bucket/out" in said
        assert "docglean export" in said
    assert not Path("s3:").exists()


@pytest.mark.slow
def test_recordings_that_nobody_asked_for_and_nothing_hears_are_left_out(
    tmp_path: Path, server: PayingServer, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCGLEAN_SPEECH_WEIGHTS", str(tmp_path))  # there are none
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    slips(tmp_path / "in", 2)
    write(tmp_path, tone(440, 1), "wav").rename("in/call.wav")
    assert nightly(server, "--quiet") == OK
    assert list(results()) == ["0000.pdf", "0001.pdf"]
    assert nightly(server) == OK
    said = capsys.readouterr().err
    assert said.count("1 recording left out: call.wav. The folder of DOCGLEAN_SPEECH_WEIGHTS") == 1
    assert said.count("holds no weights") == 1
    folder = RunFolder(Path("out").absolute())
    for one in folder.record().runs:  # --only new takes it up again, until it can be heard
        assert one.totals.unheard.names == ("call.wav",)
        assert "1 recording left out: call.wav." in report(one, folder)
    assert run_command(["estimate", "in", "--engine", server.engine()]) == OK
    assert "left out: call.wav." in capsys.readouterr().err
    command = ["extract", "in/call.wav", "--engine", "local"]
    assert run_command(command) == SOME_FAILED  # it was named
    assert run_command(["extract", "in", "--engine", "local", "--schema", "note"]) == SOME_FAILED


@pytest.mark.slow
def test_a_file_removed_in_mid_run_costs_itself(
    server: PayingServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCGLEAN_CONCURRENCY", "1")
    slips(tmp_path / "in", 8)

    def remove(method: str, path: str, when: str) -> None:
        Path("in/0007.pdf").unlink(missing_ok=True)

    server.told = remove
    assert nightly(server) == SOME_FAILED
    found = results()
    assert found.pop("0007.pdf")["problems"][0]["code"] == "no_such_file"
    assert {line["status"] for line in found.values()} == {"ok"}
    assert nightly(server) == OK
