"""The chat-completions wire: requests as the vendor has them, servers' ways, every ending."""

from __future__ import annotations

import asyncio
import base64
import json
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from contracts import check_openai_answer, check_openai_request
from docglean.extractors.extraction import Usage
from docglean.extractors.models import connect
from docglean.extractors.models import openai as wire
from docglean.extractors.models.base import TextPart
from docglean.extractors.models.capabilities import capability
from docglean.extractors.models.engines import parse_engine
from docglean.extractors.models.loose_json import read_object
from docglean.extractors.settings import Settings
from docglean.schemas.errors import ConfigError
from model_calls import SCHEMA, call, client_of, completion, png, replying
from openai_calls import ENGINE, OWN, ending, error_answer, keys  # noqa: F401 (keys: a fixture)


def body_of(spec: str, *parts: Any, **options: Any) -> dict[str, Any]:
    engine = parse_engine(spec)
    return wire.body(call(*parts, effort=engine.effort, **options), capability(engine))


@pytest.mark.parametrize(
    "spec",
    [
        "openai:gpt-6-luna",
        "openai:gpt-6-sol?effort=minimal",
        "openai:gpt-4o",
        "gemini:gemini-3.5-flash?effort=low",
        "mistral:mistral-small-latest",
        "ollama:qwen2.5vl:7b",
        "vllm:Qwen/Qwen2.5-VL-7B-Instruct@http://gpu:8000/v1",
        "llamacpp:m",
        OWN,
        f"{OWN}?schema=json_object",
        f"{OWN}?schema=none",
        "ocr+ollama:deepseek-r1:8b",
        "image+ocr+openai:gpt-6-luna",
    ],
)
def test_requests_are_what_the_vendor_describes(spec: str) -> None:
    parts = (TextPart("text"),) if spec.startswith("ocr") else (png(), png(), TextPart("text"))
    for schema in (SCHEMA, None):
        check_openai_request(body_of(spec, *parts, schema=schema))


@pytest.mark.parametrize(
    "wrong",
    [
        {"temprature": 0},
        {"messages": [{"role": "robot", "content": "x"}]},
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "data:"}]}]},
        {"response_format": {"type": "json_schema", "json_schema": {"schema": {}}}},
        {"reasoning_effort": "enormous"},
    ],
)
def test_the_contract_would_catch_a_wrong_request(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="validation error"):
        check_openai_request(body_of(ENGINE) | wrong)


def test_openrouter_differs_only_in_its_own_two_fields() -> None:
    body = body_of("openrouter:anthropic/claude-haiku-5.5?effort=low")
    assert body.pop("reasoning") == {"effort": "low"}
    assert body.pop("provider") == {"require_parameters": True}
    check_openai_request(body)


def test_images_go_before_text_as_data_urls() -> None:
    image = png()
    shown, text = body_of("openai:gpt-4o", image, TextPart("Page 1."), TextPart(" "))["messages"][
        1
    ]["content"]
    head, _, data = shown["image_url"]["url"].partition(",")
    assert head == "data:image/png;base64"
    assert base64.b64decode(data) == image.data
    assert shown["image_url"]["detail"] == "high"
    assert text == {"type": "text", "text": "Page 1."}
    # GPT-6 shows the whole image by itself; other servers may not know the word.
    for spec in (ENGINE, "gemini", "ollama:llava:7b", "openai:gpt-4o@http://127.0.0.1:1/v1"):
        assert "detail" not in body_of(spec)["messages"][1]["content"][0]["image_url"]


def test_text_alone_goes_as_a_string() -> None:
    body = body_of("ocr+vllm:m", TextPart("one"), TextPart("two"))
    assert body["messages"][1] == {"role": "user", "content": "one\n\ntwo"}


def test_the_answer_is_held_to_the_schema_as_far_as_the_server_can() -> None:
    held = body_of(ENGINE)["response_format"]["json_schema"]
    assert held == {"name": "receipt_of_a_shop", "strict": True, "schema": SCHEMA}
    objects = body_of(f"{OWN}?schema=json_object")
    assert objects["response_format"] == {"type": "json_object"}
    nothing = body_of(f"{OWN}?schema=none")
    assert "response_format" not in nothing
    for body in (objects, nothing):
        last = body["messages"][1]["content"][-1]["text"]
        assert json.dumps(SCHEMA, separators=(",", ":")) in last
    assert (
        len(body_of(ENGINE, schema_name="x" * 99)["response_format"]["json_schema"]["name"]) == 64
    )


def test_the_limit_is_named_as_the_server_names_it() -> None:
    assert body_of(ENGINE)["max_completion_tokens"] == 1000
    assert body_of("openai:gpt-4o", max_tokens=99_999)["max_completion_tokens"] == 16_384
    for spec in ("gemini", "mistral", "ollama:m", OWN):
        assert body_of(spec)["max_tokens"] == 1000
        assert "max_completion_tokens" not in body_of(spec)


async def test_a_whole_answer() -> None:
    answer = completion()
    answer["usage"] |= {
        "prompt_tokens_details": {"cached_tokens": 400, "audio_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 5, "audio_tokens": 0},
    }
    check_openai_answer(answer)
    reply = await ending(httpx2.Response(200, json=answer, headers={"x-request-id": "req_7"}))
    assert (reply.outcome, reply.text, reply.repaired) == ("ok", '{"total": "12.50"}', False)
    assert reply.usage == Usage(
        input_tokens=900, output_tokens=12, cache_read_tokens=400, reasoning_tokens=5
    )
    # 500 at 0.10, 400 from the cache at 0.01, 12 out at 0.50 dollars a million.
    assert reply.cost == Decimal("0.00006")
    assert (reply.request_id, reply.attempts) == ("req_7", 1)
    assert reply.model == "gpt-6-luna-2026-10-01"


@pytest.mark.parametrize(
    ("changes", "outcome", "code", "text"),
    [
        ({"finish_reason": "length"}, "truncated", "max_tokens", '{"total": "12.50"}'),
        ({"finish_reason": "content_filter"}, "refused", "content_filter", '{"total": "12.50"}'),
        (
            {"message": {"role": "assistant", "content": None, "refusal": "I won't."}},
            "refused",
            "refusal",
            "",
        ),
        (
            {"message": {"role": "assistant", "content": "No idea.", "refusal": None}},
            "invalid",
            "not_json",
            "No idea.",
        ),
        (
            {"message": {"role": "assistant", "content": None, "refusal": None}},
            "invalid",
            "empty_answer",
            "",
        ),
    ],
)
async def test_endings_keep_usage_cost_and_request_id(
    changes: dict[str, Any], outcome: str, code: str, text: str
) -> None:
    answer = completion(**changes)
    check_openai_answer(answer)
    reply = await ending(answer)
    assert (reply.outcome, reply.code, reply.text) == (outcome, code, text)
    assert reply.usage.input_tokens == 900
    assert reply.cost == Decimal("0.000096")
    assert reply.request_id == "chatcmpl-1"
    assert reply.message


@pytest.mark.parametrize(
    ("content", "repaired"),
    [
        ('{"total": "1 <think>"}', False),
        ('{"total": "1 of </think> {}"}', False),
        ('<think>Let me see: {"total": "9"}</think>\n{"total": "1"}', False),
        ('The template opened it. {"total": "9"}</think>{"total": "1"}', False),
        ('◁think▷hm◁/think▷{"total": "1"}', False),
        ('<|channel|>analysis<|message|>hm<|channel|>final<|message|>{"total": "1"}', False),
        ('```json\n{"total": "1"}\n```', True),
        ('Here you are:\n```\n{"total": "1"}\n```\nAnything else?', True),
        ('Sure! {"total": "1"} Hope it helps {:', True),
        ("{'total': '1',}", True),
        ('{"total": "1" // the sum\n}', True),
    ],
)
async def test_answers_of_servers_without_constraints(content: str, repaired: bool) -> None:
    reply = await ending(completion(content), spec=f"{OWN}?schema=none")
    assert (reply.outcome, reply.repaired) == ("ok", repaired)
    found = read_object(reply.text)
    assert found is not None
    assert found.value["total"][0] == "1"
    if "of </think>" in content:
        assert reply.text == content, "text of a page that is about such models"


@pytest.mark.parametrize("content", ["[1, 2]", "12", "null", "{}{}", "no { here", "<think>hm"])
async def test_what_is_no_object_is_not_made_into_one(content: str) -> None:
    reply = await ending(completion(content), spec=f"{OWN}?schema=none")
    assert reply.outcome == "invalid"


async def test_thinking_is_never_the_answer() -> None:
    message = {
        "role": "assistant",
        "content": '{"total": "1"}',
        "reasoning_content": '{"total": "9"}',
    }
    reply = await ending(completion(message=message), spec="vllm:deepseek-r1")
    assert reply.text == '{"total": "1"}'
    parts = [
        {"type": "thinking", "thinking": [{"type": "text", "text": '{"total": "9"}'}]},
        {"type": "text", "text": '{"total": "1"}'},
    ]
    reply = await ending(completion(parts), spec="mistral")
    assert reply.text == '{"total": "1"}'
    cut = await ending(completion("<think>so much to", finish_reason="length"), spec=OWN)
    assert (cut.outcome, cut.text) == ("truncated", "")


@pytest.mark.parametrize("field", ["reasoning", "reasoning_content"])
async def test_an_answer_in_the_field_of_thinking_is_read_or_said_by_name(field: str) -> None:
    # Ollama with models that think: github.com/ollama/ollama/issues/14716
    def said(text: str) -> Any:
        return completion(message={"role": "assistant", "content": "", field: text})

    reply = await ending(said('{"total": "9"}'), spec="ollama:qwen3.5")
    assert (reply.outcome, reply.text) == ("ok", '{"total": "9"}')
    for text in ('The total is {"total": "9"}, or so.', "Let me look.", '{"total": "9'):
        reply = await ending(said(text), spec="ollama:qwen3.5")
        assert (reply.outcome, reply.code) == ("invalid", "answer_in_reasoning")
        assert "?effort=none" in reply.message


async def test_thinking_that_gemini_bills_beside_the_answer_is_counted() -> None:
    answer = completion() | {"model": "gemini-2.5-flash"}
    answer["usage"]["total_tokens"] = 900 + 12 + 300
    compatible = "https://generativelanguage.googleapis.com/v1beta/openai"
    reply = await ending(answer, spec=f"gemini:gemini-2.5-flash@{compatible}")
    assert (reply.usage.output_tokens, reply.usage.reasoning_tokens) == (312, 300)
    # 900 at 0.30 and 312 at 2.50 dollars a million.
    assert reply.cost == Decimal("0.00105")


async def test_a_server_of_ones_own_costs_nothing_and_a_stranger_is_unknown() -> None:
    assert (await ending(completion(), spec=OWN)).cost == 0
    with pytest.warns(UserWarning, match="No price is known for gpt-nobody-1"):
        assert (await ending(completion(), spec="openai:gpt-nobody-1")).cost is None
    without = completion()
    del without["usage"]
    assert (await ending(without)).cost is None, "no usage told: not free"
    assert (await ending(without, spec=OWN)).cost == 0


async def test_ollama_that_reads_only_the_end_of_a_prompt_is_caught() -> None:
    long = TextPart("Eine ziemlich lange Rechnung 123,45. " * 1500)
    answer = completion()
    answer["usage"]["prompt_tokens"] = 4090
    handler, _ = replying(httpx2.Response(200, json=answer))
    reply = await client_of("ocr+ollama:m", handler).send(call(long))
    assert (reply.outcome, reply.code) == ("too_large", "prompt_cut")
    answer["usage"]["prompt_tokens"] = 14_000
    handler, _ = replying(httpx2.Response(200, json=answer))
    assert (await client_of("ocr+ollama:m", handler).send(call(long))).outcome == "ok"


async def test_a_server_without_constrained_decoding_is_asked_for_less() -> None:
    handler, got = replying(
        error_answer(400, "response_format json_schema is not supported"),
        error_answer(400, "'response_format' is unknown"),
        httpx2.Response(200, json=completion('Sure: {"total": "1"}')),
    )
    client = client_of(OWN, handler)
    replies = [await client.send(call()) for _ in range(3)]
    assert [body.get("response_format", {}).get("type") for body in got] == [
        "json_schema",
        "json_object",
        None,
    ]
    assert [(reply.code, reply.again_in) for reply in replies[:2]] == 2 * [("schema_rejected", 0.0)]
    assert (replies[2].outcome, replies[2].repaired) == ("ok", True)
    await client.send(call())
    assert len(got) == 4, "what the server can is remembered"


async def test_calls_at_the_same_time_ask_for_less_together() -> None:
    async def handler(request: httpx2.Request) -> httpx2.Response:
        asked = json.loads(request.content).get("response_format", {}).get("type")
        modes.append(asked)
        await asyncio.sleep(0)  # all have been sent before any is answered
        if asked == "json_schema":
            return error_answer(400, "response_format json_schema is not supported")
        return httpx2.Response(200, json=completion())

    modes: list[str | None] = []
    client = client_of(OWN, handler)
    replies = await asyncio.gather(*(client.send(call()) for _ in range(6)))
    assert {reply.again_in for reply in replies} == {0.0}
    replies = await asyncio.gather(*(client.send(call()) for _ in range(6)))
    assert {reply.outcome for reply in replies} == {"ok"}
    assert set(modes) == {"json_schema", "json_object"}, "a step at a time, not one for each call"
    # Another schema may well be taken.
    modes.clear()
    await client.send(call(schema_name="other"))
    assert modes[0] == "json_schema"


async def test_a_vendors_refusal_of_a_schema_is_the_schemas_fault() -> None:
    for spec in (ENGINE, f"{OWN}?schema=json_schema"):
        handler, got = replying(error_answer(400, "Invalid schema for response_format"))
        reply = await client_of(spec, handler).send(call())
        assert (reply.code, len(got)) == ("schema_rejected", 1)


def test_connecting_without_a_key_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(ConfigError, match="OPENAI_API_KEY"):
        connect(parse_engine(ENGINE), Settings())
    with pytest.raises(ConfigError, match="MY_KEY"):
        connect(parse_engine(f"{OWN}?key=MY_KEY"), Settings())
    with pytest.raises(ConfigError, match="reads text only"):
        connect(parse_engine("ollama:deepseek-r1:8b"), Settings())
    with pytest.raises(ConfigError, match="names no model"):
        connect(parse_engine("llamacpp"), Settings())
    with pytest.raises(ConfigError, match="no model to connect"):
        connect(parse_engine("local"), Settings())
