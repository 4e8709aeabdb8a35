"""Files inside a PDF as a child process finds them: hostile names, sizes and numbers among them."""

from __future__ import annotations

from pathlib import Path

import pymupdf
import pytest
from docglean.extractors.documents.attached_files import (
    AttachedFile,
    attached_files,
    cover_of,
    safe_name,
    take_out,
)
from docglean.extractors.documents.page_info import PDF, SourceFile
from docglean.schemas.errors import SourceError

MOST = 20


def saved(path: Path, document: pymupdf.Document, **told: object) -> SourceFile:
    document.save(path, **told)
    return SourceFile(path.name, str(path), PDF, "open")


def page(text: str = "Cover") -> pymupdf.Document:
    document = pymupdf.open()
    document.new_page().insert_text((50, 50), text)
    return document


def names(source: SourceFile) -> list[str]:
    return [one.name for one in attached_files(source, MOST)]


def taken(source: SourceFile, name: str, to: Path, most: int = 10**6) -> bytes:
    assert take_out(source, name, str(to), most, MOST) == to.stat().st_size
    return to.read_bytes()


@pytest.mark.parametrize(
    ("told", "safe"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\bills\\may.pdf", "may.pdf"),
        ("may\x00\x1b[2J.pdf", "may[2J.pdf"),
        ("may\u202efdp.exe", "mayfdp.exe"),
        ("..", "file"),
        ("", "file"),
        ("é" * 300 + ".pdf", "é" * 38 + ".pdf"),
        ("a." + "b" * 300, "a." + "b" * 68 + "." + "b" * 9),
    ],
)
def test_a_name_stays_in_its_folder_and_on_its_line(told: str, safe: str) -> None:
    assert safe_name(told) == safe
    assert len(safe.encode()) <= 80


def test_names_of_one_file_are_told_apart(tmp_path: Path) -> None:
    document = page()
    for number, name in enumerate(("bill.pdf", "../Bill.pdf", "bill.pdf")):
        document.embfile_add(str(number), b"%d" % number, filename=name, ufilename=name)
    document[0].add_file_annot((300, 300), b"hours", "bill.pdf")
    source = saved(tmp_path / "a.pdf", document)
    found = names(source)
    assert found == ["bill.pdf", "Bill (2).pdf", "bill (3).pdf", "bill (4).pdf"]
    contents = [taken(source, name, tmp_path / "out") for name in found]
    assert contents == [b"0", b"1", b"2", b"hours"]


def test_what_cannot_be_read_says_why(tmp_path: Path) -> None:
    document = page()
    contents = {
        "a.pdf": page().tobytes(),
        "b.exe": b"MZ\x90\x00" + bytes(100),
        "c.odt": b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/vnd.oasis.opendocument.text",
        "d.pdf": b"",
        "e.wav": b"RIFF\x24\x00\x00\x00WAVEfmt " + bytes(40),
        "f": b"\x89PNG\r\n\x1a\n" + bytes(40),
    }
    for name, content in contents.items():
        document.embfile_add(name, content, filename=name)
    found = attached_files(saved(tmp_path / "a.pdf", document), MOST)
    assert found[0] == AttachedFile("a.pdf")
    assert [bool(one.unread) for one in found] == [False, True, True, True, True, False]
    assert found[3].unread == "empty"
    assert "audio/" in found[4].unread


def test_names_in_a_tree_are_found_and_a_circle_ends(tmp_path: Path) -> None:
    document = page()
    document.embfile_add("a", b"first", filename="a.pdf")
    catalog = document.pdf_catalog()
    leaf, root = document.get_new_xref(), document.get_new_xref()
    written = document.xref_get_key(catalog, "Names/EmbeddedFiles/Names")[1]
    document.update_object(leaf, f"<</Limits[(a)(a)]/Names {written}>>")
    document.update_object(root, f"<</Kids[{leaf} 0 R {root} 0 R]>>")
    document.xref_set_key(catalog, "Names/EmbeddedFiles", f"{root} 0 R")
    source = saved(tmp_path / "a.pdf", document)
    assert names(source) == ["a.pdf"]
    assert taken(source, "a.pdf", tmp_path / "out") == b"first"


@pytest.mark.parametrize("told", [{}, {"expand": 255}, {"deflate": True, "ascii": True}])
@pytest.mark.parametrize("locked", [False, True])
def test_bytes_are_the_same_however_they_are_packed(
    tmp_path: Path, told: dict[str, object], locked: bool
) -> None:
    content = bytes(range(256)) * 9_000  # more than a piece
    document = page()
    document.embfile_add("a", content, filename="a.pdf")
    if locked:
        told = {**told, "encryption": pymupdf.PDF_ENCRYPT_AES_256, "user_pw": "open"}
    source = saved(tmp_path / "a.pdf", document, **told)
    assert taken(source, "a.pdf", tmp_path / "out", most=len(content)) == content


def test_what_unpacks_to_more_than_is_allowed_is_not_written(tmp_path: Path) -> None:
    document = page()
    document.embfile_add("a", b"%PDF-" + bytes(30_000_000), filename="a.pdf")
    source = saved(tmp_path / "a.pdf", document, deflate=True)
    assert Path(source.path).stat().st_size < 100_000
    with pytest.raises(SourceError) as caught:
        take_out(source, "a.pdf", str(tmp_path / "out"), 5_000_000, MOST)
    assert caught.value.code == "too_large"
    assert (tmp_path / "out").stat().st_size <= 5_000_000


def test_a_flood_is_refused_and_what_is_gone_is_told(tmp_path: Path) -> None:
    document = page()
    for number in range(MOST + 1):
        document.embfile_add(str(number), b"%PDF-", filename=f"{number}.pdf")
    source = saved(tmp_path / "a.pdf", document)
    with pytest.raises(SourceError) as caught:
        attached_files(source, MOST)
    assert (caught.value.code, len(attached_files(source, MOST + 1))) == (
        "too_many_attachments",
        MOST + 1,
    )
    with pytest.raises(SourceError) as caught:
        take_out(source, "other.pdf", str(tmp_path / "out"), 10, MOST)
    assert caught.value.code == "no_such_attachment"


@pytest.mark.parametrize(
    ("text", "is_cover"),
    [
        ("For the best experience, open this PDF portfolio in Acrobat X or Adobe Reader X.", True),
        ("", True),
        ("Receipt Coffee 2.50", False),
        ("Please find attached our invoice 20260042", False),
        ("Sent on 3/4", False),
        ("word " * 41, False),
    ],
)
def test_a_cover_sheet_has_nothing_of_its_own(tmp_path: Path, text: str, is_cover: bool) -> None:
    document = pymupdf.open()
    document.new_page(width=3000).insert_text((50, 50), text)
    assert (cover_of(saved(tmp_path / "a.pdf", document)) == "sheet") is is_cover
    document.new_page()
    assert cover_of(saved(tmp_path / "b.pdf", document)) == "none"


def test_a_page_that_is_a_picture_is_no_cover_sheet(tmp_path: Path) -> None:
    document = pymupdf.open()
    picture = pymupdf.Pixmap(pymupdf.csRGB, pymupdf.IRect(0, 0, 50, 50))
    document.new_page().insert_image((0, 0, 500, 500), pixmap=picture)
    assert cover_of(saved(tmp_path / "a.pdf", document)) == "none"
