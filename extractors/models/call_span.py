"""The span and the metrics of one call to a model, by the semantic conventions for generative AI.

(open-telemetry/semantic-conventions-genai, docs/gen-ai/gen-ai-spans.md and gen-ai-metrics.md, as
of November 2026; their status is "development".)
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from docglean.extractors.models.base import AudioPart, Call, ImagePart, Part, PdfPart, Reply
from docglean.extractors.models.engines import Engine
from docglean.extractors.models.providers import PROVIDERS
from docglean.extractors.telemetry.metrics import Instruments, instruments
from docglean.extractors.telemetry.spans import Mark, code_of, content_asked, plain, span

PORTS = {"http": 80, "https": 443}


class CallSpan:
    """A call under way."""

    def __init__(self, facts: dict[str, Any], mark: Mark) -> None:
        self._facts = facts
        self._mark = mark

    def answered(self, reply: Reply) -> None:
        """The call has ended with this."""
        failed = reply.code or reply.outcome if reply.outcome == "failed" else None
        found = instruments()
        if found is not None:
            self._measure(found, reply, failed)
        if not self._mark.recording:
            return
        usage = reply.usage
        self._mark.set(
            {
                "gen_ai.response.model": reply.model,
                "gen_ai.response.finish_reasons": [reply.finish] if reply.finish else None,
                "gen_ai.usage.input_tokens": usage.input_tokens,
                "gen_ai.usage.output_tokens": usage.output_tokens,
                "gen_ai.usage.cache_read.input_tokens": usage.cache_read_tokens or None,
                "gen_ai.usage.cache_creation.input_tokens": usage.cache_write_tokens or None,
                "gen_ai.usage.reasoning.output_tokens": usage.reasoning_tokens or None,
                "gen_ai.usage.audio.input_tokens": usage.audio_tokens or None,
                "docglean.outcome": reply.outcome,
                "docglean.attempts": reply.attempts,
                "docglean.request_id": reply.request_id,
                "docglean.cost": reply.cost,
            }
        )
        if content_asked.get() and reply.text:
            self._mark.set({"gen_ai.output.messages": _message("assistant", reply.text)})
        if failed:
            self._mark.fail(failed)

    def _measure(self, found: Instruments, reply: Reply, failed: str | None) -> None:
        names = {**self._facts, "gen_ai.response.model": reply.model}
        found.call_seconds.record(reply.seconds, plain({**names, "error.type": failed}))
        for kind, tokens in (
            ("input", reply.usage.input_tokens),
            ("output", reply.usage.output_tokens),
        ):
            if tokens:
                found.tokens.record(tokens, plain({**names, "gen_ai.token.type": kind}))


@contextmanager
def call_span(engine: Engine, call: Call, operation: str) -> Iterator[CallSpan]:
    """Around one call, retries included; tell it the reply."""
    url = urlsplit(engine.url or "")
    facts = {
        "gen_ai.operation.name": operation,
        "gen_ai.provider.name": PROVIDERS[engine.provider].telemetry_name or engine.provider,
        "gen_ai.request.model": engine.model,
        "server.address": url.hostname,
        "server.port": url.port or PORTS.get(url.scheme),
    }
    with span(f"{operation} {engine.model}", facts, client=True) as mark:
        if mark.recording:
            mark.set(
                {
                    "gen_ai.request.max_tokens": call.max_tokens,
                    "gen_ai.output.type": "text" if call.json_schema is None else "json",
                    "docglean.schema": call.schema_name,
                }
            )
            if content_asked.get():
                told = [{"type": "text", "content": call.system}]
                mark.set(
                    {
                        "gen_ai.system_instructions": json.dumps(told, ensure_ascii=False),
                        "gen_ai.input.messages": _message("user", *call.parts),
                    }
                )
        try:
            yield CallSpan(facts, mark)
        except Exception as error:
            found = instruments()
            if found is not None:
                found.call_seconds.record(0.0, plain({**facts, "error.type": code_of(error)}))
            raise


def _message(role: str, *parts: Part | str) -> str:
    """One message in the conventions' JSON; of images, sound and files only what they are."""
    return json.dumps([{"role": role, "parts": [_part(part) for part in parts]}],
                      ensure_ascii=False)  # fmt: skip


def _part(part: Part | str) -> dict[str, Any]:
    if isinstance(part, ImagePart):
        return {"type": "blob", "modality": "image", "mime_type": part.media_type,
                "bytes": len(part.data)}  # fmt: skip
    if isinstance(part, AudioPart):
        return {"type": "blob", "modality": "audio", "mime_type": f"audio/{part.format}",
                "bytes": len(part.data)}  # fmt: skip
    if isinstance(part, PdfPart):
        return {"type": "blob", "modality": "file", "mime_type": "application/pdf",
                "bytes": len(part.data)}  # fmt: skip
    return {"type": "text", "content": part if isinstance(part, str) else part.text}
