"""The built-in schema ``screenshot``."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from docglean.schemas.kinds import Choice, Name, Number, Text
from pydantic import BaseModel, Field


class Screenshot(BaseModel):
    """A picture of a screen: the code or error on it, and where it happened."""

    __captions__: ClassVar[str] = "screenshot"

    kind: Annotated[
        Literal["code", "error", "terminal", "log", "settings", "chat", "web_page", "other"] | None,
        Choice(
            ("code", "error", "terminal", "log", "settings", "chat", "web_page", "other"),
            on_page=False,
        ),
        Field(description="What it mainly shows; error wherever a program reports one."),
    ] = None
    application: Annotated[
        str | None,
        Name(),
        Field(description="Program or site whose window it is, where that can be seen."),
    ] = None
    language: Annotated[
        str | None,
        Name(on_page=False),
        Field(description="Programming language of the code or of the program that failed."),
    ] = None
    message: Annotated[
        str | None,
        Text(),
        Field(description="The error message itself, with the error's name: "
                          "KeyError: 'amount'. Null where nothing failed."),
    ] = None  # fmt: skip
    file: Annotated[
        str | None,
        Text(),
        Field(description="File in which it happened, as printed; of several, the one closest to "
                          "the error. For code without an error, the file that is open."),
    ] = None  # fmt: skip
    line: Annotated[
        int | None,
        Number(),
        Field(description="Line number in that file."),
    ] = None
    function: Annotated[
        str | None,
        Text(),
        Field(description="Function or method in which it happened."),
    ] = None
    code: Annotated[
        str | None,
        Text(),
        Field(description="The code that is shown, line by line with its indentation, without "
                          "line numbers."),
    ] = None  # fmt: skip
    text: Annotated[
        str | None,
        Text(),
        Field(description="All other text of importance: output, stack trace, log lines, "
                          "dialogue, as printed."),
    ] = None  # fmt: skip
