"""A file that holds several documents is read as each of them would be alone, at every door."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docglean.extractors.extraction import Extraction
from docglean.extractors.settings import Settings
from joined_files import join
from pydantic import BaseModel
from servers.billing import PayingServer, paying, slips

from docglean import extract, extract_many
from docglean.cli.app import run_command
from docglean.cli.exits import OK, WAITING

SLIPS = 4


class Slip(BaseModel):
    """A slip of paper."""

    number: str | None
    issued: date | None


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(engine="local", ledger=str(tmp_path / "ledger.sqlite"), concurrency=2)


@pytest.fixture
def singles(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "singles"
    folder.mkdir()
    for number in range(SLIPS):
        document = pymupdf.open()
        page = document.new_page()
        page.insert_text((72, 100), f"Number: SL-{number}00")
        page.insert_text((72, 130), f"Issued: 2026-03-0{number + 1}")
        document.save(folder / f"{number}.pdf")
    return sorted(folder.iterdir())


@pytest.fixture
def packet(singles: list[Path], tmp_path: Path) -> Path:
    return join(tmp_path / "packet.pdf", singles)


def without_page(found: Extraction[Any]) -> dict[str, Any]:
    return {at: one.model_copy(update={"page": 1}) for at, one in found.evidence.items()}


@pytest.mark.slow
def test_parts_have_the_values_of_single_files(
    singles: list[Path], packet: Path, settings: Settings
) -> None:
    alone = list(extract_many(singles, Slip, settings=settings))
    parts = list(extract_many(packet, Slip, split="1", settings=settings))
    assert [one.values for one in parts] == [one.values for one in alone]
    assert [without_page(one) for one in parts] == [without_page(one) for one in alone]
    assert [one.status for one in parts] == [one.status for one in alone]
    sha256 = {one.document.sha256 for one in parts}
    assert len(sha256) == 1
    for number, one in enumerate(parts, 1):
        assert {found.page for found in one.evidence.values()} == {number}
        part = one.document.part
        assert part is not None
        assert (part.number, part.of, part.first, part.last) == (number, SLIPS, number, number)
        assert one.document.pages == 1
        assert one.document.name == f"packet.pdf#p{number}"
        assert one.document.uri == f"{packet.as_uri()}#page={number}"
        assert one.document.file_uri == packet.as_uri()


@pytest.mark.slow
def test_only_pages_that_are_asked_for_are_divided(packet: Path, settings: Settings) -> None:
    parts = list(extract_many(packet, Slip, split="2", pages="2-4", settings=settings))
    assert [one.document.name for one in parts] == ["packet.pdf#p2-3", "packet.pdf#p4"]
    assert [one.document.pages for one in parts] == [2, 1]


@pytest.mark.slow
def test_a_file_with_one_document_is_as_it_was(singles: list[Path], settings: Settings) -> None:
    def told(one: Extraction[Any]) -> dict[str, Any]:
        return one.model_dump(exclude={"run", "seconds"})

    [found] = extract_many(singles[0], Slip, split="1", settings=settings)
    assert told(found) == told(extract(singles[0], Slip, split="off", settings=settings))
    assert found.document.part is None
    assert found.document.uri == singles[0].as_uri()


@pytest.mark.slow
def test_a_run_counts_documents_and_its_folder_has_each(
    packet: Path,
    singles: list[Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    (tmp_path / "plan.json").write_text(json.dumps({"parts": [{"pages": "1"}, {"pages": "2-4"}]}))
    schema = tmp_path / "slip.json"
    schema.write_text(json.dumps({"title": "slip", **Slip.model_json_schema()}))
    out = tmp_path / "out"
    command = ["extract", str(packet), str(singles[0]), "--schema", str(schema)]
    command += ["--engine", "local", "--out", str(out)]

    def results() -> list[str]:
        lines = (out / "results.jsonl").read_text().splitlines()
        return [json.loads(line)["document"]["name"] for line in lines]

    run_command([*command, "--split", "off"])
    assert results() == ["packet.pdf", "0.pdf"]
    run_command([*command, "--split", str(tmp_path / "plan.json")])
    assert results() == ["packet.pdf#p1", "packet.pdf#p2-4", "0.pdf"]
    said = capsys.readouterr().err
    assert "3 documents in 2 files" in said
    assert "[3/3]" in said
    assert run_command([*command, "--only", "new", "--split", "1"]) in (OK, 1)
    assert "None of 2 documents is new." in capsys.readouterr().err
    run_command(["estimate", str(packet), "--engine", "local", "--split", "1", "--json"])
    assert json.loads(capsys.readouterr().out)["total"]["documents"] == SLIPS
    run_command(["show", str(out)])
    page = "".join(path.read_text() for path in (out / "show-pages").iterdir())
    assert [page.count(f">Page {number}<") for number in (1, 2, 3, 4)] == [2, 1, 1, 1]


@pytest.mark.slow
def test_one_result_of_a_file_with_several_documents_is_never_ok(
    packet: Path, settings: Settings
) -> None:
    found = extract(packet, Slip, split="1", settings=settings)
    assert found.status == "review"
    assert found.document.part is None
    [problem] = [one for one in found.problems if one.code == "several_documents"]
    assert "page 1, page 2, page 3, page 4" in problem.message
    assert "extract_many" in problem.way_out


@pytest.fixture
def server() -> Iterator[PayingServer]:
    with paying() as state:
        yield state


@pytest.mark.slow
def test_a_run_in_batches_knows_the_documents_of_a_file(
    server: PayingServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("DOCGLEAN_BATCH_POLL", "0.05")
    folder = slips(tmp_path / "in", SLIPS)
    join(folder / "packet.pdf", sorted(folder.glob("*.pdf")))
    command = ["extract", str(folder / "packet.pdf"), "--engine", server.engine("anthropic")]
    command += ["--schema", f"{tmp_path / 'slip.py'}:Slip", "--split", "1", "--batch"]
    command += ["--out", str(tmp_path / "out")]
    server.desks["anthropic"].hold = True
    assert run_command([*command, "--no-wait"]) == WAITING
    assert f"{SLIPS} requests are handed in as 1 batch" in capsys.readouterr().err
    server.desks["anthropic"].hold = False
    assert run_command(["collect", "--wait"]) == OK
    lines = (tmp_path / "out" / "results.jsonl").read_text().splitlines()
    found = [json.loads(line) for line in lines]
    assert [one["data"]["number"] for one in found] == list(range(SLIPS))
    assert [one["document"]["part"]["number"] for one in found] == list(range(1, SLIPS + 1))
    assert (server.questions, server.twice) == (SLIPS, 0)
    assert f"{SLIPS} documents in 1 file ({SLIPS} ok)" in capsys.readouterr().err
