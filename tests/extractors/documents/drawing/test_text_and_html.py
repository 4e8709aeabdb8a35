"""Text, tables as text and HTML as pages: what stands in them, and nothing from elsewhere."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.drawing.encodings import decoded
from docglean.extractors.documents.drawing.story import StoryPages
from docglean.extractors.documents.formats import FORMATS, Opening
from docglean.extractors.documents.text_layer import read_words
from docglean.extractors.tables.find import tables_on_page
from docglean.flows.sources import find_sources
from docglean.schemas.errors import SourceError

from tests.drawn_files import LIMITS, PNG, opened, shown, source_of


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_text_is_read_whatever_program_wrote_it(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("Größe: 12,50 €\r\nSumme\t7".encode(encoding))
    assert opened(path).media_type == "text/plain"
    assert shown(path) == "Größe: 12,50 € Summe 7"


def test_what_was_told_of_an_encoding_is_tried_before_others() -> None:
    assert decoded("Łódź".encode("iso-8859-2"), "iso-8859-2") == "Łódź"
    assert decoded("Größe".encode(), "no such one") == "Größe"
    assert decoded(b"\x81\xff", "utf-8")


def test_a_form_feed_begins_a_page_and_a_long_line_is_broken(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one\ftwo " + "x" * 450)
    assert opened(path).pages == 2
    assert shown(path) == "one"
    assert shown(path, 2).replace(" ", "") == "two" + "x" * 450


def test_an_empty_looking_text_has_a_page(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(" \n ")
    assert opened(path).pages == 1


@pytest.mark.parametrize(
    "content",
    [
        'No;Text;Sum\n1;"a; b";12,50\n2;c;3,00\n3;d;4,00\n',
        'No,Text,Sum\n1,a; b,"12,50"\n2,c,"3,00"\n3,d,"4,00"\n',
        "sep=|\nNo|Text|Sum\n1|a; b|12,50\n2|c|3,00\n3|d|4,00\n",
        "\ufeffNo\tText\tSum\n1\ta; b\t12,50\n2\tc\t3,00\n3\td\t4,00\n",
    ],
)
def test_rows_and_columns_of_a_table_stay(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(content, "utf-8")
    source = source_of(path)
    assert not opened(path).problems
    info = FORMATS["csv"].survey(source, 1)
    [table] = tables_on_page(source, info, read_words(source, info))
    assert table.grid() == [
        ["No", "Text", "Sum"], ["1", "a; b", "12,50"], ["2", "c", "3,00"], ["3", "d", "4,00"],
    ]  # fmt: skip


def test_ragged_rows_are_told_and_many_rows_are_many_pages(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n" + "1,2\n" * 120 + "3\n")
    found = opened(path)
    assert [one.code for one in found.problems] == ["ragged_rows"]
    assert found.pages > 1
    with pytest.raises(SourceError) as caught:
        opened(path, Limits(max_pages=1))
    assert caught.value.code == "too_many_pages"


def test_a_table_of_millions_of_rows_is_refused_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("1;2\n" * 2_000_000)

    def drawn(*_: object, **__: object) -> None:
        raise AssertionError("a page was drawn")

    monkeypatch.setattr(StoryPages, "add", drawn)
    with pytest.raises(SourceError) as caught:
        opened(path)
    assert (caught.value.code, "a.csv" in caught.value.message) == ("too_many_pages", True)


def test_a_quotation_without_end_is_an_error_that_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('a,b\n1,"' + "x" * 1_100_000)
    with pytest.raises(SourceError) as caught:
        opened(path)
    assert (caught.value.code, "a.csv" in caught.value.message) == ("damaged", True)


def test_binary_files_are_no_text_whatever_they_are_called(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\x00\x01\x02\x03" * 100)
    with pytest.raises(SourceError) as caught:
        opened(path)
    assert caught.value.code == "unsupported"


PAGE = """<!doctype html><html><head><title>no</title><style>.h {display: none} @import url(URL/1);
</style><link rel="stylesheet" href="URL/2"></head>
<body background="URL/3"><h1>Bill 77</h1><script src="URL/4">document.write('ran')</script>
<p class="h">unseen</p><p style="visibility: hidden">unseen</p><p hidden>unseen</p>
<p style="font-size:0">unseen</p><p style="opacity: 0">unseen</p><p style="color:#fff">pale</p>
<table><tr><td><table border="1"><tr><th>No<th>Text<th>Sum</tr><tr><td>1<td>Chair<td>12,50 E</tr>
</table></td><td>beside</td></tr></table>
<img src="URL/5" alt="Logo"><p style="background:url(URL/6)">last</p><iframe src="URL/7">x</iframe>
<object data="URL/8"></object><img src="file:///etc/hostname"><img src="/etc/hostname">
<input type="checkbox" checked>yes <input value="typed"><input type="hidden" value="unseen">
<select><option>a<option selected>b</select></body></html>"""


def test_a_page_shows_what_a_browser_shows_and_fetches_nothing(
    tmp_path: Path, elsewhere: tuple[str, list[str]]
) -> None:
    url, asked = elsewhere
    path = tmp_path / "a.html"
    path.write_text(PAGE.replace("URL", url))
    found = opened(path)
    words = shown(path)
    assert words.startswith("Bill 77")
    for part in ("1 Chair 12,50 E", "beside", "Logo", "last", "☒ yes typed b"):
        assert part in words
    assert not {"unseen", "pale", "ran", "no", "x"} & set(words.split())
    [problem] = found.problems
    assert problem.code == "elsewhere_not_fetched"
    assert f"{url}/2" in problem.message
    assert not asked


@pytest.mark.parametrize(
    "style",
    [
        "#h {display: none}",
        "[data-h] {display: none}",
        ".h {opacity: 0}",
        ".h {font-size: 0}",
        ".h {overflow: hidden; height: 0}",
        ".h {position: absolute; clip: rect(0, 0, 0, 0)}",
        "@media screen {.h {display: none}}",
        "@media only screen and (min-width: 600px) {.h {display: none}}",
        "<!-- .h {display: none} -->",
        "/* .h {} */ label {display: none}",
        "html {display: none} .h {display: none}",
    ],
)
def test_what_a_style_sheet_hides_is_not_read(tmp_path: Path, style: str) -> None:
    path = tmp_path / "a.html"
    path.write_text(
        f"<html><style>{style}</style><p>seen <label id=h class=h data-h=1>unseen</label></html>"
    )
    assert shown(path) == "seen"


@pytest.mark.parametrize(
    "style",
    [
        "@media print {.h {display: none}}",
        "@media (max-width: 600px) {.h {display: none}}",
        ".h {opacity: 0; animation: fade 1s forwards}",
        ".h {line-height: 0px; overflow: hidden}",
    ],
)
def test_what_a_window_shows_is_read(tmp_path: Path, style: str) -> None:
    path = tmp_path / "a.html"
    path.write_text(f"<html><style>{style}</style><div class=h>seen</div></html>")
    assert shown(path) == "seen"


def test_what_is_closed_is_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text(
        "<html><details><summary>More</summary>unseen</details><dialog>unseen</dialog>"
        "<details open><summary>Less</summary>seen</details></html>"
    )
    assert shown(path) == "More Less seen"


def test_pictures_in_a_page_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "page"  # known by its content
    inside = base64.b64encode(PNG).decode()
    path.write_text(f'<html><body>a<img src="data:image/png;base64,{inside}"></body></html>')
    source = source_of(path)
    opened(path)
    image = FORMATS["html"].render(source, FORMATS["html"].survey(source, 1), 595, 842)
    assert image.convert("L").getextrema()[0] < 60


@pytest.mark.parametrize(
    "content",
    [
        "<html>",
        "<html><body>" + "<div>" * 5000 + "deep",
        "<html><p>" + "<table><tr><td>" * 300 + "x",
    ],
)
def test_odd_pages_are_drawn(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.htm"
    path.write_text(content)
    assert opened(path).pages >= 1


def test_a_wide_table_makes_a_wide_page(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    cells = "".join(f"<td>value{number}</td>" for number in range(60))
    path.write_text(f"<html><table><tr>{cells}</tr></table></html>")
    opened(path)
    assert "value59" in shown(path)


def test_labels_beside_documents_are_none(tmp_path: Path) -> None:
    for name in ("a.txt", "b.csv", "labels.csv", "readme.md"):
        (tmp_path / name).write_text("a,b")
    found = find_sources([str(tmp_path)])
    assert [one.name for one in found.sources] == ["a.txt", "b.csv"]
    assert found.skipped == ["labels.csv", "readme.md"]


def test_opening_says_how_many_pages(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("one\ftwo\fthree")
    source = source_of(path)
    assert FORMATS["text"].open(source, Opening(LIMITS)).pages == 3
