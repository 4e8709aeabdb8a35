"""``docglean drift``: whether a run still looks like a baseline, without labels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

from docglean.cli.exits import OK, SOME_FAILED
from docglean.extractors.notices import tell

if TYPE_CHECKING:
    from docglean.evaluation.drift.comparison import Drift


def drift_command(
    run: Path, against: Path, *, false_alarms: float, page: Path | None, as_json: bool
) -> int:
    """``docglean drift``: 1 where something has drifted.

    Raises:
        ConfigError: as `compare`; ``no_run``.
    """
    from docglean.flows.folder_drift import compare_folders

    found = compare_folders(run, against, false_alarms, page)
    if page is not None:
        tell(f"The page is {page}.")
    if as_json:
        told = found.model_dump(mode="json") | {"drifted": found.drifted}
        print(json.dumps(told | {"sentence": found.sentence}, indent=1))
    else:
        _show(found)
    return SOME_FAILED if found.drifted else OK


def _show(found: Drift) -> None:
    from docglean.cli.terminal import TerminalTable, figure, named, print_lines, print_table

    table = TerminalTable(
        named("figure"),
        *map(figure, ("baseline", "now", "farthest", "limit", "told after")),
        title=f"{found.compared} of {found.documents} documents against {found.baseline_documents}",
    )
    for one in found.figures:
        after = "" if one.after is None else f"{one.after}"
        table.add_row(
            one.signal,
            _mean(one.before),
            _mean(one.now),
            f"{one.peak:+.1f}",
            f"{one.limit:.1f}",
            after,
        )
    print_table(table)
    for made in found.made_otherwise:
        before = ", ".join(made.before) or "none"
        print_lines(f"{made.what} was {before}, and is {made.now} from {made.document} on.")
    for schema, count in found.left_out.items():
        print_lines(f"{count} not compared: the baseline has too few of schema {schema or 'none'}.")
    print_lines(
        f"Limits are in standard deviations: {found.false_alarms:.0%} of runs of so many documents "
        "like the baseline would cross one."
    )
    print_lines(found.sentence)


def _mean(told: float | None) -> str:
    return "" if told is None else f"{told:.4g}"
