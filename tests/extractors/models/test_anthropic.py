"""The Messages wire: requests as the vendor's types have them, every ending as an outcome."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from typing import Any

import httpx2
import pytest
from contracts import check_anthropic_answer, check_anthropic_request
from docglean.extractors.extraction import Usage
from docglean.extractors.models import anthropic as wire
from docglean.extractors.models import connect
from docglean.extractors.models.base import Reply, TextPart
from docglean.extractors.models.capabilities import capability
from docglean.extractors.models.engines import parse_engine
from docglean.extractors.settings import Settings
from docglean.schemas.errors import ConfigError
from model_calls import SCHEMA, call, client_of, message, png, replying

ENGINE = "anthropic:claude-haiku-5-5"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "the-key")
    monkeypatch.delenv("ANTHROPIC_BASE_URL", raising=False)


async def ending(answer: httpx2.Response | dict[str, Any], **options: Any) -> Reply:
    """How a call ends that is answered so."""
    if isinstance(answer, dict):
        answer = httpx2.Response(200, json=answer)
    handler, _ = replying(answer)
    client = client_of(ENGINE, handler)
    reply = await client.send(call(**options))
    await client.close()
    return reply


@pytest.mark.parametrize(
    "spec",
    [
        "anthropic:claude-haiku-5-5",
        "anthropic:claude-opus-5-5?effort=low",
        "anthropic:claude-sonnet-5-5?effort=max",
        "anthropic:claude-haiku-4-5",
        "anthropic:claude-haiku-5-5?schema=none",
        "ocr+anthropic:claude-sonnet-4-6",
    ],
)
def test_requests_are_what_the_vendor_describes(spec: str) -> None:
    engine = parse_engine(spec)
    parts = (TextPart("text"),) if engine.inputs == "ocr" else (png(), png(), TextPart("text"))
    for schema in (SCHEMA, None):
        body = wire.body(call(*parts, schema=schema, effort=engine.effort), capability(engine))
        check_anthropic_request(body)


def test_the_contract_would_catch_a_wrong_request() -> None:
    for wrong in ({"temperature": 0}, {"output_config": {"formt": {}}}, {"messages": [{}]}):
        with pytest.raises(ValueError, match="validation error"):
            check_anthropic_request(wire.body(call(), capability(parse_engine(ENGINE))) | wrong)


def test_images_go_before_text_as_the_bytes_they_are() -> None:
    image = png()
    strict = wire.body(
        call(image, TextPart("Page 1."), TextPart("  ")),
        capability(parse_engine("anthropic:claude-opus-5-5")),
    )
    shown, text = strict["messages"][0]["content"]
    assert base64.b64decode(shown["source"]["data"]) == image.data
    assert shown["source"]["media_type"] == "image/png"
    assert shown["transformations"] == {"oversized_image": "error"}
    assert text == {"type": "text", "text": "Page 1."}
    # Haiku's image tier is inferred: there the server may fit an image instead of refusing it.
    lenient = wire.body(call(), capability(parse_engine(ENGINE)))
    assert "transformations" not in lenient["messages"][0]["content"][0]


def test_the_answer_is_held_to_the_schema_or_told_of_it() -> None:
    held = wire.body(call(effort="low"), capability(parse_engine(ENGINE)))
    assert held["output_config"] == {
        "format": {"type": "json_schema", "schema": SCHEMA},
        "effort": "low",
    }
    told = wire.body(call(), capability(parse_engine(f"{ENGINE}?schema=none")))
    assert "output_config" not in told
    assert json.dumps(SCHEMA, separators=(",", ":")) in told["messages"][0]["content"][-1]["text"]


def test_answers_are_no_longer_than_the_model_can() -> None:
    body = wire.body(call(max_tokens=500_000), capability(parse_engine(ENGINE)))
    assert body["max_tokens"] == 128_000


async def test_a_whole_answer() -> None:
    answer = message(
        content=[
            {"type": "thinking", "thinking": "Hm, {", "signature": "x"},
            {"type": "text", "text": '{"total": '},
            {"type": "text", "text": '"12.50"}'},
        ],
        usage={
            "input_tokens": 500,
            "cache_creation_input_tokens": 300,
            "cache_read_input_tokens": 100,
            "output_tokens": 40,
            "output_tokens_details": {"thinking_tokens": 25},
        },
    )
    check_anthropic_answer(answer)
    reply = await ending(httpx2.Response(200, json=answer, headers={"request-id": "req_7"}))
    assert (reply.outcome, reply.text, reply.repaired) == ("ok", '{"total": "12.50"}', False)
    assert reply.usage == Usage(
        input_tokens=900,
        output_tokens=40,
        cache_read_tokens=100,
        cache_write_tokens=300,
        reasoning_tokens=25,
    )
    # 500 at 0.10, 300 written at 0.125, 100 read at 0.01, 40 out at 0.50 dollars a million.
    assert reply.cost == Decimal("0.0001085")
    assert (reply.request_id, reply.attempts) == ("req_7", 1)
    assert reply.model == "claude-haiku-5-5-20261007"
    assert reply.seconds > 0


@pytest.mark.parametrize(
    ("changes", "outcome", "code", "text"),
    [
        ({"stop_reason": "max_tokens"}, "truncated", "max_tokens", '{"total": "12.50"}'),
        (
            {"stop_reason": "model_context_window_exceeded"},
            "truncated",
            "model_context_window_exceeded",
            '{"total": "12.50"}',
        ),
        (
            {
                "stop_reason": "refusal",
                "content": [],
                "stop_details": {"type": "refusal", "category": "bio", "explanation": None},
            },
            "refused",
            "refusal",
            "",
        ),
        ({"stop_reason": "refusal"}, "refused", "refusal", '{"total": "12.50"}'),
        ({"stop_reason": "pause_turn"}, "invalid", "unexpected_stop", '{"total": "12.50"}'),
        (
            {"content": [{"type": "text", "text": "I cannot see it."}]},
            "invalid",
            "not_json",
            "I cannot see it.",
        ),
        ({"content": []}, "invalid", "empty_answer", ""),
    ],
)
async def test_endings_keep_usage_cost_and_request_id(
    changes: dict[str, Any], outcome: str, code: str, text: str
) -> None:
    answer = message(**changes)
    check_anthropic_answer(answer)
    reply = await ending(answer)
    assert (reply.outcome, reply.code, reply.text) == (outcome, code, text)
    assert reply.usage.input_tokens == 900
    # A refusal before any output is not billed.
    free = code == "refusal" and not text
    assert reply.cost == (0 if free else Decimal("0.000096"))
    assert reply.request_id == "msg_1"
    assert reply.message


async def test_plain_text_is_fine_where_no_json_was_asked_for() -> None:
    reply = await ending(message(content=[{"type": "text", "text": "Hello"}]), schema=None)
    assert (reply.outcome, reply.text) == ("ok", "Hello")


def _error(status: int, kind: str, text: str, **details: Any) -> httpx2.Response:
    error = {"type": kind, "message": text} | ({"details": details} if details else {})
    body = {"type": "error", "error": error, "request_id": "req_9"}
    # A short wait, so that retries take no time here.
    headers = {"request-id": "req_9", "retry-after-ms": "1"}
    return httpx2.Response(status, json=body, headers=headers)


@pytest.mark.parametrize(
    ("answer", "outcome", "code", "retryable", "again_in"),
    [
        (
            _error(
                400, "invalid_request_error", "prompt is too long: 1208417 tokens > 1000000 maximum"
            ),
            "too_large",
            "too_large",
            False,
            None,
        ),
        (
            _error(400, "invalid_request_error", "image exceeds 10 MB maximum"),
            "too_large",
            "too_large",
            False,
            None,
        ),
        (
            _error(
                400,
                "invalid_request_error",
                "Scale the image",
                error_code="image_dimensions_too_large",
                max_side_length_pixels=2000,
                paths=[],
            ),
            "too_large",
            "too_large",
            False,
            None,
        ),
        (
            _error(413, "request_too_large", "Request exceeds the maximum size"),
            "too_large",
            "too_large",
            False,
            None,
        ),
        (
            _error(400, "invalid_request_error", "output_config.format.schema: too complex"),
            "failed",
            "schema_rejected",
            False,
            None,
        ),
        (
            # In other words than the vendor's sentence: it fails each call, and never the run.
            _error(400, "invalid_request_error", "Your credit balance is too low to access it."),
            "failed",
            "no_credit",
            False,
            None,
        ),
        (
            _error(400, "invalid_request_error", "max_tokens: must be positive"),
            "failed",
            "bad_request",
            False,
            None,
        ),
        (_error(429, "rate_limit_error", "slow down"), "failed", "rate_limited", True, 0.001),
        (_error(500, "api_error", "oops"), "failed", "server_error", True, 0.001),
        (_error(503, "api_error", "later"), "failed", "overloaded", True, 0.001),
        (_error(504, "timeout_error", "too slow"), "failed", "timeout", True, 0.001),
        (_error(529, "overloaded_error", "Overloaded"), "failed", "overloaded", True, 0.001),
        (
            httpx2.Response(307, headers={"location": "https://elsewhere.example.org/"}),
            "failed",
            "redirected",
            False,
            None,
        ),
    ],
)
async def test_errors_of_one_call_are_outcomes(
    answer: httpx2.Response, outcome: str, code: str, retryable: bool, again_in: float | None
) -> None:
    reply = await ending(answer)
    assert (reply.outcome, reply.code, reply.retryable) == (outcome, code, retryable)
    assert (reply.attempts, reply.again_in) == (1, again_in)
    assert reply.cost == 0, "errors are not billed"
    assert reply.request_id == answer.headers.get("request-id")
    assert reply.message


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (_error(401, "authentication_error", "invalid x-api-key the-key"), "bad_key"),
        (_error(403, "permission_error", "not for you"), "bad_key"),
        (_error(404, "not_found_error", "model: claude-haiku-9"), "unknown_model"),
        (_error(402, "billing_error", "pay"), "no_credit"),
        (
            _error(
                400,
                "invalid_request_error",
                "Your credit balance is too low to access the Anthropic API. Please go to Plans & "
                "Billing to upgrade or purchase credits.",
            ),
            "no_credit",
        ),
    ],
)
async def test_what_every_later_call_would_meet_ends_the_run(
    answer: httpx2.Response, code: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        await ending(answer)
    assert caught.value.code == code
    assert caught.value.way_out
    assert "the-key" not in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (httpx2.Response(200, content=b""), "empty_body"),
        (httpx2.Response(200, html="<html>Sign in</html>"), "wrong_content"),
        (httpx2.Response(200, content=json.dumps(message())[:80].encode()), "cut_body"),
        (httpx2.Response(200, json=["x"]), "bad_body"),
        (httpx2.Response(200, json={"type": "completion"}), "bad_body"),
    ],
)
async def test_a_success_without_an_answer_is_a_failure(answer: httpx2.Response, code: str) -> None:
    reply = await ending(answer)
    assert (reply.outcome, reply.code, reply.retryable) == ("failed", code, True)
    assert reply.cost is None, "it may have been billed"


async def test_long_answers_are_streamed() -> None:
    events = [
        {"type": "message_start", "message": message(content=[], stop_reason=None)},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        {
            "type": "content_block_delta",
            "index": 0,
            "delta": {"type": "text_delta", "text": '{"total": "1"}'},
        },
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": {"output_tokens": 7},
        },
        {"type": "message_stop"},
    ]

    def sse(shown: list[dict[str, Any]]) -> httpx2.Response:
        lines = [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in shown]
        headers = {"content-type": "text/event-stream", "request-id": "req_s"}
        return httpx2.Response(200, content="".join(lines).encode(), headers=headers)

    handler, got = replying(sse(events))
    reply = await client_of(ENGINE, handler).send(call(max_tokens=40_000))
    assert got[0]["stream"] is True
    assert {name: got[0][name] for name in got[0] if name != "stream"} == wire.body(
        call(max_tokens=40_000), capability(parse_engine(ENGINE))
    )
    assert (reply.outcome, reply.text) == ("ok", '{"total": "1"}')
    assert (reply.usage.output_tokens, reply.request_id) == (7, "req_s")

    cut = await client_of(ENGINE, replying(sse(events[:3]))[0]).send(call(max_tokens=40_000))
    assert (cut.outcome, cut.code, cut.cost) == ("failed", "cut_body", None)

    overloaded = {"type": "error", "error": {"type": "overloaded_error", "message": "busy"}}
    handler, _ = replying(sse([events[0], overloaded]))
    failed = await client_of(ENGINE, handler).send(call(max_tokens=40_000))
    assert (failed.outcome, failed.code, failed.retryable) == ("failed", "overloaded", True)
    assert failed.cost is None, "what came before may have been billed"


@pytest.mark.parametrize(
    "headers",
    [
        {"retry-after": "86400"},
        {"retry-after": "1e12"},
        {"retry-after": "inf"},
        {"retry-after-ms": "9999999999"},
        {"retry-after": "Fri, 31 Dec 2999 23:59:59 GMT"},
    ],
)
async def test_a_server_cannot_make_us_wait_for_ever(headers: dict[str, str]) -> None:
    answer = _error(429, "rate_limit_error", "slow down")
    del answer.headers["retry-after-ms"]
    answer.headers.update(headers)
    reply = await ending(answer)
    assert (reply.code, reply.retryable, reply.again_in) == ("rate_limited", True, None)
    assert reply.seconds < 60


@pytest.mark.parametrize("headers", [{"retry-after": "nan"}, {"retry-after": "soon"}])
async def test_a_wait_that_is_no_number_is_our_own(headers: dict[str, str]) -> None:
    answer = _error(529, "overloaded_error", "busy")
    del answer.headers["retry-after-ms"]
    answer.headers.update(headers)
    assert (await ending(answer)).again_in == 0


async def test_the_wait_that_is_obeyed_is_a_setting() -> None:
    answer = _error(500, "api_error", "oops")
    answer.headers["retry-after-ms"] = "30"
    for longest, again_in in ((0.01, None), (0.05, 0.03)):
        client = client_of(ENGINE, replying(answer)[0], settings=Settings(max_retry_after=longest))
        assert (await client.send(call())).again_in == again_in


async def test_a_vendor_that_says_not_to_ask_again_is_not() -> None:
    answer = _error(500, "api_error", "oops")
    answer.headers["x-should-retry"] = "false"
    assert (await ending(answer)).again_in is None


def test_connecting_without_a_key_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANTHROPIC_API_KEY")
    with pytest.raises(ConfigError, match="ANTHROPIC_API_KEY") as caught:
        connect(parse_engine(ENGINE), Settings())
    assert caught.value.code == "no_key"


def test_private_mode_connects_to_no_stranger() -> None:
    with pytest.raises(ConfigError, match="Private mode"):
        connect(parse_engine(ENGINE), Settings(private=True))


async def test_batch_results_are_read_like_any_answer() -> None:
    client = client_of(ENGINE, replying(httpx2.Response(500))[0])
    reply = client.reply(message(), call(), batch=True)
    assert (reply.outcome, reply.cost) == ("ok", Decimal("0.000048"))
    check_anthropic_request(client.body(call()))
    error = {"type": "invalid_request_error", "message": "prompt is too long: 9 tokens > 8 maximum"}
    reply = client.reply({"type": "error", "error": error}, call(), batch=True)
    assert (reply.outcome, reply.cost) == ("too_large", 0)
    error = {"type": "overloaded_error", "message": "busy"}
    reply = client.reply({"type": "error", "error": error}, call(), batch=True)
    assert (reply.code, reply.retryable) == ("overloaded", True)
    error = {"type": "not_found_error", "message": "model: claude-x"}
    with pytest.raises(ConfigError, match="claude-x"):
        client.reply({"type": "error", "error": error}, call(), batch=True)
