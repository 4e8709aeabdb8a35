"""Pictures of the pages that went worst, cut to what matters. Drawn in child processes, as always:
a document is a stranger's file, at the end as at the beginning."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from docglean.evaluation.report.examples import Example
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.document import open_document
from docglean.extractors.documents.render import PageImage
from docglean.extractors.documents.workers import Workers
from docglean.extractors.extraction import Box
from docglean.extractors.render_policy import RenderPolicy
from docglean.schemas.errors import SourceError

if TYPE_CHECKING:
    from docglean.extractors.documents.page_info import PageInfo

POLICY = RenderPolicy(name="report", max_edge=2000, max_tokens=None, patch=0)
MAX_EDGE = 1000
"""Pixels of a picture's longer side in the report."""
MARGIN = 30.0
"""Points around the marked boxes."""
LEAST = 0.45
"""Share of the page's width and height that is shown at least: a value needs its neighbourhood."""
QUALITY = 60


def add_pictures(examples: Sequence[Example], folders: Mapping[str, Path]) -> None:
    """Give each example its picture, or say why there is none.

    Args:
        folders: of each set, see `Manifest.folders`.
    """
    if not examples:
        return
    # A loop of its own in a thread of its own: the caller may be in a loop already.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(_draw_all(examples, folders))).result()


async def _draw_all(examples: Sequence[Example], folders: Mapping[str, Path]) -> None:
    async with Workers(Limits()) as workers:
        for example in examples:
            try:
                await _draw(example, folders.get(example.facts.set), workers)
            except SourceError as error:
                example.why_not = error.message


async def _draw(example: Example, folder: Path | None, workers: Workers) -> None:
    facts = example.facts
    if folder is None or not (folder / facts.file).is_file():
        example.why_not = "The file is no longer there."
        return
    document = await open_document(folder / facts.file, workers, workers.limits, name=facts.file)
    if document.sha256 != facts.sha256:  # nor one of which nobody said what was in it
        example.why_not = "The file has changed since it was read."
    elif document.medium != "pages":
        example.why_not = "It is a recording."
    else:
        if example.page is None or not 1 <= example.page <= len(document.pages):
            example.page, example.marks = 1, []
        info = document.page(example.page)
        image = await document.image(example.page, POLICY)
        example.crop = crop_box(info, [mark.box for mark in example.marks])
        # Encoded by ourselves: safe to decode here.
        example.picture, example.size = await asyncio.to_thread(cut, image, example.crop)


def crop_box(info: PageInfo, boxes: Sequence[Box]) -> Box:
    """What of a page is shown, in its points: the boxes with their neighbourhood, or all of it."""
    if not boxes:
        return 0.0, 0.0, info.width, info.height
    x0, y0 = min(box[0] for box in boxes) - MARGIN, min(box[1] for box in boxes) - MARGIN
    x1, y1 = max(box[2] for box in boxes) + MARGIN, max(box[3] for box in boxes) + MARGIN
    x0, x1 = _at_least(x0, x1, info.width)
    y0, y1 = _at_least(y0, y1, info.height)
    return x0, y0, x1, y1


def _at_least(low: float, high: float, whole: float) -> tuple[float, float]:
    """The span widened to `LEAST` of the whole, within it."""
    missing = max(0.0, LEAST * whole - (high - low)) / 2
    low, high = low - missing, high + missing
    if low < 0:
        low, high = 0.0, high - low
    if high > whole:
        low, high = low - (high - whole), whole
    return max(0.0, low), min(whole, high)


def cut(image: PageImage, crop: Box) -> tuple[str, tuple[int, int]]:
    """The part of the page as a data URI, and its size in pixels."""
    from PIL import Image

    with Image.open(io.BytesIO(image.data)) as whole:
        area = [round(edge * image.scale) for edge in crop]
        area = [max(0, area[0]), max(0, area[1]),
                min(whole.width, max(area[2], area[0] + 1)),
                min(whole.height, max(area[3], area[1] + 1))]  # fmt: skip
        part = whole.convert("RGB" if whole.mode not in ("L", "RGB") else whole.mode)
        part = part.crop((area[0], area[1], area[2], area[3]))
        part.thumbnail((MAX_EDGE, MAX_EDGE))
        out = io.BytesIO()
        part.save(out, "JPEG", quality=QUALITY, optimize=True)
        return "data:image/jpeg;base64," + base64.b64encode(out.getvalue()).decode(), part.size
