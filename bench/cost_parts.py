"""What of a run's processor time is somebody else's, or the reading of the document itself: what
`bench.operations` prints beside its figures as that which limits them."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from bench.runs import ENVIRONMENT, processor_of_children

LIBRARIES = {
    "the run's libraries": "import asyncio, cyclopts, httpx2, numpy, pydantic_settings, psutil; "
    "import pebble, sqlalchemy.dialects.sqlite, genai_prices.data, filelock",
    "its worker's": "import sys; sys.modules['pymupdf.layout'] = None; "
    "sys.modules['pymupdf4llm'] = None; import cv2, numpy, pebble, pydantic.main, pymupdf",
    "OpenAI's SDK, which is not loaded": "import openai",
}
"""What a run of one document loads that is not docglean's."""
TURNS = 5
DOCUMENTS = 50


def libraries() -> dict[str, float]:
    """Seconds of processor time until these are loaded, the least of some turns."""
    least = dict.fromkeys(LIBRARIES, float("inf"))
    for _ in range(TURNS):
        for name, code in LIBRARIES.items():
            before = processor_of_children()
            subprocess.run([sys.executable, "-c", code], env=ENVIRONMENT, check=True)
            least[name] = min(least[name], processor_of_children() - before)
    return least


def reading(folder: Path, schema: str) -> dict[str, float]:
    """Milliseconds of processor time that a document takes without any call: opened and read as a
    worker does it, and read by the rules as a second opinion."""
    from docglean.extractors.document_limits import Limits
    from docglean.extractors.documents.first_look import first_look
    from docglean.extractors.rules.document_values import read_words
    from docglean.schemas.schema import load_schema

    asked, limits = load_schema(schema), Limits()
    paths = [str(path) for path in sorted(folder.glob("*.pdf"))[:DOCUMENTS]]
    looks = [first_look(path, "slip.pdf", (), limits) for path in paths]
    words = [[page for page in look.words if not isinstance(page, Exception)] for look in looks]
    return {
        "opened and read": _each(lambda: [first_look(p, "slip.pdf", (), limits) for p in paths],
                                 len(paths)),
        "second reading": _each(lambda: [read_words(asked, one) for one in words], len(words)),
    }  # fmt: skip


def _each(work: Callable[[], object], count: int) -> float:
    work()
    started = time.process_time()
    work()
    return (time.process_time() - started) / count * 1e3
