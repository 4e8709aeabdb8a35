"""Seconds a page by stage: open, render, encode, words, OCR.

    python -m bench.pages FILE... [--pages 20] [--edge 1568]

One worker, so that times are those of one core; the first task's start of a process and the
loading of the OCR models are paid before the clock starts.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from pathlib import Path

from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.document import open_document
from docglean.extractors.documents.ocr import ocr_words
from docglean.extractors.documents.workers import Workers
from docglean.extractors.render_policy import RenderPolicy
from docglean.schemas.errors import SourceError
from PIL import Image

STAGES = ("open", "render", "encode", "words", "ocr")


async def measure(path: Path, pool: Workers, pages: int, policy: RenderPolicy) -> str:
    """One line: seconds a page by stage, wall time and kilobytes of an image."""
    start = time.perf_counter()
    document = await open_document(path, pool, pool.limits)
    opening = document.seconds.get("open", 0.0) / max(len(document.pages), 1)
    numbers = [page.number for page in document.pages[:pages]]
    document.seconds.clear()  # drawing the first page as a proof belongs to opening
    images = [await document.image(number, policy) for number in numbers]
    drawing = {name: document.seconds.get(name, 0.0) for name in ("render", "encode")}
    document.seconds.clear()
    words = await document.words_many(numbers)
    failed = sum(isinstance(found, SourceError) for found in words)
    wall = time.perf_counter() - start
    spent = {**drawing, **{name: document.seconds.get(name, 0.0) for name in ("words", "ocr")}}
    count = max(len(numbers), 1)
    columns = [f"{opening:8.4f}", *(f"{spent[name] / count:8.4f}" for name in STAGES[1:])]
    size = sum(len(image.data) for image in images) / count / 1024
    kinds = "/".join(sorted({image.media_type.removeprefix("image/") for image in images}))
    note = f"  {failed} pages unreadable" if failed else ""
    return (
        f"{path.name[:40]:40} {count:5} {' '.join(columns)} {wall / count:8.4f} {size:7.0f} "
        f"{kinds}{note}"
    )


async def main() -> None:
    """Measure the files named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--pages", type=int, default=20)
    parser.add_argument("--edge", type=int, default=1568)
    chosen = parser.parse_args()
    policy = RenderPolicy("bench", chosen.edge, None, 28)
    async with Workers(Limits(workers=1)) as pool:
        image = Image.effect_noise((400, 100), 50)
        await pool.run(ocr_words, image, 400.0, 100.0, source="warm-up")
        print(f"{'file':40} pages {' '.join(f'{s:>8}' for s in STAGES)}     wall      KB")
        for path in chosen.files:
            print(await measure(path, pool, chosen.pages, policy), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
