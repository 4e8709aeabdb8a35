"""MuPDF's layout model: loaded by the first page that needs it, and of one thread.

PyMuPDF loads it whenever it is loaded itself, which takes longer than all the rest of it, and most
child processes look for no tables. The model's own sessions take a thread for each processor, which
spin while they wait for each other; the children are the parallelism, as in `documents.ocr`.
"""

from __future__ import annotations

import importlib
from functools import cache
from typing import Any

from docglean.extractors.opt_outs import load_onnxruntime


def layout_of(page: Any) -> list[dict[str, Any]]:
    """The parts of a `pymupdf.Page` as the model sees them, as PyMuPDF gives them."""
    _load()
    page.get_layout(return_raw=True)
    return page.layout_information or []


@cache
def _load() -> None:
    """Load the model; PyMuPDF finds it by itself from then on."""
    onnxruntime: Any = load_onnxruntime()

    class OneThread(onnxruntime.SessionOptions):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.intra_op_num_threads = self.inter_op_num_threads = 1

    # The model makes its sessions, some of them later, with options that it does not let us choose.
    onnxruntime.SessionOptions = OneThread
    importlib.import_module("pymupdf.layout")
