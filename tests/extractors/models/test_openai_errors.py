"""The chat-completions wire: what servers send in place of an answer, and what comes of it."""

from __future__ import annotations

import itertools
import json
from typing import Any

import httpx2
import pytest
from docglean.extractors.models import errors
from docglean.extractors.models.engines import parse_engine
from docglean.extractors.models.error_codes import SENTENCES
from docglean.schemas.errors import ConfigError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from model_calls import call, client_of, completion, replying
from openai_calls import ENGINE, OWN, ending, error_answer, keys  # noqa: F401 (keys: a fixture)


def _depleted(status: int) -> httpx2.Response:
    """As Google tells of an empty account: discuss.ai.google.dev/t/183654."""
    message = "Your prepayment credits are depleted. Please go to AI Studio to manage your project."
    error = {"code": status, "status": "RESOURCE_EXHAUSTED", "message": message}
    return httpx2.Response(status, json={"error": error})


@pytest.mark.parametrize(
    ("spec", "answer", "outcome", "code", "retryable"),
    [
        (
            ENGINE,
            error_answer(
                400, "Input tokens exceed the configured limit", "context_length_exceeded"
            ),
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
            error_answer(
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
            error_answer(400, "At most 1 image(s) may be provided in one prompt."),
            "too_large",
            "too_large",
            False,
        ),
        # Said in words alone: they may be anybody's, so they fail one call and no run.
        (
            "gemini",
            error_answer(400, "API key not valid. Please pass a valid API key."),
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
            error_answer(
                500,
                "image input is not supported - hint: if this is "
                "unexpected, you may need to provide the mmproj",
            ),
            "failed",
            "no_vision",
            False,
        ),
        ("vllm:m", error_answer(400, "m is not a multimodal model"), "failed", "no_vision", False),
        (
            "openrouter:x/y",
            error_answer(404, "No endpoints found that support image input", 404),
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
            error_answer(
                400, "The specified schema produces a constraint that has too many states"
            ),
            "failed",
            "schema_rejected",
            False,
        ),
        (
            ENGINE,
            error_answer(400, "Invalid schema for response_format 'x'"),
            "failed",
            "schema_rejected",
            False,
        ),
        (
            ENGINE,
            error_answer(400, "The response was filtered", "content_filter"),
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
        (
            ENGINE,
            error_answer(429, "Rate limit reached for gpt-6-luna"),
            "failed",
            "rate_limited",
            True,
        ),
        (
            "gemini",
            error_answer(
                429,
                "You exceeded your current quota, please check your plan and billing details",
                "RESOURCE_EXHAUSTED",
            ),
            "failed",
            "rate_limited",
            True,
        ),
        (ENGINE, error_answer(500, "The server had an error"), "failed", "server_error", True),
        (
            OWN,
            httpx2.Response(502, html="<html><title>502</title></html>"),
            "failed",
            "server_error",
            True,
        ),
        (ENGINE, error_answer(503, "overloaded"), "failed", "overloaded", True),
        (ENGINE, error_answer(413, "big"), "too_large", "too_large", False),
        (ENGINE, error_answer(400, "Unsupported parameter: 'x'"), "failed", "bad_request", False),
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
        (ENGINE, error_answer(401, "Incorrect API key provided: sk-the-key-0123456789"), "bad_key"),
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
        (ENGINE, error_answer(403, "Country not supported"), "bad_key"),
        (OWN, httpx2.Response(401, json={"detail": "Unauthorized"}), "bad_key"),
        (
            ENGINE,
            error_answer(404, "The model `gpt-9` does not exist", "model_not_found"),
            "unknown_model",
        ),
        ("ollama:nope", error_answer(404, "model 'nope' not found"), "unknown_model"),
        (OWN, httpx2.Response(404, text="404 page not found"), "unknown_model"),
        (
            ENGINE,
            error_answer(429, "You exceeded your current quota", "insufficient_quota"),
            "no_credit",
        ),
        ("openrouter:x/y", error_answer(402, "Insufficient credits", 402), "no_credit"),
        (
            ENGINE,
            error_answer(429, "You have no credits remaining", "credit_balance_exhausted"),
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
