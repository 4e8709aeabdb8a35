"""Recordings in a folder that nobody asked for and that nothing here can hear."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docglean.extractors.plurals import counted
from docglean.flows.sources import NAMED
from pydantic import BaseModel

if TYPE_CHECKING:
    from docglean.schemas.errors import DocgleanError


class Unheard(BaseModel):
    """What was left out, as it stands in run.json; ``--only new`` takes it once it can be heard.

    Attributes:
        names: of the recordings.
        why: what is missing for the first of them, and what would help.
    """

    names: tuple[str, ...] = ()
    why: str = ""

    @classmethod
    def of(cls, name: str, error: DocgleanError) -> Unheard:
        """One recording, and why it can't be heard."""
        why = error.message.removeprefix(f"{name}: ").removeprefix("it cannot be heard. ")
        return cls(names=(name,), why=f"{why} {error.way_out}".strip())

    def __add__(self, other: Unheard) -> Unheard:
        return Unheard(names=self.names + other.names, why=self.why or other.why)

    def __bool__(self) -> bool:
        return bool(self.names)

    @property
    def told(self) -> str:
        """All of them in a sentence, the first few by name; empty where there are none."""
        if not self.names:
            return ""
        more = len(self.names) - NAMED
        named = ", ".join(self.names[:NAMED]) + (f" and {more} more" if more > 0 else "")
        return f"{counted(len(self.names), 'recording')} left out: {named}. {self.why}"
