"""Pages drawn from HTML by MuPDF, which loads nothing: no address, no file, no script."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from typing import Any

from docglean.extractors.documents.pdf import mupdf
from docglean.schemas.errors import SourceError

A4 = 595.0, 842.0
"""Points."""
MARGIN = 36.0
"""Points: half an inch."""
MOST_WIDE = 14_400.0
"""Points, the most that a page may have (ISO 32000-1, annex C.2)."""
MOST_LINES = 100
"""Lines of text or rows of a table that a page of `A4` may have."""
WITH_FONTS = 400_000
"""Bytes from which a PDF has a whole font for Chinese in it, of which a part will do."""
STYLE = """
html { display: block !important; }
body { font-family: sans-serif; font-size: 10px; }
table { border-collapse: collapse; }
td, th { padding: 2px; vertical-align: top; }
th { text-align: left; }
pre { font-size: 9px; }
.grid td, .grid th { border: 1px solid #808080; }
"""
"""MuPDF dies of a page whose root is not shown."""


def is_drawable(picture: bytes) -> bool:
    """Whether MuPDF can draw a picture; one that it cannot would end the drawing of the rest."""
    try:
        mupdf().Pixmap(picture)
    except Exception:  # whatever is wrong with it
        return False
    return True


class StoryPages:
    """A PDF to which pages are added, piece of HTML by piece.

    Args:
        most_pages: that it may have.
        pictures: by the names that HTML calls them by.
    """

    def __init__(
        self, name: str, most_pages: int, pictures: Mapping[str, bytes] | None = None
    ) -> None:
        self._name = name
        self._most = most_pages
        self._file = io.BytesIO()
        self._writer = mupdf().DocumentWriter(self._file)
        self._archive = mupdf().Archive()
        for key, content in (pictures or {}).items():
            self._archive.add(content, key)
        self.count = 0

    def add(self, html: str, size: tuple[float, float] = A4, *, fit: bool = True) -> None:
        """Pages of this size.

        Args:
            fit: as much wider as what stands on them.

        Raises:
            SourceError: ``too_many_pages``.
        """
        width, height = size
        farthest = self._widest(html, width, height) if fit else 0.0
        if farthest > width - MARGIN + 1:
            width = min(farthest + MARGIN, MOST_WIDE)
        story = self._story(html)
        more = True
        while more:
            self._check()
            device = self._writer.begin_page(mupdf().Rect(0, 0, width, height))
            more, _ = story.place(_inner(width, height))
            story.draw(device)
            self._writer.end_page()

    def expect(self, lines: int) -> None:
        """Refuse at once what is sure to take more pages than there may be.

        Raises:
            SourceError: ``too_many_pages``.
        """
        if lines > MOST_LINES * self._most:
            raise self._too_many()

    def show(self, name: str, picture: bytes) -> None:
        """A page with a picture, if it can be drawn.

        Raises:
            SourceError: ``too_many_pages``.
        """
        if is_drawable(picture):
            self._archive.add(picture, name)
            self.add(f'<img src="{name}">')

    def close(self) -> bytes:
        """The whole PDF; with one empty page where none was added."""
        if not self.count:
            self.add("<p></p>")
        self._writer.close()
        content = self._file.getvalue()
        if len(content) < WITH_FONTS:
            return content
        document = mupdf().open("pdf", content)
        document.subset_fonts(fallback=False)
        return bytes(document.tobytes(garbage=3, deflate=True))

    def _widest(self, html: str, width: float, height: float) -> float:
        """Points from the left edge to the end of what reaches farthest."""
        story, farthest, more = self._story(html), 0.0, True
        while more:
            more, filled = story.place(_inner(width, height))
            farthest = max(farthest, filled[2])
            story.draw(None)
        return farthest

    def _story(self, html: str) -> Any:
        return mupdf().Story(html, user_css=STYLE, archive=self._archive)

    def _check(self) -> None:
        self.count += 1
        if self.count > self._most:
            raise self._too_many()

    def _too_many(self) -> SourceError:
        return SourceError(
            "too_many_pages",
            f"{self._name}: drawn, it has more pages than the limit of {self._most:,}.",
            "Raise the limit `max_pages`, or split the file.",
        )


def _inner(width: float, height: float) -> Any:
    return mupdf().Rect(MARGIN, MARGIN, width - MARGIN, height - MARGIN)


def pages_of_html(
    name: str,
    most_pages: int,
    parts: Iterable[str],
    pictures: Mapping[str, bytes] | None = None,
) -> bytes:
    """A PDF with each of these parts of HTML beginning on a new page; as `StoryPages`."""
    pages = StoryPages(name, most_pages, pictures)
    for part in parts:
        pages.add(part)
    return pages.close()
