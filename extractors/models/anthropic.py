"""Anthropic's Messages API, as `anthropic` 2 speaks it (version 2026-10-21).

No temperature (that version refuses it), no forced tool (newer models refuse it): the answer's
form is held by `output_config.format`. Answers may begin with thinking: blocks go by type.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from docglean.extractors.extraction import Usage
from docglean.extractors.models import errors
from docglean.extractors.models.answer_text import schema_text, settle
from docglean.extractors.models.base import Call, ImagePart, Part, PdfPart, Reply, TextPart
from docglean.extractors.models.capabilities import Capability
from docglean.extractors.models.client import POLLS, Client, RawAnswer
from docglean.extractors.models.clouds import messages_client
from docglean.extractors.models.engines import Engine
from docglean.extractors.models.providers import PROVIDERS
from docglean.extractors.models.transport import client_for, patience
from docglean.extractors.models.usage import counted, part, tokens

if TYPE_CHECKING:
    import httpx2
    from docglean.extractors.models.batch_port import BatchWire
    from docglean.extractors.settings import Settings

STREAM_ABOVE = 21_333
"""Answers that may be longer than this are streamed: by the vendor's rule (128,000 tokens an
hour) they may take over ten minutes, and quiet connections do not live that long."""


def body(call: Call, capability: Capability) -> dict[str, Any]:
    """The request's JSON body; also the ``params`` of a batch request. Pure."""
    content = [_block(part, capability) for part in call.parts if not _is_empty(part)]
    config: dict[str, Any] = {}
    if call.json_schema is not None:
        if capability.schema_mode == "json_schema":
            config["format"] = {"type": "json_schema", "schema": call.json_schema}
        else:
            content.append({"type": "text", "text": schema_text(call)})
    if call.effort is not None and call.effort != "none":
        config["effort"] = call.effort
    most = capability.max_output_tokens
    request: dict[str, Any] = {
        "model": capability.model,
        "max_tokens": min(call.max_tokens, most) if most else call.max_tokens,
        "messages": [{"role": "user", "content": content}],
    }
    if call.system:
        request["system"] = call.system
    if config:
        request["output_config"] = config
    if call.effort == "none":
        request["thinking"] = {"type": "disabled"}
    return request


def read(answer: Mapping[str, Any], call: Call, engine: Engine) -> Reply:
    """What a decoded ``message`` says, or the ``error`` that a batch has in its place. Pure.

    Raises:
        BadAnswer: it is no message.
        ConfigError: it is an error that every later call would meet too.
    """
    if answer.get("type") == "error":
        return errors.settle_fault(errors.fault_of(200, answer), engine)
    content = answer.get("content")
    if answer.get("type") != "message" or not isinstance(content, list):
        raise errors.BadAnswer("bad_body", "the answer is JSON, but no message")
    text = "".join(
        str(block.get("text", ""))
        for block in content
        if isinstance(block, dict) and block.get("type") == "text"
    )
    base = Reply(
        outcome="ok",
        text=text,
        usage=counted(_usage, answer.get("usage")),
        model=str(answer.get("model") or ""),
        request_id=str(answer["id"]) if answer.get("id") else None,
        finish=str(answer.get("stop_reason") or ""),
    )
    reason = answer.get("stop_reason")
    if reason is None:
        raise errors.BadAnswer("cut_body", "the stream ended before the answer did")
    if reason == "refusal":
        details = answer.get("stop_details") or {}
        why = details.get("explanation") or details.get("category") or "no reason given"
        refused = {"outcome": "refused", "code": "refusal", "message": f"refused: {why}"}
        # Before any output it is not billed on the vendor's own API, whatever its usage says
        # (platform.claude.com, handle-streaming-refusals).
        free = not content and not PROVIDERS[engine.provider].cloud
        return base.model_copy(update=refused | ({"cost": Decimal(0)} if free else {}))
    if reason in ("max_tokens", "model_context_window_exceeded"):
        return base.model_copy(
            update={"outcome": "truncated", "code": reason, "message": f"cut off: {reason}"}
        )
    if reason not in ("end_turn", "stop_sequence"):
        # pause_turn and tool_use: nothing that was asked for.
        return base.model_copy(
            update={
                "outcome": "invalid",
                "code": "unexpected_stop",
                "message": f"the model stopped with {reason}",
            }
        )
    return settle(base, call)


class AnthropicClient(Client):
    """Claude over the vendor's async SDK, one request a call."""

    def __init__(
        self,
        engine: Engine,
        settings: Settings,
        capability: Capability,
        *,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        import anthropic

        super().__init__(engine, capability)
        self._batch_timeout = settings.deadline
        http = client_for(engine, settings, transport, anthropic.DefaultAsyncHttpxClient)
        # Calls have their span here, see `call_span`; the SDK's own would count them twice.
        self._sdk = messages_client(engine, http)

    def body(self, call: Call) -> dict[str, Any]:
        return body(call, self.capability)

    def read(self, answer: Mapping[str, Any], call: Call) -> Reply:
        return read(answer, call, self.engine)

    async def post(self, body: Mapping[str, Any], timeout: float) -> RawAnswer:
        import httpx2

        if body["max_tokens"] > STREAM_ABOVE:
            async with self._sdk.messages.stream(**body, timeout=patience(timeout)) as stream:
                message = await stream.get_final_message()
                return RawAnswer(message.to_json().encode(), stream.request_id)
        response = await self._sdk.post(
            "/v1/messages",
            body=dict(body),
            cast_to=httpx2.Response,
            options={"timeout": patience(timeout)},
        )
        return RawAnswer(response.content, response.headers.get("request-id"), response.headers)

    def batches(self) -> BatchWire:
        from docglean.extractors.models.anthropic_batches import AnthropicBatches

        if not self.capability.batch:
            return super().batches()
        return AnthropicBatches(
            self, self._sdk.with_options(max_retries=POLLS), self._batch_timeout
        )

    async def close(self) -> None:
        await self._sdk.close()


def _block(part: Part, capability: Capability) -> dict[str, Any]:
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    if isinstance(part, PdfPart):
        data = base64.b64encode(part.data).decode("ascii")
        source = {"type": "base64", "media_type": "application/pdf", "data": data}
        return {"type": "document", "source": source}
    if not isinstance(part, ImagePart):
        raise ValueError("this wire carries no sound")  # refused before: `capabilities.check`
    block: dict[str, Any] = {
        "type": "image",
        "source": {
            "type": "base64",
            "media_type": part.media_type,
            "data": base64.b64encode(part.data).decode("ascii"),
        },
    }
    if capability.strict_images:
        # Refuse rather than show the model a smaller page than we think it sees.
        block["transformations"] = {"oversized_image": "error"}
    return block


def _is_empty(part: Part) -> bool:
    """Empty text blocks are refused by the server."""
    return isinstance(part, TextPart) and not part.text.strip()


def _usage(usage: Mapping[str, Any]) -> Usage:
    """Total input is input, cache writes and cache reads together (anthropic ``Message.usage``).

    Raises:
        UnknownUsage: they cannot be true.
    """
    written = tokens(usage, "cache_creation_input_tokens")
    cached = tokens(usage, "cache_read_input_tokens")
    return Usage(
        input_tokens=tokens(usage, "input_tokens") + written + cached,
        output_tokens=tokens(usage, "output_tokens"),
        cache_read_tokens=cached,
        cache_write_tokens=written,
        reasoning_tokens=tokens(part(usage, "output_tokens_details"), "thinking_tokens"),
    )
