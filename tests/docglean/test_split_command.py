"""`docglean split` as a user types it: the plan, its file, and the parts."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pymupdf
import pytest
from docglean.extractors.extraction import PartRecord
from docglean.extractors.packets.plan import PacketPlan
from docglean.extractors.split_choice import parse_split
from drawn_invoices import paper
from PIL import Image

from docglean import extract
from docglean.cli.app import run_command
from docglean.cli.exits import SOME_FAILED, WRONG
from docglean.commands.split import lines

ITEMS = [(f"Item number {n}", "1", "1.50", "1.50") for n in range(12)]


@pytest.fixture(autouse=True)
def _own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("DOCGLEAN_LIMITS__WORKERS", "1")


@pytest.fixture
def packet(tmp_path: Path) -> Path:
    document = pymupdf.open()
    footer = "Page {page} of {pages}"
    paper(numbers=(("Invoice No: A-1",),), items=ITEMS, split=4, footer=footer).draw(document)
    paper(numbers=(("Invoice No: A-2",),), footer=footer).draw(document)
    path = tmp_path / "scan.pdf"
    document.save(path)
    return path


def test_a_plan_is_shown_written_and_read_again(
    packet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = tmp_path / "plan.json"
    run_command(["split", str(packet), "--plan", str(written), "--quiet"])
    shown = capsys.readouterr().out
    assert shown.startswith("scan.pdf: 4 pages, 2 documents\n")
    assert "1-3" in shown
    assert max(map(len, shown.splitlines())) <= 80
    plan = json.loads(written.read_text())
    assert (plan["name"], plan["sha256"]) == ("scan.pdf", sha256(packet.read_bytes()).hexdigest())
    assert [part["pages"] for part in plan["parts"]] == ["1-3", "4"]
    assert parse_split(str(written)).ranges("scan.pdf", (1, 2, 3, 4)) == ((1, 3), (4, 4))


def test_a_plan_that_somebody_corrected_is_not_written_over(
    packet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written = tmp_path / "plan.json"
    assert run_command(["split", str(packet), "--plan", str(written)]) == 0
    assert f"Wrote the plan to {written}" in capsys.readouterr().err
    assert run_command(["split", str(packet), "--plan", str(written)]) == 0
    corrected = written.read_text().replace("1-3", "1-2")
    written.write_text(corrected)
    capsys.readouterr()
    assert run_command(["split", str(packet), "--plan", str(written)]) == WRONG
    told = capsys.readouterr()
    assert written.read_text() == corrected
    assert "delete" in told.err
    assert "1-3" in told.out


def test_a_corrected_plan_is_taken_and_its_parts_are_written(
    packet: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tmp_path / "plan.json"
    plan.write_text('{"parts": [{"pages": "1-2"}, {"pages": "4"}]}')
    assert run_command(["split", str(packet), "--split", str(plan)]) == SOME_FAILED
    told = {"parts": [{"pages": "1-2", "kind": "letter"}, {"pages": "4"}], "leave_out": "3"}
    plan.write_text(json.dumps(told))
    folder = tmp_path / "parts"
    capsys.readouterr()
    assert run_command(["split", str(packet), "--split", str(plan), "--to", str(folder)]) == 0
    assert "letter" in capsys.readouterr().out
    first, second = sorted(folder.iterdir())
    assert (first.name, second.name) == ("scan-p0001-0002.pdf", "scan-p0004-0004.pdf")
    assert (len(pymupdf.open(first)), len(pymupdf.open(second))) == (2, 1)
    assert "A-1" in pymupdf.open(first)[0].get_text()
    assert "A-2" in pymupdf.open(second)[0].get_text()


@pytest.mark.slow
def test_what_a_person_told_is_not_doubted(packet: Path) -> None:
    def codes(split: str) -> set[str]:
        found = extract(packet, "invoice", split=split, engine="local")
        return {problem.code for problem in found.problems}

    assert "several_documents" in codes("off")
    assert "several_documents" not in codes("4")


def test_as_json_it_says_all(packet: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["split", str(packet), "--split", "2", "--json", "--quiet"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert told["name"] == "scan.pdf"
    assert told["parts"][1] == {
        "pages": "3-4", "kind": "", "certainty": 1.0, "unsure": False, "why": ["it was told so"]
    }  # fmt: skip


def test_frames_of_an_image_become_pages(tmp_path: Path) -> None:
    frames = [Image.new("RGB", (200, 100), colour) for colour in ("red", "green", "blue")]
    path = tmp_path / "fax.tiff"
    frames[0].save(path, save_all=True, append_images=frames[1:], dpi=(100, 100))
    folder = tmp_path / "parts"
    assert run_command(["split", str(path), "--split", "2", "--to", str(folder)]) == 0
    first, second = (pymupdf.open(one) for one in sorted(folder.iterdir()))
    assert (len(first), len(second)) == (2, 1)
    assert tuple(first[1].rect) == (0, 0, 144, 72)
    assert first[1].get_pixmap().pixel(20, 20) == (0, 128, 0)


@pytest.mark.parametrize("told", ["0", "nonsense", '{"parts": ["1-9"]}'])
def test_what_is_no_plan_ends_with_its_cause(
    packet: Path, tmp_path: Path, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if told.startswith("{"):
        (tmp_path / "plan.json").write_text(told)
        told = str(tmp_path / "plan.json")
    assert run_command(["split", str(packet), "--split", told]) == WRONG
    assert "docglean split" in capsys.readouterr().err


def test_a_file_that_can_not_be_read_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.pdf").write_bytes(b"")
    assert run_command(["split", str(tmp_path / "empty.pdf")]) == SOME_FAILED
    assert "empty.pdf" in capsys.readouterr().err


def test_what_is_unsure_is_marked_and_counted() -> None:
    parts = (
        PartRecord(number=1, of=2, first=1, last=3, certainty=0.62, kind="invoice"),
        PartRecord(number=2, of=2, first=4, last=4, certainty=0.62, why=("it has a title",)),
    )
    first, _, one, two, last = lines("a\x1b[2J.pdf", PacketPlan(parts))
    assert "\x1b" not in first
    assert "62% ?" in one
    assert two.endswith("62% ?  it has a title")
    assert last.startswith("? 2 of 2 unsure")
    assert "--plan FILE" in last
    *_, last = lines("a.pdf", PacketPlan(parts), Path("mine.json"))
    assert last == "? 2 of 2 unsure: look at them, and correct mine.json."


def test_what_is_attached_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = pymupdf.open()
    document.new_page().insert_text((50, 50), "Cover")
    document.embfile_add("inv.pdf", b"%PDF-", filename="inv.pdf")
    path = tmp_path / "portfolio.pdf"
    document.save(path)
    assert run_command(["split", str(path), "--quiet"]) == SOME_FAILED
    assert "inv.pdf" in capsys.readouterr().out


def test_parts_of_files_of_one_name_do_not_replace_each_other(packet: Path, tmp_path: Path) -> None:
    other = tmp_path / "other" / packet.name
    other.parent.mkdir()
    other.write_bytes(packet.read_bytes())
    folder = tmp_path / "parts"
    given = ["split", str(packet), str(other), "--split", "4", "--to", str(folder), "--quiet"]
    assert run_command(given) == 0
    assert len(list(folder.iterdir())) == 2
