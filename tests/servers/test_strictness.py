"""Stand-ins are as strict and as odd as what they stand for; else tests against them prove little.

What each refuses here is what its vendor documents; the sources stand in the modules.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import loopback
import pytest

from servers.anthropic import Anthropic, anthropic
from servers.gemini import Gemini, gemini
from servers.mistral import Mistral, Unprocessable, mistral
from servers.openai import OpenAI, openai
from servers.vendor import THINKING, Part, Refused, Vendor
from servers.vertex_gemini import VertexGemini

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"],
          "additionalProperties": False}  # fmt: skip


def read(schema: Mapping[str, Any], parts: Sequence[Part], system: str) -> str:
    return '{"a": "b"}'


def chat(model: str, **more: Any) -> dict[str, Any]:
    held = {"type": "json_schema", "json_schema": {"name": "x", "strict": True, "schema": SCHEMA}}
    question = [{"role": "system", "content": "Read."}, {"role": "user", "content": "a: b"}]
    return {"model": model, "messages": question, "response_format": held, **more}


def mistral_body(**more: Any) -> dict[str, Any]:
    return chat("mistral-small-latest", max_tokens=1_000, **more)


def held_to(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "x", "schema": schema, **more}}


@pytest.mark.parametrize(
    ("more", "where", "kind"),
    [
        ({"max_completion_tokens": 5}, ["body", "max_completion_tokens"], "extra_forbidden"),
        ({"reasoning_effort": "auto"}, ["body", "reasoning_effort"], "literal_error"),
        ({"temperature": 1.6}, ["body", "temperature"], "less_than_equal"),
        ({"max_tokens": -1}, ["body", "max_tokens"], "greater_than_equal"),
        ({"service_tier": "flex"}, ["body", "service_tier"], "literal_error"),
        ({"response_format": {"type": "json"}}, ["body", "response_format", "type"],
         "literal_error"),
        ({"response_format": held_to(SCHEMA, extra=1)},
         ["body", "response_format", "json_schema", "extra"], "extra_forbidden"),
        ({"messages": [{"role": "user", "content": "x", "name": "y"}]},
         ["body", "messages", 0, "user", "name"], "extra_forbidden"),
        ({"messages": [{"role": "user", "content": [{"type": "file", "file": {}}]}]},
         ["body", "messages", 0, "user", "content", "list[tagged-union[TextChunk,ImageURLChunk,"
          "DocumentURLChunk,AudioChunk,ThinkChunk]]", 0], "union_tag_invalid"),
        ({"messages": []}, ["body", "messages"], "too_short"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)  # fmt: skip
def test_mistral_answers_422_to_what_is_not_of_its_types(
    more: dict[str, Any], where: list[Any], kind: str
) -> None:
    server = Mistral(read)
    with pytest.raises(Unprocessable) as caught:
        server.answer(mistral_body() | more)
    told = server.error(caught.value)
    assert (caught.value.status, told["object"], told["param"]) == (422, "error", None)
    assert (where, kind) in [(one["loc"], one["type"]) for one in told["message"]["detail"]]


@pytest.mark.parametrize(
    ("more", "kind", "said"),
    [
        ({"model": "mistral-tiny-of-nobody"}, "invalid_model", "Invalid model: "),
        ({"reasoning_effort": "medium"}, "invalid_request_invalid_args", "'high'>)"),
        ({"model": "mistral-large-latest", "reasoning_effort": "none"},
         "invalid_request_invalid_args", "not enabled for this model"),
        ({"prompt_mode": "reasoning"}, "invalid_request_invalid_args", "not enabled"),
        ({"max_tokens": 256_000}, "invalid_request_invalid_args", "too large for model with"),
        ({"response_format": held_to(SCHEMA | {"minProperties": 1})},
         "invalid_request_invalid_args", "minProperties"),
        ({"response_format": held_to({"type": "object"}, strict=True)},
         "invalid_request_invalid_args", "additionalProperties"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)  # fmt: skip
def test_mistral_answers_400_to_what_its_model_does_not_take(
    more: dict[str, Any], kind: str, said: str
) -> None:
    server = Mistral(read)
    with pytest.raises(Refused) as caught:
        server.answer(mistral_body() | more)
    told = server.error(caught.value)
    assert (caught.value.status, told["type"]) == (400, kind)
    assert said in told["message"]


def test_mistral_thinks_in_chunks_and_cuts() -> None:
    server = Mistral(read, thinking=(300,))
    whole, without, cut = (
        server.answer(mistral_body(reasoning_effort="high")),
        server.answer(mistral_body()),
        server.answer(mistral_body(reasoning_effort="high") | {"max_tokens": 200}),
    )
    thought, text = whole["choices"][0]["message"]["content"]
    assert (thought["type"], text) == ("thinking", {"type": "text", "text": '{"a": "b"}'})
    assert len(thought["thinking"][0]["text"]) > 900
    assert without["choices"][0]["message"]["content"] == '{"a": "b"}'
    assert cut["choices"][0]["finish_reason"] == "length"
    assert [one["type"] for one in cut["choices"][0]["message"]["content"]] == ["thinking"]
    assert cut["usage"]["completion_tokens"] == 200


def vertex_body(**more: Any) -> dict[str, Any]:
    return chat("google/gemini-3.5-flash-lite", max_tokens=1_000, **more)


RECURSIVE = {"type": "object", "properties": {"a": {"$ref": "#/$defs/a"}},
             "$defs": {"a": {"type": "array", "items": {"$ref": "#/$defs/a"}}}}  # fmt: skip


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        ({"model": "gemini-3.5-flash-lite"}, 400, "Malformed publisher model"),
        ({"model": "google/gemini-9"}, 404, "was not found"),
        ({"reasoning_effort": "none"}, 400, "none is not supported"),
        ({"model": "google/gemini-2.5-flash", "reasoning_effort": "minimal"}, 400, "minimal"),
        ({"max_tokens": 65_537}, 400, "supported range is from 1"),
        ({"service_tier": "flex"}, 400, "service_tier"),
        ({"response_format": held_to(SCHEMA | {"pattern": "x"})}, 400, 'Unknown name "pattern"'),
        ({"response_format": held_to(RECURSIVE)}, 400, "recursive"),
        ({"messages": [{"role": "user", "content": [
            {"type": "image_url", "image_url": {"url": "data:image/png;base64,", "detail": "low"}}
        ]}]}, 400, "detail"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)  # fmt: skip
def test_gemini_on_vertex_refuses(more: dict[str, Any], status: int, said: str) -> None:
    with pytest.raises(Refused) as caught:
        VertexGemini(read).answer(vertex_body() | more)
    assert caught.value.status == status
    assert said in caught.value.message


def test_gemini_on_vertex_counts_thoughts_beside_the_answer() -> None:
    server = VertexGemini(read, thinking=(300,))
    used = server.answer(vertex_body())["usage"]
    assert used["completion_tokens_details"] == {"reasoning_tokens": 300}
    assert used["completion_tokens"] < 10
    parts = used["prompt_tokens"] + used["completion_tokens"] + 300
    assert used["total_tokens"] == parts
    cut = server.answer(vertex_body() | {"max_tokens": 200})
    assert (cut["choices"][0]["finish_reason"], cut["usage"]["completion_tokens"]) == ("length", 0)
    assert "content" not in cut["choices"][0]["message"]
    without = chat("google/gemini-2.5-flash", max_tokens=1_000, reasoning_effort="none")
    assert "completion_tokens_details" not in server.answer(without)["usage"]


@pytest.mark.parametrize(
    ("kind", "opened", "path", "wrong", "status"),
    [
        (Anthropic, anthropic, "/v1/messages", {"x-api-key": "other"}, 401),
        (Anthropic, anthropic, "/v1/messages", {"x-api-key": "sk-ant-standin"}, 400),
        (OpenAI, openai, "/v1/chat/completions", {"authorization": "Bearer other"}, 401),
        (Gemini, gemini, "/v1beta/models/m:generateContent", {}, 403),
        (Mistral, mistral, "/v1/chat/completions", {"authorization": "Bearer other"}, 401),
    ],
)
def test_who_has_no_key_or_version_is_not_let_in(
    kind: Any, opened: Any, path: str, wrong: dict[str, str], status: int
) -> None:
    with opened(kind(read)) as server:
        url = server.url.removesuffix("/v1") + path
        answer = httpx2.post(url, json={}, headers=wrong, timeout=60)
    assert answer.status_code == status
    assert not server.calls


def thought(server: Vendor, order: Sequence[int], threads: int) -> dict[int, list[int]]:
    """What a stand-in thinks of questions, each of which is asked three times."""

    def ask(number: int) -> tuple[int, int]:
        body = chat("gpt-6-luna", reasoning_effort="high", max_completion_tokens=100_000)
        body["messages"][1]["content"] = f"a: {number}"
        answer = server.answer(body)  # type: ignore[attr-defined]
        return number, answer["usage"]["completion_tokens_details"]["reasoning_tokens"]

    found: dict[int, list[int]] = {}
    with ThreadPoolExecutor(threads) as pool:
        for number, tokens in pool.map(ask, [*order, *order, *order]):
            found.setdefault(number, []).append(tokens)
    return {number: sorted(tokens) for number, tokens in found.items()}


def test_what_is_thought_depends_on_the_question_and_not_on_the_order() -> None:
    numbers = list(range(24))
    one_by_one = thought(OpenAI(read, seed=7), numbers, 1)
    assert thought(OpenAI(read, seed=7), numbers[::-1], 8) == one_by_one
    assert thought(OpenAI(read, seed=8), numbers, 1) != one_by_one
    assert {tokens for found in one_by_one.values() for tokens in found} == set(THINKING)
    assert any(len(set(found)) > 1 for found in one_by_one.values())


def test_what_a_server_of_a_test_raises_fails_the_test() -> None:
    class Handler(loopback.Handler):
        def do_POST(self) -> None:
            assert json.loads(self.body()) == {}, "another body than expected"
            self.say({})

    def ask(body: Any) -> None:
        with loopback.listening(Handler) as url:
            try:
                httpx2.post(url, json=body, timeout=60)
            except httpx2.HTTPError:
                return

    ask({})
    with pytest.raises(AssertionError, match="another body"):
        ask({"a": 1})
