"""Pages of what is reviewed: drawn once, ahead of time, and of nothing but what was read."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pymupdf
import pytest
from docglean.extractors.documents.workers import Workers
from docglean.extractors.extraction import PartRecord, SourceRecord
from docglean.schemas.errors import SourceError
from review_rooms import HEARD, LAYERED, SAMPLES, SCANNED, MemoryStore, record

from docglean.review import originals as original_files
from docglean.review import pages as page_images
from docglean.review.faults import NotThere
from docglean.review.originals import Originals
from docglean.review.pages import Pages


@pytest.fixture
async def originals(workers: Workers) -> AsyncIterator[Originals]:
    found = Originals(workers, MemoryStore())
    yield found
    await found.close()


@pytest.fixture
async def pages(originals: Originals) -> AsyncIterator[Pages]:
    found = Pages(originals)
    yield found
    await found.close()


def part_of(path: Path, first: int, last: int) -> SourceRecord:
    part = PartRecord(number=1, of=2, first=first, last=last)
    whole = record(path)
    return whole.model_copy(
        update={"name": part.name_in(whole.name), "uri": part.uri_in(whole.uri), "part": part}
    )


def drawn(workers: Workers) -> float:
    return workers.seconds.get("render", 0.0)


async def test_a_page_is_drawn_once(pages: Pages, workers: Workers) -> None:
    source = record(SAMPLES / LAYERED)
    first, same = await asyncio.gather(pages.image(source, 3), pages.image(source, 3))
    assert first is same
    before = drawn(workers)
    assert await pages.image(source, 3) is first
    assert drawn(workers) == before
    assert (await pages.image(source, 3, 700)).height == 700


async def test_the_next_page_is_drawn_ahead(pages: Pages) -> None:
    source = record(SAMPLES / LAYERED)
    await pages.image(source, 1)
    await asyncio.wait_for(pages._ahead, 60)
    assert [key[2] for key in pages._images] == [1, 2]


async def test_the_first_pages_of_the_next_document_are_drawn_as_large(pages: Pages) -> None:
    source = record(SAMPLES / LAYERED)
    await pages.image(record(SAMPLES / SCANNED), 1, 800)
    pages.look_ahead(source)
    await asyncio.wait_for(pages._ahead, 60)
    ahead = [key for key in pages._images if key[0] == source.uri]
    assert [key[2:] for key in ahead] == [(1, 800), (2, 800)]


async def test_images_are_let_go_where_there_is_no_room(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page_images, "KEPT_BYTES", 350_000)
    source = record(SAMPLES / LAYERED)
    for number in (1, 2, 3):
        await pages._image(source, number, 1500)
    assert sum(len(image.data) for image in pages._images.values()) <= 350_000
    assert [key[2] for key in pages._images][-1:] == [3]


async def test_a_part_shows_its_own_pages_only(pages: Pages) -> None:
    source = part_of(SAMPLES / LAYERED, 2, 2)
    assert [page.number for page in await pages.sizes(source)] == [2]
    assert (await pages.image(source, 2)).page == 2
    for number in (1, 3):
        with pytest.raises(NotThere):
            await pages.image(source, number)
        with pytest.raises(NotThere):
            await pages.words(source, number)


async def test_a_file_that_was_written_anew_is_looked_at_anew(pages: Pages, tmp_path: Path) -> None:
    path = Path(shutil.copy(SAMPLES / LAYERED, tmp_path / "a.pdf"))
    source = record(path)
    assert len(await pages.sizes(source)) == 3
    shutil.copy(SAMPLES / SCANNED, path)
    with pytest.raises(SourceError, match="is another"):
        await pages.sizes(source)
    shutil.copy(SAMPLES / LAYERED, path)
    assert len(await pages.sizes(source)) == 3


@pytest.mark.parametrize("uri", ["https://192.0.2.1/a.pdf", "s3://bucket/a.pdf", "//host/a.pdf"])
async def test_nothing_is_fetched_unless_somebody_says_so(pages: Pages, uri: str) -> None:
    with pytest.raises(SourceError, match="--fetch"):
        await pages.sizes(SourceRecord(name="a.pdf", uri=uri, sha256="0" * 64))


async def test_what_is_no_address_is_told(pages: Pages) -> None:
    with pytest.raises(SourceError, match="no address"):
        await pages.sizes(SourceRecord(name="a.pdf", uri="file://[::1/a.pdf", sha256="0" * 64))


async def test_few_files_are_held_open(
    originals: Originals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(original_files, "MOST_OPEN", 2)
    for number in range(4):
        path = Path(shutil.copy(SAMPLES / SCANNED, tmp_path / f"{number}.pdf"))
        async with originals.open(record(path)) as document:
            assert document.name == f"{number}.pdf"
    assert len(originals._held) == 2
    assert len(originals._opening) == 2


async def test_an_attached_file_is_there_while_it_is_used(
    originals: Originals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(original_files, "MOST_OPEN", 0)
    with pymupdf.open() as mail:
        mail.new_page()
        mail.embfile_add("invoice.pdf", (SAMPLES / SCANNED).read_bytes())
        mail.save(tmp_path / "mail.pdf")
    whole, inner = record(tmp_path / "mail.pdf"), record(SAMPLES / SCANNED)
    part = PartRecord(number=1, of=1, first=1, last=1, attachment="invoice.pdf", whole=True)
    source = SourceRecord(
        name=part.name_in(whole.name), uri=part.uri_in(whole.uri), sha256=inner.sha256, part=part
    )
    async with originals.open(source) as first:
        async with originals.open(source) as same:
            assert first is same
        assert first.path.is_file()  # the other one has ended, this one has not
        assert len(first.pages) == 1
    assert not first.path.exists()


async def test_a_recording_has_no_pages(pages: Pages) -> None:
    assert await pages.sizes(record(SAMPLES / HEARD)) == []


@pytest.mark.slow
async def test_a_picture_in_a_page_of_text_is_read_by_ocr(pages: Pages, tmp_path: Path) -> None:
    """A stamp: the page has words, and none of them stands there."""
    with pymupdf.open() as other:
        stamp = other.new_page(width=200, height=40)
        stamp.insert_text((10, 28), "PAID 4711", fontsize=24)
        picture = stamp.get_pixmap(dpi=200).tobytes("png")
    with pymupdf.open() as made:
        page = made.new_page()
        for line in range(12):
            page.insert_text((72, 300 + 20 * line), f"This is line {line} of a letter.")
        page.insert_image(pymupdf.Rect(300, 100, 500, 140), stream=picture)
        made.save(tmp_path / "letter.pdf")
    source = record(tmp_path / "letter.pdf")
    found = await pages.text(source, 1, lambda width, height: (295, 95, 505, 145))
    assert (found.by, found.text) == ("ocr", "PAID 4711")
    assert set(found.words) <= set(found.page.words)
    found = await pages.text(source, 1, lambda width, height: (60, 285, 400, 325))
    assert found.by == "words"
    assert found.text == "This is line 0 of a letter.\nThis is line 1 of a letter."
