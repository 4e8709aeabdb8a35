"""The built-in schema ``note``."""

from __future__ import annotations

import datetime
from typing import Annotated

from docglean.schemas.kinds import Day, Name, Text
from pydantic import BaseModel, Field


class Mention(BaseModel):
    """A date or time that was spoken of."""

    said: Annotated[
        str | None,
        Text(),
        Field(description="The date or time in the speaker's words: the fifteenth of June."),
    ] = None
    date: Annotated[
        datetime.date | None,
        Day(),
        Field(description="The date itself, only where day, month and year were all said."),
    ] = None
    about: Annotated[
        str | None, Text(on_page=False), Field(description="What happens then, in a few words.")
    ] = None


class Action(BaseModel):
    """Something that somebody is to do."""

    who: Annotated[
        str | None,
        Name(),
        Field(description="Who is to do it, as named; null where nobody was."),
    ] = None
    what: Annotated[
        str | None,
        Text(on_page=False),
        Field(description="What is to be done, as a short sentence in the speaker's language."),
    ] = None
    due: Annotated[
        str | None,
        Text(),
        Field(description="By when, in the speaker's words; null where nothing was said."),
    ] = None


class Note(BaseModel):
    """What was said in a recording: a voice note, a call or a meeting."""

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
                          "that is spoken; nothing that was not said."),
    ] = None  # fmt: skip
    people: Annotated[
        list[Annotated[str, Name()]],
        Field(description="Persons and firms that are named, each once."),
    ] = []
    dates: Annotated[
        list[Mention], Field(description="Dates and times that are named, in order.")
    ] = []
    actions: Annotated[
        list[Action], Field(description="What is to be done, one entry for each task.")
    ] = []
    decisions: Annotated[
        list[Annotated[str, Text(on_page=False)]],
        Field(description="What was decided, each as a short sentence."),
    ] = []
