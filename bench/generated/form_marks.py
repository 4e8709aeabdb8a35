"""What a pen leaves on a form: crosses, check marks, signatures."""

from __future__ import annotations

from bench.generated.lots import Lots
from bench.generated.sheet import Sheet, Stroke

PEN = (0.05, 0.05, 0.35)


def tick(sheet: Sheet, box: tuple[float, float, float, float], kind: str) -> None:
    """Put a cross, a check mark or ink into a box."""
    x0, y0, x1, y1 = box
    if kind == "ink":
        sheet.box((x0 + 1.5, y0 + 1.5, x1 - 1.5, y1 - 1.5), fill=PEN, color=None)
        return
    middle = x0 + (x1 - x0) * 0.4
    lines = {
        "cross": [(x0 + 1, y0 + 1, x1 - 1, y1 - 1), (x0 + 1, y1 - 1, x1 - 1, y0 + 1)],
        "check": [(x0 + 1, y0 + 4, middle, y1 - 1), (middle, y1 - 1, x1 + 1, y0 - 1)],
    }[kind]
    for line in lines:
        _pen(sheet, line, 1.2)


def scribble(sheet: Sheet, x: float, y: float, width: float, lots: Lots) -> None:
    """A signature: a line that nobody can read."""
    at, low = x, y
    for _ in range(14):
        further, other = at + width / 14, y - lots.uniform(-2, 16)
        _pen(sheet, (at, low, further, other), 0.9)
        at, low = further, other


def _pen(sheet: Sheet, line: tuple[float, float, float, float], width: float) -> None:
    sheet.strokes.append(Stroke(sheet.page, line, width=width, color=PEN, line=True))
