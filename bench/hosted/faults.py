"""The stand-ins of tests/servers with what goes wrong at vendors: `meter.SHARE` of each kind."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from servers.anthropic import Anthropic, anthropic
from servers.gemini import Gemini, gemini
from servers.openai import OpenAI, openai
from servers.vendor import Part, Refused, Vendor, unescalated
from strict import reader

from bench.hosted.meter import Answer, Meter

THINKING = (0,) * 8 + (300,) * 5 + (2_500,) * 4 + (9_000,) * 2 + (40_000,)
"""Tokens that a call thinks: mostly little, seldom very much."""
SECONDS = 0.02
"""That an answer takes."""
WAIT = 1.0
"""Seconds that a refusal asks to wait, where it tells."""
REFUSALS: dict[str, tuple[int, str, float | None]] = {
    "rate limit": (429, "rate_limit_error", None),
    "rate limit with a wait": (429, "rate_limit_error", WAIT),
    "server error": (500, "api_error", None),
    "overloaded": (529, "overloaded_error", None),
}
PRICE_IN, PRICE_OUT = Decimal(1), Decimal(5)
"""US dollars for a million tokens, as the spec tells."""
OTHERS = {"claude-haiku-5-5": "claude-haiku-4-5", "gpt-6-luna": "gpt-6-sol",
          "gemini-3.5-flash-lite": "gemini-3.5-flash"}  # fmt: skip
VENDORS: dict[str, tuple[Any, Any, str]] = {
    "Claude": (Anthropic, anthropic, "anthropic:claude-haiku-5-5@{url}?key=STANDIN_ANTHROPIC"),
    "GPT": (OpenAI, openai, "openai:gpt-6-luna@{url}?key=STANDIN_OPENAI"),
    "Gemini": (Gemini, gemini, "gemini:gemini-3.5-flash-lite@{url}?key=STANDIN_GEMINI"),
}


class Broken(Exception):
    """The connection breaks."""


class Here(threading.local):
    """What is known of the exchange of this thread.

    Attributes:
        document: the number on the pages that are asked about.
        empty: its answer has no text.
        cut: its answer is cut midway.
        answer: as it was billed.
    """

    document: int | None = None
    empty = cut = False
    answer: Answer | None = None


class Faults:
    """What a stand-in does wrong, drawn by a meter."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self.here = Here()

    def spoils(self, kind: str) -> bool:
        """Whether this fault happens now, one that the document may be the worse for."""
        hit = self.meter.drawn(kind)
        if hit and self.here.document is not None:
            self.meter.spoilt.add(self.here.document)
        return hit

    def refuse(self, number: int) -> None:
        """Errors by their status.

        Raises:
            Refused: there is one.
        """
        for name, (status, word, wait) in REFUSALS.items():
            if self.meter.drawn(name):
                raise Refused(status, word, f"told to fail: {name}", retry_after=wait)

    def read(self, schema: Mapping[str, Any], parts: Sequence[Part], system: str) -> str:
        """An answer's text, right or not."""
        text = reader(schema, parts, system)
        if self.spoils("empty answer"):
            self.here.empty = True
            return ""
        if self.spoils("prose for JSON"):
            return "I am sorry, but I can only describe what I see on this page."
        return text[: len(text) // 2] if self.spoils("half of the JSON") else text

    def declines(self, text: str) -> bool:
        """Whether the model refuses to answer."""
        return self.spoils("refusal to answer")

    def get(self, name: str, default: Any = None) -> Any:
        """The model that answers for this one: another now and then."""
        return OTHERS[name] if self.spoils("another model") else default

    def breaks_off(self, message: Mapping[str, Any]) -> bool:
        """Whether an error ends the stream of this answer."""
        answer = self.here.answer
        if answer is None or answer.fate != "kept" or not self.meter.error_in_stream():
            return False
        answer.fate = "lost"
        return True

    def sent(self, data: bytes) -> bytes:
        """What is sent of an answer's bytes."""
        cut, self.here.cut = self.here.cut, False
        return data[: len(data) // 2] if cut else data

    def settle(self, answer: Answer) -> None:
        """An answer was made and billed: whether it comes.

        Raises:
            Broken: nothing of it does.
        """
        self.here.answer = answer
        self.meter.answers.append(answer)
        if self.here.empty:
            answer.fate = "empty"
        elif self.meter.drawn("connection breaks after"):
            answer.fate = "lost"
            raise Broken
        elif self.meter.drawn("answer cut midway"):
            answer.fate = "lost"
            self.here.cut = True


def flaky(kind: type[Vendor], seed: str, meter: Meter) -> Vendor:
    """A strict stand-in that fails now and then in every way."""
    faults = Faults(meter)

    class Flaky(kind):  # type: ignore[misc, valid-type]
        def answer(self, *told: Any) -> Any:
            said = json.dumps(told, sort_keys=True)
            request, here = _hash(said), faults.here
            here.document, here.empty, here.cut, here.answer = _number(said), False, False, None
            with meter.asked(request, here.document):
                time.sleep(SECONDS)
                if meter.drawn("connection breaks before"):
                    raise Broken
                try:
                    message = super().answer(*told)
                except Refused as error:
                    if error.retry_after is not None:
                        meter.shut(request, error.retry_after)
                    raise
                question = _hash(json.dumps((told[:-1], unescalated(told[-1])), sort_keys=True))
                faults.settle(Answer(_id(message), request, question, _cost(message)))
                return message

    told = {"breaks_off": faults.breaks_off} if kind is Anthropic else {}
    return Flaky(
        faults.read, seed=seed, thinking=THINKING, fault=faults.refuse, declines=faults.declines,
        reroute=faults, sent=faults.sent, **told,
    )  # fmt: skip


@contextmanager
def standing(name: str, seed: str, meter: Meter) -> Iterator[tuple[Vendor, str]]:
    """One vendor's stand-in, and the spec of its model that reads text and thinks."""
    kind, opened, spec = VENDORS[name]
    with opened(flaky(kind, seed, meter)) as vendor:
        yield (
            vendor,
            f"ocr+{spec.format(url=vendor.url)}&effort=medium&price={PRICE_IN}/{PRICE_OUT}",
        )


def _hash(said: str) -> str:
    return hashlib.sha256(said.encode()).hexdigest()


def _number(said: str) -> int | None:
    """The number of the slip whose pages a request shows."""
    found = re.search(r"number: (\d+)|note \d+ of slip (\d+)", said)
    return None if found is None else int(found[1] or found[2])


def _id(message: Mapping[str, Any]) -> int:
    return number_of(message.get("id") or message["responseId"])


def number_of(name: str) -> int:
    """The number in the id of an answer, or of its request."""
    return int(name.rpartition("_")[2])


def _cost(message: Mapping[str, Any]) -> Decimal:
    """US dollars of an answer, by the usage that it tells in its vendor's words.

    Anthropic bills no refusal that came before any output (platform.claude.com,
    handle-streaming-refusals).
    """
    if message.get("stop_reason") == "refusal" and not message["content"]:
        return Decimal(0)
    used = message.get("usage") or message.get("usageMetadata") or {}
    into = ("input_tokens", "prompt_tokens", "promptTokenCount")
    out = ("output_tokens", "completion_tokens", "candidatesTokenCount", "thoughtsTokenCount")
    tokens = [sum(int(used.get(name) or 0) for name in names) for names in (into, out)]
    return (tokens[0] * PRICE_IN + tokens[1] * PRICE_OUT) / 1_000_000
