"""Where one value stands, how sure it is, and what others read in its place."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Box = tuple[float, float, float, float]
"""x0, y0, x1, y1 in page points (1/72 inch), origin top left, after the page's rotation."""


class Place(BaseModel):
    """A part of a page.

    Attributes:
        page: 1-based page number.
        box: union of the words' boxes, in page points.
        boxes: one box a line where there are several lines.
    """

    model_config = ConfigDict(frozen=True)

    page: int
    box: Box
    boxes: tuple[Box, ...] = ()


class Evidence(BaseModel):
    """Where a value stands: page and box, or seconds in a recording, or not found.

    Attributes:
        how: ``exact`` (same characters), ``normalised`` (same value in another shape),
            ``fuzzy`` (close), ``not_found``; ``embedded``: it stands in data that the file has
            beside its pages, and on the page that is told, if one is.
        page: 1-based page number; the first where the value runs over a page break.
        box: union of the words' boxes on that page, in page points.
        boxes: one box a line where the value runs over several lines.
        rest: where it goes on on the pages after, in order.
        text: the words found, as printed, on all pages.
        seconds: start and end in a recording.
        score: similarity of `text` to the value, 0 to 1.
        element: of an embedded value, the XML element that has it, by local names.
    """

    model_config = ConfigDict(frozen=True)

    how: Literal["exact", "normalised", "fuzzy", "not_found", "embedded"]
    page: int | None = None
    box: Box | None = None
    boxes: tuple[Box, ...] = ()
    rest: tuple[Place, ...] = ()
    text: str = ""
    seconds: tuple[float, float] | None = None
    score: float = 0.0
    element: str = ""

    @property
    def places(self) -> tuple[Place, ...]:
        """Every page that the value stands on; none where only a time or nothing is known."""
        if self.page is None or self.box is None:
            return ()
        return (Place(page=self.page, box=self.box, boxes=self.boxes), *self.rest)


class Confidence(BaseModel):
    """How likely a value is right; of a null, how likely it is that the document has no such value.

    Attributes:
        probability: 0 to 1.
        why: what moved it up or down, the strongest first, in words.
        calibrated: it was fitted on documents that somebody labelled; False: a shipped prior was
            used, which ranks values but promises no share of right ones.
        signals: what it was made of, by name; see `confidence.signals`. Those at zero are left out.
    """

    model_config = ConfigDict(frozen=True)

    probability: float = Field(ge=0, le=1)
    why: tuple[str, ...] = ()
    calibrated: bool = False
    signals: dict[str, float] = Field(default_factory=dict)


class OtherReading(BaseModel):
    """What another engine than the one named first read, where the first was unsure.

    Attributes:
        engine: its spec.
        value: what it read; None where it read that there is none.
        taken: whether it stands in `Extraction.values` in place of `first`.
        first: what the first engine read.
        why: why it was asked, and why it was taken or not.
    """

    model_config = ConfigDict(frozen=True)

    engine: str
    value: Any = None
    taken: bool = False
    first: Any = None
    why: str = ""
