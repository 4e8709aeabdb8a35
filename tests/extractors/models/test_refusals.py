"""Fields that a server does not support: told by code, learnt once, unlearnt when it changes."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import httpx2
import pytest
from docglean.extractors.models.base import TextPart
from docglean.extractors.models.clouds import _Chain
from docglean.extractors.models.engines import parse_engine
from docglean.extractors.models.errors import fault_of, settle_fault
from docglean.extractors.models.refusals import TIER, TIER_AGAIN, Refusals
from docglean.schemas.errors import ConfigError
from model_calls import call, client_of
from servers.mistral import Mistral
from servers.openai import OpenAI
from servers.vendor import Refused

SAID = "Unsupported parameter: 'max_tokens' is not supported with this model."


@pytest.mark.parametrize(
    ("told", "refused"),
    [
        ({"message": "x", "code": "unsupported_parameter", "param": "max_tokens"}, "max_tokens"),
        ({"message": "x", "code": "unsupported_value", "param": "reasoning_effort"},
         "reasoning_effort="),
        # No answer depends on it, so that the field is enough.
        ({"message": "too many", "type": "BadRequestError", "param": "logprobs"}, "logprobs"),
        # A gateway may lose the field, not the code; then the vendor's fixed phrase names it.
        ({"message": SAID, "code": "unsupported_parameter", "param": None}, "max_tokens"),
        # By words alone nothing is told: they may be the document's.
        ({"message": SAID, "code": None, "param": None}, ""),
        ({"message": SAID, "code": "invalid_value", "param": "max_tokens"}, ""),
        ({"message": "x", "code": "unsupported_parameter"}, ""),
    ],
)  # fmt: skip
def test_what_is_refused_is_told_by_code(told: dict[str, Any], refused: str) -> None:
    assert fault_of(400, {"error": told}).unsupported == refused


def test_what_is_refused_is_told_by_the_type_of_pydantics_errors() -> None:
    """As servers made with FastAPI send them: docs.pydantic.dev, extra_forbidden."""
    detail = [{"type": "extra_forbidden", "loc": ["body", "max_completion_tokens"], "msg": "x"}]
    assert fault_of(422, {"detail": detail}).unsupported == "max_completion_tokens"
    assert fault_of(422, {"detail": [{**detail[0], "type": "missing"}]}).unsupported == ""


@pytest.mark.parametrize(
    ("body", "refused"),
    [
        ({"max_completion_tokens": 9}, "max_completion_tokens"),
        ({"reasoning_effort": "medium"}, "reasoning_effort="),
        ({"reasoning_effort": "none", "model": "mistral-large-latest"}, "reasoning_effort"),
        # Neither names a field that could be left out.
        ({"prompt_mode": "reasoning"}, ""),
        ({"temperature": 9}, ""),
    ],
)
def test_what_mistral_refuses_is_told_within_its_own_form(
    body: dict[str, Any], refused: str
) -> None:
    server = Mistral(lambda schema, parts, system: "")
    asked = {"model": "mistral-small-latest", "messages": [{"role": "user", "content": "?"}]}
    with pytest.raises(Refused) as caught:
        server.answer(asked | body)
    assert fault_of(caught.value.status, server.error(caught.value)).unsupported == refused


NO_TIER = "Invalid service_tier argument"
"""developers.openai.com/api/docs/guides/error-codes."""


def _google(message: str, field: str = "") -> dict[str, Any]:
    violation = {"field": field, "description": message}
    details = [
        {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [violation]}
    ]
    return {"code": 400, "status": "INVALID_ARGUMENT", "message": message, "details": details}


@pytest.mark.parametrize(
    ("status", "error", "refused"),
    [
        (400, {"message": NO_TIER, "code": None, "param": "service_tier"}, True),
        (404, {"message": "x", "code": "not_found", "param": "service_tier"}, True),
        (422, {"detail": [{"type": "extra_forbidden", "loc": ["body", "service_tier"]}]}, True),
        (400, _google("x", "service_tier"), True),
        (400, _google("Flex API is not supported for model: gemini-2.5-flash."), True),
        (400, _google('Invalid JSON payload received. Unknown name "serviceTier": '
                      "Cannot find field."), True),
        # A field of the user's schema of that name, and words that may be the document's.
        (400, _google('Invalid JSON payload received. Unknown name "serviceTier" at '
                      "'generation_config.response_json_schema': Cannot find field."), False),
        (400, _google("Invalid text: Flex API is not supported for model"), False),
        (400, {"message": NO_TIER, "code": None, "param": None}, False),
        (400, {"message": NO_TIER, "code": None, "param": "model"}, False),
        (429, {"message": NO_TIER, "code": None, "param": "service_tier"}, False),
    ],
)  # fmt: skip
def test_a_tier_is_refused_by_the_field_that_the_server_names(
    status: int, error: dict[str, Any], refused: bool
) -> None:
    reply = settle_fault(fault_of(status, {"error": error}), parse_engine("openai:m"))
    assert (reply.refused == TIER) == refused
    assert (reply.outcome, reply.cost) == ("failed", 0)


async def test_a_tier_that_was_refused_is_asked_for_again_after_a_while() -> None:
    refusals = Refusals(parse_engine("openai:m"))
    refusals.known = {f"{TIER}@{date.today() - TIER_AGAIN}"}
    assert not refusals.no_tier
    await refusals.learn(TIER, {})
    assert refusals.no_tier
    assert refusals.of_tier("flex")
    assert not refusals.of_tier("standard")


async def test_a_refusal_is_kept_and_unlearnt_when_the_server_has_changed() -> None:
    kept: list[set[str]] = []

    async def keep(known: set[str]) -> None:
        kept.append(set(known))

    first = Refusals(parse_engine("openai:m@http://gateway/v1"))
    first.keep = keep
    body = {"model": "m", "max_tokens": 100, "reasoning_effort": "none"}
    await first.learn("max_tokens", body)
    await first.learn("temperature", body)
    await first.learn("reasoning_effort=", body)
    assert first.applied(body) == {"model": "m", "max_completion_tokens": 100}
    assert first.applied({**body, "reasoning_effort": "low"})["reasoning_effort"] == "low"
    assert kept[-1] == {"max_tokens", "reasoning_effort=none"}
    # Both names refused in one run: no way is left, and none is gone in circles.
    await first.learn("max_completion_tokens", first.applied(body))
    assert first.applied(body) == {"model": "m", "max_tokens": 100}

    later = Refusals(parse_engine("openai:m@http://gateway/v1"))
    later.known = {"max_tokens"}
    await later.learn("max_completion_tokens", later.applied(body))
    assert later.known == {"max_completion_tokens"}
    assert "max_tokens" in later.applied(body)


async def test_a_server_that_tells_no_probabilities_is_asked_once_without_and_never_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """OpenAI of its models that reason; here one that docglean takes for another kind."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-of-a-test")
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    server = OpenAI(lambda schema, parts, system: '{"total": "1"}', thinking=(0,))
    answered = 0

    def handler(request: httpx2.Request) -> httpx2.Response:
        nonlocal answered
        answered += 1
        body = json.loads(request.content)
        try:
            return httpx2.Response(200, json=server.answer(body | {"model": "gpt-6-luna"}))
        except Refused as error:
            return httpx2.Response(error.status, json=server.error(error))

    client = client_of("openai:gpt-4.1", handler)
    asked = call(TextPart("TOTAL 1"), effort=None)
    client.refusals.known = {"max_tokens"}
    first = await client.send(asked)
    assert (first.outcome, first.again_in) == ("failed", 0.0)
    assert [(await client.send(asked)).outcome for _ in range(2)] == ["ok", "ok"]
    assert answered == 3
    assert ["logprobs" in body for body in server.calls] == [True, False, False]
    assert not any("top_logprobs" in body for body in server.calls[1:])


async def test_credentials_that_fail_for_a_moment_do_not_end_a_run() -> None:
    chain = _Chain(parse_engine("bedrock:m"))

    def fails() -> str:
        raise OSError("the server of tokens is away")

    with pytest.raises(ConfigError):
        await chain.ask(fails)
    assert await chain.ask(lambda: "token") == "token"
    with pytest.raises(httpx2.ConnectError):
        await chain.ask(fails)
