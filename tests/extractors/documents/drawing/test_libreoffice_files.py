"""Files as LibreOffice writes them, read without it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import docx
import pytest
from docglean.extractors.documents.drawing import office
from docglean.extractors.documents.drawing.package import open_package
from docglean.extractors.documents.drawing.word_html import word_html
from docglean.extractors.documents.formats import FORMATS
from docglean.extractors.documents.text_layer import read_words
from docglean.extractors.tables.find import tables_on_page
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from tests.drawn_files import opened, source_of

ROWS = [["No", "Text", "Sum"], ["1", "Chair", "12.5"], ["2", "Desk", "80"]]
KINDS = {".docx": "word", ".xlsx": "sheets", ".html": "html"}


@pytest.mark.skipif(not office.office_program(), reason="LibreOffice is not installed")
@pytest.mark.slow
@pytest.mark.parametrize(
    ("suffix", "made_of"), [("docx:MS Word 2007 XML", "html"), ("xlsx", "csv"), ("html", "csv")]
)
def test_files_that_libreoffice_writes_are_read(
    tmp_path: Path, suffix: str, made_of: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(office.VARIABLE, raising=False)
    cells = "".join(f"<tr><td>{'</td><td>'.join(row)}</td></tr>" for row in ROWS)
    text = {"html": f"<table border=1>{cells}</table>", "csv": "\n".join(map(",".join, ROWS))}
    (tmp_path / f"a.{made_of}").write_text(text[made_of])
    program = [
        str(office.office_program()),
        "--headless",
        f"-env:UserInstallation={tmp_path.as_uri()}/own",
    ]
    reading = ["--infilter=HTML (StarWriter)"] if made_of == "html" else []
    words = [*program, *reading, "--convert-to", suffix, "--outdir", "made", f"a.{made_of}"]
    subprocess.run(words, cwd=tmp_path, check=True, capture_output=True, timeout=240)
    monkeypatch.setenv(office.VARIABLE, "off")
    [path] = (tmp_path / "made").iterdir()
    assert tables_of(path) == [ROWS]


def test_a_table_is_one_by_the_borders_of_its_cells(tmp_path: Path) -> None:
    file = docx.Document()
    table = file.add_table(rows=0, cols=3)
    for told in ("tblStyle", "tblLook"):  # no style draws any
        for node in table._tbl.tblPr.findall(qn(f"w:{told}")):
            table._tbl.tblPr.remove(node)
    for row in ROWS:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
            edges = ("top", "left", "bottom", "right")
            drawn = "".join(f'<w:{edge} w:val="double" w:sz="2"/>' for edge in edges)
            borders = parse_xml(f"<w:tcBorders {nsdecls('w')}>{drawn}</w:tcBorders>")
            cell._tc.get_or_add_tcPr().append(borders)
    file.save(str(tmp_path / "a.docx"))
    with open_package(source_of(tmp_path / "a.docx")) as package:
        assert 'class="grid"' in word_html(package).body


def tables_of(path: Path) -> list[list[list[str]]]:
    opened(path)
    source = source_of(path)
    info = FORMATS[KINDS[path.suffix]].survey(source, 1)
    return [table.grid() for table in tables_on_page(source, info, read_words(source, info))]
