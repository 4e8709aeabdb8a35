"""The built-in schema ``recording``."""

from __future__ import annotations

from typing import Annotated, ClassVar

from docglean.schemas.checks import Rule
from docglean.schemas.checks.marks import NotBefore
from docglean.schemas.kinds import Name, Offset, Text
from pydantic import BaseModel, Field


class Chapter(BaseModel):
    """A part of a film or recording that is about one thing."""

    start: Annotated[
        str | None,
        Offset(on_page=False),
        Field(description="When it begins, as h:mm:ss since the beginning of the recording."),
    ] = None
    end: Annotated[
        str | None,
        Offset(on_page=False),
        Field(description="When it ends, as h:mm:ss since the beginning of the recording."),
    ] = None
    title: Annotated[
        str | None,
        Text(on_page=False),
        Field(description="What it is about, in a few words; the heading that is shown, if any."),
    ] = None
    shown: Annotated[
        str | None,
        Text(on_page=False),
        Field(description="What is to be seen, in one to three sentences."),
    ] = None
    said: Annotated[
        str | None,
        Text(on_page=False),
        Field(description="What is said, in one to three sentences in the language spoken."),
    ] = None
    on_screen: Annotated[
        list[Annotated[str, Text()]],
        Field(description="Headings, names and figures that stand on the screen, word for word."),
    ] = []


class Recording(BaseModel):
    """What is shown and said in a film or screen recording: a demonstration, a talk, a lesson."""

    __checks__: ClassVar[tuple[Rule, ...]] = (NotBefore("/chapters/*/end", "/chapters/*/start"),)

    title: Annotated[
        str | None, Text(on_page=False), Field(description="What it is about, in a few words.")
    ] = None
    language: Annotated[
        str | None,
        Text(on_page=False),
        Field(description="Language that is spoken, as its ISO 639-1 code: en, de."),
    ] = None
    summary: Annotated[
        str | None,
        Text(on_page=False),
        Field(description="Everything of importance in two to five sentences, in the language "
                          "that is spoken; nothing that was neither shown nor said."),
    ] = None  # fmt: skip
    people: Annotated[
        list[Annotated[str, Name()]],
        Field(description="Persons and firms that are named or shown by name, each once."),
    ] = []
    chapters: Annotated[
        list[Chapter],
        Field(description="The parts of the recording in order, one for each topic; together "
                          "they cover all of it."),
    ] = []  # fmt: skip
