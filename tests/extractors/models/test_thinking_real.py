"""A real server whose model thinks: llama.cpp with SmolLM2 and the chat template of such models.

What is tested is where a real server puts thinking, and what becomes of it; that the model knows
little does not matter. Marked `models`.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest
from docglean.extractors.calls.escalation import starved
from docglean.extractors.documents.workers import Workers
from docglean.extractors.models import connect
from docglean.extractors.models.base import Call, Reply, TextPart
from docglean.extractors.models.discovery import probe
from docglean.extractors.models.engines import parse_engine
from docglean.extractors.settings import Settings
from model_calls import SCHEMA, call
from servers.billing import slips
from servers.llamacpp import ENDS_THINKING, THINKS, serving
from strict import read

pytestmark = pytest.mark.models

TOTAL = SCHEMA | {
    "properties": {"total": {"type": "string", "maxLength": 8}}, "required": ["total"],
}  # fmt: skip
RECEIPT = TextPart("SHOP\nTOTAL 3.50")


thinking = partial(serving, greedy=1)


async def ask(spec: str, asked: Call) -> Reply:
    engine = parse_engine(spec)
    client = connect(engine, Settings(), await probe(engine))
    try:
        return await client.send(asked)
    finally:
        await client.close()


async def test_thinking_beside_the_answer_is_counted_and_is_not_the_answer() -> None:
    with thinking(ENDS_THINKING) as url:
        reply = await ask(f"ocr+llamacpp:m@{url}", call(RECEIPT, schema=TOTAL, max_tokens=100))
    assert (reply.outcome, reply.repaired) == ("ok", False)
    assert list(json.loads(reply.text)) == ["total"]
    assert 0 < reply.usage.reasoning_tokens < reply.usage.output_tokens


async def test_thinking_in_the_text_is_taken_out_of_it() -> None:
    with thinking(ENDS_THINKING, reasoning_format=0) as url:
        asked = call(RECEIPT, schema=TOTAL, max_tokens=100)
        reply = await ask(f"ocr+llamacpp:m@{url}?schema=none", asked)
    assert reply.outcome == "ok", reply
    assert reply.text.startswith("{")
    assert "think" not in reply.text


@pytest.mark.parametrize("reasoning_format", [3, 0], ids=["beside the text", "in the text"])
async def test_thinking_that_is_cut_is_told_from_a_long_answer(
    reasoning_format: int,
) -> None:
    with thinking(THINKS, reasoning_format=reasoning_format) as url:
        # It thinks longer than that, though not for ever where nothing holds it to a schema.
        asked = call(RECEIPT, schema=None, max_tokens=4)
        reply = await ask(f"ocr+llamacpp:m@{url}?schema=none", asked)
    assert (reply.outcome, reply.code, reply.text) == ("truncated", "max_tokens", "")
    assert starved(reply)


async def test_thinking_without_end_costs_three_calls_at_the_most(
    tmp_path: Path, workers: Workers
) -> None:
    with thinking(THINKS) as url:
        spec = f"ocr+llamacpp:m@{url}?context=1000"
        (found,) = await read(spec, slips(tmp_path / "in", 1), workers)
    assert found.status == "failed", found.problems
    # Asked again with all the room that there is, at least.
    assert 2 <= found.spending.calls <= 3, found.spending
    assert "thinking_used_up" in [problem.code for problem in found.problems]
