"""What is no file on a disk: bytes, open files, uploads of web frameworks, pictures."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docglean.flows.sources import UPLOAD
from PIL import Image
from servers.billing import slips
from starlette.datastructures import UploadFile
from test_api import Slip

from docglean import AsyncExtractor, ConfigError, Extractor, Settings, extract
from docglean.client.given import documents_in, listed

MOST = 1_000_000


@pytest.fixture
def paper(tmp_path: Path) -> Path:
    return slips(tmp_path / "papers", 1) / "0000.pdf"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(engine="local", ledger=str(tmp_path / "ledger.sqlite"))


@pytest.fixture
def client(settings: Settings) -> Iterator[Extractor]:
    with Extractor(Slip, settings=settings) as made:
        yield made


class Storage:
    """An upload as Flask and Django have it."""

    filename = r"C:\inbox\invoice.pdf"

    def __init__(self, content: bytes) -> None:
        self._content = io.BytesIO(content)

    def read(self, size: int = -1) -> bytes:
        return self._content.read(size)


def named(path: Path) -> io.BytesIO:
    """What `open` gives, in memory."""
    file = io.BytesIO(path.read_bytes())
    file.name = str(path)
    return file


def forms(path: Path) -> dict[str, tuple[Any, str]]:
    """Each way of handing over a file, and the name that it gives."""
    content = path.read_bytes()
    return {
        "bytes": (content, "document"),
        "bytearray": (bytearray(content), "document"),
        "memoryview": (memoryview(content), "document"),
        "pair": (("a/b.pdf", content), "a/b.pdf"),
        "buffer": (io.BytesIO(content), "document"),
        "file": (named(path), path.name),
        "starlette": (UploadFile(io.BytesIO(content), filename="up.pdf"), "up.pdf"),
        "flask": (Storage(content), "invoice.pdf"),
    }


@pytest.mark.parametrize("form", forms(Path(__file__)))
def test_content_is_read_as_its_file_would_be(form: str, paper: Path, client: Extractor) -> None:
    given, name = forms(paper)[form]
    found = client.extract(given)
    assert found.data == client.extract(paper).data
    assert found.evidence["/number"].page == 1
    digest = hashlib.sha256(paper.read_bytes()).hexdigest()
    assert (found.document.name, found.document.sha256) == (name, digest)
    assert found.document.uri.startswith(f"{UPLOAD}:{digest}/")
    assert client.extract(forms(paper)[form][0], name="told.pdf").document.name == "told.pdf"


def test_an_open_file_is_read_from_its_beginning_and_left_where_it_was(paper: Path) -> None:
    with paper.open("rb") as file:
        file.seek(7)
        [found] = documents_in([file], MOST)
        assert file.tell() == 7
    assert found.file is not None
    assert found.file.path.read_bytes() == paper.read_bytes()


def test_a_picture_is_read(settings: Settings, tmp_path: Path) -> None:
    picture = Image.new("CMYK", (40, 30))
    [found] = documents_in([picture], MOST)
    assert found.file is not None
    assert found.source.name == "picture.png"
    with Image.open(found.file.path) as again:
        assert (again.size, again.mode) == ((40, 30), "RGB")


def test_the_copy_is_private_and_goes_with_the_extraction(paper: Path, client: Extractor) -> None:
    found = client.extract(paper.read_bytes(), name="up.pdf")
    assert found.origin is not None
    assert found.origin.file is not None
    copy = found.origin.file.path
    assert copy.read_bytes() == paper.read_bytes()
    assert copy.parent.stat().st_mode & 0o077 == 0
    assert str(copy) not in found.to_json()
    del found
    gc.collect()
    assert not copy.parent.exists()


def test_more_than_may_be_read_is_not_copied(paper: Path, settings: Settings) -> None:
    limits = settings.limits.__class__(max_bytes=10)
    told = settings.model_copy(update={"limits": limits})
    found = extract(io.BytesIO(b"%PDF-1.7" + bytes(MOST)), Slip, settings=told)
    assert [one.code for one in found.problems] == ["too_large"]
    [given] = documents_in([io.BytesIO(bytes(10 * MOST))], 10)
    assert given.file is not None
    assert given.file.path.stat().st_size <= 1 << 20


@pytest.mark.parametrize("wrong", [io.StringIO("text"), 7, object(), None], ids=type)
def test_what_is_no_document_is_refused(wrong: Any) -> None:
    with pytest.raises(ConfigError) as refused:
        documents_in([wrong], MOST)
    assert refused.value.code == "bad_source"
    assert refused.value.way_out


def test_many_of_any_kind_keep_their_order(paper: Path, client: Extractor) -> None:
    content = paper.read_bytes()
    given = [paper, ("b.pdf", content), paper.parent, io.BytesIO(content)]
    names = [one.document.name for one in client.extract_many(given)]
    assert names == [paper.name, "b.pdf", paper.name, "document"]
    assert [one.document.name for one in client.extract_many(content)] == ["document"]
    assert listed(("a.pdf", content)) == [("a.pdf", content)]
    assert listed(paper) == [paper]


async def test_an_upload_is_read_in_an_event_loop(paper: Path, settings: Settings) -> None:
    async with AsyncExtractor(Slip, settings=settings) as client:
        upload = UploadFile(io.BytesIO(paper.read_bytes()), filename="up.pdf")
        found = await asyncio.gather(*(client.extract(upload) for _ in range(2)))
    assert {(one.document.name, one.data.number) for one in found} == {("up.pdf", "0")}
