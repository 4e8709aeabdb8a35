"""What all stand-ins for hosted models share: what a model is, how it thinks, is cut and metered.

Documented behaviour that is imitated here:

* Thinking counts toward the limit of the answer and is billed as output (Anthropic's
  ``max_tokens``, `message_create_params` of the SDK; OpenAI's ``max_completion_tokens``). An answer
  whose limit thinking used up has no text at all.
* How much a model thinks differs from call to call, whatever the effort: `THINKING` is drawn from
  for each call, by a seed, the body, and how often that body was asked: the same whatever else is
  asked at the same time.
* A name may be served by another model, which the answer then tells.
* Each answer has an id of its own.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

THINKING = (0, 300, 2_500, 9_000, 17_000, 40_000)
"""Thinking tokens of a call: one of these, each as likely as the others."""

CHARACTERS_A_TOKEN = 3.5

Part = tuple[str, Any]
"""``("text", str)``, or ``image``, ``pdf`` or ``audio`` with its bytes; as they came."""
Reader = Callable[[Mapping[str, Any], Sequence[Part], str], str]
"""The answer's text to a JSON Schema, the parts of the question and the standing instructions."""


@dataclass(frozen=True)
class Model:
    """What a vendor documents of one of its models.

    Attributes:
        most_output: tokens of an answer at the most, thinking included.
        efforts: reasoning efforts that it takes; empty where the parameter is refused.
        default_effort: what it takes where none is told; ``none`` where it does not think then.
        context: tokens of question and answer together.
        hears: it takes sound, and then neither images nor a schema for its answer.
    """

    name: str
    most_output: int
    efforts: tuple[str, ...] = ()
    default_effort: str = "none"
    context: int = 1_000_000
    hears: bool = False


@dataclass(frozen=True)
class Turn:
    """One answer before it is put into a vendor's form. Tokens as metered; `text` as cut.

    Attributes:
        refused: the model would not answer: there is no text.
    """

    text: str
    thinking: int
    output: int
    cut: bool
    refused: bool = False


@dataclass(frozen=True)
class Response:
    """An answer with headers of its own."""

    content: Any
    headers: Mapping[str, str] = field(default_factory=dict)


class Refused(Exception):
    """The server answers with an error.

    Attributes:
        status: of HTTP.
        kind: the error's type, in the vendor's word; "" for what the status means.
        code: its code, where the vendor has such.
        param: the parameter that is to blame.
        retry_after: seconds after which the vendor wants to be asked again.
    """

    def __init__(
        self, status: int, kind: str, message: str, *, code: str | None = None,
        param: str | None = None, retry_after: float | None = None,
    ) -> None:  # fmt: skip
        super().__init__(message)
        self.status, self.kind, self.message, self.code, self.param = (
            status, kind, message, code, param,
        )  # fmt: skip
        self.retry_after = retry_after

    @property
    def headers(self) -> dict[str, str]:
        """What its headers tell (RFC 9110: ``retry-after`` in seconds)."""
        return {} if self.retry_after is None else {"retry-after": f"{self.retry_after:g}"}


@dataclass
class Vendor:
    """What a stand-in was asked, and how it is to behave.

    Attributes:
        reader: reads the question's parts; see `Reader`.
        seed: of what is drawn for each call.
        thinking: tokens of thinking, one of which is drawn for each call that thinks.
        reroute: the model that answers for one that is asked for.
        fault: told the number of the call (from 0); raises `Refused` for a fault of that call.
        declines: told the text of an answer, whether the model refuses to give it.
        sent: as `loopback.Handler.sent`.
        key: that a caller has to show.
        bills: tokens of question and answer that each call is metered with, whatever they are.
        calls: bodies in the order in which they came.
        turns: what was answered, refusals left out.
    """

    reader: Reader
    seed: int = 0
    thinking: Sequence[int] = THINKING
    reroute: Mapping[str, str] = field(default_factory=dict)
    fault: Callable[[int], None] = lambda number: None
    declines: Callable[[str], bool] = lambda text: False
    sent: Callable[[bytes], bytes] = lambda data: data
    key: str = "key-of-a-standin"
    bills: tuple[int, int] | None = None
    calls: list[dict[str, Any]] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._asked: Counter[str] = Counter()
        self._here = threading.local()  # the call that a thread answers
        self._ids = itertools.count(1)

    def new_id(self) -> str:
        """Of an answer."""
        return f"standin_{next(self._ids)}"

    def note(self, body: dict[str, Any]) -> int:
        """Take a call into the account, and draw what it is to think; its number.

        Raises:
            Refused: as told by `fault`.
        """
        question = fingerprint(body)
        with self.lock:
            number = len(self.calls)
            self.calls.append(body)
            self._asked[question] += 1
            times = self._asked[question]
        self._here.thinking = random.Random(f"{self.seed} {question} {times}").choice(self.thinking)
        self.fault(number)
        return number

    def admit(self, headers: Mapping[str, str]) -> None:
        """Look at a caller's key, and whatever else has to stand in the headers.

        Raises:
            Refused: as the vendor would.
        """
        raise NotImplementedError

    def posted(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to what is posted to a path.

        Raises:
            Refused: as the vendor would.
        """
        raise NotImplementedError

    def encoded(self, body: dict[str, Any], answer: dict[str, Any]) -> Response:
        """An answer as it goes over the wire."""
        return Response(answer)

    def error(self, error: Refused) -> Any:
        """An error in the vendor's form."""
        raise NotImplementedError

    def error_headers(self, error: Refused) -> dict[str, str]:
        """What an error's headers tell."""
        return error.headers

    def turn(self, text: str, limit: int, *, thinks: bool) -> Turn:
        """`text` as a model with this limit of tokens gives it, after it thought."""
        refused = self.declines(text)
        text = "" if refused else text
        thinking = self._here.thinking if thinks else 0
        wanted = thinking + tokens(text)
        cut = wanted > limit
        thinking = min(thinking, limit)
        left = limit - thinking
        shown = text[: round(left * CHARACTERS_A_TOKEN)] if cut else text
        output = self.bills[1] if self.bills else min(wanted, limit)
        turn = Turn(shown, thinking, output, cut, refused and not cut)
        with self.lock:
            self.turns.append(turn)
        return turn

    def metered(self, question: int) -> int:
        """Tokens that are metered for a question."""
        return self.bills[0] if self.bills else question

    @property
    def output_tokens(self) -> int:
        """All that was metered as output."""
        return sum(turn.output for turn in self.turns)


ESCALATED = frozenset({"max_tokens", "max_completion_tokens", "maxOutputTokens", "thinking",
                       "thinkingConfig", "effort", "reasoning_effort", "stream"})  # fmt: skip
"""Fields of a request that more room or less thinking changes."""


def unescalated(body: Any) -> Any:
    """A body without what an escalation changes: what was asked for, however often."""
    if isinstance(body, Mapping):
        return {name: unescalated(value) for name, value in body.items() if name not in ESCALATED}
    return [unescalated(one) for one in body] if isinstance(body, list) else body


def fingerprint(body: Any) -> str:
    """What a question is, whichever way it came."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:16]


def tokens(text: str) -> int:
    """Tokens of a text."""
    return round(len(text) / CHARACTERS_A_TOKEN) + 1
