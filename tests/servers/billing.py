"""A stand-in for four vendors that counts what it was asked for, and would have billed.

Behind it stand the strict stand-ins of `servers` for Anthropic, OpenAI, Gemini and Mistral: they
look at keys and headers, take and refuse, think and cut; the desks of their batch protocols are
here, too. It reads documents of one page whose lines are ``field: value``. It can be told to be
slow, to fail, and to cut a connection after it did what was asked.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, BinaryIO
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import loopback
from loopback import listening

from servers.anthropic import Anthropic
from servers.batch_desk import AnthropicDesk, Desk, OpenAIDesk
from servers.gemini import Gemini
from servers.gemini_batches import GeminiDesk
from servers.mistral import Mistral
from servers.mistral_batches import MistralDesk
from servers.openai import OpenAI
from servers.vendor import Part, Refused, Response, Vendor, fingerprint, unescalated

VENDORS: dict[str, type[Vendor]] = {
    "anthropic": Anthropic, "openai": OpenAI, "gemini": Gemini, "mistral": Mistral,
}  # fmt: skip
KEYS = {f"STANDIN_{name.upper()}": str(kind.key) for name, kind in VENDORS.items()}
"""What the stand-ins want to be shown, by environment variable."""
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
        answers_to: the same, by the hash of what was asked for, with whatever room and effort.
        seconds: how long each answer takes.
        let_go: set where those that are still to come shall take no longer.
        under_way: calls that it is working on now.
        answers: told each question's text and JSON Schema, may give another answer than the true
            one, a status to fail with, or None for the true one.
        spoil: told the text of a call, may give what writes the answer to it onto the connection
            in another way than is right.
        thinking: tokens, one of which is drawn for each answer; without any all cost the same.
        seed: of what is drawn.
        strict: the stand-ins that answer, by vendor.
        desks: the batch protocols by vendor.
        told: called with method, path and ``asked`` (before anything is done), ``done`` (before
            the answer is sent) or ``said`` (after that): the time to kill somebody.
    """

    url: str = ""
    seconds: float = 0.0
    let_go: threading.Event = field(default_factory=threading.Event)
    asked: Counter[str] = field(default_factory=Counter)
    answers_to: Counter[str] = field(default_factory=Counter)
    under_way: int = 0
    most_under_way: int = 0
    answers: Callable[[str, dict[str, Any]], str | int | None] = lambda text, schema: None
    spoil: Callable[[str], Spoil | None] = lambda text: None
    told: Callable[[str, str, str], None] = lambda method, path, when: None
    thinking: Sequence[int] = ()
    seed: int = 0
    strict: dict[str, Vendor] = field(default_factory=dict)
    desks: dict[str, Desk] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        bills = None if self.thinking else (TOKENS_IN, TOKENS_OUT)
        self.strict = {
            name: kind(self._read, seed=self.seed, thinking=self.thinking or (0,), bills=bills)
            for name, kind in VENDORS.items()
        }
        kinds = (AnthropicDesk, OpenAIDesk, GeminiDesk, MistralDesk)
        self.desks = {kind.vendor: kind(self) for kind in kinds}

    def engine(self, vendor: str = "openai", **parameters: str) -> str:
        """The spec of its model that reads text, at a price, with batches: as results write it."""
        path = PATHS.get(vendor, "")
        key = f"STANDIN_{vendor.upper()}"
        told = {"batch": "yes", "price": "1/2", "key": key, **parameters}
        query = "&".join(f"{name}={value}" for name, value in sorted(told.items()))
        return f"ocr+{MODELS[vendor]}@{self.url}{path}?{query}"

    def _read(self, schema: Mapping[str, Any], parts: Sequence[Part], system: str) -> str:
        text = "\n".join(content for kind, content in parts if kind == "text")
        told = self.answers(text, dict(schema))
        if isinstance(told, int):
            raise Refusal(told)
        return true_answer(text, dict(schema)) if told is None else told

    def reply(self, vendor: str, body: dict[str, Any], model: str = "") -> dict[str, Any]:
        """One answer in a vendor's form.

        Args:
            model: of Gemini, which has it in the path.

        Raises:
            Refused: as it was told to, or as the vendor would.
        """
        with self.lock:
            self.asked[fingerprint(body)] += 1
            self.answers_to[fingerprint(unescalated(body))] += 1
        named = (model,) if vendor == "gemini" else ()
        answer: dict[str, Any] = self.strict[vendor].answer(*named, body)  # type: ignore[attr-defined]
        return answer

    @property
    def questions(self) -> int:
        """Different questions that were answered."""
        return len(self.asked)

    @property
    def requests(self) -> int:
        """Different things that were asked for, whatever thinking made of each."""
        return len(self.answers_to)

    @property
    def twice(self) -> int:
        """Answers too many: questions asked again that had been answered."""
        return sum(self.asked.values()) - len(self.asked)


CALLS = re.compile(r"/v1/messages|/v1/chat/completions|/v1beta/models/([\w.-]+):generateContent")


def vendor_of(path: str) -> str:
    """Whose API a path is of."""
    if path.startswith("/mistral"):
        return "mistral"
    if "/v1beta" in path:
        return "gemini"
    return "anthropic" if "/messages" in path else "openai"


class Refusal(Refused):
    """The server was told to answer with an error of this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status, "", "told to fail")


def true_answer(text: str, schema: dict[str, Any]) -> str:
    """The values that stand in `text` behind the names of the schema's fields; where it is asked
    where documents begin, the pages with a ``number:``."""
    if asks_where_documents_begin(schema):
        return beginnings(text, schema)
    values: dict[str, Any] = {}
    for name in schema["properties"]:
        found = re.search(rf"^\W*{name}: *(\S+)", text, re.MULTILINE)
        values[name] = found[1] if found else None
    return json.dumps(values)


def asks_where_documents_begin(schema: dict[str, Any]) -> bool:
    """Whether it is of the question on which pages of a file another document begins."""
    return "begins" in schema["properties"].get("pages", {}).get("items", {}).get("properties", {})


def beginnings(text: str, schema: dict[str, Any]) -> str:
    """The answer for pages of text, each below its caption; texts where the schema wants them."""
    entry = schema["properties"]["pages"]["items"]["properties"]
    written = {name: str if entry[name].get("type") == "string" else (lambda one: one)
               for name in entry}  # fmt: skip
    pages = re.split(r"^Page (\d+) of \d+:", text, flags=re.MULTILINE)[1:]
    told = zip(map(int, pages[::2]), pages[1::2], strict=True)
    entries = [{"page": number, "begins": "number:" in words} for number, words in told]
    lines = [{name: written[name](one[name]) for name in written} for one in entries]
    return json.dumps({"pages": lines}).replace('"True"', '"true"').replace('"False"', '"false"')


@contextmanager
def paying(**behaviour: Any) -> Iterator[PayingServer]:
    """The server on a port of loopback, for as long as the block lasts; its keys are set."""
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
            sent, url = self.body(), urlsplit(self.path)
            vendor = vendor_of(url.path)
            strict = state.strict[vendor]
            state.told(method, url.path, "asked")
            try:
                strict.admit(self.headers)
                found = self._answer(method, vendor, sent)
            except Refused as error:
                strict.refusals[error.message] += 1
                told = Response(strict.error(error), strict.error_headers(error))
                self._say(told, error.status)
            except ConnectionAbortedError:
                self.close_connection = True
                self.connection.close()
            except Exception:
                self._say(Response({"error": {"message": "the stand-in failed"}}), 400)
                raise
            else:
                call = CALLS.fullmatch(url.path.removeprefix("/mistral"))
                spoil = state.spoil(sent.decode()) if call else None
                if spoil is not None:
                    self.close_connection = True
                    spoil(self.wfile, json.dumps(found.content).encode())
                    return
                state.told(method, url.path, "done")
                self._say(found, 200)
                state.told(method, url.path, "said")

        def _answer(self, method: str, vendor: str, sent: bytes) -> Response:
            url = urlsplit(self.path)
            path = url.path.removeprefix("/mistral")
            call = CALLS.fullmatch(path) if method == "POST" else None
            if call is not None:
                body = json.loads(sent)
                return state.strict[vendor].encoded(body, self._call(vendor, body, call[1]))
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            kind = self.headers.get("content-type", "")
            told = state.desks[vendor].handle(method, path, query, sent, kind, self.headers)
            return told if isinstance(told, Response) else Response(told)

        def _call(self, vendor: str, body: dict[str, Any], model: str | None) -> dict[str, Any]:
            with state.lock:
                state.under_way += 1
                state.most_under_way = max(state.most_under_way, state.under_way)
            try:
                state.let_go.wait(state.seconds)
                return state.reply(vendor, body, *((model,) if model else ()))
            finally:
                with state.lock:
                    state.under_way -= 1

        def _say(self, told: Response, status: int) -> None:
            with contextlib.suppress(OSError):  # whoever asked was killed
                self.say(told.content, status, told.headers)

    with mock.patch.dict(os.environ, KEYS), listening(Handler) as state.url:
        try:
            yield state
        finally:
            state.let_go.set()


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
