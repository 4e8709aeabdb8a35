"""What all stand-ins for hosted models share: what a model is, how it thinks, is cut and metered.

Documented behaviour that is imitated here:

* Thinking counts toward the limit of the answer and is billed as output (Anthropic's
  ``max_tokens``, `message_create_params` of the SDK; OpenAI's ``max_completion_tokens``). An answer
  whose limit thinking used up has no text at all.
* How much a model thinks differs from call to call, whatever the effort: `THINKING` is drawn from
  for each call, by a seed.
* A name may be served by another model, which the answer then tells.
* Each answer has an id of its own.
"""

from __future__ import annotations

import itertools
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
"""``("text", str)``, ``("image", bytes)`` or ``("pdf", bytes)``, in the order in which it came."""
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
    """

    name: str
    most_output: int
    efforts: tuple[str, ...] = ()
    default_effort: str = "none"
    context: int = 1_000_000


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


class Refused(Exception):
    """The server answers with an error.

    Attributes:
        status: of HTTP.
        kind: the error's type, in the vendor's word.
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
    calls: list[dict[str, Any]] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    url: str = ""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._draws = random.Random(self.seed)
        self._ids = itertools.count(1)

    def new_id(self) -> str:
        """Of an answer."""
        return f"standin_{next(self._ids)}"

    def note(self, body: dict[str, Any]) -> None:
        """Take a call into the account.

        Raises:
            Refused: as told by `fault`.
        """
        with self.lock:
            number = len(self.calls)
            self.calls.append(body)
        self.fault(number)

    def turn(self, text: str, limit: int, *, thinks: bool) -> Turn:
        """`text` as a model with this limit of tokens gives it, after it thought."""
        refused = self.declines(text)
        with self.lock:
            thinking = self._draws.choice(self.thinking) if thinks else 0
            text = "" if refused else text
            wanted = thinking + tokens(text)
            cut = wanted > limit
            thinking = min(thinking, limit)
            left = limit - thinking
            shown = text[: round(left * CHARACTERS_A_TOKEN)] if cut else text
            turn = Turn(shown, thinking, min(wanted, limit), cut, refused and not cut)
            self.turns.append(turn)
        return turn

    @property
    def output_tokens(self) -> int:
        """All that was metered as output."""
        return sum(turn.output for turn in self.turns)


def tokens(text: str) -> int:
    """Tokens of a text."""
    return round(len(text) / CHARACTERS_A_TOKEN) + 1
