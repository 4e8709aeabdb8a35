"""The port to a model: what is sent, what comes back. One adapter a wire protocol beside this."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, Protocol

from docglean.extractors.extraction import Usage
from pydantic import BaseModel, ConfigDict, Field

Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]


@dataclass(frozen=True, slots=True)
class TextPart:
    """Text for the model to read."""

    text: str


@dataclass(frozen=True, slots=True)
class ImagePart:
    """An encoded image for the model to see."""

    data: bytes
    media_type: str
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class AudioPart:
    """A piece of a recording for the model to hear."""

    data: bytes
    format: Literal["wav", "mp3", "flac"]
    seconds: float


@dataclass(frozen=True, slots=True)
class PdfPart:
    """Pages of a document as a PDF file of their own, for the model to read.

    Attributes:
        name: of the file, where a wire wants one.
    """

    data: bytes
    name: str


Part = TextPart | ImagePart | AudioPart | PdfPart


@dataclass(frozen=True, slots=True)
class Call:
    """One call as sent: everything a wire protocol needs, and nothing of documents or schemas.

    Attributes:
        system: standing instructions.
        parts: in reading order.
        json_schema: what the answer must satisfy, already in the provider's dialect; None for
            plain text.
        schema_name: at most 64 of [a-zA-Z0-9_-].
        max_tokens: limit of the answer.
        effort: reasoning effort, where the model has such a knob; None leaves its default.
        timeout: seconds that the whole call may take.
        language: ISO 639-1 code of what is said in a recording, for servers that write it down.
    """

    system: str
    parts: tuple[Part, ...]
    json_schema: dict[str, Any] | None
    schema_name: str
    max_tokens: int
    effort: Effort | None = None
    timeout: float = 600.0
    language: str | None = None


Outcome = Literal["ok", "truncated", "refused", "invalid", "too_large", "failed"]


class Reply(BaseModel):
    """What came back. Always carries usage, whatever went wrong.

    Attributes:
        outcome: ``ok`` (a whole answer that is JSON), ``truncated`` (cut at the token limit or
            context), ``refused`` (by the model or a filter), ``invalid`` (a whole answer that is
            not JSON), ``too_large`` (the server refused the request for its size), ``failed``
            (transport or server).
        text: the answer as received, thinking removed.
        repaired: the JSON had to be mended, or was cut out of surrounding text.
        tokens: how probable each token of `text` was, as `token_probabilities.compact` writes it;
            empty where the server does not tell.
        message: for people, when the outcome is not ok.
        code: stable name of the failure, e.g. ``rate_limited``, ``timeout``, ``bad_key``.
        retryable: whether the same call may work later.
        cost: US dollars; None where the price is unknown.
        seconds: wall time.
        attempts: HTTP requests made: one, or none where nothing was sent.
        finish: why the model stopped, in the provider's word; not stored.
        refused: the field of the request that the server says it does not support, or the field
            and its value as ``name=value``; of an answer, what it came without. Not stored.
        tier: that it was answered in, in the provider's word; not stored.
        again_in: seconds after which the same call may be sent again in this run; None where
            that would not help. Not stored.
    """

    model_config = ConfigDict(frozen=True)

    outcome: Outcome
    text: str = ""
    repaired: bool = False
    tokens: str = ""
    message: str = ""
    code: str = ""
    retryable: bool = False
    usage: Usage = Usage()
    cost: Decimal | None = None
    model: str = ""
    request_id: str | None = None
    seconds: float = 0.0
    attempts: int = 1
    finish: str = Field(default="", exclude=True)
    refused: str = Field(default="", exclude=True)
    tier: str = Field(default="", exclude=True)
    again_in: float | None = Field(default=None, exclude=True)


class ModelClient(Protocol):
    """A connection to one model on one server."""

    async def send(self, call: Call) -> Reply:
        """Send one call and tell how it ended; provider trouble is an outcome, not a raise.

        Raises:
            ConfigError: the key or the model name is refused: every later call would fail too.
        """
        ...

    async def close(self) -> None:
        """Close connections."""
        ...


def file_name(model: str) -> str:
    """`model` without the folders: llama.cpp calls a model by the path of its file."""
    return re.split(r"[/\\]", model)[-1] if model.endswith(".gguf") else model
