"""Tables: found where they are and nowhere else, divided into their cells, joined over pages."""

from __future__ import annotations

from pathlib import Path

import pymupdf
import pytest
from docglean.extractors.documents.document import open_document
from docglean.extractors.documents.words import PageWords, Word
from docglean.extractors.documents.workers import Workers
from docglean.extractors.tables.document_tables import find_tables
from docglean.extractors.tables.page_breaks import join_tables
from docglean.extractors.tables.table import Cell, Table, tables_values
from docglean.schemas.builtin.tables import Tables
from docglean.schemas.errors import Problem
from drawn_tables import (
    GRID,
    found,
    new_page,
    put_prose,
    put_table,
    read,
    save,
    scanned,
    table_of,
)

SPANNED = [
    ["Fuel", "2024", "", "2025", ""],
    ["", "Winter", "Summer", "Winter", "Summer"],
    ["Diesel", "812", "644", "790", "655"],
    ["Petrol", "1,204", "1,377", "1,150", "1,402"],
    ["Electric", "95", "140", "188", "260"],
]
SPAN_XS = (70, 200, 280, 360, 440, 520)


def pdf(folder: Path, *, ruled: bool, name: str = "one.pdf") -> Path:
    document = pymupdf.open()
    page = new_page(document)
    page.insert_text((70, 150), "Table 3: Rainfall by region", fontsize=10)
    end = put_table(page, GRID, ruled=ruled)
    put_prose(page, end + 30)
    return save(document, folder / name)


@pytest.mark.parametrize("ruled", [True, False])
def test_every_cell_stands_at_its_place(tmp_path: Path, ruled: bool) -> None:
    tables, words = read(pdf(tmp_path, ruled=ruled))
    assert [table.grid() for table in tables] == [GRID]
    table = tables[0]
    assert table.header_rows == 1
    assert table.caption == "Table 3: Rainfall by region"
    page = words[0]
    for cell in table.cells:
        inside = [
            word.text
            for word in page.words
            if cell.box[0] - 0.1 <= word.box[0]
            and word.box[2] <= cell.box[2] + 0.1
            and cell.box[1] - 0.1 <= word.box[1]
            and word.box[3] <= cell.box[3] + 0.1
        ]
        assert inside == cell.text.split()


@pytest.mark.slow
@pytest.mark.parametrize("ruled", [True, False])
def test_scan_gives_the_same_table(tmp_path: Path, ruled: bool) -> None:
    tables, _ = read(scanned(pdf(tmp_path, ruled=ruled), degrees=0.4))
    assert len(tables) == 1
    got = ["".join(text.split()) for row in tables[0].grid() for text in row]
    want = ["".join(text.split()) for row in GRID for text in row]
    assert len(got) == len(want)
    assert sum(a == b for a, b in zip(got, want, strict=True)) >= len(want) - 2  # OCR may err


SMALL = [
    ["Group", "Number of", "Share of", "Change"],
    ["", "members", "votes", ""],
    ["Northern district", "120", "12.5", "-0.4"],
    ["Southern district", "98", "10.2", "1.3"],
    ["Western district", "310", "32.3", "0.7"],
]


@pytest.mark.slow
@pytest.mark.parametrize("rows", [3, 5])
async def test_a_small_picture_of_nothing_but_a_table_is_one(
    tmp_path: Path, workers: Workers, rows: int
) -> None:
    """As papers on the web show them: some hundred pixels, rules above and below the heads."""
    document = pymupdf.open()
    page = document.new_page(width=420, height=10 + 12 * rows)
    for number, row in enumerate(SMALL[:rows]):
        for x, text in zip((4, 150, 250, 360), row, strict=True):
            page.insert_text((x, 14 + 12 * number), text, fontsize=8)
    for y in (4, 30, 6 + 12 * rows):
        page.draw_line((2, y), (418, y), width=0.7)
    path = tmp_path / "small.png"
    page.get_pixmap(dpi=72).save(path)
    tables = await find_tables(await open_document(path, workers, workers.limits), [1])
    heads = [["Group", "Number of members", "Share of votes", "Change"]]
    assert [table.grid() for table in tables] == [[*heads, *SMALL[2:rows]]]


@pytest.mark.slow
def test_tilted_scan_keeps_rows_and_boxes(tmp_path: Path) -> None:
    path = scanned(pdf(tmp_path, ruled=True), degrees=2.0, dpi=170)
    tables, words = read(path)
    assert [(table.rows, table.columns) for table in tables] == [(6, 4)]
    boxes = {word.text: word.box for word in words[0].words}
    cell = next(cell for cell in tables[0].cells if cell.text == "1,530.8")
    assert cell.box == boxes["1,530.8"]  # on the page as it is, not as it was levelled


@pytest.mark.parametrize(("rotation", "turn"), [(90, 270), (180, 0), (270, 90)])
def test_table_printed_sideways(tmp_path: Path, rotation: int, turn: int) -> None:
    document = pymupdf.open()
    page = new_page(document)
    put_table(page, GRID, ruled=True)
    put_prose(page, 400)
    page.set_rotation(rotation)
    tables, words = read(save(document, tmp_path / "turned.pdf"))
    if turn:
        assert words[0].turn == turn
        assert [table.grid() for table in tables] == [GRID]
        boxes = {word.text: word.box for word in words[0].words}
        assert {cell.text: cell.box for cell in tables[0].cells}["1,530.8"] == boxes["1,530.8"]


@pytest.mark.parametrize("ruled", [True, False])
def test_heads_span_what_they_stand_over(tmp_path: Path, ruled: bool) -> None:
    document = pymupdf.open()
    page = new_page(document)
    top, pitch = 160, 18
    for x, text in ((240, "2024"), (400, "2025")):
        left = x + 40 - pymupdf.get_text_length(f"Year {text}", fontsize=10) / 2
        page.insert_text((left, top + pitch - 5), f"Year {text}", fontsize=10)
    page.insert_text((73, top + pitch - 5), "Fuel", fontsize=10)
    put_table(page, SPANNED[1:], SPAN_XS, top + pitch, pitch)
    if ruled:
        for number in range(6):
            page.draw_line((70, top + pitch * number), (520, top + pitch * number), width=0.7)
        for x in SPAN_XS:
            high = top if x in (70, 200, 360, 520) else top + pitch
            page.draw_line((x, high), (x, top + 5 * pitch), width=0.7)
    tables, _ = read(save(document, tmp_path / "spans.pdf"))
    assert len(tables) == 1
    table = tables[0]
    assert table.grid()[0] == ["Fuel", "Year 2024", "", "Year 2025", ""]
    assert table.grid()[1:] == SPANNED[1:]
    heads = [cell for cell in table.cells if cell.text.startswith("Year")]
    assert [(cell.column, cell.column_span) for cell in heads] == [(1, 2), (3, 2)]
    assert table.header_rows == 2
    values, evidence = tables_values(tables)
    assert [0, 1, 0, 2] in values["tables"][0]["spans"]
    assert evidence["/tables/0/rows/0/3"].text == "Year 2025"
    Tables.model_validate(values)


def test_wrapped_text_stays_in_its_cell(tmp_path: Path) -> None:
    document = pymupdf.open()
    page = new_page(document)
    xs, ys = (70, 170, 420, 525), (160, 180, 222, 264)
    cells = [
        ["Source", "Definition", "Share"],
        ["Major", "Plants that emit ten tons a year or more of any one substance", "41 %"],
        ["Area", "Plants that emit less than that, and all that stands in the open", "59 %"],
    ]
    for row, texts in enumerate(cells):
        for column, text in enumerate(texts):
            box = (xs[column] + 3, ys[row] + 3, xs[column + 1] - 3, ys[row + 1])
            page.insert_textbox(box, text, fontsize=10)
    for y in ys:
        page.draw_line((70, y), (525, y))
    for x in xs:
        page.draw_line((x, 160), (x, 264))
    tables, _ = read(save(document, tmp_path / "wrapped.pdf"))
    assert [table.grid() for table in tables] == [cells]


def test_labels_go_on_in_the_next_line_and_brackets_belong_to_their_figure(tmp_path: Path) -> None:
    document = pymupdf.open()
    rows = [
        ["Characteristic", "Odds ratio", "Cases"],
        ["Household size", "0.69 (0.48)", "1,672"],
        ["Education, secondary", "", ""],
        ["or higher", "5.14 (3.60)", "5,821"],
        ["Smoking", "7.84 (5.49)", "26"],
        ["Body mass index", "2.84 (1.98)", "342"],
    ]
    put_table(new_page(document), rows, (70, 240, 330, 420), pitch=14)
    tables, _ = read(save(document, tmp_path / "labels.pdf"))
    whole = [rows[0], rows[1], ["Education, secondary or higher", *rows[3][1:]], *rows[4:]]
    assert [table.grid() for table in tables] == [whole]


def test_currency_signs_are_no_column(tmp_path: Path) -> None:
    document = pymupdf.open()
    page = new_page(document)
    rows = [
        ["", "2024", "2023"],
        ["Cash", "2,216.4", "2,913.4"],
        ["Receivables", "3,503.5", "3,428.2"],
        ["Prepaid", "126.8", "204.8"],
        ["Total assets", "5,846.7", "6,546.4"],
    ]
    put_table(page, rows, (70, 300, 400, 500))
    for x in (320, 420):
        for row in (1, 4):
            page.insert_text((x, 160 + 18 * (row + 1) - 5), "$", fontsize=10)
    tables, _ = read(save(document, tmp_path / "balance.pdf"))
    assert len(tables) == 1
    assert tables[0].columns == 3
    assert tables[0].grid()[4] == ["Total assets", "$ 5,846.7", "$ 6,546.4"]


def test_prose_contents_and_charts_are_no_tables(tmp_path: Path) -> None:
    document = pymupdf.open()
    page = new_page(document)
    for number in range(4):
        put_prose(page, 70 + 180 * number, 2)
    page = new_page(document)  # two columns of text
    for left in (60, 310):
        page.insert_textbox((left, 70, left + 225, 780), "".join([PARAGRAPH] * 9), fontsize=10)
    page = new_page(document)
    page.insert_text((70, 90), "Table of Contents", fontsize=14)
    for number in range(16):
        text = f"{number // 4 + 1}.{number % 4 + 1}   Section on a subject of its own"
        page.insert_text((70, 130 + 20 * number), text, fontsize=10)
        page.insert_text((510, 130 + 20 * number), str(3 + 2 * number), fontsize=10)
    page = new_page(document)
    for number in range(6):
        page.draw_line((100, 200 + 40 * number), (480, 200 + 40 * number), width=0.5)
        page.insert_text((75, 204 + 40 * number), str(100 - 20 * number), fontsize=8)
        page.draw_rect(
            (120 + 60 * number, 400 - 25 * number, 150 + 60 * number, 400), fill=(0, 0, 1)
        )
        page.insert_text((125 + 60 * number, 415), f"Q{number}", fontsize=8)
    tables, _ = read(save(document, tmp_path / "none.pdf"))
    assert [(table.page, table.grid()) for table in tables] == []


def test_a_picture_cut_out_to_its_cells_is_a_table_where_the_layout_model_sees_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("docglean.extractors.tables.find.layout_of", lambda page: [])
    rows = [["Week 12", "Cases"], *(["Group", str(number)] for number in range(6))]
    document = pymupdf.open()
    end = put_table(document.new_page(width=200, height=136), rows, (10, 110, 190), top=5)
    page = document.new_page(width=595, height=700)  # two columns of text
    for left in (60, 310):
        page.insert_textbox((left, 5, left + 225, 800), "".join([PARAGRAPH] * 15), fontsize=10)
    page = document.new_page(width=200, height=end + 245)  # few of its lines are cells
    put_table(page, rows, (10, 110, 190), top=5)
    for number in range(16):
        page.insert_text((13, end + 13 + 15 * number), "Thank you", fontsize=10)
    put_table(new_page(document), rows, (70, 170, 240))  # a paper of which little is printed
    tables, _ = read(save(document, tmp_path / "unseen.pdf"))
    assert [(table.page, table.grid()) for table in tables] == [(1, rows)]


def test_several_cells_of_a_row_go_on_in_the_next_line(tmp_path: Path) -> None:
    document = pymupdf.open()
    page = new_page(document)
    lines = [
        ("Region", "Reason", "Share"),
        ("Northern", "The beginning", "12.5"),
        ("district", "of the year", ""),
        ("Southern", "A longer time of", "10.2"),
        ("district", "observation", ""),
        ("Western", "Not known", "32.3"),
        ("Eastern", "Not known", "31.3"),
    ]
    base = 170.0
    for number, line in enumerate(lines):
        for x, text in zip((70, 150, 300), line, strict=True):
            page.insert_text((x, base), text, fontsize=10)
        base += 12 if number in (1, 3) else 20
    tables, _ = read(save(document, tmp_path / "going-on.pdf"))
    whole = [
        [*lines[0]],
        ["Northern district", "The beginning of the year", "12.5"],
        ["Southern district", "A longer time of observation", "10.2"],
        [*lines[5]],
        [*lines[6]],
    ]
    assert [table.grid() for table in tables] == [whole]


PARAGRAPH = (
    "Reports of this kind are set in two columns, so that every line has words on the left and "
    "words on the right with white space between them all the way down the page. "
)


@pytest.mark.slow
async def test_one_table_over_three_pages(tmp_path: Path, workers: Workers) -> None:
    body = [[f"Item {n:03}", str(n), f"{n * 1.25:.2f}", f"{n % 7}.0 %"] for n in range(90)]
    document = pymupdf.open()
    for start in (0, 35, 70):
        page = new_page(document)
        page.insert_text((70, 60), "Stock list of the northern depot", fontsize=12)
        put_table(page, [GRID[0], *body[start : start + 35]], top=90)
        page.insert_text((290, 815), f"Page {start // 35 + 1} of 3", fontsize=8)
    tables = await found(save(document, tmp_path / "three.pdf"), workers)
    assert len(tables) == 1
    assert tables[0].grid() == [GRID[0], *body]
    assert {cell.page for cell in tables[0].cells if cell.row > 71} == {3}


async def test_a_page_whose_tables_cannot_be_found_is_a_problem(
    tmp_path: Path, workers: Workers
) -> None:
    path = pdf(tmp_path, ruled=True)
    document = await open_document(path, workers, workers.limits)
    await document.words(1)
    path.unlink()  # between the reading of its words and of its tables
    problems: list[Problem] = []
    assert await find_tables(document, [1], problems) == []
    assert [(problem.page, problem.severity) for problem in problems] == [(1, "error")]


async def test_tables_of_different_columns_stay_apart(tmp_path: Path, workers: Workers) -> None:
    document = pymupdf.open()
    put_table(new_page(document), GRID, top=700)
    other = [["Port", "Ships"], ["Aden", "12"], ["Bari", "40"], ["Cork", "7"]]
    put_table(new_page(document), other, (250, 330, 400), top=60)
    tables = await found(save(document, tmp_path / "two.pdf"), workers)
    assert [(table.page, table.rows, table.columns) for table in tables] == [(1, 6, 4), (2, 4, 2)]


def test_what_goes_on_without_heads_is_joined_only_without_words_between() -> None:
    above = table_of(1, 600, [["Day", "Sum"], ["Mon", "1.00"], ["Tue", "2.00"]])
    below = table_of(2, 100, [["Wed", "3.00"], ["Thu", "4.00"]], heads=0)
    joined = join_tables([above, below])
    assert [one.grid()[-1] for one in joined] == [["Thu", "4.00"]]
    prose = tuple(Word("word", (50 + 20 * n, 700, 65 + 20 * n, 710)) for n in range(26))
    pages = [PageWords(1, 595, 842, prose), PageWords(2, 595, 842, ())]
    assert len(join_tables([above, below], pages)) == 2


def test_other_heads_begin_another_table() -> None:
    above = table_of(1, 600, [["Day", "Sum"], ["Mon", "1.00"], ["Tue", "2.00"]])
    below = table_of(2, 100, [["Month", "Cost"], ["May", "3.00"], ["June", "4.00"]])
    assert len(join_tables([above, below])) == 2


def test_column_left_empty_on_the_next_page_keeps_its_place() -> None:
    above = table_of(1, 600, [["Day", "Note", "Sum"], ["Mon", "x", "1.00"], ["Tue", "y", "2.00"]])
    cells = tuple(
        Cell(text, (50 + 200 * c, 100 + 20 * r, 130 + 200 * c, 112 + 20 * r), r, c, page=2)
        for r, row in enumerate([["Wed", "3.00"], ["Thu", "4.00"]])
        for c, text in enumerate(row)
    )
    below = Table(2, (50, 100, 350, 140), 2, 2, cells, 0)
    (joined,) = join_tables([above, below])
    assert joined.grid()[3:] == [["Wed", "", "3.00"], ["Thu", "", "4.00"]]
    assert (joined.rows, joined.columns) == (5, 3)
