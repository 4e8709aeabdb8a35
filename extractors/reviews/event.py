"""One thing that a person did to a result, as a line of reviews.jsonl."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self
from uuid import uuid4

from docglean.extractors.extraction import Extraction
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator, model_validator

FORMAT_VERSION = 1
DEEPEST = 100
"""Levels of objects and lists in a value; no schema has so many."""

Action = Literal[
    "start", "confirm", "set", "absent", "unlook", "add", "remove", "move",
    "undo", "done", "reopen", "note",
]  # fmt: skip
"""``start``: what the engine had read when a person came, as `new`; ``confirm``: the value is
right, or the entries of the list are complete; ``absent``: the document has no such value;
``unlook``: back to what the engine read; ``add``, ``remove``, ``move``: entries of a list;
``done``: the document is signed off, ``reopen``: it isn't any more."""


_Side = Annotated[float, Field(allow_inf_nan=False)]


class ReviewBox(BaseModel):
    """Where a person took a value from: a page from 1, and its box in points, see `Box`."""

    model_config = ConfigDict(frozen=True)

    page: int = Field(ge=1)
    box: tuple[_Side, _Side, _Side, _Side]


class ReviewEvent(BaseModel):
    """One thing that a person did.

    Attributes:
        id: made by who sends it; what comes twice under one id is one event.
        document: uri of the Extraction's document.
        result: `fingerprint` of the engine's result that the person saw.
        revision: of the document after this event; the first is 1.
        path: JSON pointer of the value or list; empty for the whole document.
        old, new: values as they are stored; entries of lists are whole entries.
        text: as it was typed or taken from the page.
        seconds: that the person spent on it.
        index, to: of an entry in the list at `path`.
        group: events of one group are taken back together.
        undoes: id of the event, or group, that is taken back.
        blind: whoever did it saw nothing of what others had said.
    """

    model_config = ConfigDict(frozen=True)

    version: int = FORMAT_VERSION
    id: str = Field(default_factory=lambda: uuid4().hex, min_length=1, max_length=64)
    at: AwareDatetime = Field(default_factory=lambda: datetime.now(UTC))
    by: str
    document: str
    sha256: str = ""
    result: str
    revision: int = Field(default=0, ge=0)
    action: Action
    path: str = ""
    old: Any = None
    new: Any = None
    text: str = ""
    box: ReviewBox | None = None
    seconds: float = Field(default=0.0, ge=0, allow_inf_nan=False)
    index: int | None = Field(default=None, ge=0)
    to: int | None = Field(default=None, ge=0)
    group: str = ""
    undoes: str = ""
    blind: bool = False

    @field_validator("new")
    @classmethod
    def _is_json(cls, value: Any) -> Any:
        check_json(value)
        return value

    @model_validator(mode="after")
    def _starts_with_values(self) -> Self:
        if self.action == "start" and not isinstance(self.new, dict):
            raise ValueError("what the engine had read is an object")
        return self

    def to_json(self) -> str:
        """One line of reviews.jsonl; what says nothing is left out."""
        told = self.model_dump(mode="json", exclude_defaults=True)
        head = {"version": self.version, "id": self.id, "at": told.pop("at", None)}
        head["at"] = head["at"] or self.at.isoformat()
        return json.dumps(head | told, ensure_ascii=False)


def check_json(value: Any) -> None:
    """Refuse what JSON has no word for, and what is nested so deep that nobody meant it.

    Raises:
        ValueError: why.
    """
    level = [value]
    for _ in range(DEEPEST):
        if any(isinstance(one, float) and not math.isfinite(one) for one in level):
            raise ValueError("it has a number that is not finite")
        level = [inner for one in level for inner in _inner(one)]
    if level:
        raise ValueError(f"it is nested more than {DEEPEST} deep")


def _inner(value: Any) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def fingerprint(extraction: Extraction[Any]) -> str:
    """Names what an engine read of a document: the document, the schema and all values.

    Two runs that read the same have the same one, whatever they cost.
    """
    used = extraction.schema_used
    told = [
        extraction.document.sha256,
        "" if used is None else used.hash,
        extraction.values,
    ]
    text = json.dumps(told, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]
