"""A call to send in tests, answers to it, and clients without a network."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from docglean.extractors.models import connect
from docglean.extractors.models.anthropic import AnthropicClient
from docglean.extractors.models.base import Call, ImagePart, TextPart
from docglean.extractors.models.capabilities import capability
from docglean.extractors.models.client import Client
from docglean.extractors.models.engines import parse_engine, wire_of
from docglean.extractors.models.gemini import GeminiClient
from docglean.extractors.models.openai import OpenAIClient
from docglean.extractors.settings import Settings

SCHEMA = {
    "type": "object",
    "properties": {"total": {"type": "string"}},
    "required": ["total"],
    "additionalProperties": False,
}


def png(width: int = 40, height: int = 30) -> ImagePart:
    from PIL import Image

    out = io.BytesIO()
    Image.new("L", (width, height), 255).save(out, "PNG")
    return ImagePart(out.getvalue(), "image/png", width, height)


def call(
    *parts: ImagePart | TextPart, schema: dict[str, Any] | None = SCHEMA, **options: Any
) -> Call:
    """A call with one page image and a line of text, unless told otherwise."""
    shown = parts or (png(), TextPart("Page 1 above."))
    facts: dict[str, Any] = {"schema_name": "receipt of a shop", "max_tokens": 1000, **options}
    return Call(system="Read documents.", parts=tuple(shown), json_schema=schema, **facts)


def client_of(
    spec: str,
    handler: Callable[[httpx2.Request], Any],
    *,
    settings: Settings | None = None,
) -> Client:
    """The client that `connect` would give, with `handler` in place of the network."""
    engine = parse_engine(spec)
    settings = settings or Settings()
    kind = {"anthropic": AnthropicClient, "openai": OpenAIClient, "gemini": GeminiClient}[
        wire_of(engine)
    ]
    transport = httpx2.MockTransport(handler)
    return kind(engine, settings, capability(engine), transport=transport)


def replying(*answers: httpx2.Response) -> tuple[Callable[[httpx2.Request], httpx2.Response], list]:
    """A handler that gives these answers in turn, the last one for ever; and the bodies it got."""
    got: list[dict[str, Any]] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        got.append(json.loads(request.content))
        told = answers[min(len(got), len(answers)) - 1]
        return httpx2.Response(told.status_code, headers=told.headers, content=told.content)

    return handler, got


def message(**changes: Any) -> dict[str, Any]:
    """A Message of Anthropic's, whole and fine."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "claude-haiku-5-5-20261007",
        "content": [{"type": "text", "text": '{"total": "12.50"}'}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 900, "output_tokens": 12},
    } | changes


def completion(content: Any = '{"total": "12.50"}', **changes: Any) -> dict[str, Any]:
    """A chat completion of OpenAI's, whole and fine; `changes` go to its one choice."""
    choice = {
        "index": 0,
        "finish_reason": "stop",
        "logprobs": None,
        "message": {"role": "assistant", "content": content, "refusal": None},
    }
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1795000000,
        "model": "gpt-6-luna-2026-10-01",
        "choices": [choice | changes],
        "usage": {"prompt_tokens": 900, "completion_tokens": 12, "total_tokens": 912},
    }


@asynccontextmanager
async def serving(
    answer: Callable[[str, dict[str, Any]], Any],
) -> AsyncIterator[tuple[str, list[str]]]:
    """A tiny HTTP server on loopback: its URL, and the paths that were asked for."""
    asked: list[str] = []

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split()[1]
        length = next(
            (
                int(line[16:])
                for line in head.splitlines()
                if line.lower()[:15] == "content-length:"
            ),
            0,
        )
        body = json.loads(await reader.readexactly(length)) if length else {}
        asked.append(path)
        told = answer(path, body)
        status = "200 OK" if told is not None else "404 Not Found"
        content = json.dumps(told).encode()
        writer.write(
            f"HTTP/1.1 {status}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(content)}\r\nconnection: close\r\n\r\n".encode()
            + content
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked


__all__ = [
    "SCHEMA",
    "call",
    "client_of",
    "completion",
    "connect",
    "message",
    "png",
    "replying",
    "serving",
]
