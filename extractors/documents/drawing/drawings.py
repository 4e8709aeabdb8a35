"""Files drawn as a PDF, kept as long as the children that may want their pages."""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path

from docglean.extractors.documents.child import scratch_folder, stage
from docglean.extractors.documents.formats import Drawing, format_of
from docglean.extractors.documents.page_info import SourceFile, damaged
from docglean.schemas.errors import SourceError

MOST_KEPT = 64
"""Drawings that lie in the folder of a pool: more than are looked at at once."""
ANY_NUMBER = 1 << 31
"""Pages of a file that was drawn before, when their number was found to be allowed."""


def drawing_of(source: SourceFile) -> Path:
    """The PDF that a file is drawn as, made where it does not lie there.

    Raises:
        SourceError: as drawing it does.
    """
    path = _place(source)
    if not path.exists():
        draw(source, ANY_NUMBER)
    return path


def draw(source: SourceFile, most_pages: int) -> Drawing:
    """Draw a file, and keep its drawing for the tasks that follow.

    Raises:
        SourceError: ``damaged``, ``too_many_pages`` and others.
    """
    from filelock import FileLock

    path = _place(source)
    with FileLock(f"{path}.lock"), stage("draw"):
        made = _drawn(source, most_pages)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.write_bytes(made.pdf)
        fresh.replace(path)
        _let_go(path.parent)
    return made


def _drawn(source: SourceFile, most_pages: int) -> Drawing:
    function = format_of(source).draw
    assert function is not None
    try:
        return function(source, most_pages)
    except SourceError:
        raise
    except Exception as error:
        raise damaged(source, error) from error


def _place(source: SourceFile) -> Path:
    status = Path(source.path).stat()
    facts = f"{source.path} {status.st_mtime_ns} {status.st_size} {source.media_type}"
    name = hashlib.sha256(facts.encode("utf-8", "surrogateescape")).hexdigest()[:32]
    return scratch_folder() / f"{name}.pdf"


def _let_go(folder: Path) -> None:
    """Remove the oldest drawings; who still reads one has it open, or draws it anew."""
    with suppress(OSError):  # another child does the same
        kept = sorted(folder.glob("*.pdf"), key=lambda one: one.stat().st_mtime_ns)
        for path in kept[:-MOST_KEPT]:
            path.unlink(missing_ok=True)
