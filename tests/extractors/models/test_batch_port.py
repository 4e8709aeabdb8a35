"""Batches between the ledger and a provider: found again, gone, crowded out, read in any form."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import httpx2
import pytest
from docglean.extractors.calls import batch_results
from docglean.extractors.calls.batch_results import collect
from docglean.extractors.extraction import Usage
from docglean.extractors.ledger import batch_book
from docglean.extractors.ledger.accounts import spent_of
from docglean.extractors.ledger.batch_book import BatchRow
from docglean.extractors.ledger.budget import Budget, Expected
from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.ledger.rows import Flight
from docglean.extractors.ledger.tables import RequestMeta
from docglean.extractors.models import connect
from docglean.extractors.models.base import Call, TextPart
from docglean.extractors.models.batch_port import BatchWire
from docglean.extractors.models.engines import parse_engine
from docglean.extractors.settings import Settings
from docglean.schemas.errors import ModelError
from pydantic import ValidationError
from servers.billing import KEYS, PayingServer, paying

VENDORS = ("anthropic", "openai", "gemini", "mistral")
SCHEMA = {"type": "object", "properties": {"number": {"type": "string"}}, "required": ["number"],
          "additionalProperties": False}  # fmt: skip
BUDGET = Budget("run 1", Decimal(1), "this run")
SETTINGS = Settings()


@pytest.fixture
def server() -> Iterator[PayingServer]:
    with paying() as state:
        yield state


@pytest.fixture(params=VENDORS)
def vendor(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def call(number: int) -> Call:
    return Call("Read.", (TextPart(f"number: {number}"),), SCHEMA, "slip", 1000)


@asynccontextmanager
async def wire_to(server: PayingServer, vendor: str) -> AsyncIterator[BatchWire]:
    client = connect(parse_engine(server.engine(vendor)), SETTINGS)
    try:
        yield client.batches()
    finally:
        await client.close()


def flights(count: int, cents: int = 10) -> list[Flight]:
    told = Expected(Usage(input_tokens=10), Decimal(cents) / 100)
    return [
        Flight(
            uuid.uuid4().hex, f"{number:064}", RequestMeta(document=str(number), name="a.pdf"), "",
            os.getpid(), datetime.now(UTC), told,
        )
        for number in range(count)
    ]  # fmt: skip


def row(server: PayingServer, vendor: str, **told: Any) -> BatchRow:
    facts = {"state": "submitting", "process": "", "created": datetime.now(UTC), **told}
    return BatchRow(
        id=uuid.uuid4().hex, engine=server.engine(vendor), run="1", requests=0, bytes=0, **facts
    )


async def hand_in(wire: BatchWire, batch: BatchRow, ones: list[Flight]) -> str:
    bodies = [wire.client.body(call(number)) for number in range(len(ones))]
    lines = b"".join(wire.line(one.id, body) for one, body in zip(ones, bodies, strict=True))
    return await wire.submit(BytesIO(lines), batch.id)


async def claimed(ledger: Ledger, batch: BatchRow, ones: list[Flight]) -> None:
    ids = await ledger.change(batch_book.claim, batch, ones, [BUDGET])
    assert sorted(ids) == sorted(one.id for one in ones)


async def state(ledger: Ledger, batch: BatchRow) -> BatchRow:
    return next(one for one in await ledger.look(batch_book.batches) if one.id == batch.id)


async def test_a_batch_that_may_have_been_made_is_told_from_others(
    server: PayingServer, vendor: str
) -> None:
    desk = server.desks[vendor]
    ours, others, before = flights(2), flights(2), datetime.now(UTC)
    async with wire_to(server, vendor) as wire:
        batch = row(server, vendor)
        ids = frozenset(one.id for one in ours)
        assert await wire.find(batch.id, before, 2, ids) == []
        await hand_in(wire, row(server, vendor), others)
        await hand_in(wire, row(server, vendor), flights(3))
        found = await wire.find(batch.id, before, 2, ids)
        assert [one.ours for one in found] == ([False] if vendor == "anthropic" else [])
        desk.hold = True
        remote = await hand_in(wire, batch, ours)
        sure = None if vendor == "anthropic" else True
        found = await wire.find(batch.id, before, 2, ids)
        assert (found[0].remote, found[0].ours) == (remote, sure)
        desk.hold = False
        found = await wire.find(batch.id, before, 2, ids)
        assert (found[0].remote, found[0].ours) == (remote, True)
        # Those made long before are not even looked at.
        later = datetime.now(UTC) + timedelta(hours=1)
        assert await wire.find(batch.id, later, 2, ids) == []


async def test_a_lost_batch_is_waited_for_until_it_is_certain_whose_it_is(
    where: str, server: PayingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anthropic's carry no name: while one of the same size is at work, nothing is handed in."""
    monkeypatch.setattr(batch_results, "APPEARS", timedelta())
    monkeypatch.setenv("ANTHROPIC_API_KEY", "x")
    desk = server.desks["anthropic"]
    desk.hold = True
    async with await Ledger.open(where) as ledger, wire_to(server, "anthropic") as wire:
        batch, ones = row(server, "anthropic"), flights(2)
        await claimed(ledger, batch, ones)
        remote = await hand_in(wire, batch, ones)  # and then its maker is killed
        await collect(ledger, SETTINGS)
        assert (await state(ledger, batch)).state == "submitting"
        desk.hold = False
        [checked] = await collect(ledger, SETTINGS)
        assert (checked.batch.state, checked.batch.remote, checked.replies) == (
            "collected", remote, 2,
        )  # fmt: skip
        assert len(await ledger.replies([one.key for one in ones])) == 2
        assert server.twice == 0


async def test_a_batch_that_was_never_made_sets_its_requests_free(
    where: str, server: PayingServer, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with await Ledger.open(where) as ledger:
        batch, ones = row(server, vendor), flights(3)
        await claimed(ledger, batch, ones)
        assert (await ledger.look(spent_of, BUDGET.scope))[1] == Decimal("0.30")
        await collect(ledger, SETTINGS)  # it may still appear
        assert (await state(ledger, batch)).state == "submitting"
        monkeypatch.setattr(batch_results, "APPEARS", timedelta())
        await collect(ledger, SETTINGS)
        assert (await state(ledger, batch)).state == "dropped"
        assert await ledger.look(spent_of, BUDGET.scope) == (0, 0)
        again = row(server, vendor)
        await claimed(ledger, again, flights(3))


async def test_while_its_maker_lives_nobody_looks_for_a_batch(
    where: str, server: PayingServer, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_results, "APPEARS", timedelta())
    async with await Ledger.open(where) as ledger, await Ledger.open(where) as other:
        batch = row(server, vendor, process=await ledger.entered())
        await claimed(ledger, batch, flights(1))
        await collect(other, SETTINGS)
        assert (await state(other, batch)).state == "submitting"
        await ledger.change(batch_book.abandon, batch.id)
        await collect(other, SETTINGS)
        assert (await state(other, batch)).state == "dropped"


async def test_a_batch_whose_results_are_gone_may_have_been_paid_for(
    where: str, server: PayingServer, vendor: str
) -> None:
    server.desks[vendor].batches = {}

    def unknown(*_: Any) -> Any:
        from servers.billing import Refusal

        raise Refusal(404)

    server.desks[vendor].handle = unknown  # type: ignore[method-assign]
    async with await Ledger.open(where) as ledger:
        batch, ones = row(server, vendor), flights(2)
        await claimed(ledger, batch, ones)
        await ledger.change(batch_book.submitted, batch.id, "long-ago")
        [checked] = await collect(ledger, SETTINGS)
        assert checked.batch.state == "collected"
        assert await ledger.look(spent_of, BUDGET.scope) == (Decimal("0.2"), 0)
        known = await ledger.look(batch_book.answered, ones[0].key, "")
        assert (known.reply, known.failures) == (None, 1)
        assert known.failed is not None
        assert (known.failed.code, known.failed.retryable) == ("batch_gone", True)


async def test_a_provider_that_is_away_is_asked_again(
    where: str, server: PayingServer, vendor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for sdk in ("anthropic", "openai"):
        monkeypatch.setattr(f"{sdk}._base_client.INITIAL_RETRY_DELAY", 0.01)
    async with await Ledger.open(where) as ledger, wire_to(server, vendor) as wire:
        batch, ones = row(server, vendor), flights(1)
        await claimed(ledger, batch, ones)
        remote = await hand_in(wire, batch, ones)
        await ledger.change(batch_book.submitted, batch.id, remote)

        def away(method: str, path: str, when: str) -> None:
            if when == "asked":
                raise ConnectionAbortedError

        server.told = away
        [checked] = await collect(ledger, SETTINGS)
        assert checked.trouble
        assert (await state(ledger, batch)).state == "submitted"
        server.told = lambda *_: None
        [checked] = await collect(ledger, SETTINGS)
        assert checked.replies == 1


async def test_where_other_batches_fill_the_queue_requests_are_free_again(
    where: str, server: PayingServer
) -> None:
    desk = server.desks["openai"]
    async with await Ledger.open(where) as ledger, wire_to(server, "openai") as wire:
        first, second = row(server, "openai"), row(server, "openai")
        ones = flights(2)
        desk.hold = True
        for batch, part in ((first, ones[:1]), (second, ones[1:])):
            await claimed(ledger, batch, part)
            remote = await hand_in(wire, batch, part)
            await ledger.change(batch_book.submitted, batch.id, remote)
        crowded = list(desk.batches.values())[1]
        crowded.state, crowded.ended = "failed", True
        await collect(ledger, SETTINGS)
        assert (await state(ledger, second)).state == "dropped"
        known = await ledger.look(batch_book.answered, ones[1].key, "1")
        assert (known.failures, known.in_batch) == (0, False)
        # Alone it is too large for the provider: that is a failure.
        desk.hold = False
        await collect(ledger, SETTINGS)
        third = row(server, "openai")
        await claimed(ledger, third, ones[1:])
        await ledger.change(batch_book.submitted, third.id, crowded.id)
        await collect(ledger, SETTINGS)
        assert (await state(ledger, third)).state == "collected"
        known = await ledger.look(batch_book.answered, ones[1].key, "")
        assert known.failures == 1


async def test_results_are_read_whatever_stands_in_them(server: PayingServer, vendor: str) -> None:
    """U+2028 ends a line for Python's splitlines, not in JSON Lines."""
    odd = json.dumps({"number": "a\u2028b\x85c\n"}, ensure_ascii=False)
    server.answers = lambda text, schema: odd
    desk = server.desks[vendor]
    async with wire_to(server, vendor) as wire:
        ones = flights(3)
        remote = await hand_in(wire, row(server, vendor), ones)
        if vendor == "openai":
            plain = desk.line

            def raw(custom_id: str, fate: Any, answer: Any) -> bytes:  # as vendors write it
                told = json.loads(plain(custom_id, fate, answer))  # type: ignore[operator]
                return json.dumps(told, ensure_ascii=False).encode() + b"\n"

            desk.line = raw  # type: ignore[attr-defined]
        assert (await wire.look(remote)).ended
        found = {custom_id: reply async for custom_id, reply in wire.results(remote)}
    assert set(found) == {one.id for one in ones}
    assert {reply.outcome for reply in found.values()} == {"ok"}
    assert {json.loads(reply.text)["number"] for reply in found.values()} == {"a\u2028b\x85c\n"}
    # 400 tokens in and 25 out at $1 and $2 a million, and half of that.
    assert {reply.cost for reply in found.values()} == {Decimal("0.000225")}


async def test_what_is_claimed_by_one_is_left_out_by_another(
    where: str, server: PayingServer
) -> None:
    async with await Ledger.open(where) as ledger:
        ones = flights(4)
        await claimed(ledger, row(server, "openai"), ones[:2])
        again = [*flights(2), *ones[2:]]
        found = await ledger.change(batch_book.claim, row(server, "openai"), again, [BUDGET])
        assert found == [one.id for one in ones[2:]]
        assert await ledger.change(batch_book.claim, row(server, "openai"), again, []) == []
        with pytest.raises(ModelError) as caught:
            await ledger.begin(ones[0].key, RequestMeta(name="a.pdf", pages="1"))
        assert caught.value.code == "in_batch"


async def test_doing_it_twice_comes_to_the_same(where: str, server: PayingServer) -> None:
    """As after a commit that was cut off when all was written."""
    async with await Ledger.open(where) as ledger, wire_to(server, "openai") as wire:
        batch, ones = row(server, "openai"), flights(2)
        for _ in range(2):
            await claimed(ledger, batch, ones)
        assert (await ledger.look(spent_of, BUDGET.scope))[1] == Decimal("0.20")
        remote = await hand_in(wire, batch, ones)
        for _ in range(2):
            await ledger.change(batch_book.submitted, batch.id, remote)
        assert (await wire.look(remote)).ended
        replies = {custom_id: reply async for custom_id, reply in wire.results(remote)}
        stored = [await ledger.change(batch_book.book, batch.id, replies) for _ in range(2)]
        assert stored == [2, 0]
        assert await ledger.look(spent_of, BUDGET.scope) == (Decimal("0.00045"), 0)


@pytest.mark.parametrize(
    ("vendor", "path", "body"),
    [
        ("anthropic", "/v1/messages/batches", {"requests": [{"custom_id": "a b", "params": {}}]}),
        ("anthropic", "/v1/messages/batches", {"requests": [{"custom_id": "x", "body": {}}]}),
        ("openai", "/v1/batches", {"input_file_id": "f", "endpoint": "/v1/nowhere",
                                   "completion_window": "24h"}),
    ],
)  # fmt: skip
def test_a_batch_that_is_not_of_the_vendors_types_fails_the_test(
    vendor: str, path: str, body: dict[str, Any]
) -> None:
    def hand_in() -> None:
        with paying() as server:
            key = {"authorization": f"Bearer {KEYS[f'STANDIN_{vendor.upper()}']}"}
            told = key | {"anthropic-version": "2026-10-21"}
            answer = httpx2.post(f"{server.url}{path}", json=body, headers=told, timeout=60)
            assert answer.status_code == 400

    with pytest.raises((AssertionError, ValidationError)):
        hand_in()


async def test_a_request_that_a_vendor_refuses_is_a_row_of_its_batch(
    server: PayingServer, vendor: str
) -> None:
    """All look at what is in a batch when its turn has come, and the others are answered."""
    refused = {
        "anthropic": ({"max_tokens": 200_000}, "maximum allowed number"),
        "openai": ({"reasoning_effort": "minimal"}, "does not support 'minimal'"),
        "gemini": ({"generationConfig": {"maxOutputTokens": 0}}, "maxOutputTokens value of 0"),
        "mistral": ({"max_completion_tokens": 10}, "Extra inputs are not permitted"),
    }
    more, said = refused[vendor]
    ones = flights(2)
    async with wire_to(server, vendor) as wire:
        bodies = [wire.client.body(call(0)), wire.client.body(call(1)) | more]
        lines = b"".join(wire.line(one.id, body) for one, body in zip(ones, bodies, strict=True))
        remote = await wire.submit(BytesIO(lines), row(server, vendor).id)
        assert (await wire.look(remote)).ended
        found = {custom_id: reply async for custom_id, reply in wire.results(remote)}
    assert [found[one.id].outcome for one in ones] == ["ok", "failed"]
    assert said in found[ones[1].id].message
    assert not found[ones[1].id].retryable


def test_a_batch_wants_a_key(server: PayingServer, vendor: str) -> None:
    path = {"gemini": "/v1beta/batches", "mistral": "/mistral/v1/batch/jobs",
            "anthropic": "/v1/messages/batches"}.get(vendor, "/v1/batches")  # fmt: skip
    assert httpx2.get(f"{server.url}{path}").status_code == (403 if vendor == "gemini" else 401)
