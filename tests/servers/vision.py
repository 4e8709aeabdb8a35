"""A stand-in for a vision server: it really decodes and reads the images that it was sent.

It knows the truth of one document, but says of it only what OCR sees on the images in the request:
a page that is unreadable, turned, too small or the wrong one is answered with nothing. It speaks
Anthropic's Messages and OpenAI's chat completions, and holds each request to the vendor's types.
"""

from __future__ import annotations

import base64
import io
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import loopback
import numpy
from contracts import (
    check_anthropic_answer,
    check_anthropic_request,
    check_openai_answer,
    check_openai_request,
)
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Text
from loopback import listening
from perfect_reader import CAPTION, At, PerfectReader
from PIL import Image

TOKENS_AN_IMAGE = 1000
"""What it bills: a round number, so that tests can tell it in the accounts."""


@cache
def _reader() -> Any:
    from rapidocr import RapidOCR

    # Without its classifier: what stands on its head is not to be read.
    return RapidOCR(params={"Global.log_level": "error", "Global.use_cls": False})


@dataclass
class SeeingServer:
    """What it knows and what it saw.

    Attributes:
        root: field of the schema.
        truth: JSON data of the one document.
        seen: size and text of each image, in the order they came.
    """

    root: Field
    truth: dict[str, Any]
    url: str = ""
    seen: list[tuple[tuple[int, int], str]] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, schema: dict[str, Any], parts: list[tuple[str, Any]], paged: bool) -> str:
        """The JSON that a model would give that sees these parts and knows nothing else."""
        texts: dict[int, str] = {}
        number = 0
        for kind, content in parts:
            if kind == "text" and (found := CAPTION.match(content)):
                number = int(found[1])
            elif kind == "image":
                texts[number] = texts.get(number, "") + self.read(content)
        truth = placed(self.root, self.truth, texts)
        reader = PerfectReader(truth or {})
        return json.dumps(reader.read(schema, truth or {}, sorted(texts), paged=paged))

    def read(self, data: bytes) -> str:
        """What stands on an image in lines across, letters and digits only."""
        image = Image.open(io.BytesIO(data)).convert("RGB")
        with self._lock:
            found = _reader()(numpy.asarray(image)[:, :, ::-1])
        lines = [
            text
            for text, box in zip(found.txts or (), found.boxes if found.txts else (), strict=True)
            if numpy.ptp(box[:, 0]) > numpy.ptp(box[:, 1]) or len(text) < 3
        ]
        text = squashed("".join(lines))
        self.seen.append((image.size, text))
        return text


def squashed(text: str) -> str:
    """Letters and digits only, as OCR is sure of them."""
    return re.sub(r"[\W_]+", "", text).casefold()


def placed(field_: Field, truth: Any, texts: dict[int, str]) -> Any:
    """The truth with the page on which each value was seen; what was not seen is left out."""
    if field_.shape == "object":
        inner = {
            child.name: placed(child, truth[child.name], texts)
            for child in field_.children
            if truth and child.name in truth
        }
        return {name: value for name, value in inner.items() if value is not None} or None
    if field_.shape == "list":
        entries = []
        for entry in truth or ():
            # An entry stands on the first page that shows all of it; a part of it may be elsewhere.
            for page in texts:
                seen = placed(field_.item, entry, {page: texts[page]})
                if _size(seen) == _size(entry):
                    entries.append(seen)
                    break
        return entries or None
    for page, text in texts.items():
        shapes = (field_.kind or Text()).shapes(truth) if truth is not None else ()
        if any(squashed(shape) and squashed(shape) in text for shape in (str(truth), *shapes)):
            return At.page(page, truth)
    return None


def _size(value: Any) -> int:
    if isinstance(value, dict):
        return sum(map(_size, value.values()))
    return int(value is not None)


@contextmanager
def serving(root: Field, truth: dict[str, Any]) -> Iterator[SeeingServer]:
    """The server on a port of loopback, for as long as the block lasts."""
    state = SeeingServer(root, truth)

    class Handler(loopback.Handler):
        def do_POST(self) -> None:
            body = json.loads(self.body())
            if self.path.endswith("/messages"):
                answer = anthropic_answer(state, body)
                check_anthropic_answer(answer)
            else:
                answer = openai_answer(state, body)
                check_openai_answer(answer)
            self.say(answer)

    with listening(Handler) as state.url:
        yield state


def anthropic_answer(state: SeeingServer, body: dict[str, Any]) -> dict[str, Any]:
    """A reply of the Messages API."""
    check_anthropic_request(body)
    parts: list[tuple[str, Any]] = []
    for block in body["messages"][0]["content"]:
        if block["type"] == "text":
            parts.append(("text", block["text"]))
        elif block["type"] == "image":
            parts.append(("image", base64.b64decode(block["source"]["data"], validate=True)))
    system = body["system"] if isinstance(body["system"], str) else json.dumps(body["system"])
    schema = body["output_config"]["format"]["schema"]
    text = state.answer(schema, parts, "_page" in system)
    images = sum(kind == "image" for kind, _ in parts)
    return {
        "id": "msg_standin",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": TOKENS_AN_IMAGE * images, "output_tokens": len(text) // 4},
    }


def openai_answer(state: SeeingServer, body: dict[str, Any]) -> dict[str, Any]:
    """A reply of chat completions."""
    check_openai_request(body)
    parts: list[tuple[str, Any]] = []
    for part in body["messages"][-1]["content"]:
        if part["type"] == "text":
            parts.append(("text", part["text"]))
        elif part["type"] == "image_url":
            head, _, data = part["image_url"]["url"].partition(",")
            assert re.fullmatch(r"data:image/(png|jpeg|webp);base64", head), head
            parts.append(("image", base64.b64decode(data, validate=True)))
    schema = body["response_format"]["json_schema"]["schema"]
    text = state.answer(schema, parts, "_page" in json.dumps(body["messages"][0]))
    images = sum(kind == "image" for kind, _ in parts)
    usage = {"prompt_tokens": TOKENS_AN_IMAGE * images, "completion_tokens": len(text) // 4}
    return {
        "id": "chatcmpl-standin",
        "object": "chat.completion",
        "created": 0,
        "model": body["model"],
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": text, "refusal": None},
                "finish_reason": "stop",
                "logprobs": None,
            }
        ],
        "usage": {**usage, "total_tokens": sum(usage.values())},
    }
