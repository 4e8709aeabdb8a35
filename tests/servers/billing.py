"""A stand-in for four vendors that counts what it was asked for, and would have billed.

It speaks Anthropic's Messages, OpenAI's and Mistral's chat completions and Gemini's
generateContent, and all of their batch protocols, and reads documents of one page whose lines are
``field: value``. What it takes, refuses, thinks and cuts is up to the strict stand-ins of
`servers`; Mistral's has but the names of fields. Keys and headers are not looked at.
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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import parse_qs, urlsplit

import loopback
from contracts import check_openai_answer
from loopback import listening

from servers import mistral
from servers.anthropic import Anthropic
from servers.batch_desk import AnthropicDesk, Desk, OpenAIDesk
from servers.gemini import Gemini
from servers.gemini import error_body as gemini_error
from servers.gemini_batches import GeminiDesk, Headed
from servers.mistral import MistralDesk
from servers.openai import OpenAI
from servers.vendor import Part, Refused, Vendor

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


USAGE: dict[str, tuple[str, dict[str, int]]] = {
    "anthropic": ("usage", {"input_tokens": TOKENS_IN, "output_tokens": TOKENS_OUT}),
    "openai": (
        "usage",
        {"prompt_tokens": TOKENS_IN, "completion_tokens": TOKENS_OUT,
         "total_tokens": TOKENS_IN + TOKENS_OUT},
    ),
    "gemini": (
        "usageMetadata",
        {"promptTokenCount": TOKENS_IN, "candidatesTokenCount": TOKENS_OUT,
         "totalTokenCount": TOKENS_IN + TOKENS_OUT},
    ),
}  # fmt: skip
"""Where each vendor tells what it bills, and how."""

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
        thinking: tokens, one of which is drawn for each answer; without any all cost the same.
        strict: the stand-ins that answer, by vendor.
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
    thinking: Sequence[int] = ()
    strict: dict[str, Vendor] = field(default_factory=dict)
    desks: dict[str, Desk] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        vendors = {"anthropic": Anthropic, "openai": OpenAI, "gemini": Gemini}
        self.strict = {
            name: vendor(self._read, thinking=self.thinking or (0,))
            for name, vendor in vendors.items()
        }
        kinds = (AnthropicDesk, OpenAIDesk, GeminiDesk, MistralDesk)
        self.desks = {kind.vendor: kind(self) for kind in kinds}

    def engine(self, vendor: str = "openai", **parameters: str) -> str:
        """The spec of its model that reads text, at a price, with batches."""
        path = PATHS.get(vendor, "")
        told = {"batch": "yes", "price": "1/2", **parameters}
        query = "&".join(f"{name}={value}" for name, value in told.items())
        return f"ocr+{MODELS[vendor]}@{self.url}{path}?{query}"

    def _read(self, schema: Mapping[str, Any], parts: Sequence[Part], system: str) -> str:
        text = "\n".join(content for kind, content in parts if kind == "text")
        told = self.answers(text, dict(schema))
        if isinstance(told, int):
            raise Refusal(told)
        return true_answer(text, dict(schema)) if told is None else told

    def reply(self, vendor: str, body: dict[str, Any], model: str = "") -> dict[str, Any]:
        """One answer in a vendor's form.

        Raises:
            Refusal: as it was told to.
            Refused: as the vendor would.
        """
        with self.lock:
            self.asked[fingerprint(body)] += 1
        if vendor == "mistral":
            return self._of_mistral(body)
        named = (model or MODELS[vendor].partition(":")[2],) if vendor == "gemini" else ()
        answer: dict[str, Any] = self.strict[vendor].answer(*named, body)  # type: ignore[attr-defined]
        if not self.thinking:
            answer[USAGE[vendor][0]] = dict(USAGE[vendor][1])
        return answer

    def _of_mistral(self, body: dict[str, Any]) -> dict[str, Any]:
        mistral.check_request(body)
        parts = [("text", one["text"]) for one in in_parts(body)["messages"][-1]["content"]
                 if one["type"] == "text"]  # fmt: skip
        text = self._read(body["response_format"]["json_schema"]["schema"], parts, "")
        message = {"role": "assistant", "content": text, "refusal": None}
        answer = {
            "id": "chatcmpl-standin", "object": "chat.completion", "created": 0,
            "model": body["model"], "usage": dict(USAGE["openai"][1]),
            "choices": [
                {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
            ],
        }  # fmt: skip
        check_openai_answer(answer)
        return answer

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


def refused_body(vendor: str, error: Refused) -> dict[str, Any]:
    """An error of a strict stand-in in its vendor's form."""
    if vendor == "gemini":
        return gemini_error(error)
    told = {"type": error.kind, "message": error.message}
    return {"type": "error", "error": told | {"code": error.code, "param": error.param}}


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
            except Refused as error:
                self._say(error.status, refused_body(vendor, error))
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
