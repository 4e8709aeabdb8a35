"""Office files as other programs write them: what their pages show, and what hostile ones don't."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pptx
import pytest
from docglean.extractors.documents.drawing import office
from docglean.extractors.documents.drawing.office_drawing import _harmless
from docglean.extractors.documents.drawing.package import open_package
from docglean.extractors.documents.formats import FORMATS, sniff
from docglean.extractors.documents.text_layer import read_words
from docglean.extractors.tables.find import tables_on_page
from docglean.schemas.errors import SourceError
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from openpyxl.styles import Font
from pptx.util import Inches

from tests.compound_files import compound
from tests.drawn_files import PNG, opened, outcome, shown, source_of


@pytest.fixture(autouse=True)
def without_office(monkeypatch: pytest.MonkeyPatch) -> None:
    """LibreOffice is not there, be it installed or not."""
    monkeypatch.setenv(office.VARIABLE, "off")


needs_office = pytest.mark.skipif(
    not office.office_program(), reason="LibreOffice is not installed"
)


def changed(path: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """The same archive with other parts."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, change(name, content))
    return path


def letter(path: Path) -> Path:
    """A Word file with all kinds of what may stand in one."""
    file = docx.Document()
    file.sections[0].header.paragraphs[0].text = "Muster GmbH"
    file.sections[0].footer.paragraphs[0].text = "IBAN DE89"
    file.add_heading("Bill 77", 1)
    paragraph = file.add_paragraph("Date:\t03.05.2024 ")
    secret = paragraph.add_run("unseen")
    secret.font.hidden = True
    paragraph.add_run("pale").font.color.rgb = docx.shared.RGBColor(255, 255, 255)
    deleted = parse_xml(f"<w:del {nsdecls('w')}><w:r><w:delText>unseen</w:delText></w:r></w:del>")
    paragraph._p.append(deleted)
    file.add_paragraph("first", style="List Number")
    file.add_paragraph("second", style="List Number")
    table = file.add_table(rows=0, cols=3, style="Table Grid")
    for row in (("No", "Text", "Sum"), ("1", "Chair", "12,50"), ("2", "Table", "80,00")):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    last = table.add_row().cells
    last[0].merge(last[1]).text = "Total"
    last[2].text = "92,50"
    field = file.add_paragraph()._p
    simple = OxmlElement("w:fldSimple")
    simple.set(qn("w:instr"), "DDEAUTO cmd /c calc")
    simple.append(parse_xml(f"<w:r {nsdecls('w')}><w:t>as it was</w:t></w:r>"))
    field.append(simple)
    box = parse_xml(
        f"<w:r {nsdecls('w')} xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'"
        " xmlns:v='urn:schemas-microsoft-com:vml'><mc:AlternateContent><mc:Choice Requires='wps'>"
        "<w:drawing><w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p></w:txbxContent></w:drawing>"
        "</mc:Choice><mc:Fallback><w:pict><w:txbxContent><w:p><w:r><w:t>boxed</w:t></w:r></w:p>"
        "</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
    )
    file.add_paragraph()._p.append(box)
    control = parse_xml(
        f"<w:sdt {nsdecls('w')}><w:sdtContent><w:p><w:r><w:t>chosen</w:t></w:r></w:p>"
        "</w:sdtContent></w:sdt>"
    )
    file.element.body.insert(len(file.element.body) - 1, control)
    file.add_picture(io.BytesIO(PNG), width=docx.shared.Inches(1))
    file.save(str(path))
    return path


def test_a_word_file_shows_what_stands_on_its_pages(tmp_path: Path) -> None:
    path = letter(tmp_path / "a.docx")
    found = opened(path)
    assert [one.code for one in found.problems] == ["drawn_from_text"]
    words = shown(path)
    assert words.startswith("Muster GmbH Bill 77 Date: 03.05.2024")
    assert words.endswith("IBAN DE89")
    for part in ("1. first", "2. second", "as it was", "chosen"):
        assert part in words
    assert words.count("boxed") == 1
    assert not {"unseen", "pale"} & set(words.split())
    source = source_of(path)
    info = FORMATS["word"].survey(source, 1)
    [table] = tables_on_page(source, info, read_words(source, info))
    assert table.grid() == [
        ["No", "Text", "Sum"], ["1", "Chair", "12,50"], ["2", "Table", "80,00"],
        ["Total", "", "92,50"],
    ]  # fmt: skip


@needs_office
@pytest.mark.slow
def test_libreoffice_draws_the_same_file_without_what_lies_elsewhere(
    tmp_path: Path, elsewhere: tuple[str, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(office.VARIABLE)
    url, asked = elsewhere
    (tmp_path / "secret.txt").write_text("stolen")

    def hostile(name: str, content: bytes) -> bytes:
        if name != "word/_rels/document.xml.rels":
            return content
        image = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"
        told = f'<Relationship Id="x" Type="{image}" Target="{url}/a.png" TargetMode="External"/>'
        return content.replace(b"</Relationships>", f"{told}</Relationships>".encode())

    path = changed(letter(tmp_path / "a.docx"), hostile)
    found = opened(path)
    assert [one.code for one in found.problems] == ["elsewhere_not_fetched"]
    words = shown(path)
    for part in ("Muster GmbH", "Bill 77", "as it was", "chosen", "Total", "IBAN DE89"):
        assert part in words
    assert not {"unseen", "stolen"} & set(words.split())
    assert not asked
    with open_package(source_of(path)) as package:
        copy = _harmless(str(path), package)
    with zipfile.ZipFile(io.BytesIO(copy)) as archive:
        every = b"".join(map(archive.read, archive.namelist()))
    assert url.encode() not in every
    assert b"DDEAUTO" not in every


@needs_office
def test_what_libreoffice_cannot_draw_is_drawn_from_its_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "soffice"
    program.write_text("#!/bin/sh\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv(office.VARIABLE, str(program))
    monkeypatch.setattr(office, "_profile", lambda: tmp_path / "profile")
    (tmp_path / "profile").mkdir()
    path = letter(tmp_path / "a.docx")
    [problem] = opened(path).problems
    assert (problem.code, "could not draw" in problem.message) == ("drawn_from_text", True)


def test_a_program_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "soffice"
    program.write_text("#!/bin/sh\nsleep 600\n")
    program.chmod(0o755)
    monkeypatch.setenv(office.VARIABLE, str(program))
    monkeypatch.setattr(office, "WAITING", 0.001)
    monkeypatch.setattr(office, "_profile", lambda: tmp_path / "profile")
    (tmp_path / "profile").mkdir()
    assert office.drawn_by_office(b"", ".docx") == b""


def book(path: Path) -> Path:
    """An Excel file with hidden parts, formats and a formula that nobody computed."""
    file = openpyxl.Workbook()
    sheet: Any = file.active
    sheet.title = "Bill"
    sheet.append(["No", "Text", "Date", "Sum", "unseen"])
    sheet.append([1, "Chair", datetime.date(2024, 5, 3), 1234.5, "unseen"])
    sheet.append([2, "unseen", datetime.date(2024, 5, 4), 7, "unseen"])
    sheet.append([3, "Two\nlines", datetime.date(2024, 5, 5), "=D2+D3", "unseen"])
    sheet.append(["Paid", None, None, True])
    sheet.merge_cells("A5:C5")
    sheet["B6"] = "unseen"
    sheet["B6"].font = Font(color="FFFFFFFF")
    for row in range(2, 5):
        sheet.cell(row, 3).number_format = "dd.mm.yyyy"
        sheet.cell(row, 4).number_format = "#,##0.00"
    sheet.column_dimensions["E"].hidden = True
    sheet.row_dimensions[3].hidden = True
    file.create_sheet("Secret")["A1"] = "unseen"
    file["Secret"].sheet_state = "hidden"
    file.create_sheet("Last")["B9"] = "end"
    file.save(path)
    return path


def test_rows_and_columns_without_room_are_hidden(tmp_path: Path) -> None:
    file = openpyxl.Workbook()
    sheet: Any = file.active
    sheet["A1"], sheet["D1"], sheet["A5"], sheet["A6"] = "seen", "unseen", "unseen", "too"
    sheet.column_dimensions["D"].width = sheet.row_dimensions[5].height = 7.77
    file.save(tmp_path / "a.xlsx")
    path = tmp_path / "b.xlsx"
    with zipfile.ZipFile(tmp_path / "a.xlsx") as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b"7.77", b"0"))
    assert shown(path) == "Sheet seen too"
    [problem] = opened(path).problems
    assert "1 rows of sheet Sheet, 1 columns of sheet Sheet" in problem.message


def test_joined_cells_say_what_they_say_while_one_of_them_is_shown(tmp_path: Path) -> None:
    file = openpyxl.Workbook()
    sheet: Any = file.active
    for place, text in {
        "A1": "Bill",
        "A3": "Side",
        "E1": "unseen",
        "B4": "in",
        "C4": "cell",
    }.items():
        sheet[place] = text
    for joined in ("A1:C1", "A3:A4", "E1:F1"):
        sheet.merge_cells(joined)
    for letter in "AEF":
        sheet.column_dimensions[letter].hidden = letter != "A"
    sheet.row_dimensions[3].hidden = True
    file.save(tmp_path / "a.xlsx")
    assert shown(tmp_path / "a.xlsx") == "Sheet Bill Side in cell"
    sheet.column_dimensions["A"].hidden = True
    file.save(tmp_path / "b.xlsx")
    assert shown(tmp_path / "b.xlsx") == "Sheet Bill in cell"
    [problem] = opened(tmp_path / "b.xlsx").problems
    assert "1 rows of sheet Sheet, 1 columns of sheet Sheet" in problem.message


def test_a_sheet_shows_what_its_program_shows(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx")
    found = opened(path)
    assert found.pages == 2
    told = {one.code: one for one in found.problems}
    assert told.keys() == {"hidden_left_out", "formula_without_value"}
    for part in ("sheet Secret", "1 rows of sheet Bill", "1 columns of sheet Bill"):
        assert part in told["hidden_left_out"].message
    assert told["formula_without_value"].severity == "review"
    source = source_of(path)
    info = FORMATS["sheets"].survey(source, 1)
    [table] = tables_on_page(source, info, read_words(source, info))
    assert [row for row in table.grid() if any(row)] == [
        ["No", "Text", "Date", "Sum"],
        ["1", "Chair", "03.05.2024", "1,234.50"],
        ["3", "Two lines", "05.05.2024", ""],
        ["Paid", "", "", "TRUE"],
    ]
    assert "unseen" not in shown(path) + shown(path, 2)
    assert shown(path, 2) == "Last end"


def test_a_million_empty_rows_are_no_pages(tmp_path: Path) -> None:
    def longer(name: str, content: bytes) -> bytes:
        if name != "xl/worksheets/sheet3.xml":
            return content
        rows = "".join(f'<row r="{at}"><c r="A{at}" s="0"/></row>' for at in range(10, 100_000))
        return content.replace(b"</sheetData>", f"{rows}</sheetData>".encode())

    path = changed(book(tmp_path / "a.xlsx"), longer)
    assert opened(path).pages == 2


def talk(path: Path) -> Path:
    file = pptx.Presentation()
    slide = file.slides.add_slide(file.slide_layouts[5])
    slide.shapes.title.text = "Quarter 3"
    table = slide.shapes.add_table(2, 2, Inches(1), Inches(2), Inches(6), Inches(2)).table
    for row in range(2):
        for column in range(2):
            table.cell(row, column).text = f"cell{row}{column}"
    box = slide.shapes.add_textbox(Inches(1), Inches(6), Inches(4), Inches(1))
    box.text_frame.text = "Sales 1.234,50"
    slide.shapes.add_picture(io.BytesIO(PNG), Inches(8), Inches(6), Inches(1))
    hidden = file.slides.add_slide(file.slide_layouts[5])
    hidden.shapes.title.text = "unseen"
    hidden._element.set("show", "0")
    last = file.slides.add_slide(file.slide_layouts[5])
    last.shapes.title.text = "Last"
    file.save(str(path))
    return path


def test_slides_are_pages_with_texts_at_their_places(tmp_path: Path) -> None:
    path = talk(tmp_path / "a.pptx")
    found = opened(path)
    assert found.pages == 2
    assert [one.code for one in found.problems] == ["drawn_from_text", "hidden_left_out"]
    assert shown(path) == "Quarter 3 cell00 cell01 cell10 cell11 Sales 1.234,50"
    assert shown(path, 2) == "Last"
    source = source_of(path)
    words = {one.text: one for one in read_words(source, FORMATS["slides"].survey(source, 1)).words}
    assert words["Sales"].box[1] > 5.9 * 72 > words["cell11"].box[3]


KINDS = {letter: "docx", book: "xlsx", talk: "pptx"}


@pytest.mark.parametrize("make", [letter, book, talk])
@pytest.mark.parametrize("name", ["", ".bin", ".docx"])
def test_an_office_file_is_known_by_its_content(
    tmp_path: Path, make: Callable[[Path], Path], name: str
) -> None:
    path = make(tmp_path / "a")
    _, right = sniff(
        path.read_bytes()[:4096], f"a.{ {letter: 'docx', book: 'xlsx', talk: 'pptx'}[make] }"
    )
    assert sniff(path.read_bytes()[:4096], f"a{name}")[1] == right


def refused(path: Path) -> SourceError:
    with pytest.raises(SourceError) as caught:
        opened(path)
    assert path.name in caught.value.message
    assert caught.value.way_out
    return caught.value


def test_entities_that_grow_are_refused(tmp_path: Path) -> None:
    laughs = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><a>&b;</a>'

    def hostile(name: str, content: bytes) -> bytes:
        return laughs if name == "word/document.xml" else content

    error = refused(changed(letter(tmp_path / "a.docx"), hostile))
    assert (error.code, "declares" in error.message) == ("damaged", True)


@pytest.mark.parametrize("make", [letter, book, talk])
def test_what_unpacks_to_too_much_is_refused(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path / "a.docx")
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/media/a.xml", bytes(120_000_000))
    assert refused(path).code == "too_large"


@pytest.mark.parametrize("name", ["a.docx", "a.xlsx", "a.pptx"])
@pytest.mark.parametrize(
    ("stream", "code"), [("EncryptionInfo", "password_needed"), ("WordDocument", "unsupported")]
)
def test_a_password_and_an_older_format_are_told(
    tmp_path: Path, name: str, stream: str, code: str
) -> None:
    path = tmp_path / name
    path.write_bytes(compound({stream: b"x" * 5000}))
    error = refused(path)
    assert error.code == code
    assert "PDF" in error.way_out


@pytest.mark.parametrize("make", [letter, book, talk])
def test_broken_files_are_refused_or_read_but_are_no_fault_of_ours(
    tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    whole = make(tmp_path / "a.docx").read_bytes()
    kind = KINDS[make]
    for at in (100, len(whole) // 2, len(whole) - 10):
        path = tmp_path / f"cut{at}.{kind}"
        path.write_bytes(whole[:at])
        assert refused(path).code == "damaged"


@pytest.mark.parametrize("make", [letter, book, talk])
def test_missing_parts_are_no_fault_of_ours(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    whole = make(tmp_path / "a.docx")
    kind = KINDS[make]
    with zipfile.ZipFile(whole) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for gone in parts:
        path = tmp_path / f"without.{kind}"
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in parts.items():
                if name != gone:
                    archive.writestr(name, content)
        assert outcome(path) in ("read", "damaged"), gone
