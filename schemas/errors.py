"""What can go wrong, said so that the reader knows who must act.

    DocgleanError          anything docglean raises on purpose
    ├── SourceError        this file: password, damaged, empty, too large, unsupported
    ├── SchemaError        your model or JSON Schema cannot be used or sent
    ├── ConfigError        a key, an engine, a setting, a command line
    ├── ModelError         the provider: .retryable says whether trying later may help
    └── BudgetExceeded     the next call would cross the budget

A SourceError ends one document. A ConfigError ends the run. What did not end anything is
a `Problem` on the Extraction.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from docglean.schemas.problem_codes import Severity, severity_of
from pydantic import BaseModel, ConfigDict, Field


class DocgleanError(Exception):
    """Base of all errors raised on purpose.

    Attributes:
        code: short, stable, machine-readable name such as ``password_needed``.
        message: one sentence that names the thing and the cause.
        way_out: what the reader can do about it; may be empty.
    """

    def __init__(self, code: str, message: str, way_out: str = "") -> None:
        super().__init__(code, message, way_out)
        self.code = code
        self.message = message
        self.way_out = way_out

    def __str__(self) -> str:
        return f"{self.message} {self.way_out}".strip()


class SourceError(DocgleanError):
    """This one file cannot be read; the rest of the run goes on."""


class SchemaError(DocgleanError):
    """The user's model or JSON Schema cannot be loaded, or no provider would take it."""


class ConfigError(DocgleanError):
    """A key, an engine, a setting or the command line is wrong; the run ends at once."""


class ModelError(DocgleanError):
    """The provider failed. `retryable` says whether the same call may work later."""

    def __init__(
        self, code: str, message: str, way_out: str = "", *, retryable: bool = False
    ) -> None:
        super().__init__(code, message, way_out)
        self.retryable = retryable


class BudgetExceeded(DocgleanError):
    """The next call would cross the budget; everything done so far is kept."""


class Problem(BaseModel):
    """Something a reader of one Extraction should know; never a lost value.

    Attributes:
        code: stable name, e.g. ``not_found``, ``check_failed``; all of them stand in
            `docglean.schemas.problem_codes`.
        message: one sentence.
        path: JSON pointer of the value concerned, or None for the whole document.
        paths: JSON pointers where one problem is about several values, the worst first.
        page: 1-based page number, or None.
        box: the part of that page concerned, x0, y0, x1, y1 in page points, or None.
        way_out: what the reader can do about it; may be empty.
        severity: ``error`` makes the Extraction partial: something is lost or breaks the schema.
            ``review`` makes it review: everything was read, and something of it is or may be
            wrong. ``warning`` says nothing against the values. Its code tells where nobody does.
    """

    model_config = ConfigDict(frozen=True)

    code: str
    message: str
    path: str | None = None
    paths: tuple[str, ...] = ()
    page: int | None = None
    box: tuple[float, float, float, float] | None = None
    way_out: str = ""
    severity: Severity = Field(default_factory=lambda told: severity_of(told["code"]))

    @classmethod
    def of(cls, error: DocgleanError, *, page: int | None = None) -> Problem:
        """The same facts as `error`, as a problem of severity ``error``."""
        return cls(
            code=error.code,
            message=error.message,
            way_out=error.way_out,
            page=page,
            severity="error",
        )


_NUMBER = re.compile(r"\[Errno -?\d+\] ")


def cause_of(error: BaseException) -> str:
    """What went wrong in words, as a part of a sentence: without numbers of the operating system,
    and without a path, which the sentence names."""
    told = getattr(error, "strerror", None) or str(error).strip() or type(error).__name__
    return _NUMBER.sub("", str(told)).rstrip(".")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`` (did you mean invoice?)``, or nothing where no known word is near."""
    near = get_close_matches(word, list(known), 1, 0.6)
    return f" (did you mean {near[0]}?)" if near else ""


SHOWN = 80
"""Characters of a value in a message."""


def shown(value: Any) -> str:
    """A JSON value for a message, cut where it is long."""
    return _cut(json.dumps(value, ensure_ascii=False, default=str))


def quoted(value: Any) -> str:
    """A value of a schema for a message, as Python writes it, cut where it is long."""
    return _cut(repr(value))


def _cut(text: str) -> str:
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 3]}..."
