"""The layout model: not loaded by whoever only reads a PDF, of one thread, and without OCR."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from checkouts import REPOSITORY

READ = """
import os, sys
from docglean.extractors.documents.pdf import mupdf
from docglean.extractors.tables.layout_model import layout_of
document = mupdf().open(sys.argv[1])
assert document[0].get_text("words")
heavy = {"pymupdf.layout", "pymupdf4llm", "numpy", "onnxruntime"} & set(sys.modules)
assert not heavy, f"{heavy} is loaded by whoever opens a PDF"
import numpy, onnxruntime  # with the threads that they have by themselves
threads = lambda: len(os.listdir("/proc/self/task"))
before = threads()
classes = {part["class_name"] for page in document for part in layout_of(page)}
assert "table" in classes, classes
assert threads() == before, (before, threads())
scan = document.new_page()
scan.insert_image(scan.rect, filename=sys.argv[2])
layout_of(scan)
assert not [name for name in sys.modules if "rapidocr" in name], "a page without text was read"
"""


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="Linux tells threads")
def test_it_comes_with_the_first_page_that_wants_it_and_starts_no_threads() -> None:
    documents = REPOSITORY / "samples" / "documents"
    files = [str(documents / "invoice-three-pages.pdf"), str(documents / "receipt-photo.jpg")]
    read = [sys.executable, "-c", READ, *files]
    done = subprocess.run(read, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
