"""A long document among short ones: its size is said first, and they need not wait for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pymupdf
import pytest
from servers.billing import paying, slips

from docglean.cli.app import run_command

PAGES = 120


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("DOCGLEAN_LIMITS__WORKERS", "1")
    monkeypatch.setenv("DOCGLEAN_CONCURRENCY", "2")
    folder = slips(tmp_path / "in", 3)
    long = pymupdf.open()
    for page in range(PAGES):
        long.new_page(width=200, height=100).insert_text((20, 30), f"page {page} of the long one")
    long.save(folder / "000-long.pdf")  # it comes first
    return folder


@pytest.mark.slow
def test_short_documents_pass_a_long_one_whose_size_is_said(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[str] = []
    before_it: list[str] = []  # what was said when the first of its calls came
    with paying() as server:

        def listen(text: str, schema: dict[str, Any]) -> None:
            asked.append("long" if "the long one" in text else "short")
            if asked[-1] == "long" and not before_it:
                before_it.append(capsys.readouterr().err)

        server.answers = listen
        engine = server.engine(window="1")
        command = ["extract", str(folder), "--engine", engine, "--out", str(tmp_path / "out")]
        command += ["--schema", f"{tmp_path / 'slip.py'}:Slip"]
        run_command(command)
        assert "000-long.pdf has 120 pages: about 120 calls, about $0." in before_it[0]
        assert asked.count("short") == 3
        assert max(n for n, one in enumerate(asked) if one == "short") < PAGES // 2
        before = len(asked)
        run_command(command)  # all of it is in the ledger: there is nothing to be said
        assert len(asked) == before
        assert "about 120 calls" not in capsys.readouterr().err


@pytest.mark.slow
def test_the_embedded_engine_says_the_size_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    long = pymupdf.open()
    for page in range(240):
        long.new_page(width=200, height=100).insert_text((20, 30), f"Name: {page}")
    long.save(tmp_path / "long.pdf")
    command = ["extract", str(tmp_path / "long.pdf"), "--engine", "local", "--schema", "form"]
    run_command([*command, "--out", str(tmp_path / "out")])
    assert "long.pdf has 240 pages." in capsys.readouterr().err


@pytest.mark.slow
def test_short_documents_pass_a_long_one_that_the_embedded_engine_reads(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["extract", str(folder), "--engine", "local", "--schema", f"{tmp_path}/slip.py:Slip"]
    run_command([*command, "--out", str(tmp_path / "out")])
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("[")]
    assert len(lines) == 4
    assert [line.startswith("[4/4]") for line in lines if "000-long.pdf" in line] == [True]
