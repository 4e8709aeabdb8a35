"""What words on a command line stand for, and how remote documents come here."""

from __future__ import annotations

import io
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import fsspec
import pytest
from docglean.flows.sources import Source, find_sources, local_file
from docglean.schemas.errors import ConfigError, SourceError
from loopback import listening

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, data in {
        "b.pdf": b"%PDF-1.7",
        "a.pdf": b"%PDF-1.7",
        "deep/photo.without.suffix": PNG,
        "deep/broken.pdf": b"nothing",
        "notes.md": b"# words",
        ".hidden.pdf": b"%PDF-1.7",
        "old-run/run.json": b"{}",
        "old-run/documents/x.pdf": b"%PDF-1.7",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return tmp_path


def test_a_folder_is_searched_by_content_and_suffix(folder: Path) -> None:
    found = find_sources([str(folder)])
    names = [source.name for source in found.sources]
    assert names == ["a.pdf", "b.pdf", "deep/broken.pdf", "deep/photo.without.suffix"]
    assert found.skipped == 1


def test_files_globs_and_lists_each_once_in_order(folder: Path) -> None:
    listed = io.StringIO(f"{folder / 'b.pdf'}\n\n{folder / 'a.pdf'}\n")
    found = find_sources(["-", str(folder / "*.pdf")], stdin=listed)
    assert [source.name for source in found.sources] == ["b.pdf", "a.pdf"]


def test_a_named_file_is_never_left_out(tmp_path: Path) -> None:
    """Whatever is wrong with it is an error of that document."""
    found = find_sources([str(tmp_path / "missing.txt")])
    assert [source.name for source in found.sources] == ["missing.txt"]


@pytest.mark.parametrize(
    ("given", "code"), [(["/no/such/*.pdf"], "nothing_found"), ([], "no_source")]
)
def test_nothing_is_an_error_with_a_way_out(given: list[str], code: str) -> None:
    with pytest.raises(ConfigError) as caught:
        find_sources(given)
    assert caught.value.code == code
    assert caught.value.way_out


def test_an_empty_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no document"):
        find_sources([str(tmp_path)])


def test_remote_documents_are_listed_and_fetched() -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe("/inbox/one.pdf", b"%PDF-1.7 one")
    memory.pipe("/inbox/sub/two.png", PNG)
    memory.pipe("/inbox/readme.txt", b"no document")
    found = find_sources(["memory://inbox"])
    assert [source.name for source in found.sources] == ["one.pdf", "sub/two.png"]
    with local_file(found.sources[0], max_bytes=100) as path:
        assert path.read_bytes() == b"%PDF-1.7 one"
    assert not path.exists()
    assert [s.name for s in find_sources(["memory://inbox/*.pdf"]).sources] == ["one.pdf"]


def test_documents_come_from_the_web(folder: Path) -> None:
    pytest.importorskip("aiohttp")
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with listening(handler) as url:
        [one] = find_sources([f"{url}/a.pdf?token=1"]).sources
        assert one.name == "a.pdf"
        with local_file(one, max_bytes=100) as path:
            assert path.read_bytes() == b"%PDF-1.7"
        [gone] = find_sources([f"{url}/gone.pdf"]).sources
        with pytest.raises(SourceError) as caught, local_file(gone, max_bytes=100):
            pass
        assert caught.value.code == "not_fetched"


def test_what_cannot_be_fetched_costs_one_document() -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe("/large/one.pdf", b"x" * 1000)
    large = find_sources(["memory://large"]).sources[0]
    with pytest.raises(SourceError) as caught, local_file(large, max_bytes=10):
        pass
    assert caught.value.code == "too_large"
    gone = Source("gone.pdf", "memory://large/gone.pdf", None)
    with pytest.raises(SourceError) as caught, local_file(gone, max_bytes=10):
        pass
    assert caught.value.code == "not_fetched"
    assert "gone.pdf" in caught.value.message


def test_unknown_storage_is_a_config_error() -> None:
    with pytest.raises(ConfigError) as caught:
        find_sources(["nosuchstorage://bucket/*.pdf"])
    assert caught.value.code == "no_storage"
