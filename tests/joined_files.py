"""Files put together to one, as a scanner does with a pile of papers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pymupdf


def join(path: Path, singles: Iterable[Path]) -> Path:
    """Write the pages of these PDFs, one after the other."""
    with pymupdf.open() as whole:
        for single in singles:
            with pymupdf.open(single) as pages:
                whole.insert_pdf(pages)
        whole.save(path)
    return path
