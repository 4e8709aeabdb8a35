"""What a new child process loads before it has anything to do."""

from __future__ import annotations

import gc
from importlib import import_module

LOADED = ("PIL.Image", "numpy", "pebble", "docglean.extractors.documents.first_look")
"""What most files are looked at with, beside what opens them."""


def get_ready() -> None:
    """Load what PDF files and images are opened and looked at with, before there is one."""
    gc.disable()  # what loads stays: nothing of it is garbage
    import cv2
    from docglean.extractors.documents.formats import FORMATS
    from docglean.extractors.documents.glyphs import letter_models
    from docglean.extractors.documents.pdf import mupdf

    FORMATS.built_in()
    mupdf()
    for name in LOADED:
        import_module(name)
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)  # what is forked from here would wait for threads that it has not
    letter_models()
    cv2.setNumThreads(threads)
    gc.freeze()
    gc.enable()
