"""The message that this process looks at: asked for each file that it carries, and read once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from docglean.extractors.documents.child import on_exhaustion
from docglean.extractors.documents.mail.mail import Mail
from docglean.extractors.documents.page_info import SourceFile

_kept: dict[tuple[str, int, int], Mail] = {}
on_exhaustion(_kept.clear)


def kept_mail(source: SourceFile, read: Callable[[SourceFile], Mail]) -> Mail:
    """The message of a file, read by `read` where it is not the last one."""
    status = Path(source.path).stat()
    key = (source.path, status.st_mtime_ns, status.st_size)
    if key not in _kept:
        _kept.clear()
        _kept[key] = read(source)
    return _kept[key]
