"""Everything about a form's looks that is drawn by lot."""

from __future__ import annotations

from dataclasses import dataclass

from bench.generated.lots import Lots, chance, data, weighted
from bench.generated.pdf import Stream
from bench.generated.sheet import Type

STYLES = {"frame": 3, "line": 3, "below": 1.5, "above": 2, "grid": 2, "colon": 3, "columns": 1}
Ink = tuple[float, float, float]


@dataclass(frozen=True)
class FormLayout:
    """Where and how things stand; points, and names of ways to draw.

    Attributes:
        styles: where captions stand to what is filled in, by section in turn.
        slots: print in the place of a date that is not filled in; "" for none.
        shift: of what is filled in, from where it belongs.
        combs: whether codes and dates have a box for each letter.
        tick: what is put into a box: a cross, a check mark or ink.
        widgets: whether what is filled in stands in fields of a PDF form.
    """

    width: float
    height: float
    margin: float
    styles: tuple[str, ...]
    columns: int
    combs: bool
    caption: Type
    filled: Type
    closing: str
    star: bool
    numbered: bool
    dotted: bool
    tick: str
    boxes_first: bool
    heading: str
    gap: float
    slots: str
    shift: tuple[float, float]
    upright_choices: bool
    upper: bool
    widgets: bool
    names: str
    stream: Stream


def form_layout(lots: Lots) -> FormLayout:
    """Draw one."""
    face = weighted(lots, {"helv": 7, "tiro": 2, "cour": 1})
    size = lots.choice([7, 7.5, 8, 9, 9, 10])
    ink: Ink = lots.choice([(0, 0, 0), (0, 0, 0), (0.1, 0.1, 0.5)])
    width, height = lots.choice([(595.0, 842.0), (595.0, 842.0), (612.0, 792.0)])
    return FormLayout(
        width=width,
        height=height,
        margin=lots.uniform(32, 64),
        styles=tuple(weighted(lots, STYLES) for _ in range(lots.choice([1, 1, 2, 3]))),
        columns=weighted(lots, {1: 3, 2: 5, 3: 3, 4: 1}),
        combs=chance(lots, 0.2),
        caption=Type(face, size, bold=chance(lots, 0.25)),
        filled=Type(
            weighted(lots, {"cour": 4, "helv": 4, "tiro": 2}),
            size + lots.choice([0, 1, 2]),
            italic=chance(lots, 0.25),
            color=ink,
        ),
        closing=lots.choice(["", "", ":", ":", ".", " :"]),
        star=chance(lots, 0.12),
        numbered=chance(lots, 0.15),
        dotted=chance(lots, 0.3),
        tick=weighted(lots, {"cross": 5, "check": 3, "ink": 1}),
        boxes_first=chance(lots, 0.8),
        heading=weighted(lots, {"bar": 3, "bold": 4, "rule": 2}),
        gap=lots.choice([0, 2, 4, 6, 9, 14]),
        slots=lots.choice(data("forms")["business"]["slots"]) if chance(lots, 0.3) else "",
        shift=(lots.uniform(-1, 6), lots.uniform(-1.5, 1.5)),
        upright_choices=chance(lots, 0.3),
        upper=chance(lots, 0.2),
        widgets=chance(lots, 0.25),
        names=lots.choice(["number", "kind", "caption"]),
        stream=Stream(
            weighted(lots, {"read": 6, "shuffled": 2, "backward": 1}),
            weighted(lots, {"runs": 7, "words": 3}),
        ),
    )
