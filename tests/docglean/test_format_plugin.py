"""A file format that another package adds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.cache import version_for
from docglean.extractors.documents.document import open_document
from docglean.extractors.documents.workers import Workers
from docglean.extractors.models.families import MISTRAL
from docglean.schemas.errors import SourceError
from servers.billing import PayingServer, paying, slips

from docglean.cli.app import run_command
from docglean.cli.exits import OK
from tests.plugin_packages import install

SAMPLES = Path(__file__).resolve().parents[2] / "samples" / "documents"
NOTES = """
from pathlib import Path
from PIL import Image, ImageDraw
from docglean.extractors.documents.formats import DocumentFormat, Opened
from docglean.extractors.documents.page_info import PageInfo
from docglean.extractors.documents.words import PageWords, Word

def lines(source):
    return Path(source.path).read_text("utf-8").splitlines()[1:]

def survey(source, number):
    return PageInfo(number, 300, 20 + 20 * len(lines(source)), 0, True, None)

def words(source, info):
    found = [
        Word(text, (10 + 80 * x, 10 + 20 * y, 80 + 80 * x, 24 + 20 * y), line=y)
        for y, line in enumerate(lines(source))
        for x, text in enumerate(line.split())
    ]
    return PageWords(info.number, info.width, info.height, tuple(found))

def render(source, info, width, height):
    image = Image.new("L", (int(info.width), int(info.height)), 255)
    ImageDraw.Draw(image).text((10, 10), "\\n".join(lines(source)), 0)
    return image.resize((width, height))

RECORD = DocumentFormat(
    "plain_note", ("text/x-note",), (".note",),
    lambda head, name: "text/x-note" if head.startswith(b"%NOTE") else "",
    lambda source, opening: Opened(source.media_type, "pages", pages=1),
    survey, render, words,
)
"""


@pytest.fixture
def note(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    path = tmp_path / "in" / "a.note"
    path.write_text("%NOTE\nnumber: 7\nword: w49\n")
    return path


@pytest.fixture
def server() -> Iterator[PayingServer]:
    with paying() as state:
        yield state


@pytest.mark.slow
def test_a_package_adds_a_file_format(
    server: PayingServer,
    packages: Path,
    note: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    monkeypatch.setenv("DOCGLEAN_LIMITS__WORKERS", "1")
    install(packages, "docglean.formats", "plain_note", NOTES)
    slips(tmp_path / "docs", 0)  # for its schema
    (note.parent / "readme").write_text("no document")
    schema, out = f"{tmp_path / 'slip.py'}:Slip", tmp_path / "out"
    command = ["extract", str(note.parent), "--engine", server.engine(), "--schema", schema]
    assert run_command([*command, "--out", str(out)]) == OK
    [line] = (out / "results.jsonl").read_text("utf-8").splitlines()
    found = json.loads(line)
    assert found["document"]["media_type"] == "text/x-note"
    assert found["data"] == {"number": 7, "word": "w49"}
    places = found["evidence"]["/word"]
    assert places["page"] == 1
    assert places["box"] == [90, 30, 160, 44]


async def test_its_pages_are_drawn(packages: Path, note: Path) -> None:
    install(packages, "docglean.formats", "plain_note", NOTES)
    async with Workers(Limits(workers=1)) as workers:
        document = await open_document(note, workers, workers.limits)
        image = await document.image(1, MISTRAL)
    assert document.media_type == "text/x-note"
    assert (image.width, image.height) == (1250, 250)


async def test_a_broken_one_is_told_where_nothing_else_reads_the_file(
    packages: Path, note: Path
) -> None:
    install(packages, "docglean.formats", "torn_note", "import nothing_of_this_name")
    async with Workers(Limits(workers=1)) as workers:
        with pytest.raises(SourceError, match=r"plugin-torn-note 1\.5 .*nothing_of_this_name"):
            await open_document(note, workers, workers.limits)
        assert (await open_document(SAMPLES / "form.pdf", workers, workers.limits)).pages


def test_words_of_another_version_are_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = version_for("text/x-note"), version_for("application/pdf")
    install(tmp_path, "docglean.formats", "later_note", NOTES)
    monkeypatch.syspath_prepend(str(tmp_path))
    after = version_for("text/x-note"), version_for("application/pdf")
    # Nothing that docglean reads itself is read, asked or paid again.
    assert (after[0] != before[0], after[1] == before[1]) == (True, True)
