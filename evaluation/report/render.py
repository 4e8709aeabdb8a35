"""A `Report` as HTML and as Markdown."""

from __future__ import annotations

import json
import re
import shlex
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docglean.evaluation.cascade import worthwhile
from docglean.evaluation.engine_figures import Figures, by_name, short_names
from docglean.evaluation.metrics.metric import METRICS
from docglean.evaluation.recommendation import dollars
from docglean.evaluation.report.charts import (
    Bar,
    Dot,
    ReportChart,
    cost_chart,
    latency_chart,
    outcome_chart,
    quality_chart,
)
from docglean.evaluation.report.confidence_charts import confidence_charts
from docglean.evaluation.report.contents import Report
from docglean.evaluation.resampling import Interval
from docglean.evaluation.variants import heading

if TYPE_CHECKING:
    from markupsafe import Markup

TEMPLATES = Path(__file__).parents[1] / "templates"
SHOWN_CASCADES = 5
LONGEST = 240
"""Characters of a value that are shown."""

OUTCOME_NAMES = {
    "correct": "right", "correct_empty": "rightly empty", "wrong": "wrong",
    "missing": "left out", "hallucinated": "invented", "extra": "surplus",
    "unanswered": "no answer",
}  # fmt: skip
SIGNS = {
    "correct": "\u2713", "correct_empty": "\u2713", "wrong": "\u2717", "missing": "\u2205",
    "hallucinated": "!", "extra": "+", "unanswered": "\u2205",
}  # fmt: skip
STANDINGS = {
    "front": "on the front", "unclear": "not distinguishable from the front", "beaten": "beaten",
}  # fmt: skip
RATES = (
    ("accuracy", "Values right", "of the labelled values, empty ones included"),
    ("macro", "Mean over fields", "of the same"),
    ("lenient", "Nearly right counts", "texts that are 90 % alike count as right"),
    ("precision", "Precision", "of the values given, those that are right"),
    ("recall", "Recall", "of the values that are there, those given right"),
    ("f1", "F1", "harmonic mean of precision and recall"),
    ("hallucination", "Invented", "of the values labelled empty, those for which one was given"),
    ("omission", "Left out", "of the values that are there, those not given"),
    ("exact", "Documents wholly right", "every value right and none too many"),
    ("failure", "Failed", "documents that gave no answer"),
)
"""Attribute of `Rates`, heading, and what it is."""


def html(report: Report) -> str:
    """The page; all that is not ours is escaped."""
    return _render("report.html", report, autoescape=True)


def markdown(report: Report) -> str:
    """The report without charts and pictures."""
    return _render("report.md", report, autoescape=False)


def headline_markdown(figures: Figures) -> str:
    """One line an engine."""
    names = short_names(figures.engines)
    lines = [
        "| engine | values right | F1 | invented | left out | documents wholly right | failed |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for rates in figures.headline:
        cells = [
            f"{share(one)} ({span(one)})" if one is not None else "\u2013"
            for one in (
                rates.accuracy, rates.f1, rates.hallucination, rates.omission, rates.exact,
                rates.failure,
            )
        ]  # fmt: skip
        lines.append(f"| {md(names[rates.engine])} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _render(name: str, report: Report, *, autoescape: bool) -> str:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=autoescape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=clean if not autoescape else None,
    )
    keys, names = letters(report.figures.engines), short_names(report.figures.engines)
    environment.filters |= {
        "breaking": breaking,
        "keyed": lambda text: by_name(text, keys),
        "named": lambda text: by_name(text, names),
        "plain": plain, "share": share, "span": span, "signed": signed, "dollars": money,
        "value": value, "md": md, "clean": clean, "number": number, "seconds": seconds,
        "p": p_value,
    }  # fmt: skip
    return environment.get_template(name).render(
        report=report,
        figures=report.figures,
        manifest=report.manifest,
        decision=report.decision,
        keys=keys,
        charts=_charts(report, keys) if autoescape else {},
        confidence_charts=confidence_charts(report.confidence, names) if autoescape else {},
        costs={cost.engine: cost for cost in report.costs},
        points={point.engine: point for point in report.points},
        metrics={metric.name: metric for metric in METRICS.records()},
        rates_shown=RATES,
        outcome_names=OUTCOME_NAMES,
        signs=SIGNS,
        sides=heading(report.side_by_side),
        standings=STANDINGS,
        command=shlex.join(report.manifest.command),
        tags=list(dict.fromkeys(part.tag for part in report.figures.slices)),
        schemas=list(dict.fromkeys(field.schema for field in report.figures.fields)),
        failure_codes=_failure_codes(report),
        headline_markdown=headline_markdown,
        cascades=worthwhile(report.cascades, report.points)[:SHOWN_CASCADES],
        verdict=_verdict(report),
        focus=decision_engine(report),
        fields=[one for one in report.figures.fields if one.documents],
    )


def _verdict(report: Report) -> str:
    """The decision in two words."""
    if report.decision.engine is None:
        return "undecided"
    if len(report.points) == 1:
        return "one engine, no choice"
    return "settled" if report.decision.settled else "not settled"


def decision_engine(report: Report) -> str | None:
    """The engine that the worst documents are about."""
    return report.decision.engine or report.decision.best


def letters(engines: Sequence[str]) -> dict[str, str]:
    """A short key for each engine: A, B, ... Z, AA, AB, ..."""
    found = {}
    for place, engine in enumerate(engines):
        key = chr(ord("A") + place % 26)
        found[engine] = key if place < 26 else chr(ord("A") + place // 26 - 1) + key
    return found


def _failure_codes(report: Report) -> list[tuple[str, str, int]]:
    """Engine, code and number of the failures listed."""
    counts: dict[tuple[str, str], int] = {}
    for failure in report.failures:
        key = (failure.engine, failure.code)
        counts[key] = counts.get(key, 0) + 1
    return [(engine, code, count) for (engine, code), count in counts.items()]


# --- charts -------------------------------------------------------------------------------------


def _charts(report: Report, keys: dict[str, str]) -> dict[str, ReportChart | None]:
    figures = report.figures
    names = {spec: str(clean(name)) for spec, name in short_names(figures.engines).items()}
    charts: dict[str, ReportChart | None] = dict.fromkeys(
        ("quality", "outcomes", "cost", "latency")
    )
    bars = [Bar(keys[r.engine], names[r.engine], r.accuracy, r.exact) for r in figures.headline]
    if any(bar.first is not None for bar in bars):
        charts["quality"] = quality_chart(
            bars,
            _told(
                f"{bar.name}: {share(bar.first)} % of values ({span(bar.first)}), "
                f"{share(bar.second)} % of documents wholly ({span(bar.second)})"
                for bar in bars
            ),
        )
    parts = [
        Bar(
            keys[rates.engine],
            names[rates.engine],
            parts={
                name: rates.outcomes[name] / rates.labelled
                for name in ("correct", "correct_empty", "wrong", "missing", "hallucinated",
                             "unanswered", "extra")
            },
        )
        for rates in figures.headline
        if rates.labelled
    ]  # fmt: skip
    if parts:
        charts["outcomes"] = outcome_chart(
            parts,
            _told(
                f"{bar.name}: "
                + ", ".join(
                    f"{100 * part:.1f} % {OUTCOME_NAMES[name]}"
                    for name, part in (bar.parts or {}).items()
                )
                for bar in parts
            ),
        )
    dots = [
        Dot(keys[point.engine], point.cost, point.accuracy, point.standing or "front")
        for point in report.points
        if point.cost
    ]
    if len(dots) > 1:
        cascade = [
            Dot(str(place), one.cost, one.accuracy, "cascade")
            for place, one in enumerate(
                worthwhile(report.cascades, report.points)[:SHOWN_CASCADES], start=1
            )
        ]
        unit = f"1,000 {report.costs[0].unit}s"
        hours = report.points[0].measure == "hours"
        charts["cost"] = cost_chart(
            [*dots, *cascade],
            f"machine hours for {unit}" if hours else f"US dollars for {unit}",
            _told(
                f"{names[point.engine]}: {share(point.accuracy)} % ({span(point.accuracy)}) for "
                f"{point.cost:.3g} {point.measure}, {STANDINGS[point.standing or 'front']}"
                for point in report.points
                if point.cost
            ),
        )
    rows = [
        (keys[cost.engine], names[cost.engine], cost.p50, cost.p95)
        for cost in report.costs
        if cost.p50 is not None and cost.p95 is not None
    ]
    if rows:
        charts["latency"] = latency_chart(
            rows,
            _told(f"{name}: half within {p50:.1f} s, 95 % within {p95:.1f} s"
                  for _, name, p50, p95 in rows),
        )  # fmt: skip
    return charts


def _told(parts: Any) -> str:
    return str(clean("; ".join(parts) + "."))


# --- text ---------------------------------------------------------------------------------------


def share(one: Interval | float | None) -> str:
    """A share in per cent, without the sign: ``92.4``."""
    if one is None:
        return "\u2013"
    return f"{100 * (one.estimate if isinstance(one, Interval) else one):.1f}"


def span(one: Interval | None) -> str:
    """The interval in per cent: ``90.1\u201394.3``."""
    return "" if one is None else f"{100 * one.low:.1f}\u2013{100 * one.high:.1f}"


def plain(one: Interval | None) -> str:
    """A ratio that is no share, with its interval: ``1.25 (0.81\u20131.92)``."""
    if one is None:
        return "\u2013"
    return f"{one.estimate:.2f} ({one.low:.2f}\u2013{one.high:.2f})"


def signed(share: float) -> str:
    """A difference in points with its sign: ``+3.2``; a real minus sign."""
    text = f"{100 * share:+.1f}"
    return "0.0" if float(text) == 0 else text.replace("-", "\u2212")


def money(amount: float | None) -> str:
    """US dollars, ``unknown`` where that is so."""
    return "unknown" if amount is None else dollars(float(amount))


def number(count: float) -> str:
    """A count; means over repeats with one decimal."""
    whole = abs(count) >= 100 or abs(count - round(count)) < 0.05
    return f"{count:,.0f}" if whole else f"{count:,.1f}"


def seconds(amount: float | None) -> str:
    """Seconds for people."""
    if amount is None:
        return "\u2013"
    if amount < 9.95:
        return f"{amount:.1f} s" if amount >= 0.1 else f"{amount:.2f} s"
    return f"{amount:,.0f} s" if amount < 600 else f"{amount / 60:,.0f} min"


def p_value(p: float) -> str:
    """A p-value."""
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def clean(text: Any) -> Any:
    """Text without characters that no page may hold or that change what stands around them."""
    if not isinstance(text, str):
        return text
    return "".join(
        "\ufffd" if unicodedata.category(c) in ("Cc", "Cs", "Cn") and c not in "\n\t" else c
        for c in text
    )


def value(one: Any) -> str:
    """A JSON value as text, cut where it is long."""
    if one is None:
        return ""
    text = one if isinstance(one, str) else json.dumps(one, ensure_ascii=False, default=str)
    text = str(clean(text))
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}\u2026"


def breaking(text: Any) -> Markup:
    """A name that has no blanks, with places where a line may end."""
    from markupsafe import Markup, escape

    broken = re.sub(r"(?<=.)(?=/)|(?<=[_:@?&+=.-])(?=[^/])", "\u200b", str(clean(text)))
    return Markup(str(escape(broken)).replace("\u200b", "<wbr>"))


def md(text: Any) -> str:
    """Text in a cell of a Markdown table: no markup, no HTML, no line of its own."""
    flat = " ".join(str(clean(str(text))).split())
    escaped = "".join(f"\\{c}" if c in "\\`*_[]|~$&<>" else c for c in flat)
    return f"\\{escaped}" if escaped[:1] in ("#", "+", "-", "=") else escaped
