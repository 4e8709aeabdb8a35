"""Files attached to a PDF are documents of it, at every door; made PDFs and the rule engine."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docglean.extractors.extraction import Extraction
from docglean.extractors.packets import portfolio
from docglean.extractors.settings import Settings
from docglean.flows.run_folder import RunFolder
from joined_files import join
from PIL import Image
from pydantic import BaseModel
from servers.billing import PayingServer, paying, slips

from docglean import extract, extract_many
from docglean.cli.app import run_command
from docglean.cli.exits import OK, SOME_FAILED, WAITING

pytestmark = pytest.mark.slow

COVER = "For the best experience, open this PDF portfolio in Acrobat."
FOUND = ["mail.pdf#slip.pdf", "mail.pdf#slip (2).pdf", "mail.pdf#inner.pdf/slip.pdf"]


class Slip(BaseModel):
    """A slip of paper."""

    number: str | None


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A ledger of its own, and a folder for temporary files that is empty in the end."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(temporary))
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("DOCGLEAN_LIMITS__WORKERS", "1")
    yield
    assert not list(temporary.glob("docglean-*"))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(engine="local", ledger=str(tmp_path / "ledger.sqlite"), concurrency=2)


def slip(number: int) -> bytes:
    document = pymupdf.open()
    document.new_page().insert_text((72, 100), f"Number: SL-{number}00")
    return bytes(document.tobytes())


def with_files(*files: tuple[str, bytes], text: str = COVER) -> pymupdf.Document:
    document = pymupdf.open()
    document.new_page().insert_text((72, 100), text)
    for number, (name, content) in enumerate(files):
        document.embfile_add(str(number), content, filename=name, ufilename=name)
    return document


def saved(path: Path, document: pymupdf.Document) -> Path:
    document.save(path, deflate=True)
    return path


@pytest.fixture
def mail(tmp_path: Path) -> Path:
    """Two slips of one name, one deeper, and what can't be read."""
    inner = with_files(("slip.pdf", slip(3))).tobytes()
    files = (("slip.pdf", slip(1)), ("../slip.pdf", slip(2)), ("inner.pdf", inner))
    return saved(tmp_path / "mail.pdf", with_files(*files, ("tool.exe", b"MZ\x90" + bytes(99))))


def codes(one: Extraction[Any]) -> dict[str, str]:
    return {problem.code: problem.message for problem in one.problems}


def test_each_attachment_is_a_document_as_it_would_be_alone(
    mail: Path, tmp_path: Path, settings: Settings
) -> None:
    found = list(extract_many(mail, Slip, settings=settings))
    assert [one.document.name for one in found] == FOUND
    assert [one.values for one in found] == [{"number": f"SL-{n}00"} for n in (1, 2, 3)]
    for number, one in enumerate(found, 1):
        document, part = one.document, one.document.part
        assert part is not None
        assert (part.number, part.of, part.first, part.last) == (number, 3, 1, 1)
        assert {evidence.page for evidence in one.evidence.values()} == {1}
        (tmp_path / "slip.pdf").write_bytes(slip(number))
        [alone] = extract_many(tmp_path / "slip.pdf", Slip, settings=settings)
        assert document.pages == 1
        assert one.evidence == alone.evidence
        assert len(document.sha256) == 64
        assert (document.file_uri, document.file_name) == (mail.as_uri(), "mail.pdf")
    assert found[1].document.uri == f"{mail.as_uri()}#attachment=slip%20%282%29.pdf"
    first, second, third = map(codes, found)
    assert "tool.exe (of a kind that cannot be read)" in first["attachments_not_read"]
    assert "slip" not in first["attachments_not_read"]
    assert "cover_left_out" in first
    assert not {"attachments_not_read", "cover_left_out"} & {*second, *third}
    assert [one.status for one in found] == ["review", "ok", "ok"]


def test_the_hash_is_that_of_the_attachment(tmp_path: Path, settings: Settings) -> None:
    content = slip(1)
    path = saved(tmp_path / "mail.pdf", with_files(("slip.pdf", content)))
    [found] = extract_many(path, Slip, settings=settings)
    assert found.document.sha256 == hashlib.sha256(content).hexdigest()
    (tmp_path / "slip.pdf").write_bytes(content)
    _, twice = extract_many([path, tmp_path / "slip.pdf"], Slip, settings=settings)
    assert "duplicate" in codes(twice)


def test_pages_of_the_file_come_first_and_long_attachments_are_divided(
    tmp_path: Path, settings: Settings
) -> None:
    singles = [tmp_path / f"{number}.pdf" for number in (1, 2)]
    for number, path in enumerate(singles, 1):
        path.write_bytes(slip(number))
    two = join(tmp_path / "two.pdf", singles).read_bytes()
    path = saved(tmp_path / "mail.pdf", with_files(("two.pdf", two), text="Number: SL-000"))
    found = list(extract_many(path, Slip, split="1", settings=settings))
    names = ["mail.pdf#p1", "mail.pdf#two.pdf#p1", "mail.pdf#two.pdf#p2"]
    assert [one.document.name for one in found] == names
    assert [one.values["number"] for one in found] == ["SL-000", "SL-100", "SL-200"]
    assert [{e.page for e in one.evidence.values()} for one in found] == [{1}, {1}, {2}]
    assert found[2].document.uri.endswith("#attachment=two.pdf&page=2")
    assert not any("attachments_not_read" in codes(one) for one in found)


@pytest.mark.parametrize("told", [{"split": "off"}, {"pages": "1"}])
def test_they_are_left_where_the_pages_of_the_file_are_meant(
    mail: Path, settings: Settings, told: dict[str, str]
) -> None:
    [found] = extract_many(mail, Slip, settings=settings, **told)
    assert found.document.part is None
    assert "slip.pdf" in codes(found)["attachments_not_read"]


def test_one_result_of_a_file_says_that_they_were_not_read(mail: Path, settings: Settings) -> None:
    found = extract(mail, Slip, settings=settings)
    assert "slip.pdf" in codes(found)["attachments_not_read"]
    assert found.status != "ok"


def test_an_attachment_that_cannot_be_opened_fails_alone(
    tmp_path: Path, settings: Settings
) -> None:
    locked = pymupdf.open(stream=slip(1)).tobytes(
        encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="open"
    )
    files = (("locked.pdf", locked), ("b.pdf", b"%PDF-1.7 broken"), ("c.pdf", slip(2)))
    path = saved(tmp_path / "mail.pdf", with_files(*files))
    found = list(extract_many(path, Slip, settings=settings))
    assert [one.status for one in found] == ["failed", "failed", "ok"]
    assert "password_needed" in codes(found[0])
    assert [one.document.part and one.document.part.number for one in found] == [1, 2, 3]
    first, *_ = extract_many(path, Slip, password=("open",), settings=settings)
    assert first.values == {"number": "SL-100"}


def test_a_picture_is_a_document_too(tmp_path: Path, settings: Settings) -> None:
    Image.new("RGB", (300, 200), "white").save(tmp_path / "photo.png")
    content = (tmp_path / "photo.png").read_bytes()
    path = saved(tmp_path / "mail.pdf", with_files(("photo.png", content)))
    [found] = extract_many(path, Slip, settings=settings)
    assert (found.document.name, found.document.media_type) == ("mail.pdf#photo.png", "image/png")


def test_a_flood_and_a_bomb_are_one_clear_problem(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(portfolio, "MOST_FILES", 3)
    flood = saved(tmp_path / "flood.pdf", with_files(*[("slip.pdf", slip(1))] * 4))
    [found] = extract_many(flood, Slip, settings=settings)
    told = [one for one in found.problems if one.code == "attachments_not_read"]
    assert [one.severity for one in told] == ["review"]
    assert "more than 3 files" in told[0].message
    bomb = b"%PDF-1.7\n" + bytes(3_000_000)
    limits = settings.limits.model_copy(update={"max_bytes": 1_000_000})
    tight = settings.model_copy(update={"limits": limits})
    path = saved(tmp_path / "bomb.pdf", with_files(("bomb.pdf", bomb), ("a.pdf", slip(1))))
    [found] = extract_many(path, Slip, settings=tight)
    assert found.document.name == "bomb.pdf#a.pdf"
    assert "bomb.pdf (too large)" in codes(found)["attachments_not_read"]


def test_portfolios_in_portfolios_end(tmp_path: Path, settings: Settings) -> None:
    content = slip(1)
    for _ in range(5):
        content = with_files(("in.pdf", content)).tobytes()
    (tmp_path / "mail.pdf").write_bytes(content)
    [found] = extract_many(tmp_path / "mail.pdf", Slip, settings=settings)
    assert found.document.name == "mail.pdf#in.pdf/in.pdf/in.pdf"
    assert "too deep" in codes(found)["attachments_not_read"]


def test_a_run_its_folder_and_its_page_know_attachments(
    mail: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    schema, out = tmp_path / "slip.json", tmp_path / "out"
    schema.write_text(json.dumps({"title": "slip", **Slip.model_json_schema()}))
    command = ["extract", str(mail), "--schema", str(schema), "--engine", "local"]
    command += ["--out", str(out)]
    run_command(command)
    said = capsys.readouterr().err
    assert "3 documents in 1 file" in said
    assert [one.document.name for one in RunFolder(out).extractions()] == FOUND
    run_command([*command, "--only", "new"])
    assert "None of 1 document is new." in capsys.readouterr().err
    run_command(["show", str(out)])
    shown = "".join(path.read_text() for path in (out / "show-pages").iterdir())
    assert shown.count(">Page 1<") == len(FOUND)
    assert "cannot be shown" not in shown
    capsys.readouterr()
    run_command(["estimate", str(mail), "--engine", "local", "--json"])
    assert json.loads(capsys.readouterr().out)["total"]["documents"] == len(FOUND)
    run_command([*command, "--split", "off"])
    assert [one.document.name for one in RunFolder(out).extractions()] == ["mail.pdf"]


def test_split_shows_writes_and_reads_them_again(
    mail: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, parts = tmp_path / "plan.json", tmp_path / "parts"
    run_command(["split", str(mail), "--to", str(parts), "--plan", str(plan), "--quiet"])
    shown = capsys.readouterr().out
    assert shown.startswith("mail.pdf: 3 pages, 3 documents\n")
    assert "attached: slip (2).pdf" in shown
    assert "tool.exe" in shown
    assert max(map(len, shown.splitlines())) <= 80
    texts = [pymupdf.open(path)[0].get_text() for path in sorted(parts.iterdir())]
    assert [text.strip() for text in texts] == [f"Number: SL-{n}00" for n in (1, 2, 3)]
    named = [one["name"] for one in json.loads(plan.read_text())["documents"]]
    assert named == FOUND
    run_command(["split", str(mail), "--split", str(plan), "--json", "--quiet"])
    (told,) = json.loads(capsys.readouterr().out)
    attached = [part["attachment"] for part in told["parts"]]
    assert attached == ["slip.pdf", "slip (2).pdf", "inner.pdf/slip.pdf"]


def test_what_is_attached_is_forgotten_with_its_file(
    mail: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    list(extract_many(mail, Slip, settings=settings))
    deeper = ["forget", "mail.pdf#inner.pdf/slip.pdf", "--dry-run"]
    assert run_command(deeper) == OK
    assert run_command(["forget", str(mail)]) == OK
    capsys.readouterr()
    assert run_command(deeper) == SOME_FAILED
    assert "holds nothing of" in capsys.readouterr().err


@pytest.fixture
def server() -> Iterator[PayingServer]:
    with paying() as state:
        yield state


def test_a_run_in_batches_knows_attachments(
    server: PayingServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCGLEAN_BATCH_POLL", "0.05")
    singles = sorted(slips(tmp_path / "in", 2).glob("*.pdf"))
    files = [(path.name, path.read_bytes()) for path in singles]
    path = saved(tmp_path / "mail.pdf", with_files(*files))
    command = ["extract", str(path), "--engine", server.engine("anthropic"), "--batch"]
    command += ["--schema", f"{tmp_path / 'slip.py'}:Slip", "--out", str(tmp_path / "out")]
    server.desks["anthropic"].hold = True
    assert run_command([*command, "--no-wait"]) == WAITING
    server.desks["anthropic"].hold = False
    assert run_command(["collect", "--wait"]) == OK
    found = list(RunFolder(tmp_path / "out").extractions())
    assert [one.document.name for one in found] == [f"mail.pdf#{one.name}" for one in singles]
    assert [one.values["number"] for one in found] == list(range(len(singles)))
    assert (server.questions, server.twice) == (len(singles), 0)
