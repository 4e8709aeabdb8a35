"""The chat-completions wire: requests as the vendor has them, servers' ways, every ending."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from contracts import check_openai_answer, check_openai_request
from docglean.extractors.extraction import Usage
from docglean.extractors.models import connect, errors
from docglean.extractors.models import openai as wire
from docglean.extractors.models.base import Reply, TextPart
from docglean.extractors.models.capabilities import capability
from docglean.extractors.models.engines import parse_engine
from docglean.extractors.models.error_codes import SENTENCES
from docglean.extractors.models.loose_json import read_object
from docglean.extractors.settings import Settings
from docglean.schemas.errors import ConfigError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from model_calls import SCHEMA, call, client_of, completion, png, replying

ENGINE = "openai:gpt-6-luna"
OWN = "openai:reader@http://127.0.0.1:9999/v1"


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI", "GEMINI", "MISTRAL", "OPENROUTER"):
        monkeypatch.setenv(f"{name}_API_KEY", "sk-the-key-0123456789")
    for name in ("OPENAI_BASE_URL", "OLLAMA_HOST"):
        monkeypatch.delenv(name, raising=False)


async def ending(
    answer: httpx2.Response | dict[str, Any], *, spec: str = ENGINE, **options: Any
) -> Reply:
    """How a call ends that is answered so."""
    if isinstance(answer, dict):
        answer = httpx2.Response(200, json=answer)
    handler, _ = replying(answer)
    client = client_of(spec, handler)
    reply = await client.send(call(**options))
    await client.close()
    return reply


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


def _depleted(status: int) -> httpx2.Response:
    """As Google tells of an empty account: discuss.ai.google.dev/t/183654."""
    message = "Your prepayment credits are depleted. Please go to AI Studio to manage your project."
    error = {"code": status, "status": "RESOURCE_EXHAUSTED", "message": message}
    return httpx2.Response(status, json={"error": error})


def _error(status: int, message: str, code: Any = None, kind: str = "x") -> httpx2.Response:
    body = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    return httpx2.Response(status, json=body, headers={"retry-after-ms": "1"})


@pytest.mark.parametrize(
    ("spec", "answer", "outcome", "code", "retryable"),
    [
        (
            ENGINE,
            _error(400, "Input tokens exceed the configured limit", "context_length_exceeded"),
            "too_large",
            "too_large",
            False,
        ),
        (
            "vllm:m",
            httpx2.Response(
                400,
                json={
                    "object": "error",
                    "message": "This model's maximum context length is 8192 tokens. However, you "
                    "requested 9000 tokens",
                    "type": "BadRequestError",
                    "code": 400,
                },
            ),
            "too_large",
            "too_large",
            False,
        ),
        (
            "llamacpp:m",
            _error(
                400,
                "the request exceeds the available context size, try increasing it",
                400,
                "exceed_context_size_error",
            ),
            "too_large",
            "too_large",
            False,
        ),
        (
            "vllm:m",
            _error(400, "At most 1 image(s) may be provided in one prompt."),
            "too_large",
            "too_large",
            False,
        ),
        # Said in words alone: they may be anybody's, so they fail one call and no run.
        (
            "gemini",
            _error(400, "API key not valid. Please pass a valid API key."),
            "failed",
            "bad_key",
            False,
        ),
        (
            "mistral",
            httpx2.Response(400, json={"message": "Invalid model: mistral-x"}),
            "failed",
            "unknown_model",
            False,
        ),
        (
            "llamacpp:m",
            _error(
                500,
                "image input is not supported - hint: if this is "
                "unexpected, you may need to provide the mmproj",
            ),
            "failed",
            "no_vision",
            False,
        ),
        ("vllm:m", _error(400, "m is not a multimodal model"), "failed", "no_vision", False),
        (
            "openrouter:x/y",
            _error(404, "No endpoints found that support image input", 404),
            "failed",
            "no_vision",
            False,
        ),
        (
            "gemini",
            httpx2.Response(
                400,
                json=[
                    {
                        "error": {
                            "code": 400,
                            "message": "The input token count (1200000) exceeds the maximum",
                            "status": "INVALID_ARGUMENT",
                        }
                    }
                ],
            ),
            "too_large",
            "too_large",
            False,
        ),
        (
            "gemini",
            _error(400, "The specified schema produces a constraint that has too many states"),
            "failed",
            "schema_rejected",
            False,
        ),
        (
            ENGINE,
            _error(400, "Invalid schema for response_format 'x'"),
            "failed",
            "schema_rejected",
            False,
        ),
        (
            ENGINE,
            _error(400, "The response was filtered", "content_filter"),
            "refused",
            "content_filter",
            False,
        ),
        (
            "openrouter:openai/gpt-6-luna",
            httpx2.Response(
                403,
                json={
                    "error": {
                        "code": 403,
                        "message": "Input was flagged",
                        "metadata": {"reasons": ["violence"]},
                    }
                },
            ),
            "refused",
            "moderation",
            False,
        ),
        (ENGINE, _error(429, "Rate limit reached for gpt-6-luna"), "failed", "rate_limited", True),
        (
            "gemini",
            _error(
                429,
                "You exceeded your current quota, please check your plan and billing details",
                "RESOURCE_EXHAUSTED",
            ),
            "failed",
            "rate_limited",
            True,
        ),
        (ENGINE, _error(500, "The server had an error"), "failed", "server_error", True),
        (
            OWN,
            httpx2.Response(502, html="<html><title>502</title></html>"),
            "failed",
            "server_error",
            True,
        ),
        (ENGINE, _error(503, "overloaded"), "failed", "overloaded", True),
        (ENGINE, _error(413, "big"), "too_large", "too_large", False),
        (ENGINE, _error(400, "Unsupported parameter: 'x'"), "failed", "bad_request", False),
        (
            OWN,
            httpx2.Response(403, html="<html>Blocked by a firewall</html>"),
            "failed",
            "bad_request",
            False,
        ),
        (OWN, httpx2.Response(422, json={"detail": "what?"}), "failed", "bad_request", False),
    ],
)
async def test_errors_of_one_call_are_outcomes(
    spec: str, answer: httpx2.Response, outcome: str, code: str, retryable: bool
) -> None:
    reply = await ending(answer, spec=spec)
    assert (reply.outcome, reply.code, reply.retryable) == (outcome, code, retryable)
    assert reply.cost == 0
    assert reply.message


@pytest.mark.parametrize(
    ("spec", "answer", "code"),
    [
        (ENGINE, _error(401, "Incorrect API key provided: sk-the-key-0123456789"), "bad_key"),
        (
            "gemini",
            httpx2.Response(
                400,
                json=[
                    {
                        "error": {
                            "code": 400,
                            "message": "API key not valid. Please pass a valid API key.",
                            "status": "INVALID_ARGUMENT",
                            "details": [
                                {
                                    "@type": "type.googleapis.com/google.rpc.ErrorInfo",
                                    "reason": "API_KEY_INVALID",
                                    "domain": "googleapis.com",
                                }
                            ],
                        }
                    }
                ],
            ),
            "bad_key",
        ),
        (ENGINE, _error(403, "Country not supported"), "bad_key"),
        (OWN, httpx2.Response(401, json={"detail": "Unauthorized"}), "bad_key"),
        (
            ENGINE,
            _error(404, "The model `gpt-9` does not exist", "model_not_found"),
            "unknown_model",
        ),
        ("ollama:nope", _error(404, "model 'nope' not found"), "unknown_model"),
        (OWN, httpx2.Response(404, text="404 page not found"), "unknown_model"),
        (ENGINE, _error(429, "You exceeded your current quota", "insufficient_quota"), "no_credit"),
        ("openrouter:x/y", _error(402, "Insufficient credits", 402), "no_credit"),
        (
            ENGINE,
            _error(429, "You have no credits remaining", "credit_balance_exhausted"),
            "no_credit",
        ),
        *(("gemini", _depleted(status), "no_credit") for status in (402, 429)),
    ],
)
async def test_what_every_later_call_would_meet_ends_the_run(
    spec: str, answer: httpx2.Response, code: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        await ending(answer, spec=spec)
    assert caught.value.code == code
    assert caught.value.way_out
    assert "the-key" not in str(caught.value)


QUOTED = (
    "payment", "billing", "credit balance", "insufficient funds", "spend_limit", "api_key invalid",
    "invalid api key", "model not found", "unknown model", "image input is not supported",
    "not multimodal", "insufficient_quota", "prompt is too long", "content policy", "moderation",
    *(one.begins for one in SENTENCES),
)  # fmt: skip


@pytest.mark.parametrize("spec", [ENGINE, OWN, "gemini", "openrouter:x/y"])
@pytest.mark.parametrize(
    "frame",
    [
        "Invalid value at 'messages[1].content': {}",
        "{}: extra fields not permitted",
        "field '{}' of your schema is not allowed here",
        'Could not parse the text "... {} ..."',
    ],
)
def test_words_of_a_message_end_no_run(spec: str, frame: str) -> None:
    """A message may quote the user's schema or document: whatever it says, one call fails."""
    engine = parse_engine(spec)
    for status, word in itertools.product((400, 409, 422, 429, 500, 503), QUOTED):
        told = frame.format(word)
        raw = json.dumps({"error": {"message": told}})
        for body in (
            {"error": {"message": told, "type": "invalid_request_error", "code": None}},
            {"error": {"message": "Provider error", "code": status, "metadata": {"raw": raw}}},
            {"detail": [{"msg": told, "loc": ["body", word]}]},
            told,
        ):
            reply = errors.settle_fault(errors.read_fault(status, json.dumps(body)), engine)
            assert reply.outcome == "failed", told
            assert reply.cost == 0


async def test_errors_sent_as_a_success_are_errors() -> None:
    answer = {"error": {"code": 502, "message": "Provider returned error"}, "user_id": "u"}
    reply = await ending(answer, spec="openrouter:x/y")
    assert (reply.outcome, reply.code, reply.retryable) == ("failed", "server_error", True)
    inner = completion(error={"code": 429, "message": "slow down"}, finish_reason="error")
    reply = await ending(inner, spec="openrouter:x/y")
    assert (reply.code, reply.retryable) == ("rate_limited", True)
    reply = await ending(completion(finish_reason="abort"), spec="vllm:m")
    assert (reply.outcome, reply.code, reply.retryable) == ("failed", "server_error", True)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx2.Response(200, content=b""), "empty_body"),
        (httpx2.Response(200, html="<html>Sign in</html>"), "wrong_content"),
        (httpx2.Response(200, content=json.dumps(completion())[:90].encode()), "cut_body"),
        (httpx2.Response(200, json=["x"]), "bad_body"),
        (httpx2.Response(200, json={"choices": []}), "bad_body"),
        (httpx2.Response(200, json={"choices": [{"message": None}]}), "bad_body"),
    ],
)
async def test_a_success_without_an_answer_is_a_failure(answer: httpx2.Response, code: str) -> None:
    reply = await ending(answer)
    assert (reply.outcome, reply.code, reply.retryable) == ("failed", code, True)
    assert reply.cost is None


KEYS = (
    "choices message content usage error code text type id finish_reason prompt_tokens model "
    "prompt_tokens_details refusal input_tokens stop_reason stop_details metadata details"
).split()
JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(max_size=5),
    lambda inner: (
        some.lists(inner, max_size=3)
        | some.dictionaries(some.sampled_from(KEYS), inner, max_size=6)
    ),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    answer=some.dictionaries(
        some.sampled_from(["choices", "usage", "error", "model", "id", "content", "type"]), JSON
    ),
    kind=some.sampled_from(["message", "error", "x"]),
)
def test_whatever_json_a_server_sends_is_an_outcome(answer: dict[str, Any], kind: str) -> None:
    for spec, told in (
        (OWN, answer),
        (OWN, {"choices": [answer]}),
        (OWN, {"choices": [{"message": answer, "finish_reason": "stop"}], "usage": answer}),
        ("anthropic:m@http://127.0.0.1:1", answer | {"type": kind}),
        ("anthropic:m@http://127.0.0.1:1", {"type": "message", "content": [answer]} | answer),
    ):
        client = client_of(spec, replying(httpx2.Response(500))[0])
        try:
            reply = client.reply(told, call())
        except ConfigError:
            continue
        assert reply.outcome in ("ok", "truncated", "refused", "invalid", "too_large", "failed")
        if reply.outcome == "ok":
            assert isinstance(json.loads(reply.text), dict)


async def test_a_server_without_constrained_decoding_is_asked_for_less() -> None:
    handler, got = replying(
        _error(400, "response_format json_schema is not supported"),
        _error(400, "'response_format' is unknown"),
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
            return _error(400, "response_format json_schema is not supported")
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
        handler, got = replying(_error(400, "Invalid schema for response_format"))
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
