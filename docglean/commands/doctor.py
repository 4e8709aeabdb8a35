"""``docglean doctor``: whether everything that a deployment needs is there and works."""

from __future__ import annotations

import json
from pathlib import Path

from docglean.cli.exits import OK, SOME_FAILED
from docglean.doctor.check import Case, Found, examine, worst
from docglean.doctor.configuration import settings_or_why
from docglean.doctor.registry import CHECKS
from docglean.doctor.report import as_data, as_text
from docglean.extractors.settings import Settings


def doctor(folder: Path, *, deep: bool, every: bool, as_json: bool) -> int:
    """Look at everything, and tell; 1 where something fails."""
    settings, refused = settings_or_why()
    case = Case(folder.absolute(), settings or Settings.model_construct(), deep)
    if refused is None:
        found = examine(CHECKS, case)
    else:
        told = examine(tuple(one for one in CHECKS if not one.needs_settings), case)
        found = [Found("settings", refused), *told]
    print(json.dumps(as_data(found), indent=2) if as_json else as_text(found, every=every))
    return SOME_FAILED if worst(found) == "fail" else OK
