"""What the text of a PDF page paints: the page drawn with its text, and without it.

Where the two drawings are alike, the text is not seen, whatever hides it: its colour or opacity,
what lies over it, a clip, its render mode. Runs in a child process (see `child`).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

from docglean.extractors.documents import pdf
from docglean.extractors.extraction import Box

SCALE = 2.0
"""Pixels a point: strokes of print of 5 points are a pixel wide, and a page takes some 15 ms."""
MOST_PIXELS = 4_000_000
"""Of one drawing; a larger page is drawn less finely."""


@dataclass(frozen=True, slots=True)
class Painted:
    """Two drawings of one page, as arrays of rows and columns, at `scale` pixels a point.

    Attributes:
        seen: the page as it is, grey levels.
        bare: the page without its text, with three colours.
        ink: by how much a pixel's colour changes with the text, 0 to 255.
    """

    seen: Any
    bare: Any
    ink: Any
    scale: float

    def part(self, array: Any, box: Box) -> Any:
        """The pixels of one of the arrays whose middle lies in `box`; at least one, if any."""
        x0, y0, x1, y1 = (side * self.scale for side in box)
        left, top = max(0, round(x0)), max(0, round(y0))
        right, bottom = max(left + 1, round(x1)), max(top + 1, round(y1))
        return array[top:bottom, left:right]


def paint(page: Any) -> Painted:
    """Draw a `pymupdf.Page` twice, from one reading of its content."""
    import cv2
    import numpy

    pymupdf = pdf.mupdf()
    width, height = page.rect.width, page.rect.height
    scale = min(SCALE, sqrt(MOST_PIXELS / (width * height)))
    content = page.get_displaylist()
    matrix = pymupdf.Matrix(scale, scale)
    whole, bare = (_drawn(content, matrix, text=text) for text in (True, False))
    change = cv2.absdiff(whole, bare)
    # Not by `cv2.split`: new memory for three planes takes most of the time on a page of A4.
    ink = numpy.maximum(numpy.maximum(change[..., 0], change[..., 1]), change[..., 2])
    return Painted(cv2.cvtColor(whole, cv2.COLOR_RGB2GRAY), bare, ink, scale)


def _drawn(content: Any, matrix: Any, *, text: bool) -> Any:
    """The pixels of a display list, on white; without its text if so told.

    MuPDF asks a device only for what it has a function for (``fz_fill_text`` in
    source/fitz/device.c), so the rest is drawn exactly as it is with text.
    """
    import numpy

    pymupdf = pdf.mupdf()
    mupdf = pymupdf.mupdf
    area = mupdf.FzIrect(*(content.rect * matrix).irect)
    # The device's own colours: a pixmap in `csRGB` takes ten times as long to be drawn.
    pixmap = mupdf.fz_new_pixmap_with_bbox(mupdf.fz_device_rgb(), area, mupdf.FzSeparations(), 0)
    mupdf.fz_clear_pixmap_with_value(pixmap, 255)
    device = mupdf.fz_new_draw_device(mupdf.FzMatrix(*matrix), pixmap)
    if not text:
        device.m_internal.fill_text = None
        device.m_internal.stroke_text = None
    everywhere = mupdf.FzRect(mupdf.FzRect.Fixed_INFINITE)
    mupdf.fz_run_display_list(content.this, device, mupdf.FzMatrix(), everywhere, mupdf.FzCookie())
    mupdf.fz_close_device(device)
    drawn = pymupdf.Pixmap("raw", pixmap)
    # A copy: the samples are gone with their pixmap.
    return numpy.array(drawn.samples_mv).reshape(drawn.height, drawn.width, 3)
