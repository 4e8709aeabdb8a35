"""What words on a command line stand for, and how remote documents come here."""

from __future__ import annotations

import io
import os
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path

import fsspec
import hostile_folder
import pytest
from docglean.flows.folder_tree import Stopped
from docglean.flows.sources import Source, find_sources, left_out, local_file
from docglean.schemas.errors import ConfigError, SourceError
from loopback import listening
from pydantic import TypeAdapter

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
    assert found.skipped == ["notes.md"]


def test_what_is_left_out_is_named() -> None:
    assert left_out(["a.txt"], "document") == "1 file is no document and is left out: a.txt."
    names = [f"{number}.txt" for number in range(8)]
    assert left_out(names, "document") == (
        "8 files are no documents and are left out: 0.txt, 1.txt, 2.txt, 3.txt, 4.txt and 3 more."
    )


def test_names_that_are_left_out_do_nothing_to_a_terminal(tmp_path: Path) -> None:
    (tmp_path / "red\x1b[31m\nfile.md").write_text("words")
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    assert find_sources([str(tmp_path)]).skipped == [r"red\x1b[31m\x0afile.md"]


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
    memory.pipe("/inbox/readme.md", b"no document")
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


# --- a folder that somebody hostile filled --------------------------------------------------------


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    hostile_folder.fill(folder, b"%PDF-1.7")
    return folder


@pytest.mark.parametrize("word", ["", "/**/*.pdf"])
def test_links_in_circles_bring_nothing_twice(hostile: Path, word: str) -> None:
    found = find_sources([f"{hostile}{word}"])
    names = [source.uri.removeprefix(f"{hostile.as_uri()}/") for source in found.sources]
    assert sorted(names) == sorted(
        ["%1B%5B31mred%0Aok%20%E2%80%AEfdp.exe.pdf", "a.pdf", "a.pdf.json/x.pdf", "caf%E9.pdf",
         "sub/b.pdf"]
    )  # fmt: skip
    if not word:
        assert [source.name for source in found.sources] == hostile_folder.READ
    assert found.unread == []


def test_one_file_by_two_ways_is_read_once_under_its_own_name(hostile: Path) -> None:
    ways = [hostile / "0.pdf", hostile / "self" / "a.pdf", hostile / "a.pdf"]
    found = find_sources(list(map(str, ways)))
    assert [source.uri for source in found.sources] == [(hostile / "a.pdf").as_uri()]


def test_two_names_of_one_file_are_two_documents(folder: Path) -> None:
    (folder / "c.pdf").hardlink_to(folder / "a.pdf")
    assert [one.name for one in find_sources([str(folder / "*.pdf")]).sources] == [
        "a.pdf", "b.pdf", "c.pdf",
    ]  # fmt: skip


def test_a_link_out_of_the_folder_is_followed_once(tmp_path: Path, folder: Path) -> None:
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    for link in ("one", "two"):
        (inbox / link).symlink_to(folder / "deep")
    names = [source.name for source in find_sources([str(inbox)]).sources]
    assert names == ["one/broken.pdf", "one/photo.without.suffix"]


def test_a_tree_deeper_than_paths_may_be_costs_what_is_too_deep(hostile: Path) -> None:
    hostile_folder.dig(hostile)
    found = find_sources([str(hostile)])
    assert [source.name for source in found.sources] == hostile_folder.READ
    assert len(found.unread) == 1
    assert len(found.unread[0]) < 300


def test_a_list_of_names_may_hold_any_bytes(hostile: Path) -> None:
    path = os.fsencode(hostile) + b"/" + hostile_folder.NOT_UTF8
    listed = io.TextIOWrapper(io.BytesIO(path + b"\n"), encoding="utf-8")
    (source,) = find_sources(["-"], stdin=listed).sources
    assert source.path is not None
    assert source.path.is_file()
    assert TypeAdapter(Source).validate_json(TypeAdapter(Source).dump_json(source)) == source


def test_a_uri_names_its_file(hostile: Path) -> None:
    (source,) = find_sources([f"{hostile.as_uri()}/caf%E9.pdf"]).sources
    assert source.stamp


def test_a_name_that_begins_with_a_tilde(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("~nobody-of-this-name.pdf").write_bytes(b"%PDF-1.7")
    (source,) = find_sources(["~nobody-of-this-name.pdf"]).sources
    assert source.stamp


def test_an_empty_folder_may_be_no_error(tmp_path: Path) -> None:
    for words in ([str(tmp_path)], [f"{tmp_path}/*.pdf"], [f"{tmp_path}/**/*.pdf"]):
        assert find_sources(words, may_be_empty=True).sources == []
        with pytest.raises(ConfigError):
            find_sources(words)


def test_a_search_ends_when_nobody_wants_it(hostile: Path) -> None:
    with pytest.raises(Stopped):
        find_sources([str(hostile)], stopped=lambda: True)
