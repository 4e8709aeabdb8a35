"""ZIP archives: each file is a document, whatever names, sizes and locks it has."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from docglean.extractors.documents.attached_files import attached_files, cover_of, take_out
from docglean.extractors.documents.formats import sniff
from docglean.schemas.errors import SourceError

from tests.drawn_files import opened, shown, source_of

MOST = 50
PDF = b"%PDF-1.7 one"


def archive(path: Path, files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as to:
        for name, content in files.items():
            to.writestr(name, content)
    return path


def inside(path: Path) -> dict[str, str]:
    return {one.name: one.unread for one in attached_files(source_of(path), MOST)}


def test_the_page_of_an_archive_is_the_list_of_its_files(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"bills/may.pdf": PDF, "june.pdf": PDF, "bills/": b""})
    assert [one.code for one in opened(path).problems] == ["attachments_not_read"]
    words = shown(path)
    for part in ("a.zip", "bills - may.pdf", "12 bytes"):
        assert part in words
    assert cover_of(source_of(path)) == "list"
    assert inside(path) == {"bills - may.pdf": "", "june.pdf": ""}
    take_out(source_of(path), "bills - may.pdf", str(tmp_path / "out"), 1000, MOST)
    assert (tmp_path / "out").read_bytes() == PDF


def test_an_archive_that_begins_with_a_pdf_is_none(tmp_path: Path) -> None:
    path = archive(tmp_path / "a", {"a.pdf": PDF}, zipfile.ZIP_STORED)
    assert sniff(path.read_bytes(), "a")[1] == "application/zip"


def test_names_lead_nowhere_and_junk_is_left(tmp_path: Path) -> None:
    names = ("../../etc/passwd.pdf", "/abs/a.pdf", "C:\\b\\c.pdf", "__MACOSX/._a.pdf", ".DS_Store",
             "x" * 300 + "/deep.pdf", "same.pdf", "Same.pdf")  # fmt: skip
    path = archive(tmp_path / "a.zip", dict.fromkeys(names, PDF))
    assert list(inside(path)) == [
        "etc - passwd.pdf", "abs - a.pdf", "C: - b - c.pdf", "deep.pdf", "same.pdf",
        "Same (2).pdf",
    ]  # fmt: skip


def test_names_that_look_alike_are_told_apart(tmp_path: Path) -> None:
    names = ("a.txt", "A.TXT", "caf\u00e9.txt", "cafe\u0301.txt")
    found = inside(archive(tmp_path / "a.zip", dict.fromkeys(names, b"text")))
    assert list(found) == ["a.txt", "A (2).TXT", "caf\u00e9.txt", "cafe\u0301 (2).txt"]


def test_a_locked_file_says_what_to_do(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"a.pdf": PDF})
    raw = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        raw[raw.index(mark) + at] |= 1
    path.write_bytes(raw)
    assert "password" in inside(path)["a.pdf"]


def test_a_bomb_costs_what_is_allowed(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"a.pdf": b"%PDF-" + bytes(60_000_000)})
    assert path.stat().st_size < 100_000
    with pytest.raises(SourceError) as caught:
        take_out(source_of(path), "a.pdf", str(tmp_path / "out"), 5_000_000, MOST)
    assert caught.value.code == "too_large"
    assert (tmp_path / "out").stat().st_size <= 5_000_000


def test_a_flood_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {f"{number}.pdf": PDF for number in range(MOST + 1)})
    with pytest.raises(SourceError) as caught:
        inside(path)
    assert caught.value.code == "too_many_attachments"


def test_broken_and_empty_archives_are_refused(tmp_path: Path) -> None:
    whole = archive(tmp_path / "a.zip", {"a.pdf": PDF * 1000}).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    (tmp_path / "empty.zip").write_bytes(empty.getvalue())
    for name, code in (("cut.zip", "damaged"), ("empty.zip", "no_pages")):
        with pytest.raises(SourceError) as caught:
            opened(tmp_path / name)
        assert (caught.value.code, name in caught.value.message) == (code, True)
        assert caught.value.way_out


def test_a_damaged_file_costs_itself(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.zip", {"a.pdf": PDF * 1000, "b.pdf": PDF})
    raw = bytearray(path.read_bytes())
    raw[40:50] = b"\xff" * 10
    path.write_bytes(raw)
    assert inside(path) == {"a.pdf": "damaged", "b.pdf": ""}
