"""The built-in schema ``recording``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

from docglean.schemas.checks import Rule
from docglean.schemas.kind_offsets import seconds_of
from docglean.schemas.kinds import Name, Offset, Text
from docglean.schemas.pointers import at_same_entry, places, value_at
from pydantic import BaseModel, Field


@dataclass(frozen=True, slots=True)
class Follows(Rule):
    """A time in a recording is not before another one of the same entry."""

    later: str
    earlier: str

    def patterns(self) -> tuple[str, ...]:
        """As in `Rule`."""
        return (self.later, self.earlier)

    def broken(self, values: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """As in `Rule`."""
        for pointer, value in places(values, self.later):
            before = value_at(values, at_same_entry(self.earlier, self.later, pointer))
            later, earlier = Offset().parse(str(value)), Offset().parse(str(before))
            if later and earlier and seconds_of(later) < seconds_of(earlier):
                yield pointer, f"It ends at {later}, before it begins at {earlier}."


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

    __checks__: ClassVar[tuple[Rule, ...]] = (Follows("/chapters/*/end", "/chapters/*/start"),)

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
