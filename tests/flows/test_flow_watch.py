"""Uploads: complete ones only, each told of once, whatever is killed or away meanwhile."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import fsspec
import hostile_folder
import pytest
from docglean.extractors.ledger.ledger import Ledger
from docglean.flows import events
from docglean.flows import watch as watching
from docglean.flows.events import Refused, Upload, check_server
from docglean.flows.sources import FoundSources, find_sources
from docglean.flows.watch import Watch
from docglean.schemas.errors import ConfigError


@dataclass
class StandInServer:
    """Takes events, unless it is away; may lose them after it has taken them.

    A server that refuses an event (422) refuses all of its request.
    """

    away: bool = False
    refuses: str = ""
    loses: bool = False
    has: dict[UUID, Upload] = field(default_factory=dict)

    async def send(self, uploads: Sequence[Upload]) -> set[UUID]:
        if self.away:
            raise ConnectionError("away")
        if self.refuses in [upload.name for upload in uploads]:
            raise Refused("422 Unprocessable Entity")
        if not self.loses:
            self.has |= {upload.id: upload for upload in uploads}
        return {upload.id for upload in uploads if upload.id in self.has}

    @property
    def names(self) -> list[str]:
        return sorted(upload.name for upload in self.has.values())


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 0.0
        monkeypatch.setattr(watching.time, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    async with await Ledger.open(tmp_path / "ledger.sqlite") as opened:
        yield opened


async def begun(folder: Path | str, ledger: Ledger, server: StandInServer) -> Watch:
    one = Watch([str(folder)], ledger, server.send, settle=5)
    await one.begin()
    return one


def put(folder: Path, name: str, content: bytes = b"%PDF-1.7 x") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(content)
    return path


async def test_a_file_is_told_of_when_it_has_not_changed_for_a_while(
    tmp_path: Path, ledger: Ledger, clock: Clock
) -> None:
    server, folder = StandInServer(), tmp_path / "in"
    one = await begun(folder, ledger, server)
    assert await one.look() == []  # not even the folder is there
    path = put(folder, "a.pdf")
    for _ in range(4):  # it grows
        with path.open("ab") as file:
            file.write(b"more")
        assert await one.look() == []
        clock.now += 4
    clock.now += 4
    assert await one.look() == ["a.pdf"]
    clock.now += 100
    assert await one.look() == []
    assert [upload.source for upload in server.has.values()] == [str(path)]


async def test_unfinished_names_and_empty_files_are_left_alone(
    tmp_path: Path, ledger: Ledger, clock: Clock
) -> None:
    server, folder = StandInServer(), tmp_path / "in"
    for name in ("a.pdf.part", "b.tmp", "~$c.pdf", ".hidden.pdf", "d.pdf.crdownload"):
        put(folder, name)
    put(folder, "empty.pdf", b"")
    one = await begun(folder, ledger, server)
    for _ in range(3):
        assert await one.look() == []
        clock.now += 10
    (folder / "a.pdf.part").rename(folder / "a.pdf")
    await one.look()
    clock.now += 10
    assert await one.look() == ["a.pdf"]


async def test_a_restart_misses_nothing_and_doubles_nothing(
    tmp_path: Path, ledger: Ledger, clock: Clock
) -> None:
    server, folder = StandInServer(), tmp_path / "in"
    put(folder, "a.pdf")
    first = await begun(folder, ledger, server)
    await first.look()
    clock.now += 10
    assert await first.look() == ["a.pdf"]
    put(folder, "b.pdf")  # while nobody watches
    second = await begun(folder, ledger, server)
    await second.look()
    clock.now += 10
    assert await second.look() == ["b.pdf"]
    assert server.names == ["a.pdf", "b.pdf"]


@pytest.mark.parametrize("how", ["away", "loses"])
async def test_what_a_server_did_not_get_is_told_later(
    tmp_path: Path, ledger: Ledger, clock: Clock, how: str
) -> None:
    server, folder = StandInServer(**{how: True}), tmp_path / "in"
    path = put(folder, "a.pdf")
    one = await begun(folder, ledger, server)
    await one.look()
    clock.now += 10
    assert await one.look() == []
    path.unlink()  # gone, but it was uploaded: whoever watches next tells of it
    server.away = server.loses = False
    second = Watch([str(folder)], ledger, server.send)
    assert await second.begin() == 1
    assert await second.look() == ["a.pdf"]
    assert await second.look() == []


async def test_killed_between_sending_and_noting_the_same_event_is_sent_again(
    tmp_path: Path, ledger: Ledger, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server knows it by its id; see `events.send`."""
    server, folder = StandInServer(), tmp_path / "in"
    put(folder, "a.pdf")
    one = await begun(folder, ledger, server)
    await one.look()
    clock.now += 10
    with monkeypatch.context() as killed:
        plain = ledger.keep_many

        async def keep_many(kind: str, notes: dict[str, str]) -> None:
            if any('"told"' in note for note in notes.values()):
                raise asyncio.CancelledError
            await plain(kind, notes)

        killed.setattr(ledger, "keep_many", keep_many)
        with pytest.raises(asyncio.CancelledError):
            await one.look()
    assert len(server.has) == 1
    again = await begun(folder, ledger, server)
    assert await again.look() == ["a.pdf"]
    assert len(server.has) == 1


async def test_a_changed_file_is_another_upload(
    tmp_path: Path, ledger: Ledger, clock: Clock
) -> None:
    server, folder = StandInServer(), tmp_path / "in"
    path = put(folder, "a.pdf")
    one = await begun(folder, ledger, server)
    for content in (b"%PDF first", b"%PDF second, longer"):
        path.write_bytes(content)
        await one.look()
        clock.now += 10
        assert await one.look() == ["a.pdf"]
    assert len(server.has) == 2


async def test_what_is_there_already_may_be_skipped(
    tmp_path: Path, ledger: Ledger, clock: Clock
) -> None:
    server, folder = StandInServer(), tmp_path / "in"
    put(folder, "old.pdf")
    one = Watch([str(folder)], ledger, server.send)
    await one.begin(skip_existing=True)
    put(folder, "new.pdf")
    await one.look()
    clock.now += 10
    assert await one.look() == ["new.pdf"]


async def test_objects_in_a_store_are_whole_when_they_are_there(ledger: Ledger) -> None:
    storage = fsspec.filesystem("memory")
    storage.pipe("/watched/a.pdf", b"%PDF-1.7 x")
    server = StandInServer()
    try:
        one = await begun("memory://watched", ledger, server)
        assert await one.look() == ["a.pdf"]
        assert await one.look() == []
        storage.pipe("/watched/b.pdf", b"%PDF-1.7 x")
        assert await one.look() == ["b.pdf"]
        assert [one.source for one in server.has.values()][-1] == "memory:///watched/b.pdf"
    finally:
        storage.rm("/watched", recursive=True)


async def test_many_uploads_are_told_of_in_parts(
    tmp_path: Path, ledger: Ledger, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "MANY", 7)
    server, folder = StandInServer(), tmp_path / "in"
    for number in range(30):
        put(folder, f"{number:02}.pdf")
    one = await begun(folder, ledger, server)
    await one.look()
    clock.now += 10
    assert len(await one.look()) == 30
    assert one.told == len(server.has) == 30


def test_without_a_server_it_says_so() -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with temporary_settings({PREFECT_API_URL: None}), pytest.raises(ConfigError) as caught:
        check_server()
    assert caught.value.code == "no_server"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        (".env", "A=1\nPREFECT_API_URL=http://evil.example/api\n"),
        (".env", "export prefect_api_url=http://evil.example/api\n"),
        ("prefect.toml", '[api]\nurl = "http://evil.example/api"\n'),
        ("pyproject.toml", '[tool.prefect.api]\nurl = "http://evil.example/api"\n'),
        ("pyproject.toml", 'tool.prefect.profiles_path = "evil.toml"\n'),
    ],
)
def test_a_folder_does_not_say_where_the_server_is(
    name: str, content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    (tmp_path / name).write_text(content)
    with pytest.raises(ConfigError, match=name) as caught:
        check_server()
    assert caught.value.code == "folder_setting"
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:4200/api")
    events._check_folder()
    monkeypatch.delenv("PREFECT_API_URL")
    harmless = {"pyproject.toml": "[project]\nname = 'prefect'\n", ".env": "POSTGRES_PASSWORD=x\n"}
    (tmp_path / name).write_text(harmless.get(name, ""))
    events._check_folder()


async def test_a_folder_that_somebody_hostile_filled_is_told_of_and_left_alone(
    tmp_path: Path, ledger: Ledger, clock: Clock
) -> None:
    """A name that no JSON takes blocked it, and links in circles took all memory."""
    folder, server = tmp_path / "in", StandInServer()
    hostile_folder.fill(folder, b"%PDF-1.7 x")
    one = await begun(folder, ledger, server)
    await one.look()
    clock.now += 10
    assert sorted(await one.look()) == sorted(hostile_folder.READ)
    for upload in server.has.values():
        json.dumps(upload.event()).encode()
        (source,) = find_sources([upload.source]).sources
        assert source.stamp  # whoever is told finds it
    again = await begun(folder, ledger, server)
    clock.now += 10
    assert await again.look() == await again.look() == []


async def test_a_note_that_an_earlier_version_left_does_not_block_it(
    tmp_path: Path, ledger: Ledger, clock: Clock
) -> None:
    bad = os.fsdecode(b"/gone/caf\xe9.pdf")
    note = {"name": os.fsdecode(b"caf\xe9.pdf"), "source": bad, "state": "new"}
    await ledger.keep(watching.KIND, "0" * 64, json.dumps(note))
    server = StandInServer()
    one = await begun(tmp_path, ledger, server)
    assert await one.look() == [r"caf\xe9.pdf"]
    assert server.names == [r"caf\xe9.pdf"]
    json.dumps([upload.event() for upload in server.has.values()]).encode()


async def test_an_upload_that_the_server_never_takes_holds_up_no_other(
    tmp_path: Path, ledger: Ledger, clock: Clock
) -> None:
    folder, server = tmp_path / "in", StandInServer(refuses="03.pdf")
    for number in range(9):
        put(folder, f"{number:02}.pdf")
    one = await begun(folder, ledger, server)
    await one.look()
    clock.now += 10
    told = [f"{number:02}.pdf" for number in range(9) if number != 3]
    assert await one.look() == told
    assert await one.look() == []
    assert await (await begun(folder, ledger, server)).look() == []


async def test_what_is_away_for_a_while_is_looked_at_again(
    tmp_path: Path, ledger: Ledger, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, server = tmp_path / "in", StandInServer()
    put(folder, "a.pdf")
    one = Watch([str(folder), "memory://away"], ledger, server.send, settle=5)
    plain = watching.find_sources

    def away(words: Sequence[str], **how: Any) -> Any:
        if words == ["memory://away"]:
            raise ConfigError("no_storage", "memory://away cannot be listed.")
        return plain(words, **how)

    with monkeypatch.context() as gone:
        gone.setattr(watching, "find_sources", away)
        await one.begin()
        await one.look()
        clock.now += 10
        assert await one.look() == ["a.pdf"]
    assert await one.look() == []


async def test_a_search_ends_with_whoever_waits_for_it(
    tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python waits for its threads at the end: a search without end ignored SIGTERM."""
    ended = threading.Event()

    def endless(words: Sequence[str], *, stopped: Callable[[], bool], **how: Any) -> Any:
        while not stopped():
            time.sleep(0.01)
        ended.set()
        return FoundSources([])

    monkeypatch.setattr(watching, "find_sources", endless)
    task = asyncio.create_task(Watch([str(tmp_path)], ledger, StandInServer().send).look())
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await asyncio.to_thread(ended.wait, 60)
