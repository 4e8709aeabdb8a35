"""Gemini's own wire: what is sent, what answers mean, and runs over the strict stand-in."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from docglean.extractors.documents.workers import Workers
from docglean.extractors.models import connect, gemini
from docglean.extractors.models.base import AudioPart, PdfPart, Reply, TextPart
from docglean.extractors.models.capabilities import capability
from docglean.extractors.models.engines import parse_engine, wire_of
from docglean.extractors.settings import Settings
from docglean.schemas.errors import ConfigError
from model_calls import SCHEMA, call, client_of, png, replying
from servers.billing import slips
from servers.gemini import Gemini, check_request, known, thinks_and_limit
from servers.vendor import Refused
from strict import read, reader, served

ENGINE = "gemini:gemini-3.5-flash-lite"
COMPATIBLE = "https://generativelanguage.googleapis.com/v1beta/openai"


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "AIza-the-key-0123456789")


def body_of(spec: str, *parts: Any, **options: Any) -> dict[str, Any]:
    engine = parse_engine(spec)
    known = capability(engine)
    effort = engine.effort or known.default_effort
    return gemini.body(call(*parts, effort=effort, **options), known)


def answered(**changes: Any) -> dict[str, Any]:
    """A GenerateContentResponse, whole and fine; `changes` go to its one candidate."""
    content = {"role": "model", "parts": [{"text": '{"total": "12.50"}'}]}
    return {
        "candidates": [{"content": content, "finishReason": "STOP", "index": 0} | changes],
        "usageMetadata": {"promptTokenCount": 900, "candidatesTokenCount": 12},
        "modelVersion": "gemini-3.5-flash-lite",
        "responseId": "resp-1",
    }


async def ending(answer: httpx2.Response | dict[str, Any], spec: str = ENGINE) -> Reply:
    if isinstance(answer, dict):
        answer = httpx2.Response(200, json=answer)
    client = client_of(spec, replying(answer)[0])
    reply = await client.send(call())
    await client.close()
    return reply


@pytest.mark.parametrize(
    "spec",
    [
        ENGINE,
        "gemini:gemini-3.1-pro-preview",
        "gemini:gemini-3.5-flash?effort=high",
        "gemini:gemini-2.5-flash",
        "gemini:gemini-2.5-flash?effort=medium",
        "gemini:gemini-2.5-pro",
        f"{ENGINE}?schema=none",
        f"{ENGINE}?schema=json_object",
    ],
)
def test_requests_are_what_the_vendor_takes(spec: str) -> None:
    parts = (
        png(),
        PdfPart(b"%PDF-", "a.pdf"),
        AudioPart(b"RIFF", "wav", 1.0),
        TextPart("text"),
        TextPart(" "),
    )
    for schema in (SCHEMA, None):
        body = body_of(spec, *parts, schema=schema)
        check_request(body)
        thinks_and_limit(body["generationConfig"], known(parse_engine(spec).model))
        shown = body["contents"][0]["parts"]
        assert [one.get("inlineData", {}).get("mimeType") for one in shown[:4]] == [
            "image/png", "application/pdf", "audio/wav", None,
        ]  # fmt: skip
        assert base64.b64decode(shown[1]["inlineData"]["data"]) == b"%PDF-"
        assert {"text": " "} not in shown


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        (ENGINE, {"thinkingLevel": "MINIMAL"}),
        ("gemini:gemini-3.1-pro-preview", {"thinkingLevel": "LOW"}),
        ("gemini:gemini-2.5-flash", {"thinkingBudget": 0}),
        ("gemini:gemini-2.5-pro", {"thinkingBudget": 1_024}),
    ],
)
def test_the_least_thinking_is_told_as_each_family_wants_it(spec: str, told: object) -> None:
    assert body_of(spec)["generationConfig"]["thinkingConfig"] == told


@pytest.mark.parametrize(
    "wrong",
    [
        {"generation_config": {}},
        {"generationConfig": {"max_tokens": 5}},
        {"generationConfig": {"responseJsonSchema": {"type": "object"}}},
        {"generationConfig": {"responseMimeType": "application/json",
                              "responseJsonSchema": {"type": "object", "minLength": 3}}},
        {"contents": []},
        {"serviceTier": "cheap"},
    ],
)  # fmt: skip
def test_the_stand_in_would_refuse_a_wrong_request(wrong: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        check_request(body_of(ENGINE) | wrong)


@pytest.mark.parametrize(
    ("changes", "outcome", "code"),
    [
        ({}, "ok", ""),
        ({"finishReason": "MAX_TOKENS"}, "truncated", "max_tokens"),
        ({"finishReason": "SAFETY", "content": {}}, "refused", "content_filter"),
        ({"finishReason": "RECITATION", "content": {}}, "refused", "content_filter"),
        ({"finishReason": "PROHIBITED_CONTENT"}, "refused", "content_filter"),
        ({"finishReason": "MALFORMED_RESPONSE"}, "invalid", "unexpected_stop"),
        ({"finishReason": None}, "failed", "cut_body"),
        ({"content": {"parts": [{"text": "no JSON"}]}}, "invalid", "not_json"),
        ({"content": {"parts": "x"}}, "failed", "bad_body"),
        ({"content": {}}, "invalid", "empty_answer"),
    ],
)
async def test_how_an_answer_ends(changes: dict[str, Any], outcome: str, code: str) -> None:
    reply = await ending(answered(**changes))
    assert (reply.outcome, reply.code) == (outcome, code)
    if outcome not in ("failed",):
        assert reply.usage.input_tokens == 900
        assert reply.cost


async def test_a_blocked_question_is_refused_and_its_tokens_are_counted() -> None:
    told = {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"},
            "usageMetadata": {"promptTokenCount": 900}}  # fmt: skip
    reply = await ending(told)
    assert (reply.outcome, reply.usage.input_tokens) == ("refused", 900)
    assert "PROHIBITED_CONTENT" in reply.message


async def test_thoughts_are_no_part_of_the_answer_and_are_billed() -> None:
    thought = {"text": '{"total": "thought"}', "thought": True}
    told = answered(content={"parts": [thought, {"text": '{"total": "1"}'}]})
    told["usageMetadata"] |= {
        "thoughtsTokenCount": 300, "cachedContentTokenCount": 100,
        "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 64},
                                {"modality": "TEXT", "tokenCount": 836}],
    }  # fmt: skip
    reply = await ending(told)
    used = reply.usage
    assert json.loads(reply.text) == {"total": "1"}
    assert (used.output_tokens, used.reasoning_tokens) == (312, 300)
    assert (used.cache_read_tokens, used.audio_tokens) == (100, 64)


def fault(status: int, name: str, message: str, *details: dict[str, Any]) -> httpx2.Response:
    told = {"code": status, "status": name, "message": message, "details": list(details)}
    return httpx2.Response(status, json={"error": told})


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (fault(400, "INVALID_ARGUMENT", "x", {"reason": "API_KEY_INVALID"}), "bad_key"),
        (fault(403, "PERMISSION_DENIED", "x"), "bad_key"),
        (fault(404, "NOT_FOUND", "x"), "unknown_model"),
    ],
)
async def test_what_every_call_would_meet_ends_the_run(answer: httpx2.Response, code: str) -> None:
    with pytest.raises(ConfigError) as error:
        await ending(answer)
    assert error.value.code == code


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "code", "again"),
    [
        (fault(503, "UNAVAILABLE", "x"), "overloaded", 0.0),
        (fault(429, "RESOURCE_EXHAUSTED", "x", {"retryDelay": "7s"}), "rate_limited", 7.0),
        # Longer than anybody waits.
        (fault(429, "RESOURCE_EXHAUSTED", "x", {"retryDelay": "86400s"}), "rate_limited", None),
        (fault(500, "INTERNAL", "x"), "server_error", 0.0),
        (fault(400, "INVALID_ARGUMENT", "x"), "bad_request", None),
    ],
)
async def test_what_fails_one_call(answer: httpx2.Response, code: str, again: float | None) -> None:
    reply = await ending(answer)
    assert (reply.outcome, reply.code, reply.again_in) == ("failed", code, again)


def test_the_compatible_path_of_the_vendor_stays() -> None:
    assert wire_of(parse_engine("gemini")) == "gemini"
    compatible = parse_engine(f"pdf+{ENGINE}@{COMPATIBLE}")
    assert wire_of(compatible) == "openai"
    with pytest.raises(ConfigError) as error:
        connect(compatible, Settings())
    assert error.value.code == "no_pdf"


async def test_slips_are_read_and_a_filter_costs_one_of_them(
    tmp_path: Path, workers: Workers
) -> None:
    folder = slips(tmp_path / "in", 3)
    ends = {1: "RECITATION"}
    with served("gemini", thinking=(0,), ends=ends.get) as (server, spec):
        found = await read(spec, folder, workers)
    assert [one.status for one in found] == ["ok", "failed", "ok"]
    assert [one.values["number"] for one in (found[0], found[2]) if one.values] == [0, 2]
    assert not server.refusals


async def test_a_wrong_key_is_said_as_one(tmp_path: Path, workers: Workers) -> None:
    with served("gemini") as (_, spec):
        spec = spec.replace("STANDIN_GEMINI", "GEMINI_API_KEY")
        with pytest.raises(ConfigError) as error:
            await read(spec, slips(tmp_path / "in", 1), workers)
    assert error.value.code == "bad_key"


def test_the_stand_in_meters_thoughts_beside_the_answer() -> None:
    server = Gemini(reader, thinking=(9_000,))
    body = {"contents": [{"parts": [{"text": "number: 1"}]}],
            "generationConfig": {"responseMimeType": "application/json", "maxOutputTokens": 5_000,
                                 "responseJsonSchema": SCHEMA}}  # fmt: skip
    told = server.answer("gemini-3.5-flash", body)
    assert told["candidates"][0]["finishReason"] == "MAX_TOKENS"
    assert "parts" not in told["candidates"][0]["content"]
    assert told["usageMetadata"]["thoughtsTokenCount"] == 5_000
