"""Chat completions: OpenAI, and every server that speaks its wire.

What differs between servers is told by the capability record: how an answer is held to a
schema, how its length is named, whether an image's detail may be told.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from docglean.extractors.extraction import Usage
from docglean.extractors.models import errors, token_probabilities
from docglean.extractors.models.answer_text import schema_text, settle, without_thinking
from docglean.extractors.models.base import (
    AudioPart,
    Call,
    Part,
    PdfPart,
    Reply,
    TextPart,
    file_name,
)
from docglean.extractors.models.capabilities import Capability
from docglean.extractors.models.client import POLLS, Client, RawAnswer
from docglean.extractors.models.engines import Engine, api_key, own_site, takes_vendor_headers
from docglean.extractors.models.loose_json import read_object
from docglean.extractors.models.provider import SchemaMode
from docglean.extractors.models.providers import PROVIDERS
from docglean.extractors.models.transport import APIError, client_for, patience
from docglean.extractors.models.usage import counted, part, tokens
from docglean.schemas.plugins import loaded

if TYPE_CHECKING:
    import httpx2
    from docglean.extractors.models.batch_port import BatchWire
    from docglean.extractors.settings import Settings

# What to try next on a server that would not have the schema asked for in this way.
_LESS: dict[SchemaMode, SchemaMode] = {"json_schema": "json_object", "json_object": "none"}

BATCH_PORT = "docglean.extractors.models.openai_batches:OpenAIBatches"

CHAT_PATH = "/chat/completions"
CHARACTERS_A_TOKEN = 8
"""Non-blank characters a token at the very most, in any language: fewer tokens read than this
means that the server did not read all of the text."""


def body(call: Call, capability: Capability) -> dict[str, Any]:
    """The request's JSON body; also the ``body`` of a batch line. Pure."""
    parts: list[Part] = [
        part for part in call.parts if not isinstance(part, TextPart) or part.text.strip()
    ]
    if call.json_schema is not None and capability.schema_mode != "json_schema":
        parts.append(TextPart(schema_text(call)))
    if any(not isinstance(part, TextPart) for part in parts):
        content: Any = [_part(part, capability) for part in parts]
    else:
        # Many servers of text-only models take nothing but a string.
        content = "\n\n".join(part.text for part in parts if isinstance(part, TextPart))
    messages: list[dict[str, Any]] = []
    if call.system:
        messages.append({"role": "system", "content": call.system})
    messages.append({"role": "user", "content": content})
    most = capability.max_output_tokens
    request: dict[str, Any] = {
        "model": capability.model,
        "messages": messages,
        capability.token_field: min(call.max_tokens, most) if most else call.max_tokens,
    }
    if call.json_schema is not None:
        request |= _response_format(call, capability)
    if call.effort is not None:
        if PROVIDERS[capability.provider].nested_effort:
            request["reasoning"] = {"effort": call.effort}
        else:
            request["reasoning_effort"] = call.effort
    if call.json_schema is not None and capability.token_probabilities:
        request |= token_probabilities.REQUESTED
    return request


def read(answer: Mapping[str, Any], call: Call, engine: Engine) -> Reply:
    """What a decoded chat completion says, or the error that some servers send as a success.

    Raises:
        BadAnswer: it is no chat completion.
        ConfigError: it is an error that every later call would meet too.
    """
    choices = answer.get("choices")
    if not choices and answer.get("error"):
        return errors.settle_fault(errors.fault_of(200, answer), engine)
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = choice.get("message") if isinstance(choice, dict) else None
    if not isinstance(choice, dict) or not isinstance(message, dict):
        raise errors.BadAnswer("bad_body", "the answer is JSON, but no chat completion")
    if isinstance(choice.get("error"), dict):
        return errors.settle_fault(errors.fault_of(200, choice), engine)
    text = _text(message.get("content"))
    base = Reply(
        outcome="ok",
        text=text,
        usage=_with_thought(counted(_usage, answer.get("usage")), message, text),
        model=file_name(str(answer.get("model") or "")),
        request_id=str(answer["id"]) if answer.get("id") else None,
        finish=str(choice.get("finish_reason") or ""),
        tier=str(answer.get("service_tier") or ""),
    )
    reason = choice.get("finish_reason")
    if message.get("refusal"):
        why = f"refused: {message['refusal']}"
        return base.model_copy(update={"outcome": "refused", "code": "refusal", "message": why})
    if reason in ("content_filter", "safety", "SAFETY", "RECITATION", "PROHIBITED_CONTENT"):
        why = f"stopped by the provider's filter ({reason})"
        return base.model_copy(
            update={"outcome": "refused", "code": "content_filter", "message": why}
        )
    if reason in ("length", "max_tokens", "MAX_TOKENS", "model_length"):
        return base.model_copy(
            update={
                "outcome": "truncated",
                "text": without_thinking(text),
                "code": "max_tokens",
                "message": "cut off at the token limit",
            }
        )
    if reason in ("abort", "error"):
        raise errors.BadAnswer("server_error", f"the server gave up ({reason})")
    if _was_cut_short(call, base.usage, engine):
        return base.model_copy(
            update={
                "outcome": "too_large",
                "code": "prompt_cut",
                "message": f"the server read only {base.usage.input_tokens} tokens of a longer "
                "text: its context is too small",
            }
        )
    if not text.strip() and call.json_schema is not None:
        return _from_reasoning(base, message, call)
    reply = settle(base, call)
    return reply.model_copy(update={"tokens": token_probabilities.compact(choice, reply.text)})


def _from_reasoning(base: Reply, message: Mapping[str, Any], call: Call) -> Reply:
    """An answer that the server put where a model's thinking belongs, with nothing beside it.

    Ollama does so with some models that think (ollama issue 14716). Only what is an answer from
    its first character to its last is one.
    """
    thought = _thought(message)
    if not thought.strip():
        return settle(base, call)
    found = read_object(thought.strip())
    if found is not None and not found.repaired and not found.cut:
        usage = base.usage.model_copy(update={"reasoning_tokens": 0})  # it is no thought
        return settle(base.model_copy(update={"text": thought, "usage": usage}), call)
    return base.model_copy(
        update={
            "outcome": "invalid",
            "code": "answer_in_reasoning",
            "message": "the model's words are all in `reasoning`, and no answer beside it; add "
            "?effort=none where the model can be told not to think",
        }
    )


def vendor_headers() -> dict[str, str]:
    """What OpenAI's own SDK puts on its requests from the environment: who pays, and any headers
    that a gateway asks for (openai/lib/_client_auth.py)."""
    told = {
        "OpenAI-Organization": os.environ.get("OPENAI_ORG_ID"),
        "OpenAI-Project": os.environ.get("OPENAI_PROJECT_ID"),
    }
    found = {name: value for name, value in told.items() if value is not None}
    for line in os.environ.get("OPENAI_CUSTOM_HEADERS", "").split("\n"):
        name, colon, value = line.partition(":")
        if colon:
            found[name.strip().title()] = value.strip()
    return found


class OpenAIClient(Client):
    """Chat completions, one request a call."""

    tier_field = "service_tier"

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        capability: Capability,
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        super().__init__(engine, capability)
        self._batch_timeout = settings.deadline
        self._less: dict[str, SchemaMode] = {}
        # Where nobody knows what the server can; a vendor's refusal is the schema's fault.
        self._unknown = "schema" not in engine.parameters and (
            capability.self_hosted or not own_site(engine)
        )
        key, _ = api_key(engine)
        self._key = key or "none"
        self._headers = {"Authorization": f"Bearer {self._key}"}
        if takes_vendor_headers(engine):
            self._headers |= vendor_headers()
        self._http = client_for(engine, settings, transport)

    def body(self, call: Call) -> dict[str, Any]:
        asked = body(call, replace(self.capability, schema_mode=self._mode(call)))
        return self.refusals.applied(asked)

    def read(self, answer: Mapping[str, Any], call: Call) -> Reply:
        return read(answer, call, self.engine)

    async def post(self, body: Mapping[str, Any], timeout: float) -> RawAnswer:
        # Not by the SDK, which takes as long to load as a small run takes for all else.
        url = f"{(self.engine.url or '').rstrip('/')}{CHAT_PATH}"
        response = await self._http.post(
            url, json=body, headers=self._headers, timeout=patience(timeout)
        )
        name = response.headers.get("x-request-id")
        if not response.is_success:
            raise APIError(response, name)
        return RawAnswer(response.content, name, response.headers)

    def batches(self) -> BatchWire:
        import openai

        if not self.capability.batch:
            return super().batches()
        sdk = openai.AsyncOpenAI(
            api_key=self._key,
            base_url=self.engine.url,
            http_client=self._http,
            max_retries=POLLS,
        )
        kind = loaded(PROVIDERS[self.engine.provider].batch_port or BATCH_PORT)
        port: BatchWire = kind(self, sdk, self._batch_timeout)
        return port

    async def close(self) -> None:
        await self._http.aclose()

    async def _exchange(self, call: Call) -> Reply:
        """What the server refused is asked for in another way: a field of the request anywhere;
        on somebody's own server constrained decoding, then JSON, then text."""
        asked, sent = self._mode(call), self.body(call)
        reply = await self._in_tier(sent, call)
        if reply.refused and reply.outcome == "failed":
            await self.refusals.learn(reply.refused, sent)
            other = self.refusals.applied(sent) != sent
            return reply.model_copy(update={"again_in": 0.0}) if other else reply
        if asked not in _LESS or not errors.rejects_schema(reply) or not self._unknown:
            return reply
        if self._mode(call) == asked:  # no other call has found out meanwhile
            self._less[call.schema_name] = _LESS[asked]
        return reply.model_copy(update={"again_in": 0.0})

    def _mode(self, call: Call) -> SchemaMode:
        """How the answer is to be held to this schema, after what the server refused of it."""
        return self._less.get(call.schema_name, self.capability.schema_mode)


def _part(part: Part, capability: Capability) -> dict[str, Any]:
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    data = base64.b64encode(part.data).decode("ascii")
    if isinstance(part, AudioPart):
        return {"type": "input_audio", "input_audio": {"data": data, "format": part.format}}
    if isinstance(part, PdfPart):
        file = {"filename": part.name, "file_data": f"data:application/pdf;base64,{data}"}
        return {"type": "file", "file": file}
    image: dict[str, Any] = {"url": f"data:{part.media_type};base64,{data}"}
    if capability.detail:
        image["detail"] = capability.detail
    return {"type": "image_url", "image_url": image}


def _response_format(call: Call, capability: Capability) -> dict[str, Any]:
    if capability.schema_mode == "none":
        return {}
    if capability.schema_mode == "json_object":
        return {"response_format": {"type": "json_object"}}
    name = re.sub(r"[^a-zA-Z0-9_-]", "_", call.schema_name)[:64] or "answer"
    held: dict[str, Any] = {
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": name, "strict": True, "schema": call.json_schema},
        }
    }
    return {**held, **PROVIDERS[capability.provider].with_schema}


def _text(content: Any) -> str:
    """The answer's text; some servers send a list of parts, thinking among them."""
    if isinstance(content, list):
        return "".join(
            str(part.get("text", ""))
            for part in content
            if isinstance(part, dict) and part.get("type") in ("text", "output_text")
        )
    return content if isinstance(content, str) else ""


def _with_thought(usage: Usage, message: Mapping[str, Any], text: str) -> Usage:
    """Usage with the tokens of thinking where a server sends the thoughts and counts them into the
    answer alone, as Mistral does: by their share of the characters."""
    thought = _thought(message)
    if usage.reasoning_tokens or not thought:
        return usage
    share = len(thought) / (len(thought) + len(text))
    return usage.model_copy(update={"reasoning_tokens": round(share * usage.output_tokens)})


def _thought(message: Mapping[str, Any]) -> str:
    """What was thought, in any of the places where servers put it."""
    content = message.get("content")
    if isinstance(content, list):
        chunks = [one.get("thinking") for one in content if isinstance(one, dict)]
        return "".join(_text(chunk) for chunk in chunks)
    told = message.get("reasoning_content") or message.get("reasoning")
    return told if isinstance(told, str) else ""


def _usage(usage: Mapping[str, Any]) -> Usage:
    """Tokens as billed: where a total is larger than its parts (Gemini), thinking is the rest.

    Raises:
        UnknownUsage: they cannot be true.
    """
    prompt = tokens(usage, "prompt_tokens")
    answer = tokens(usage, "completion_tokens")
    inputs = part(usage, "prompt_tokens_details")
    outputs = part(usage, "completion_tokens_details")
    hidden = max(0, tokens(usage, "total_tokens") - prompt - answer)
    return Usage(
        input_tokens=prompt,
        output_tokens=answer + hidden,
        cache_read_tokens=tokens(inputs, "cached_tokens"),
        cache_write_tokens=tokens(inputs, "cache_write_tokens"),
        reasoning_tokens=tokens(outputs, "reasoning_tokens") or hidden,
        audio_tokens=tokens(inputs, "audio_tokens"),
    )


def _was_cut_short(call: Call, usage: Usage, engine: Engine) -> bool:
    """Whether the server dropped part of the prompt without a word, as Ollama does."""
    if not PROVIDERS[engine.provider].cuts_prompts or not usage.input_tokens:
        return False
    texts = [call.system, *(part.text for part in call.parts if isinstance(part, TextPart))]
    characters = sum(len("".join(text.split())) for text in texts)
    return usage.input_tokens + usage.cache_read_tokens < characters / CHARACTERS_A_TOKEN
