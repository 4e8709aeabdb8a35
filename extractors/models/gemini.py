"""Google's Gemini API, ``generateContent`` of v1beta, over plain HTTP.

Fields as in ``google.genai.types`` 3.6.1 (``GenerateContentConfig``, ``GenerateContentResponse``)
and https://ai.google.dev/api/generate-content. Gemini 3 and later are told how hard to think by a
level, Gemini 2.5 by a budget of tokens.
"""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from docglean.extractors.extraction import Usage
from docglean.extractors.models import errors
from docglean.extractors.models.answer_text import schema_text, settle, without_thinking
from docglean.extractors.models.base import AudioPart, Call, Effort, Part, PdfPart, Reply, TextPart
from docglean.extractors.models.capabilities import Capability
from docglean.extractors.models.client import Client, RawAnswer
from docglean.extractors.models.engines import Engine, api_key
from docglean.extractors.models.gemini_batches import GeminiBatches
from docglean.extractors.models.transport import (
    SHOULD_RETRY,
    APIError,
    client_for,
    patience,
)
from docglean.extractors.models.usage import UnknownUsage, counted, part, tokens

if TYPE_CHECKING:
    import httpx2
    from docglean.extractors.models.batch_port import BatchWire
    from docglean.extractors.settings import Settings

THINKING_BUDGETS: dict[Effort, int] = {
    "none": 0, "minimal": 1_024, "low": 1_024, "medium": 8_192, "high": 24_576,
}  # fmt: skip
"""Tokens by effort, as the vendor's own chat completions translate them
(https://ai.google.dev/gemini-api/docs/openai, thinking)."""

_FILTERED = frozenset(
    "SAFETY RECITATION BLOCKLIST PROHIBITED_CONTENT SPII LANGUAGE ESCALATION MODEL_ARMOR "
    "IMAGE_SAFETY IMAGE_PROHIBITED_CONTENT IMAGE_RECITATION PUP_LIMITED_DISABLED".split()
)
_RETRY_DELAY = re.compile(r'"retryDelay":\s*"(\d+(?:\.\d+)?)s"')
_AUDIO = {"wav": "audio/wav", "mp3": "audio/mp3", "flac": "audio/flac"}


def body(call: Call, capability: Capability) -> dict[str, Any]:
    """The request's JSON body; also the ``request`` of a line in a batch. Pure."""
    parts = [_part(one) for one in call.parts if not _is_empty(one)]
    most = capability.max_output_tokens
    config: dict[str, Any] = {
        "maxOutputTokens": min(call.max_tokens, most) if most else call.max_tokens
    }
    if call.json_schema is not None:
        if capability.schema_mode != "none":
            config["responseMimeType"] = "application/json"
        if capability.schema_mode == "json_schema":
            config["responseJsonSchema"] = call.json_schema
        else:
            parts.append({"text": schema_text(call)})
    if call.effort is not None:
        config["thinkingConfig"] = (
            {"thinkingBudget": THINKING_BUDGETS[call.effort]}
            if capability.thinking_budget
            else {"thinkingLevel": call.effort.upper()}
        )
    request: dict[str, Any] = {
        "contents": [{"role": "user", "parts": parts}],
        "generationConfig": config,
    }
    if call.system:
        request["systemInstruction"] = {"parts": [{"text": call.system}]}
    return request


def read(answer: Mapping[str, Any], call: Call, engine: Engine) -> Reply:
    """What a decoded ``GenerateContentResponse`` says, or the error in its place. Pure.

    Raises:
        BadAnswer: it is none.
        ConfigError: it is an error that every later call would meet too.
    """
    if isinstance(answer.get("error"), dict):
        return errors.settle_fault(errors.fault_of(200, answer), engine)
    base = Reply(
        outcome="ok",
        usage=counted(_usage, answer.get("usageMetadata")),
        model=str(answer.get("modelVersion") or "").removeprefix("models/"),
        request_id=str(answer["responseId"]) if answer.get("responseId") else None,
        tier=str((answer.get("usageMetadata") or {}).get("serviceTier") or "").lower(),
    )
    candidates = answer.get("candidates")
    if not candidates:
        blocked = (answer.get("promptFeedback") or {}).get("blockReason")
        if not blocked:
            raise errors.BadAnswer("bad_body", "the answer is JSON, but has no candidate")
        return _filtered(base, f"the question was blocked ({blocked})")
    candidate = candidates[0]
    reason = str(candidate.get("finishReason") or "")
    text = "".join(
        str(one.get("text", ""))
        for one in (candidate.get("content") or {}).get("parts") or ()
        if not one.get("thought")
    )
    base = base.model_copy(update={"text": text, "finish": reason})
    if reason in ("", "FINISH_REASON_UNSPECIFIED"):
        raise errors.BadAnswer("cut_body", "the answer ended before the model had stopped")
    if reason in _FILTERED:
        return _filtered(base, f"stopped by the provider's filter ({reason})")
    if reason in ("MAX_TOKENS", "CONTINUATION"):
        return base.model_copy(
            update={
                "outcome": "truncated",
                "text": without_thinking(text),
                "code": "max_tokens",
                "message": "cut off at the token limit",
            }
        )
    if reason != "STOP":
        # Tool calls and malformed answers: nothing that was asked for.
        return base.model_copy(
            update={
                "outcome": "invalid",
                "code": "unexpected_stop",
                "message": f"the model stopped with {reason}",
            }
        )
    return settle(base, call)


class GeminiClient(Client):
    """Gemini over plain HTTP, one request a call."""

    tier_field = "serviceTier"

    version = "v1beta"

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        capability: Capability,
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(engine, capability)
        key, _ = api_key(engine)
        self._batch_timeout = settings.deadline
        self._key = {"x-goog-api-key": key or "none"}
        self._http = client_for(engine, settings, transport)
        self._longest_wait = settings.max_retry_after

    def body(self, call: Call) -> dict[str, Any]:
        return body(call, self.capability)

    def read(self, answer: Mapping[str, Any], call: Call) -> Reply:
        return read(answer, call, self.engine)

    async def post(self, body: Mapping[str, Any], timeout: float) -> RawAnswer:
        response = await self.ask(
            "POST", f"models/{self.engine.model}:generateContent", json=body, timeout=timeout
        )
        return RawAnswer(response.content, None, response.headers)

    async def ask(
        self, method: str, path: str, *, timeout: float | None = None, **told: Any
    ) -> httpx2.Response:
        """The answer to one request to the API.

        Args:
            path: below the version; or a whole URL at the engine's host.

        Raises:
            APIError: an error by its status.
            HTTPError: no answer (of httpx2).
        """
        if timeout is not None:
            told["timeout"] = patience(timeout)
        headers = {**self._key, **told.pop("headers", {})}
        response = await self._http.request(method, self._url(path), headers=headers, **told)
        if not response.is_success:
            _tell_wait(response, self._longest_wait)
            raise APIError(response)
        return response

    @asynccontextmanager
    async def stream(self, path: str) -> AsyncIterator[httpx2.Response]:
        """The answer to a GET, its body not read yet.

        Raises:
            APIError, HTTPError: as `ask`.
        """
        async with self._http.stream("GET", self._url(path), headers=self._key) as response:
            if not response.is_success:
                await response.aread()
                raise APIError(response)
            yield response

    def batches(self) -> BatchWire:
        if not self.capability.batch:
            return super().batches()
        return GeminiBatches(self, self._batch_timeout)

    def _url(self, path: str) -> str:
        return path if "://" in path else f"{self.engine.url}/{self.version}/{path}"

    async def close(self) -> None:
        await self._http.aclose()


def _tell_wait(response: httpx2.Response, longest: float) -> None:
    """Put the wait that Google asks for in the body (``google.rpc.RetryInfo``) where others do."""
    found = _RETRY_DELAY.search(response.text)
    if found is None or "retry-after" in response.headers:
        return
    response.headers["retry-after"] = found[1]
    if float(found[1]) > longest:
        response.headers[SHOULD_RETRY] = "false"


def _part(one: Part) -> dict[str, Any]:
    if isinstance(one, TextPart):
        return {"text": one.text}
    if isinstance(one, AudioPart):
        kind = _AUDIO[one.format]
    else:
        kind = "application/pdf" if isinstance(one, PdfPart) else one.media_type
    data = base64.b64encode(one.data).decode("ascii")
    return {"inlineData": {"mimeType": kind, "data": data}}


def _is_empty(one: Part) -> bool:
    return isinstance(one, TextPart) and not one.text.strip()


def _filtered(base: Reply, why: str) -> Reply:
    return base.model_copy(update={"outcome": "refused", "code": "content_filter", "message": why})


def _usage(usage: Mapping[str, Any]) -> Usage:
    """Thoughts stand beside the answer's tokens and are billed with them (``UsageMetadata``).

    Raises:
        UnknownUsage: they cannot be true.
    """
    thoughts = tokens(usage, "thoughtsTokenCount")
    return Usage(
        input_tokens=tokens(usage, "promptTokenCount"),
        output_tokens=tokens(usage, "candidatesTokenCount") + thoughts,
        cache_read_tokens=tokens(usage, "cachedContentTokenCount"),
        reasoning_tokens=thoughts,
        audio_tokens=_of_audio(usage.get("promptTokensDetails")),
    )


def _of_audio(details: Any) -> int:
    if details is None:
        return 0
    if not isinstance(details, list):
        raise UnknownUsage("promptTokensDetails")
    heard = (part(one) for one in details)
    return sum(tokens(one, "tokenCount") for one in heard if one.get("modality") == "AUDIO")
