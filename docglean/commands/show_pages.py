"""The HTML of results: of one document whole in itself, of several a list that leads to theirs.

They ask nothing of the network: images are inside, and their own policy lets no script run but
the one that stands in them. What a document says is shown as text, whatever it says.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, get_args
from urllib.parse import quote

from docglean.commands.exhibits import Exhibit
from docglean.commands.page_templates import STATIC, TEMPLATES, environment
from docglean.extractors.extraction import Status
from docglean.extractors.plurals import counted
from docglean.flows.run_folder import RunRecord

LOOKED_AGAIN = 1
"""Seconds after which what is not written yet is looked for again."""


def page(shown: Exhibit, runs: Sequence[RunRecord] = ()) -> str:
    """The page of one document. Everything in it that came from there is escaped.

    Args:
        runs: of its folder, the latest first.
    """
    placed = frozenset(shown.placed())
    title = shown.extraction.document.name
    return _filled("show", [shown], runs, title=title, shown=shown, placed=placed)


def list_page(
    exhibits: Sequence[Exhibit], runs: Sequence[RunRecord], folder: str, *, unread: int = 0
) -> str:
    """The page of several documents, in this order; each is shown by its own page.

    Args:
        runs: of their folder, the latest first.
        folder: the name of the folder beside it that has those pages.
        unread: further documents, which another list in its place will have.
    """
    title = counted(len(exhibits) + unread, "document")
    told = {"pages": quote(folder), "unread": unread, "seconds": LOOKED_AGAIN}
    return _filled("show_many", exhibits, runs, title=title, **told)


def waiting_page(shown: Exhibit) -> str:
    """What stands in the place of a document's page until that is written."""
    template = environment().get_template("show_waiting.html")
    return template.render(name=shown.extraction.document.name, seconds=LOOKED_AGAIN)


def _filled(name: str, exhibits: Sequence[Exhibit], runs: Sequence[RunRecord], **own: Any) -> str:
    from markupsafe import Markup

    parts = (STATIC / "view.js", TEMPLATES / f"{name}.js")
    script = "".join(path.read_text(encoding="utf-8") for path in parts)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    return (
        environment()
        .get_template(f"{name}.html")
        .render(
            record=runs[0] if runs else None,
            flow_runs={run.id: run.flow_run for run in runs if run.flow_run},
            exhibits=exhibits,
            totals=_totals(exhibits),
            script=Markup(script),
            script_hash=f"sha256-{digest}",
            **own,
        )
    )


def _totals(exhibits: Sequence[Exhibit]) -> dict[str, Any]:
    """What all documents came to: how many in each status, cost, values to look at."""
    costs: list[Decimal | None] = [shown.extraction.spending.cost for shown in exhibits]
    known = [cost for cost in costs if cost is not None]
    counts = {
        status: sum(shown.extraction.status == status for shown in exhibits)
        for status in get_args(Status)
    }
    return {
        "documents": len(exhibits),
        "counts": counts,
        "cost": sum(known, Decimal(0)) if len(known) == len(costs) else None,
        "filled": sum(shown.filled for shown in exhibits),
        "doubtful": sum(shown.doubtful for shown in exhibits),
        "sure": any(shown.least_sure for shown in exhibits),
        "calibrated": all(shown.is_calibrated for shown in exhibits),
    }


def worst_first(exhibits: Sequence[Exhibit]) -> list[Exhibit]:
    """Documents by how they have ended, the worst first, and among equals by their least sure
    value. In their order where nothing is known of that."""
    if not any(shown.least_sure for shown in exhibits):
        return list(exhibits)
    ends = get_args(Status)

    def order(shown: Exhibit) -> tuple[int, float]:
        least = shown.least_sure
        lowest = 1.0 if least is None or least.sure is None else least.sure.probability
        return -ends.index(shown.extraction.status), lowest

    return sorted(exhibits, key=order)
