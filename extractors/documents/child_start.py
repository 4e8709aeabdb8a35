"""What a new child process loads before it has anything to do."""

from __future__ import annotations

import gc


def get_ready() -> None:
    """Load what PDF files and images are opened with, before there is one."""
    gc.disable()  # what loads stays: nothing of it is garbage
    from docglean.extractors.documents.formats import FORMATS
    from docglean.extractors.documents.pdf import mupdf

    FORMATS.built_in()
    mupdf()
    gc.freeze()
    gc.enable()
