"""What a result depends on beside the document: packages, and docglean's own code."""

from __future__ import annotations

import hashlib
import platform
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

PROMPT_VERSION = "2"
"""Of the words in `requests.prompts`."""
EXAMPLES_VERSION = "1"
"""Of how examples are shown, the words around them there among it: part of the key of requests that
have some, so that all others stay as they are."""
SIGNALS_VERSION = "5"
"""Of what the signals in `confidence.signals` mean: raised where one comes to mean something else,
or is given to other values than before, so that no calibration weighs what it was not fitted to."""

NAMED_PACKAGES = ("docglean", "pymupdf", "pillow", "rapidocr", "anthropic", "openai",
                  "genai-prices", "pydantic")  # fmt: skip

_ROOMS = ("docglean.extractors", "docglean.schemas")


def versions() -> dict[str, str]:
    """What a result depends on, by package."""
    found = {"python": platform.python_version()}
    for name in NAMED_PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


@cache
def code_version() -> str:
    """Changes whenever the code that makes an Extraction does, or a library that it stands on."""
    digest = hashlib.sha256(repr(versions()).encode())
    for room in _ROOMS:
        spec = find_spec(room)
        for folder in sorted(spec.submodule_search_locations or ()) if spec else ():
            for path in sorted(Path(folder).rglob("*.py")):
                digest.update(path.name.encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()[:16]
