"""Results without their documents, on the page of several that `docglean show` writes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from browser import Tab
from docglean.extractors.extraction import Extraction

from docglean.commands.show import show

SHOWN = """[...document.querySelectorAll('{}')].filter(e => e.checkVisibility())
.map(e => e.innerText.replace(/\\s+/g, ' ').trim())"""


def shown(folder: Path, results: Sequence[Extraction[Any]]) -> Path:
    """Where the page of these was written."""
    (folder / "show.jsonl").write_text("\n".join(one.to_json() for one in results), "utf-8")
    return show(folder / "show.jsonl")


def listed(tab: Tab, selector: str) -> list[str]:
    """Texts that are seen around the document."""
    return list(tab.value(SHOWN.format(selector)))


def told(tab: Tab, selector: str) -> list[str]:
    """Texts that are seen on the page of the document."""
    return list(tab.framed(SHOWN.format(selector)) or [])


def wait_for(tab: Tab, name: str) -> None:
    """Until the page of this document is there, as the tools around it say."""
    deadline = time.monotonic() + 30
    there = "document.readyState === 'complete' && document.querySelector('h2').textContent"
    while tab.framed(there) != name:
        assert time.monotonic() < deadline, f"never: {name}"
        time.sleep(0.05)


def settle(tab: Tab) -> None:
    """Until what was said to the page of the document has come there."""
    turn = "new Promise(done => setTimeout(done, 50))"
    tab.ask("Runtime.evaluate", expression=turn, awaitPromise=True)
