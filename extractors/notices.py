"""Lines for people on standard error, or records of the log where that is JSON."""

from __future__ import annotations

import logging
import shutil
import sys
from textwrap import fill
from typing import Any

from docglean.extractors.printable import printable

logger = logging.getLogger("docglean")


class JsonLines(logging.StreamHandler[Any]):
    """Whatever standard error is when a line is written."""

    def __init__(self) -> None:
        super().__init__(sys.stderr)

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def writes_json() -> bool:
    """Whether standard error belongs to JSON lines."""
    return any(isinstance(handler, JsonLines) for handler in logger.handlers)


def tell(text: str, *, error: bool = False) -> None:
    """One line for people on standard error, or a record of the log where that is JSON.

    Names of files, and what servers say, come from strangers: they are made printable.
    """
    if writes_json():
        level = logging.ERROR if error else logging.INFO
        logger.log(level, "%s", text, extra={"event": "notice"})
    else:
        text = printable(" ".join(text.splitlines()))
        print(on_terminal(f"docglean: {text}" if error else text), file=sys.stderr, flush=True)


def on_terminal(text: str) -> str:
    """A line folded between words where standard error is a terminal; elsewhere as it is."""
    if not sys.stderr.isatty():
        return text
    width = shutil.get_terminal_size().columns
    return fill(text, width, break_long_words=False, break_on_hyphens=False)
