"""The chat-completions wire against a real server: llama.cpp with a real, tiny model.

SmolLM2-135M knows little; what is tested is the server: constrained output, limits, refusals,
what it tells of itself. Marked `models`: `make test-models` installs both packages.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from docglean.extractors.models import connect
from docglean.extractors.models.base import Call, Reply, TextPart
from docglean.extractors.models.capabilities import capability, check
from docglean.extractors.models.discovery import probe
from docglean.extractors.models.engine_resolution import resolve
from docglean.extractors.models.engines import Engine, parse_engine
from docglean.extractors.settings import Settings
from docglean.schemas.errors import ConfigError
from jsonschema import validate
from model_calls import SCHEMA, call, png
from servers.llamacpp import CONTEXT, serving

pytestmark = pytest.mark.models

RECEIPT = TextPart("CORNER SHOP\n24.11.2026\nMilk 1.20\nBread 2.30\nTOTAL 3.50")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A llama.cpp server on a free port of this machine."""
    with serving() as found:
        yield found


@pytest.fixture
async def engine(url: str) -> Engine:
    found, said = await resolve(f"ocr+llamacpp@{url}", Settings(private=True))
    assert "this machine" in said
    return found


async def ask(engine: Engine, asked: Call, **settings: object) -> Reply:
    client = connect(engine, Settings(**settings), await probe(engine))
    try:
        return await client.send(asked)
    finally:
        await client.close()


async def test_the_server_tells_its_model_context_and_sight(engine: Engine) -> None:
    assert engine.model == "SmolLM2-135M-Instruct.Q4_1.gguf"
    told = await probe(engine)
    assert told.context_tokens == CONTEXT
    assert told.vision is False
    assert told.schema_mode == "json_schema"


async def test_the_answer_is_held_to_the_schema(engine: Engine) -> None:
    schema = SCHEMA | {
        "properties": {
            "shop": {"type": "string", "enum": ["CORNER SHOP", "OTHER"]},
            "items": {"type": "integer"},
            "paid": {"type": ["boolean", "null"]},
        },
        "required": ["shop", "items", "paid"],
    }
    reply = await ask(engine, call(RECEIPT, schema=schema, max_tokens=100))
    assert (reply.outcome, reply.repaired) == ("ok", False)
    validate(json.loads(reply.text), schema)
    assert 30 < reply.usage.input_tokens < 300
    assert 5 < reply.usage.output_tokens <= 100
    assert reply.cost == 0
    assert reply.request_id
    assert reply.model == engine.model


async def test_an_answer_that_does_not_end_is_cut_and_told_so(engine: Engine) -> None:
    # Asked for a hundred texts within 60 tokens it cannot come to an end.
    schema = {
        "type": "object",
        "properties": {"lines": {"type": "array", "items": {"type": "string"}, "minItems": 100}},
        "required": ["lines"],
        "additionalProperties": False,
    }
    reply = await ask(engine, call(RECEIPT, schema=schema, max_tokens=60))
    assert (reply.outcome, reply.code) == ("truncated", "max_tokens")
    assert reply.usage.output_tokens == 60
    assert reply.text.startswith("{")
    with pytest.raises(json.JSONDecodeError):
        json.loads(reply.text)


async def test_plain_text_and_no_schema(engine: Engine) -> None:
    reply = await ask(engine, call(RECEIPT, schema=None, max_tokens=20))
    assert reply.outcome in ("ok", "truncated")
    assert reply.text


async def test_json_mode_of_a_server_that_has_no_schemas(url: str) -> None:
    engine = parse_engine(f"ocr+llamacpp:m@{url}?schema=json_object")
    reply = await ask(engine, call(RECEIPT, max_tokens=200))
    assert reply.outcome in ("ok", "truncated")
    if reply.outcome == "ok":
        assert isinstance(json.loads(reply.text), dict)


async def test_a_text_larger_than_the_context_is_too_large(engine: Engine) -> None:
    reply = await ask(engine, call(TextPart("Milk 1.20 Bread 2.30\n" * 1000), max_tokens=50))
    assert (reply.outcome, reply.retryable) == ("too_large", False)


async def test_an_image_is_refused_before_it_is_sent(url: str) -> None:
    engine = parse_engine(f"llamacpp:anything@{url}")
    check(engine, capability(engine))
    told = await probe(engine)
    with pytest.raises(ConfigError) as caught:
        connect(engine, Settings(), told)
    assert caught.value.code == "no_vision"


async def test_an_image_that_is_sent_all_the_same_fails_by_name(url: str) -> None:
    # The server says so in words only, which may end a call and never a run.
    engine = parse_engine(f"llamacpp:anything@{url}?vision=yes")
    client = connect(engine, Settings())
    reply = await client.send(call(png(200, 200), TextPart("What is it?")))
    await client.close()
    assert (reply.outcome, reply.code) == ("failed", "no_vision")


async def test_a_schema_that_the_server_cannot_take_is_asked_for_in_another_way(url: str) -> None:
    engine = parse_engine(f"ocr+llamacpp:m@{url}")
    broken = {"type": "object", "properties": {"a": {"$ref": "#/$defs/nowhere"}}}
    client = connect(engine, Settings())
    asked = call(RECEIPT, schema=broken, max_tokens=60)
    first = await client.send(asked)
    # Each request is one entry of the ledger: the line sends it again, in the way learnt now.
    assert first.again_in is not None
    reply = first
    while reply.again_in is not None:
        reply = await client.send(asked)
    await client.close()
    assert reply.outcome in ("ok", "truncated", "invalid")


async def test_the_deadline_ends_a_long_answer(engine: Engine) -> None:
    endless = call(RECEIPT, schema=None, max_tokens=1500, timeout=0.05)
    reply = await ask(engine, endless)
    assert (reply.outcome, reply.code) == ("failed", "timeout")
    assert reply.seconds < 3
