"""What OCR loads when it starts, in a child process of its own."""

from __future__ import annotations

import subprocess
import sys

STARTED = """
from pathlib import Path
from omegaconf import OmegaConf
from docglean.extractors.documents.ocr import _reader
files, load = [], OmegaConf.load
def noted(path):
    files.append(Path(path).name)
    return load(path)
OmegaConf.load = noted
_reader()
assert OmegaConf.load is noted, "left as it was found"
print(*files)
"""


def test_the_list_of_all_models_is_read_once() -> None:
    done = subprocess.run(
        [sys.executable, "-c", STARTED], capture_output=True, text=True, check=False
    )
    files = done.stdout.split()
    assert files, done.stderr
    assert len(files) == len(set(files))
