"""A stand-in for four vendors that counts what it was asked for, and would have billed.

It speaks Anthropic's Messages, OpenAI's and Mistral's chat completions and Gemini's
generateContent, and all of their batch protocols, holds what it is sent and what it says to the
vendors' types, and reads documents of one page whose lines are ``field: value``.
It can be told to be slow, to fail, and to cut a connection after it did what was asked.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qs, urlsplit

import loopback
from batch_desk import AnthropicDesk, Desk, OpenAIDesk
from contracts import check_anthropic_answer, check_openai_answer, check_openai_request
from loopback import listening
from seeing_server import anthropic_answer, openai_answer
from servers import gemini, mistral
from servers.gemini_batches import GeminiDesk, Headed
from servers.mistral import MistralDesk

MODELS = {
    "anthropic": "anthropic:claude-haiku-5-5",
    "openai": "openai:gpt-6-luna",
    "gemini": "gemini:gemini-2.5-flash",
    "mistral": "mistral:mistral-small-latest",
}
PATHS = {"openai": "/v1", "mistral": "/mistral/v1"}
"""Where each is; the others' clients add it."""

TOKENS_IN, TOKENS_OUT = 400, 25
"""What it bills for each answer: a little less than is estimated."""
COST = Decimal("0.00045")
"""And what that costs, at the price that `PayingServer.engine` tells."""


Spoil = Callable[[BinaryIO, bytes], None]


@dataclass
class PayingServer:
    """What it was asked, and how it is to behave.

    Attributes:
        asked: how often each question was answered, one at a time or in a batch; by the hash of
            all that was said but the way it was sent.
        seconds: how long each answer takes.
        under_way: calls that it is working on now.
        answers: told each question's text and JSON Schema, may give another answer than the true
            one, a status to fail with, or None for the true one.
        spoil: told the text of a call, may give what writes the answer to it onto the connection
            in another way than is right.
        desks: the batch protocols by vendor.
        told: called with method, path and ``asked`` (before anything is done), ``done`` (before
            the answer is sent) or ``said`` (after that): the time to kill somebody.
    """

    url: str = ""
    seconds: float = 0.0
    asked: Counter[str] = field(default_factory=Counter)
    under_way: int = 0
    most_under_way: int = 0
    answers: Callable[[str, dict[str, Any]], str | int | None] = lambda text, schema: None
    spoil: Callable[[str], Spoil | None] = lambda text: None
    told: Callable[[str, str, str], None] = lambda method, path, when: None
    desks: dict[str, Desk] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        kinds = (AnthropicDesk, OpenAIDesk, GeminiDesk, MistralDesk)
        self.desks = {kind.vendor: kind(self) for kind in kinds}

    def engine(self, vendor: str = "openai", **parameters: str) -> str:
        """The spec of its model that reads text, at a price, with batches."""
        path = PATHS.get(vendor, "")
        told = {"batch": "yes", "price": "1/2", **parameters}
        query = "&".join(f"{name}={value}" for name, value in told.items())
        return f"ocr+{MODELS[vendor]}@{self.url}{path}?{query}"

    def answer(self, schema: dict[str, Any], parts: list[tuple[str, Any]], paged: bool) -> str:
        """What stands behind each field's name, as JSON."""
        text = "\n".join(content for kind, content in parts if kind == "text")
        told = self.answers(text, schema)
        if isinstance(told, int):
            raise Refusal(told)
        return true_answer(text, schema) if told is None else told

    def reply(self, vendor: str, body: dict[str, Any]) -> dict[str, Any]:
        """One answer in a vendor's form.

        Raises:
            Refusal: as it was told to.
        """
        with self.lock:
            self.asked[fingerprint(body)] += 1
        if vendor == "anthropic":
            answer = anthropic_answer(self, body)  # type: ignore[arg-type]
            answer["usage"] = {"input_tokens": TOKENS_IN, "output_tokens": TOKENS_OUT}
            check_anthropic_answer(answer)
        elif vendor == "gemini":
            answer = self._of_gemini(body)
        else:
            if vendor == "mistral":
                mistral.check_request(body)
            else:
                check_openai_request(body)
            answer = openai_answer(self, in_parts(body))  # type: ignore[arg-type]
            usage = {"prompt_tokens": TOKENS_IN, "completion_tokens": TOKENS_OUT}
            answer["usage"] = usage | {"total_tokens": TOKENS_IN + TOKENS_OUT}
            check_openai_answer(answer)
        return answer

    def _of_gemini(self, body: dict[str, Any]) -> dict[str, Any]:
        gemini.check_request(body)
        schema = body["generationConfig"]["responseJsonSchema"]
        text = self.answer(schema, list(gemini.parts_of(body)), False)
        content = {"role": "model", "parts": [{"text": text}]}
        usage = {"promptTokenCount": TOKENS_IN, "candidatesTokenCount": TOKENS_OUT}
        return {
            "candidates": [{"content": content, "finishReason": "STOP", "index": 0}],
            "usageMetadata": usage | {"totalTokenCount": TOKENS_IN + TOKENS_OUT},
            "modelVersion": "gemini-2.5-flash",
            "responseId": "resp-standin",
        }

    @property
    def questions(self) -> int:
        """Different questions that were answered."""
        return len(self.asked)

    @property
    def twice(self) -> int:
        """Answers too many: questions asked again that had been answered."""
        return sum(self.asked.values()) - len(self.asked)


CALLS = ("/v1/messages", "/v1/chat/completions", ":generateContent")


def vendor_of(path: str) -> str:
    """Whose API a path is of."""
    if path.startswith("/mistral"):
        return "mistral"
    if "/v1beta" in path:
        return "gemini"
    return "anthropic" if "/messages" in path else "openai"


def in_parts(body: dict[str, Any]) -> dict[str, Any]:
    """The same chat where a text stands as a list of one part."""
    *before, last = body["messages"]
    content = last["content"]
    if isinstance(content, str):
        content = [{"type": "text", "text": content}]
    return body | {"messages": [*before, last | {"content": content}]}


class Refusal(Exception):
    """The server answers with an error of this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


def true_answer(text: str, schema: dict[str, Any]) -> str:
    """The values that stand in `text` behind the names of the schema's fields."""
    values: dict[str, Any] = {}
    for name in schema["properties"]:
        found = re.search(rf"^\W*{name}: *(\S+)", text, re.MULTILINE)
        values[name] = found[1] if found else None
    return json.dumps(values)


def fingerprint(body: dict[str, Any]) -> str:
    """What a question is, whichever way it came."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]


def error_body(status: int) -> dict[str, Any]:
    kind = {400: "invalid_request_error", 401: "authentication_error", 429: "rate_limit_error"}
    told = {"type": kind.get(status, "api_error"), "message": "told to fail", "code": None}
    return {"type": "error", "error": told | {"param": None}}


@contextmanager
def paying(**behaviour: Any) -> Iterator[PayingServer]:
    """The server on a port of loopback, for as long as the block lasts."""
    state = PayingServer(**behaviour)

    class Handler(loopback.Handler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self._handle("POST")

        def do_GET(self) -> None:
            self._handle("GET")

        def do_DELETE(self) -> None:
            self._handle("DELETE")

        def _handle(self, method: str) -> None:
            body = self.body()
            url = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            vendor = vendor_of(url.path)
            path = url.path.removeprefix("/mistral")
            state.told(method, url.path, "asked")
            try:
                if method == "POST" and path.endswith(CALLS):
                    found: Any = self._call(vendor, json.loads(body))
                    spoil = state.spoil(body.decode())
                    if spoil is not None:
                        self.close_connection = True
                        spoil(self.wfile, json.dumps(found).encode())
                        return
                else:
                    kind = self.headers.get("content-type", "")
                    desk = state.desks[vendor]
                    found = desk.handle(method, path, query, body, kind, self.headers)
            except Refusal as error:
                self._say(error.status, error_body(error.status))
            except ConnectionAbortedError:
                self.close_connection = True
                self.connection.close()
            except Exception as error:
                self._say(400, {"type": "error", "error": {"type": "invalid_request_error",
                                                           "message": repr(error)}})  # fmt: skip
                raise
            else:
                state.told(method, url.path, "done")
                self._say(200, found)
                state.told(method, url.path, "said")

        def _call(self, vendor: str, body: dict[str, Any]) -> dict[str, Any]:
            with state.lock:
                state.under_way += 1
                state.most_under_way = max(state.most_under_way, state.under_way)
            try:
                time.sleep(state.seconds)
                return state.reply(vendor, body)
            finally:
                with state.lock:
                    state.under_way -= 1

        def _say(self, status: int, content: Any) -> None:
            told: dict[str, str] = {}
            if isinstance(content, Headed):
                content, told = content.content, content.headers
            with contextlib.suppress(OSError):  # whoever asked was killed
                self.say(content, status, told)

    class Server(loopback.Server):
        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # whoever asked was killed

    with listening(Handler, Server) as state.url:
        yield state


SCHEMA = '''
from pydantic import BaseModel


class Slip(BaseModel):
    """A slip with a number and a word."""

    number: int | None = None
    word: str | None = None
'''


def slips(folder: Path, count: int, *, start: int = 0) -> Path:
    """Documents of one page, each with a number of its own; and ``slip.py`` beside the folder."""
    import pymupdf

    folder.mkdir(parents=True, exist_ok=True)
    (folder.parent / "slip.py").write_text(SCHEMA)
    for number in range(start, start + count):
        pdf = pymupdf.open()
        page = pdf.new_page(width=200, height=100)
        page.insert_text((20, 30), f"number: {number}")
        page.insert_text((20, 60), f"word: w{number * number}")
        pdf.save(folder / f"{number:04}.pdf")
        pdf.close()
    return folder
