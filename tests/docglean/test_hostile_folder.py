"""A folder that somebody hostile filled costs what is wrong in it, and nothing else."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import hostile_folder
import pymupdf
import pytest
from PIL import Image
from sounds import tone, write

from docglean.cli.app import run_command
from docglean.cli.terminal import TerminalTable, print_table

OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""What a terminal would obey, but the line feed between two lines."""


@pytest.fixture(autouse=True)
def own_ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("DOCGLEAN_LIMITS__WORKERS", "1")


def paper() -> bytes:
    document = pymupdf.open()
    document.new_page().insert_text((72, 72), "Name: Amina Okafor")
    data: bytes = document.tobytes()
    return data


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    text = captured.out + captured.err
    assert not OBEYED.search(text)
    return text


@pytest.mark.slow
def test_each_document_of_it_is_read_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile_folder.fill(tmp_path / "in", paper())
    out = tmp_path / "out"
    command = ["extract", str(tmp_path / "in"), "--schema", "form", "--engine", "local"]
    assert run_command([*command, "--out", str(out)]) == 0
    assert hostile_folder.PRINTED in printed(capsys)
    lines = [json.loads(line) for line in (out / "results.jsonl").read_text().splitlines()]
    assert [line["document"]["name"] for line in lines] == hostile_folder.READ
    files = [path for path in (out / "documents").rglob("*.json") if path.is_file()]
    assert len(files) == len(lines)
    assert run_command([*command, "--out", str(out), "--only", "new"]) == 0
    assert run_command(["show", str(out)]) == 0
    printed(capsys)


def test_it_can_be_estimated(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hostile_folder.fill(tmp_path / "in", paper())
    assert run_command(["estimate", str(tmp_path / "in"), "--engine", "local"]) == 0
    shown = printed(capsys)
    assert hostile_folder.PRINTED in shown
    assert "5 documents" in shown


def test_what_could_not_be_looked_through_is_said_and_counts(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.pdf").write_bytes(paper())
    hostile_folder.dig(folder)
    for command in ("estimate", "extract"):
        assert run_command([command, str(folder), "--engine", "local"]) == 1
        assert "cannot be read" in printed(capsys)


def test_files_of_every_kind_may_have_names_that_are_no_text(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = os.fsencode(tmp_path)
    picture = Path(os.fsdecode(folder + b"/\xe9.png"))
    Image.new("RGB", (40, 40), "white").save(picture, "PNG")
    sound = Path(os.fsdecode(folder + b"/\xe9.wav"))
    write(tmp_path, tone(440, 1), "wav").rename(sound)
    for path in (picture, sound):
        run_command(["estimate", str(path), "--engine", "local"])
        text = printed(capsys)
        assert "damaged" not in text
        assert "itself" not in text, text


@pytest.mark.slow
def test_names_that_cannot_be_beside_each_other_are_both_written(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "a.pdf.json").mkdir(parents=True)
    deep = Path("d" * 90) / ("e" * 90)
    (folder / deep).mkdir(parents=True)
    for name in ("a.pdf", "a.pdf.json/x.pdf", deep / "z.pdf"):
        (folder / name).write_bytes(paper())
    out = tmp_path
    while len(str(out)) < 3900:  # the results of `deep` would have a path that is too long
        out = out / ("o" * 90)
    command = ["extract", str(folder), "--schema", "form", "--engine", "local", "--out", str(out)]
    assert run_command(command) == 0
    assert len((out / "results.jsonl").read_text().splitlines()) == 3
    assert run_command([*command, "--only", "new"]) == 0


def test_what_strangers_named_is_no_markup_in_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    table = TerminalTable("name")
    table.add_row("[red]a[/b].pdf\x1b[0m")
    print_table(table)
    assert r"[red]a[/b].pdf\x1b[0m" in printed(capsys)


def test_errors_quote_what_was_said_without_obeying_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["extract", "/no/\x1b[31m\nthere/*.pdf"]) == 2
    text = printed(capsys)
    assert len(text.splitlines()) == 1
