"""`docglean watch --run` reads what arrives by itself, each document once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from docglean.flows.run_folder import RunFolder
from filelock import FileLock

from docglean.cli.app import run_command

SAMPLES = Path(__file__).parents[2] / "samples" / "documents"
QUICK = ["--run", "--engine", "local", "--once", "--settle", "0.1", "--every", "0.1"]


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    folder = tmp_path / "inbox"
    folder.mkdir()
    shutil.copy(SAMPLES / "form.pdf", folder / "first.pdf")
    return folder


def names(out: Path) -> list[str]:
    return sorted(one.document.name for one in RunFolder.existing(out).extractions())


def test_each_document_is_read_once_into_each_folder(
    inbox: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    words = ["watch", str(inbox), "--out", str(out), *QUICK]
    assert run_command(words) == 0
    assert names(out) == ["first.pdf"]
    shutil.copy(SAMPLES / "form.pdf", inbox / "second.pdf")
    (inbox / "third.pdf").write_text("%PDF-1.7 and nothing more")
    capsys.readouterr()
    # What cannot be read is a result, too, and the exit code says so.
    assert run_command(words) == 1
    assert names(out) == ["first.pdf", "second.pdf", "third.pdf"]
    assert "] ok      first.pdf" not in capsys.readouterr().err
    assert run_command(words) == 0
    # Another folder has none of them yet.
    other = tmp_path / "other"
    assert run_command(["watch", str(inbox / "first.pdf"), "--out", str(other), *QUICK]) == 0
    assert names(other) == ["first.pdf"]


@pytest.mark.parametrize(
    "words",
    [["--run"], ["--engine", "local"], ["--out", "out"], ["--schema", "invoice"]],
    ids=["run", "engine", "out", "schema"],
)
def test_how_to_read_is_told_with_run_and_where_to(
    words: list[str], inbox: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_command(["watch", str(inbox), *words]) == 2
    assert "Add --" in capsys.readouterr().err


def test_a_second_watch_into_a_folder_ends_at_once(
    inbox: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with FileLock(out / ".watch.lock"):
        assert run_command(["watch", str(inbox), "--out", str(out), *QUICK]) == 2
    assert "Another watch reads into" in capsys.readouterr().err
    assert not (out / "results.jsonl").exists()
