"""Both wires against a real socket that misbehaves: every call ends, in time, as what it was."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from docglean.extractors.gateway.gateway import ModelGateway
from docglean.extractors.gateway.retries import SLOW_TRIES, TRIES
from docglean.extractors.gateway.sent import DeadlineClock
from docglean.extractors.ledger.budget import Expected
from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.ledger.tables import REPLIES, RequestMeta
from docglean.extractors.models import connect
from docglean.extractors.models.base import Reply
from docglean.extractors.models.bodies import ANSWER_BYTES
from docglean.extractors.models.client import Client
from docglean.extractors.models.engines import parse_engine
from docglean.extractors.models.pace import pace_of
from docglean.extractors.settings import Settings
from docglean.schemas.errors import ConfigError
from model_calls import call, completion, message

WIRES = {
    "anthropic": ("anthropic:claude-haiku-5-5", message()),
    "openai": ("openai:gpt-6-luna", completion()),
}
Fault = Callable[[asyncio.StreamWriter, bytes], Awaitable[None]]


@pytest.fixture(params=WIRES)
def wire(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    for name in ("ANTHROPIC", "OPENAI"):
        monkeypatch.setenv(f"{name}_API_KEY", "x")
        monkeypatch.delenv(f"{name}_BASE_URL", raising=False)
    # Made short: nothing here is about its length.
    monkeypatch.setattr("docglean.extractors.gateway.retries.FIRST_PAUSE", 0.02)
    return str(request.param)


def http(
    status: int = 200, body: bytes = b"", *, length: int | None = None, **headers: str
) -> bytes:
    """A response as bytes; `length` may lie about the body."""
    lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body) if length is None else length}"]
    headers.setdefault("content_type", "application/json")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "connection: close", "", ""]).encode() + body


def say(response: bytes) -> Fault:
    async def fault(writer: asyncio.StreamWriter, _: bytes) -> None:
        writer.write(response)
        await writer.drain()

    return fault


async def hang_up(writer: asyncio.StreamWriter, _: bytes) -> None:
    """Read the request, then reset the connection without a byte."""
    writer.transport.abort()


async def hang(_: asyncio.StreamWriter, __: bytes) -> None:
    await asyncio.sleep(60)


async def drip(writer: asyncio.StreamWriter, whole: bytes) -> None:
    """A byte now and then: no read ever times out, and the answer never comes."""
    for byte in http(body=whole):
        writer.write(bytes([byte]))
        await writer.drain()
        await asyncio.sleep(0.05)


async def cut(writer: asyncio.StreamWriter, whole: bytes) -> None:
    """Half of the body that was promised."""
    writer.write(http(body=whole[:60], length=len(whole)))
    await writer.drain()


async def fine(writer: asyncio.StreamWriter, whole: bytes) -> None:
    writer.write(http(body=whole))
    await writer.drain()


class Server:
    """Plays one fault a request, in turn; the last one for ever."""

    def __init__(self, wire: str, *faults: Fault) -> None:
        self.whole = json.dumps(WIRES[wire][1]).encode()
        self.faults = faults
        self.requests = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
            await reader.readexactly(length)
            fault = self.faults[min(self.requests, len(self.faults) - 1)]
            self.requests += 1
            await fault(writer, self.whole)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def failing(
    wire: str, *faults: Fault, **settings: Any
) -> AsyncIterator[tuple[Client, Server]]:
    server = Server(wire, *faults)
    listening = await asyncio.start_server(server, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    engine = parse_engine(f"{WIRES[wire][0]}@http://127.0.0.1:{port}")
    client = connect(engine, Settings(**settings))
    try:
        yield client, server
    finally:
        await client.close()
        listening.close()


@asynccontextmanager
async def in_line(
    wire: str, folder: Path, *faults: Fault, **settings: Any
) -> AsyncIterator[tuple[Callable[[], Awaitable[Reply]], Server, Ledger]]:
    """What sends a call through the ledger, as a run does; the server; the ledger."""
    folder.mkdir()
    async with (
        failing(wire, *faults, **settings) as (client, server),
        await Ledger.open(folder / "ledger.sqlite") as ledger,
    ):
        line = ModelGateway(client, ledger, 4, pace=pace_of(client.engine, Settings(**settings)))

        async def send() -> Reply:
            sent = await line.send("key", RequestMeta(), call(), Expected(), DeadlineClock(60))
            assert sent is not None
            return sent.reply

        yield send, server, ledger


async def rows(ledger: Ledger) -> int:
    query = sa.select(sa.func.count()).select_from(REPLIES)
    return await ledger.look(lambda connection: int(connection.execute(query).scalar_one()))


@pytest.mark.parametrize(
    ("status", "code", "most"),
    [
        (429, "rate_limited", SLOW_TRIES),
        (500, "server_error", TRIES),
        (503, "overloaded", SLOW_TRIES),
        (529, "overloaded", SLOW_TRIES),
    ],
)
async def test_each_request_on_the_wire_is_an_entry_of_the_ledger(
    wire: str, tmp_path: Path, status: int, code: str, most: int
) -> None:
    busy = say(http(status, b'{"error": {"message": "busy"}}', retry_after="0.01"))
    async with in_line(wire, tmp_path / "a", busy, busy, fine) as (send, server, ledger):
        assert (await send()).outcome == "ok"
        assert (server.requests, await rows(ledger)) == (3, 3)
    async with in_line(wire, tmp_path / "b", busy) as (send, server, ledger):
        reply = await send()
        assert (server.requests, await rows(ledger)) == (most, most)
    assert (reply.outcome, reply.code, reply.retryable) == ("failed", code, True)


@pytest.mark.parametrize(
    "broken",
    [hang_up, cut, say(http()), say(http(body=b'{"id": "x", "choi')), say(http(body=b"<p>Hi"))],
    ids=["no answer", "half an answer", "empty", "truncated", "html"],
)
async def test_a_broken_answer_is_asked_for_again_within_the_ledger(
    wire: str, tmp_path: Path, broken: Fault
) -> None:
    async with in_line(wire, tmp_path / "a", broken, fine) as (send, server, ledger):
        assert (await send()).outcome == "ok"
        assert (server.requests, await rows(ledger)) == (2, 2)
    async with in_line(wire, tmp_path / "b", broken) as (send, server, ledger):
        reply = await send()
        assert (server.requests, await rows(ledger)) == (TRIES, TRIES)
    assert (reply.outcome, reply.retryable) == ("failed", True)


async def test_a_client_sends_one_request(wire: str) -> None:
    for fault in (say(http(500, b"{}")), say(http(429, b"{}")), hang_up, cut):
        async with failing(wire, fault, fine) as (client, server):
            reply = await client.send(call())
        assert (reply.outcome, reply.again_in, server.requests) == ("failed", 0.0, 1)


@pytest.mark.parametrize(
    "wait", ["3600", "1e300", "99999999999999999999", "inf", "Fri, 31 Dec 9999 23:59:59 GMT"]
)
async def test_hostile_waits_block_nobody(wire: str, wait: str) -> None:
    async with failing(wire, say(http(429, b"{}", retry_after=wait))) as (client, server):
        reply = await client.send(call())
    assert (reply.code, reply.retryable, server.requests) == ("rate_limited", True, 1)
    assert reply.seconds < 60


@pytest.mark.parametrize("fault", [hang, drip], ids=["silence", "slow drip"])
async def test_the_deadline_holds(wire: str, fault: Fault) -> None:
    async with failing(wire, fault) as (client, _):
        started = time.monotonic()
        reply = await client.send(call(timeout=0.4))
        took = time.monotonic() - started
    assert (reply.outcome, reply.code, reply.retryable) == ("failed", "timeout", True)
    # The server would go on for ever.
    assert 0.4 <= reply.seconds <= took


async def endless(writer: asyncio.StreamWriter, _: bytes) -> None:
    writer.write(b"HTTP/1.1 200 X\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n")
    writer.write(b'{"id": "')
    for _ in range(2 * ANSWER_BYTES // 65_536):
        writer.write(b"x" * 65_536)
        await writer.drain()


async def exploding(writer: asyncio.StreamWriter, _: bytes) -> None:
    """Packed, though nobody asked for that: a thousand times as large as it looks."""
    packed = gzip.compress(b'{"id": "' + bytes(4 * ANSWER_BYTES))
    writer.write(http(body=packed, content_encoding="gzip"))
    await writer.drain()


async def packed(writer: asyncio.StreamWriter, whole: bytes) -> None:
    writer.write(http(body=gzip.compress(whole), content_encoding="gzip"))
    await writer.drain()


@pytest.mark.parametrize("fault", [endless, exploding])
async def test_an_answer_without_end_is_not_read_to_the_end(wire: str, fault: Fault) -> None:
    async with failing(wire, fault) as (client, _):
        reply = await client.send(call())
    assert (reply.outcome, reply.code, reply.again_in) == ("failed", "endless_answer", None)


async def test_a_packed_answer_is_read(wire: str) -> None:
    async with failing(wire, packed) as (client, _):
        assert (await client.send(call())).outcome == "ok"


@pytest.mark.parametrize(
    ("response", "code"),
    [
        (http(), "empty_body"),
        (http(body=b"<html>Welcome</html>", content_type="text/html"), "wrong_content"),
        (http(body=b'{"id": "x", "choi'), "cut_body"),
        (http(body=b"\xff\xfe\x00"), "wrong_content"),
        (http(204), "empty_body"),
        (http(body=b'{"a":' * 100_000), "cut_body"),
    ],
    ids=["empty", "html", "truncated", "garbage", "no content", "nested without end"],
)
async def test_a_success_without_an_answer(wire: str, response: bytes, code: str) -> None:
    async with failing(wire, say(response)) as (client, _):
        reply = await client.send(call())
    assert (reply.outcome, reply.code, reply.retryable) == ("failed", code, True)


async def test_not_http_at_all_is_a_failure(wire: str) -> None:
    async with failing(wire, say(b"SSH-2.0-OpenSSH_9.6\r\n")) as (client, _):
        reply = await client.send(call())
    assert (reply.outcome, reply.code) == ("failed", "connection")


async def test_a_redirect_takes_no_page_elsewhere(wire: str) -> None:
    async with failing(wire, fine) as (_, elsewhere):
        # The second server would answer; nothing must ever reach it.
        listening = await asyncio.start_server(elsewhere, "127.0.0.1", 0)
        url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/v1"
        async with failing(wire, say(http(307, location=url))) as (client, _):
            reply = await client.send(call())
        listening.close()
        assert elsewhere.requests == 0
    assert (reply.outcome, reply.code) == ("failed", "redirected")


async def test_proxies_of_the_environment_never_see_what_is_for_this_machine(
    wire: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    async with failing(wire, fine) as (client, _):
        assert (await client.send(call())).outcome == "ok"


async def test_an_address_where_nothing_answers_ends_the_run(wire: str) -> None:
    client = connect(parse_engine(f"{WIRES[wire][0]}@http://127.0.0.1:9"), Settings())
    with pytest.raises(ConfigError) as caught:
        await client.send(call())
    assert caught.value.code == "no_server"


async def test_a_server_that_goes_away_later_fails_single_calls(wire: str) -> None:
    server = Server(wire, fine)
    listening = await asyncio.start_server(server, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    client = connect(parse_engine(f"{WIRES[wire][0]}@http://127.0.0.1:{port}"), Settings())
    assert (await client.send(call())).outcome == "ok"
    listening.close()
    await listening.wait_closed()
    reply = await client.send(call())
    assert (reply.outcome, reply.code, reply.retryable) == ("failed", "connection", True)
    assert reply.cost == 0, "nothing was sent"
    await client.close()


async def test_among_many_calls_each_ends_as_its_own(wire: str) -> None:
    faults = [fine, hang_up, fine, say(http(500, b"{}", retry_after="0.01")), fine, cut, fine]
    async with failing(wire, *faults) as (client, server):
        replies = await asyncio.gather(*(client.send(call(timeout=20)) for _ in range(12)))
    assert [reply.outcome for reply in replies].count("ok") == 9
    assert {reply.outcome for reply in replies} <= {"ok", "failed"}
    assert len(replies) == server.requests


async def test_a_cancelled_call_is_cancelled(wire: str) -> None:
    async with failing(wire, hang) as (client, _):
        task = asyncio.create_task(client.send(call()))
        await asyncio.sleep(0.2)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
