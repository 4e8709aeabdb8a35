"""What an Extraction shows of itself, by the pages, tables and words of the rooms further in."""

from __future__ import annotations

import webbrowser
from html import escape
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from docglean.extractors.extraction import Extraction
from docglean.flows.totals import money
from docglean.schemas.pointers import leaves

if TYPE_CHECKING:
    from pandas import DataFrame

HEIGHT = 560
"""Pixels of the frame in a notebook; what does not fit is scrolled to."""


def line(extraction: Extraction[Any]) -> str:
    """As `ExtractionFaces.__repr__` says."""
    values = sum(value is not None for _, value in leaves(extraction.values or {}))
    facts = [extraction.status, f"{values} value{'s' * (values != 1)}"]
    if extraction.schema_used is not None:
        facts.insert(1, extraction.schema_used.name)
    if problems := len(extraction.problems):
        facts.append(f"{problems} problem{'s' * (problems != 1)}")
    facts.append(money(extraction.spending.cost))
    return f"<Extraction {extraction.document.name}: {', '.join(facts)}>"


def html(extraction: Extraction[Any]) -> str:
    """As `ExtractionFaces._repr_html_` says: the page of ``docglean show`` in a frame.

    The frame has an origin of its own, and the page's own policy lets nothing run or be fetched.
    """
    from docglean.commands.show import in_small

    page = escape(in_small(extraction), quote=True)
    name = escape(extraction.document.name, quote=True)
    return (
        f'<iframe title="{name}" sandbox="allow-scripts" srcdoc="{page}" '
        f'style="width:100%;height:{HEIGHT}px;border:0"></iframe>'
    )


def page(extraction: Extraction[Any], out: Path | None, *, opening: bool) -> Path:
    """As `ExtractionFaces.show` says."""
    from docglean.commands.show import show

    name = PurePath(extraction.document.file_name).stem
    written = show(extraction, out or Path(f"{name}.html"))
    if opening:
        webbrowser.open(written.absolute().as_uri())
    return written


def frame(extraction: Extraction[Any], lists: str | None) -> DataFrame:
    """As `ExtractionFaces.to_pandas` says."""
    from docglean import data_frames

    return (
        data_frames.values(extraction) if lists is None else data_frames.entries(extraction, lists)
    )
