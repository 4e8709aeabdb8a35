"""How well tables are found and divided: ours beside single finders, on labelled documents.

    python -m bench.tables [--evaldata FOLDER] [--set NAME]... [--only FINDER]... [--scans]

The folder is that of DOCGLEAN_EVALDATA by default. Per finder: precision, recall and F1 of all
cells that are not empty as a bag, blanks dropped (micro, over the set); GriTS of content and
topology and TEDS by kept libraries (extra ``evaluate``; mean over documents); tables found; and
seconds a page, with the ratio to ours. OCR's time is not counted for ours and is reported apart;
img2table on pictures runs its own. ``--scans`` adds the PDFs of a set drawn at 150 dpi, with
noise, a slight turn and no text. ``prose`` counts tables on pages that have none (résumés and a
credit agreement's first pages; its table of contents is none).

Labels whose rows and columns were counted from 1 have an empty first row and column, which is
left out. img2table is no dependency (its wheels bring a second OpenCV): it is compared where it
is installed.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import json
import os
import re
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy
import pymupdf
from docglean.evaluation.metrics.table_scores import table_scores
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.document import open_document
from docglean.extractors.documents.workers import Workers
from docglean.extractors.tables.document_tables import find_tables
from docglean.extractors.tables.table import tables_values
from PIL import Image

Grid = dict[str, Any]
Find = Callable[[Path], list[Grid]]
SETS = ("tables_icdar2013", "tables_pubtabnet", "prose")
PROSE = ("resume_academic01.pdf", "resume_academic02.pdf", "mmm_credit_agreement_2019_11_15.pdf")
PROSE_PAGES = 20
HEAD = "  finder               P      R     F1    con    top   teds  tables   s/page   x ours"
SCORES = ("grits_con", "grits_top", "teds")


@dataclass
class Outcome:
    """What came of one finder on one set."""

    hits: int = 0
    found: int = 0
    labelled: int = 0
    tables: int = 0
    true_tables: int = 0
    pages: int = 0
    seconds: float = 0.0
    apart: float = 0.0
    scores: list[dict[str, float]] = field(default_factory=list)

    def add(self, truth: Sequence[Grid], predicted: Sequence[Grid]) -> None:
        """Score one document."""
        wanted, got = _bag(truth), _bag(predicted)
        self.hits += (wanted & got).total()
        self.found += got.total()
        self.labelled += wanted.total()
        self.tables += len(predicted)
        self.true_tables += len(truth)
        if truth:
            self.scores.append(table_scores(truth, predicted))


def _bag(tables: Sequence[Grid]) -> Counter[str]:
    texts = (re.sub(r"\s+", "", text) for one in tables for row in one["rows"] for text in row)
    return Counter(text for text in texts if text)


def labelled(grid: Grid) -> Grid:
    """A labelled table without the empty first row and column of those counted from 1."""
    rows, spans = grid["rows"], grid.get("spans") or []
    down = int(not any(rows[0]))
    across = int(not any(row[0] for row in rows))
    kept = [
        [top - down, left - across, bottom - down, right - across]
        for top, left, bottom, right in spans
        if top >= down and left >= across
    ]
    return {"rows": [row[across:] for row in rows[down:]], "spans": kept}


# --- finders -----------------------------------------------------------------------------------


def by_pdfplumber(path: Path) -> list[Grid]:
    """pdfplumber with its own settings: rules."""
    import pdfplumber

    with pdfplumber.open(path) as document:
        return [_grid(rows) for page in document.pages for rows in page.extract_tables()]


def by_pymupdf(path: Path) -> list[Grid]:
    """PyMuPDF's finder by lines, without its layout model."""
    document: Any = pymupdf.open(path)
    return [
        _grid(table.extract())
        for page in document
        for table in page.find_tables(use_layout=False).tables
    ]


def by_pymupdf_layout(path: Path) -> list[Grid]:
    """PyMuPDF's finder with all that its layout model gives."""
    document: Any = pymupdf.open(path)
    return [
        _grid(table.extract())
        for page in document
        for table in page.find_tables(union=True, refine=True).tables
    ]


def by_img2table(path: Path) -> list[Grid]:
    """img2table with everything on; text from the PDF, else by RapidOCR."""
    from img2table import document as img2table  # type: ignore[import-untyped, unused-ignore]
    from img2table.ocr import RapidOCR  # type: ignore[import-untyped, unused-ignore]

    options = {"implicit_rows": True, "implicit_columns": True, "borderless_tables": True}
    if path.suffix == ".pdf":
        with pymupdf.open(path) as opened:
            text = any(page.get_text() for page in opened)
        pages = img2table.PDF(str(path)).extract_tables(ocr=None if text else RapidOCR(), **options)
        tables = [table for page in pages.values() for table in page]
    else:
        tables = img2table.Image(str(path)).extract_tables(ocr=RapidOCR(), **options)
    return [_grid([[c.value for c in row] for row in table.content.values()]) for table in tables]


def _grid(rows: Sequence[Sequence[Any]]) -> Grid:
    return {"rows": [[str(text or "") for text in row] for row in rows], "spans": []}


FINDERS: dict[str, Find] = {
    "pdfplumber": by_pdfplumber,
    "pymupdf lines": by_pymupdf,
    "pymupdf layout": by_pymupdf_layout,
    "img2table": by_img2table,
}


# --- documents ---------------------------------------------------------------------------------


def documents(folder: Path, name: str, scratch: Path) -> Iterator[tuple[Path, list[Grid]]]:
    """Files of a set with their tables."""
    if name == "prose":
        for file in PROSE:
            with pymupdf.open(folder / "extract_bench" / "docs" / file) as document:
                document.select(range(min(len(document), PROSE_PAGES)))
                document.save(scratch / file)
            yield scratch / file, []
        return
    for line in (folder / name.removesuffix("+scans") / "labels.jsonl").read_text().splitlines():
        label = json.loads(line)
        path = folder / name.removesuffix("+scans") / label["file"]
        truth = [labelled(grid) for grid in label["expected"]["tables"]]
        yield (scanned(path, scratch) if name.endswith("+scans") else path), truth


def scanned(path: Path, scratch: Path) -> Path:
    """The document as a scan: gray, noisy, turned a little, without text."""
    noise = numpy.random.default_rng(3)
    copy: Any = pymupdf.open()
    source: Any = pymupdf.open(path)
    for page in source:
        drawn = page.get_pixmap(dpi=150, colorspace=pymupdf.csGRAY)
        pixels = numpy.frombuffer(drawn.samples, numpy.uint8).reshape(drawn.h, drawn.w)
        grain = numpy.clip(pixels * 0.92 + 8 + noise.normal(0, 8, pixels.shape), 0, 255)
        image = Image.fromarray(grain.astype(numpy.uint8))
        turned = image.rotate(float(noise.uniform(-0.4, 0.4)), Image.Resampling.BICUBIC,
                              fillcolor=240)  # fmt: skip
        file = io.BytesIO()
        turned.save(file, "JPEG", quality=75)
        sheet = copy.new_page(width=page.rect.width, height=page.rect.height)
        sheet.insert_image(sheet.rect, stream=file.getvalue())
    made = scratch / path.name
    copy.save(made)
    return made


async def ours(files: Sequence[tuple[Path, list[Grid]]], pool: Workers) -> Outcome:
    """As the product finds them, one worker."""
    outcome = Outcome()
    for path, truth in files:
        document = await open_document(path, pool, pool.limits)
        numbers = [page.number for page in document.pages]
        await document.words_many(numbers)
        outcome.apart += document.seconds.get("ocr", 0.0) + document.seconds.get("words", 0.0)
        start = time.perf_counter()
        tables = await find_tables(document, numbers)
        outcome.seconds += time.perf_counter() - start
        outcome.pages += len(numbers)
        outcome.add(truth, tables_values(tables)[0]["tables"])
    return outcome


def others(files: Sequence[tuple[Path, list[Grid]]], find: Find) -> Outcome:
    """A single finder in this process."""
    outcome = Outcome()
    for path, truth in files:
        start = time.perf_counter()
        tables = find(path)
        outcome.seconds += time.perf_counter() - start
        with pymupdf.open(path) as document:
            outcome.pages += len(document)
        outcome.add(truth, tables)
    return outcome


def line(name: str, outcome: Outcome, own: float | None) -> str:
    """The figures of one finder."""
    precision = outcome.hits / outcome.found if outcome.found else 0.0
    recall = outcome.hits / outcome.labelled if outcome.labelled else 0.0
    both = precision + recall
    figures = [precision, recall, 2 * precision * recall / both if both else 0.0]
    for score in SCORES:
        told = [scores[score] for scores in outcome.scores if score in scores]
        figures.append(sum(told) / len(told) if told else 0.0)
    seconds = outcome.seconds / max(outcome.pages, 1)
    ratio = f"{seconds / own:5.1f}" if own else "    -"
    told = f"{outcome.tables:4}/{outcome.true_tables:<4}"
    shown = "  ".join(f"{figure:5.3f}" for figure in figures)
    return f"  {name:16} {shown}  {told} {seconds:8.2f} {ratio}"


async def main() -> None:
    """Compare the finders on the sets."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else "")
    parser.add_argument("--evaldata", type=Path, default=os.environ.get("DOCGLEAN_EVALDATA"))
    parser.add_argument("--set", action="append", choices=SETS, dest="sets")
    parser.add_argument("--only", action="append", choices=["ours", *FINDERS])
    parser.add_argument("--scans", action="store_true", help="PDFs as scans too")
    told = parser.parse_args()
    if told.evaldata is None:
        parser.error("name the folder of labelled documents: --evaldata or DOCGLEAN_EVALDATA")
    sets = list(told.sets or SETS)
    if told.scans and "tables_icdar2013" in sets:
        sets.insert(1, "tables_icdar2013+scans")
    async with Workers(Limits(workers=1)) as pool:
        for name in sets:
            with tempfile.TemporaryDirectory() as scratch:
                files = list(documents(Path(told.evaldata), name, Path(scratch)))
                print(f"\n{name}: {len(files)} documents")
                print(HEAD)
                own = None
                for finder in told.only or ["ours", *FINDERS]:
                    try:
                        if finder == "ours":
                            outcome = await ours(files, pool)
                            own = outcome.seconds / max(outcome.pages, 1)
                        elif finder != "img2table" and files[0][0].suffix != ".pdf":
                            print(f"  {finder:16} reads no pictures")
                            continue
                        else:
                            outcome = others(files, FINDERS[finder])
                    except ModuleNotFoundError as error:
                        print(f"  {finder:16} not installed ({error.name})")
                        continue
                    note = f"  and {outcome.apart / outcome.pages:.2f} for words"
                    print(line(finder, outcome, own) + note * (finder == "ours"), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
