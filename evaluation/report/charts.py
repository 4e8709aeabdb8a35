"""Charts as SVG that lives inside a page: text stays text, colours are the page's own.

Drawn by matplotlib in placeholder colours, which become CSS variables, so that one chart does for
light, dark and paper. Each chart comes in two widths; the page shows the one that fits.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from docglean.evaluation.resampling import Interval
from docglean.extractors.installation import install_extra
from docglean.schemas.errors import ConfigError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDE, NARROW = 760, 340
"""Pixels (at the page's own size) of the two variants."""
TEXT = 13.0
ROW = 54
"""Pixels of one engine's row: its name above, its bar or dots below."""
TOP, BOTTOM, LEFT, RIGHT = 34, 44, 8, 14

PAPER, INK, MUTED, LINE, ACCENT, GREY = (
    "#010101", "#020202", "#030303", "#040404", "#050505", "#060606",
)  # fmt: skip
VARIABLES = {
    PAPER: "panel", INK: "ink", MUTED: "soft", LINE: "line", ACCENT: "accent", GREY: "grey",
}  # fmt: skip
OUTCOME_COLOURS = {
    "correct": "#110000", "correct_empty": "#120000", "wrong": "#130000", "missing": "#140000",
    "hallucinated": "#150000", "extra": "#160000", "unanswered": "#170000",
}  # fmt: skip
HATCHES = {"wrong": "//", "hallucinated": "xx", "missing": "--", "extra": "\\\\"}
"""Outcomes are told apart without colour too."""


@dataclass(frozen=True, slots=True)
class ReportChart:
    """One chart.

    Attributes:
        title: what it shows.
        about: the same in words, for those who do not see it.
        wide, narrow: SVG elements, safe to stand in HTML as they are.
    """

    name: str
    title: str
    about: str
    wide: str
    narrow: str


@dataclass(frozen=True, slots=True)
class Dot:
    """A point with its interval."""

    key: str
    x: float
    interval: Interval
    standing: str


@dataclass(frozen=True, slots=True)
class Bar:
    """One engine's row: two shares with intervals, or parts of a whole."""

    key: str
    name: str
    first: Interval | None = None
    second: Interval | None = None
    parts: Mapping[str, float] | None = None


def quality_chart(bars: Sequence[Bar], about: str) -> ReportChart:
    """Share of values and of documents that are right, one row an engine."""

    def draw(figure: Figure, width: int) -> None:
        axes = _rows(figure, width, bars, "% right")
        for place, bar in enumerate(bars):
            for interval, marker, colour, lift in (
                (bar.first, "o", ACCENT, 0.09), (bar.second, "D", MUTED, -0.11),
            ):  # fmt: skip
                if interval is None:
                    continue
                y = -place - 0.15 + lift
                axes.plot([100 * interval.low, 100 * interval.high], [y, y], color=colour, lw=2.2,
                          solid_capstyle="round")  # fmt: skip
                axes.plot([100 * interval.estimate], [y], marker, color=colour, ms=8,
                          mec=PAPER, mew=1)  # fmt: skip
        key_line(axes, width, [("o", ACCENT, "values"), ("D", MUTED, "documents wholly")])

    return drawn_chart("quality", "Right values and documents, with 95 % intervals", about,
                  _row_height(bars), draw)  # fmt: skip


def outcome_chart(bars: Sequence[Bar], about: str) -> ReportChart:
    """Outcomes of each engine's values, stacked; 100 % is what is labelled."""

    def draw(figure: Figure, width: int) -> None:
        most = 100.0
        for bar in bars:
            most = max(most, 100 * sum((bar.parts or {}).values()))
        axes = _rows(figure, width, bars, "% of labelled values", most)
        for place, bar in enumerate(bars):
            left = 0.0
            for name, share in (bar.parts or {}).items():
                if share > 0:
                    axes.barh(-place - 0.15, 100 * share, 0.34, left, color=OUTCOME_COLOURS[name],
                              edgecolor=PAPER, lw=0.8, hatch=HATCHES.get(name))  # fmt: skip
                left += 100 * share

    return drawn_chart("outcomes", "What became of every labelled value", about,
                  _row_height(bars), draw)  # fmt: skip


def cost_chart(dots: Sequence[Dot], axis: str, about: str) -> ReportChart:
    """Accuracy against cost, cost on a logarithmic axis; the front is joined."""

    def draw(figure: Figure, width: int) -> None:
        height = figure.get_figheight() * 72
        axes = figure.add_axes(
            (54 / width, 52 / height, 1 - (54 + 20) / width, 1 - (52 + 16) / height)
        )
        plain_axes(axes)
        axes.set_xscale("log")
        lowest = min(dot.interval.low for dot in dots)
        highest = max(dot.interval.high for dot in dots)
        room = max(0.02, (highest - lowest) * 0.08)
        axes.set_ylim(100 * max(0.0, lowest - room), 100 * min(1.03, highest + room))
        least, most = min(dot.x for dot in dots), max(dot.x for dot in dots)
        axes.set_xlim(least / 2.2, most * 2.2)
        axes.grid(True, which="major", color=LINE, lw=0.8)
        axes.grid(True, which="minor", axis="x", color=LINE, lw=0.4)
        axes.set_axisbelow(True)
        front = sorted((dot for dot in dots if dot.standing == "front"), key=lambda dot: dot.x)
        axes.plot([dot.x for dot in front], [100 * dot.interval.estimate for dot in front],
                  color=ACCENT, lw=1.4, ls="--", zorder=1)  # fmt: skip
        for dot in dots:
            marker, colour, edge = STANDING_MARKS[dot.standing]
            y = 100 * dot.interval.estimate
            axes.plot([dot.x, dot.x], [100 * dot.interval.low, 100 * dot.interval.high],
                      color=edge, lw=1.8, zorder=2,
                      solid_capstyle="round")  # fmt: skip
            axes.plot([dot.x], [y], marker, color=colour, mec=edge, mew=1.6, ms=17, zorder=3)
            axes.text(dot.x, y, dot.key, color=PAPER if colour != PAPER else INK, ha="center",
                      va="center_baseline", zorder=4, fontsize=TEXT - 2, fontweight="bold",
                      parse_math=False)  # fmt: skip
        axes.set_xlabel(axis, color=INK)
        axes.set_ylabel("% of labelled values right", color=INK)
        from matplotlib.ticker import FuncFormatter, NullFormatter

        axes.set_xticks(_log_ticks(least / 2.2, most * 2.2, 4 if width < WIDE else 9))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:,.10g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())

    return drawn_chart("cost", "Quality and cost", about, 380, draw)


def _log_ticks(least: float, most: float, number: int) -> list[float]:
    """Round numbers on a logarithmic axis, at most `number` of them where that can be."""
    powers = range(math.floor(math.log10(least)), math.ceil(math.log10(most)) + 1)
    ticks: list[float] = []
    for steps in ((1, 2, 5), (1, 3), (1,)):
        ticks = [float(f"{step}e{power}") for power in powers for step in steps]
        ticks = [tick for tick in ticks if least <= tick <= most]
        if len(ticks) <= number:
            break
    return ticks


STANDING_MARKS = {
    "front": ("o", ACCENT, ACCENT),
    "unclear": ("o", GREY, GREY),
    "beaten": ("s", PAPER, MUTED),
    "cascade": ("D", PAPER, ACCENT),
}
"""Marker, colour and edge by standing; never by colour alone."""


def latency_chart(rows: Sequence[tuple[str, str, float, float]], about: str) -> ReportChart:
    """Seconds a document, median to 95th percentile, one row an engine (key, name, p50, p95)."""
    bars = [Bar(key, name) for key, name, *_ in rows]

    def draw(figure: Figure, width: int) -> None:
        most = max([p95 for *_, p95 in rows] + [0.1])
        axes = _rows(figure, width, bars, "seconds a document", most * 1.05, percent=False)
        for place, (*_, p50, p95) in enumerate(rows):
            y = -place - 0.12
            axes.plot([p50, p95], [y, y], color=ACCENT, lw=2.2, solid_capstyle="round")
            axes.plot([p50], [y], "o", color=ACCENT, ms=7, mec=PAPER, mew=1)
            axes.plot([p95], [y], "|", color=ACCENT, ms=11, mew=2.2)
        key_line(axes, width, [("o", ACCENT, "half of them (p50)"), ("|", ACCENT, "95 % (p95)")])

    return drawn_chart("latency", "Time for one document", about, _row_height(bars), draw)


def _row_height(bars: Sequence[Bar]) -> int:
    return TOP + BOTTOM + ROW * max(1, len(bars))


def _rows(
    figure: Figure, width: int, bars: Sequence[Bar], label: str, most: float = 100.0, *,
    percent: bool = True,
) -> Axes:  # fmt: skip
    """Axes with a row for each engine, its name above the row."""
    height = figure.get_figheight() * 72
    axes = figure.add_axes(
        (LEFT / width, BOTTOM / height, 1 - (LEFT + RIGHT) / width, 1 - (TOP + BOTTOM) / height)
    )
    plain_axes(axes)
    axes.set_ylim(-max(1, len(bars)) + 0.45, 0.45)
    axes.set_xlim(0, most)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.grid(True, axis="x", color=LINE, lw=0.8)
    axes.set_axisbelow(True)
    axes.set_xlabel(label, color=INK)
    fits = int((width - LEFT - RIGHT) / (TEXT * 0.62)) - 3
    for place, bar in enumerate(bars):
        axes.text(0, -place + 0.22, f"{bar.key}  {shortened(bar.name, fits)}", color=INK,
                  ha="left", va="center_baseline", parse_math=False)  # fmt: skip
    if percent and most == 100.0:
        axes.set_xticks(range(0, 101, 20 if width < WIDE else 10))
    return axes


def shortened(name: str, characters: int) -> str:
    """The name with its middle left out where it is too long; both ends tell engines apart."""
    name = " ".join(name.split())
    if len(name) <= characters:
        return name
    tail = (characters - 1) // 2
    return f"{name[: characters - 1 - tail]}\u2026{name[-tail:]}"


def plain_axes(axes: Axes) -> None:
    """Axes with two spines in the page's colours."""
    axes.set_facecolor("none")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(MUTED)
    axes.tick_params(colors=INK, which="both", length=3)


def key_line(axes: Axes, width: int, entries: Sequence[tuple[str, str, str]]) -> None:
    """What marker and colour mean, above the axes; in one line."""
    from matplotlib.lines import Line2D

    axes.legend(
        [Line2D([], [], marker=marker, color=colour, ls="none", ms=7, mew=2 if marker == "|" else 1)
         for marker, colour, _ in entries],
        [name for *_, name in entries],
        loc="lower left", bbox_to_anchor=(-4 / width, 1.0), ncols=len(entries), frameon=False,
        labelcolor=INK, borderaxespad=0.2, handletextpad=0.3, columnspacing=1.2, borderpad=0.2,
    )  # fmt: skip


# --- SVG ----------------------------------------------------------------------------------------


def drawn_chart(
    name: str,
    title: str,
    about: str,
    height: int | Callable[[int], int],
    draw: Callable[[Any, int], None],
) -> ReportChart:
    """A chart in both widths.

    Args:
        height: pixels, or what they are at a width.
        draw: told the figure and its width.
    """
    variants = []
    for width in (WIDE, NARROW):
        tall = height if isinstance(height, int) else height(width)
        variants.append(_svg(f"{name}-{width}", title, about, width, tall, draw))
    return ReportChart(name, title, about, *variants)


def _svg(
    name: str, title: str, about: str, width: int, height: int, draw: Callable[[Any, int], None]
) -> str:
    try:
        import matplotlib
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure as Canvas
    except ImportError as error:
        raise ConfigError(
            "no_extra",
            f"The report's charts need the package {error.name}.",
            install_extra("evaluate"),
        ) from error

    settings: dict[Any, Any] = {
        "svg.fonttype": "none", "svg.hashsalt": name, "font.size": TEXT, "text.usetex": False,
        "font.family": "sans-serif", "axes.labelsize": TEXT, "xtick.labelsize": TEXT - 1,
        "ytick.labelsize": TEXT - 1, "legend.fontsize": TEXT - 1, "hatch.color": PAPER,
        "hatch.linewidth": 0.8, "path.simplify": False, "axes.unicode_minus": False,
    }  # fmt: skip
    with matplotlib.rc_context(settings):
        figure = Canvas(figsize=(width / 72, height / 72), dpi=72)
        FigureCanvasSVG(figure)
        figure.patch.set_visible(False)
        draw(figure, width)
        out = io.StringIO()
        figure.savefig(
            out, format="svg",
            metadata={"Date": None, "Creator": None},
        )  # fmt: skip
    return _inlined(out.getvalue(), name, title, about, width, height)


def _inlined(svg: str, name: str, title: str, about: str, width: int, height: int) -> str:
    """An SVG file as an element of a page: ids of its own, the page's colours and font."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<(metadata)>.*?</\1>|<(style)[^>]*>.*?</\2>", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\b(id="|xlink:href="#)([\w.-]+)"', rf'\1{name}-\2"', svg)
    svg = re.sub(r"url\(#([\w.-]+)\)", rf"url(#{name}-\1)", svg)
    colours = VARIABLES | {code: outcome for outcome, code in OUTCOME_COLOURS.items()}
    for code, variable in colours.items():
        svg = svg.replace(code, f"var(--{variable.replace('_', '-')})")
    svg = re.sub(r" ?font-family: [^;\"]*;?", "", svg)
    head = (
        f'<svg class="chart" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-labelledby="{name}-title {name}-about" '
        'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-about">{escape(about)}</desc>'
    )
    return re.sub(r"^<svg[^>]*>", lambda _: head, svg).strip()
