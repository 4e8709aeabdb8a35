"""Whose fault an error is: a parsing library's, upset by the file, or that of our own code.

What a library raises says something of the file. A TypeError of ours says nothing of it, and
a user who reads that the file is "probably damaged" looks in the wrong place.
"""

from __future__ import annotations

import traceback

from docglean.schemas.errors import SourceError

PARSERS = frozenset(
    {"pymupdf", "PIL", "pillow_heif", "pdfplumber", "pdfminer", "pypdfium2", "puremagic", "av",
     "cv2", "rapidocr", "onnxruntime", "faster_whisper", "ctranslate2", "tokenizers", "whisper",
     "torch", "lxml", "olefile"}
)  # fmt: skip
"""Packages that read what strangers made; what goes wrong in them may be the file's fault."""


def is_own(error: BaseException) -> bool:
    """Whether an error is a fault of docglean's code, told by where it was raised.

    Decided by the innermost frame that belongs to docglean or to one of the `PARSERS`; frames of
    the standard library, NumPy and others belong to their caller. An error of a parser's
    own type comes from its C code, which has no frames; one of ours is raised on purpose. OSError
    comes from the system.
    """
    if isinstance(error, OSError | MemoryError):
        return False
    if _package(type(error).__module__) in PARSERS | {"docglean"}:
        return False
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    for frame in reversed(frames):
        package = _package(frame.f_globals.get("__name__", ""))
        if package in PARSERS:
            return False
        if package == "docglean":
            return True
    return False


def where(error: BaseException) -> str:
    """The frames of an error, without what it said: that may quote the document."""
    return "".join(traceback.format_tb(error.__traceback__))


def internal_error(name: str, what: str) -> SourceError:
    """That docglean failed at this document; `what` is the error's type and text."""
    return SourceError(
        "internal_error",
        f"{name}: docglean itself failed ({what}).",
        "Please report it with the log.",
    )


def _package(module: str) -> str:
    return module.partition(".")[0]
