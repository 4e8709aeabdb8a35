"""A stand-in for a model that hears and reads, behind OpenAI's chat completions.

It knows nothing but what it is sent: of a recording that is played the tones in it, of a transcript
the words that stand there. Each request is held to the vendor's types.
"""

from __future__ import annotations

import base64
import io
import json
import re
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import loopback
import numpy
from contracts import check_openai_answer, check_openai_request
from loopback import listening

from servers.transcription import heard_tones

LINE = re.compile(r"^\[\d+:\d\d:\d\d\] (\S+)$", re.MULTILINE)
"""A word of a transcript, with its time."""


@dataclass
class HearingServer:
    """Where it is, and by what it was told each answer: ``sound``, ``text`` or both."""

    url: str = ""
    given: list[str] = field(default_factory=list)


@contextmanager
def hearing_model() -> Iterator[HearingServer]:
    """Run it on a free port of the loopback."""
    state = HearingServer()

    class Handler(loopback.Handler):
        def do_POST(self) -> None:
            body = json.loads(self.body())
            check_openai_request(body)
            answer = _answer(state, body)
            check_openai_answer(answer)
            self.say(answer)

    with listening(Handler) as address:
        state.url = f"{address}/v1"
        yield state


def _answer(state: HearingServer, body: dict[str, Any]) -> dict[str, Any]:
    tones: list[str] = []
    given: list[str] = []
    content = body["messages"][-1]["content"]
    for part in [{"type": "text", "text": content}] if isinstance(content, str) else content:
        if part["type"] == "input_audio":
            given.append("sound")
            tones += _tones(base64.b64decode(part["input_audio"]["data"], validate=True))
        elif found := LINE.findall(part["text"]):
            given.append("text")
            tones += found
    state.given.append("+".join(dict.fromkeys(given)))
    return {
        "id": "chatcmpl-standin",
        "object": "chat.completion",
        "created": 1_764_000_000,
        "model": body["model"],
        "choices": [{
            "index": 0,
            "finish_reason": "stop",
            "logprobs": None,
            "message": {
                "role": "assistant", "content": json.dumps({"tones": tones}), "refusal": None,
            },
        }],
        "usage": {"prompt_tokens": 100, "completion_tokens": 10, "total_tokens": 110},
    }  # fmt: skip


def _tones(data: bytes) -> list[str]:
    with wave.open(io.BytesIO(data)) as file:
        samples = numpy.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
    return [word for _, _, word in heard_tones(samples)]
