"""Charts of confidence: whether its numbers hold, and the errors that unsure values hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from docglean.evaluation.confidence_figures import EngineConfidence, Source
from docglean.evaluation.reliability import Reliability
from docglean.evaluation.report.charts import (
    ACCENT,
    GREY,
    INK,
    LINE,
    MUTED,
    PAPER,
    WIDE,
    ReportChart,
    drawn_chart,
    key_line,
    plain_axes,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANEL = 330
"""Pixels of one panel's height."""
LEFT, RIGHT, BOTTOM, TOP = 58, 16, 50, 40

Mark = tuple[str, str, str]
MARKS: Mapping[Source, Mark] = {
    "ran": ("s", GREY, "as it ran"), "cross-fitted": ("o", ACCENT, "calibrated"),
}  # fmt: skip
"""Marker, colour and name; never told apart by colour alone."""


def confidence_charts(
    engines: Sequence[EngineConfidence], names: Mapping[str, str]
) -> dict[str, ReportChart]:
    """Reliability curve and errors caught of each engine, by its spec."""
    return {
        one.engine: _chart(one, f"confidence-{place}", _about(one, names[one.engine]))
        for place, one in enumerate(engines)
    }


def _chart(one: EngineConfidence, name: str, about: str) -> ReportChart:
    def draw(figure: Figure, width: int) -> None:
        for place, panel in enumerate((_reliability, _caught)):
            axes = _panel(figure, width, place)
            panel(axes, one)
            key_line(axes, width, [mark for _, _, mark in _shown(one)])

    # Side by side where there is room.
    return drawn_chart(name, "How far confidence can be trusted", about,
                       lambda width: PANEL if width == WIDE else 2 * PANEL, draw)  # fmt: skip


def _panel(figure: Figure, width: int, place: int) -> Axes:
    wide, height = width == WIDE, figure.get_figheight() * 72
    left = LEFT + (place * width / 2 if wide else 0)
    below = BOTTOM + (0 if wide else height - PANEL * (place + 1))
    across = (width / 2 if wide else width) - LEFT - RIGHT
    axes = figure.add_axes(
        (left / width, below / height, across / width, (PANEL - BOTTOM - TOP) / height)
    )
    plain_axes(axes)
    axes.grid(True, color=LINE, lw=0.8)
    axes.set_axisbelow(True)
    axes.set_xlim(-2, 102)
    axes.set_ylim(-2, 102)
    axes.set_xticks(range(0, 101, 20))
    axes.set_yticks(range(0, 101, 20))
    axes.plot([0, 100], [0, 100], color=MUTED, lw=1.2, ls=":")
    return axes


def _reliability(axes: Axes, one: EngineConfidence) -> None:
    for _, figures, (marker, colour, _) in _shown(one):
        for each in figures.curve:
            x = 100 * each.confidence
            axes.plot([x, x], [100 * each.right.low, 100 * each.right.high], color=colour, lw=1.8,
                      solid_capstyle="round")  # fmt: skip
        axes.plot([100 * each.confidence for each in figures.curve],
                  [100 * each.right.estimate for each in figures.curve],
                  marker, color=colour, ms=7, mec=PAPER, mew=1, ls="-", lw=1)  # fmt: skip
    axes.set_xlabel("confidence, %", color=INK)
    axes.set_ylabel("values right, %", color=INK)


def _caught(axes: Axes, one: EngineConfidence) -> None:
    for _, figures, (marker, colour, _) in _shown(one):
        inner = [(each.share, each.figure.estimate) for each in figures.caught]
        if inner:
            points = [(0.0, 0.0), *inner, (1.0, 1.0)]
            axes.plot([100 * x for x, _ in points], [100 * y for _, y in points], marker,
                      color=colour, ms=5, mec=PAPER, mew=1, ls="-", lw=1.6)  # fmt: skip
    axes.set_xlabel("values looked at, the least sure first, %", color=INK)
    axes.set_ylabel("errors caught, %", color=INK)


def _shown(one: EngineConfidence) -> Iterator[tuple[Source, Reliability, Mark]]:
    for source, mark in MARKS.items():
        figures = one.part(source)
        if figures is not None:
            yield source, figures, mark


def _about(one: EngineConfidence, name: str) -> str:
    """The chart in words."""
    parts = []
    for _, figures, (_, _, title) in _shown(one):
        curve = ", ".join(
            f"{100 * each.confidence:.0f} % sure: {100 * each.right.estimate:.0f} % right"
            for each in figures.curve
        )
        caught = ", ".join(
            f"{100 * each.figure.estimate:.0f} % of them in {100 * each.share:.0f} %"
            for each in figures.caught
        )
        parts.append(f"{name}, {title}: {curve}; errors caught: {caught or 'there are none'}")
    return "; ".join(parts) + "."
