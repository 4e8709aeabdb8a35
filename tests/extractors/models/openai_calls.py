"""What the tests of the chat-completions wire share: keys, and how a call ends."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from docglean.extractors.models.base import Reply
from model_calls import call, client_of, replying

ENGINE = "openai:gpt-6-luna"
OWN = "openai:reader@http://127.0.0.1:9999/v1"


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("OPENAI", "GEMINI", "MISTRAL", "OPENROUTER"):
        monkeypatch.setenv(f"{name}_API_KEY", "sk-the-key-0123456789")
    for name in ("OPENAI_BASE_URL", "OLLAMA_HOST"):
        monkeypatch.delenv(name, raising=False)


async def ending(
    answer: httpx2.Response | dict[str, Any], *, spec: str = ENGINE, **options: Any
) -> Reply:
    """How a call ends that is answered so."""
    if isinstance(answer, dict):
        answer = httpx2.Response(200, json=answer)
    handler, _ = replying(answer)
    client = client_of(spec, handler)
    reply = await client.send(call(**options))
    await client.close()
    return reply


def error_answer(status: int, message: str, code: Any = None, kind: str = "x") -> httpx2.Response:
    body = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    return httpx2.Response(status, json=body, headers={"retry-after-ms": "1"})
