"""Files that travel inside a file: they are not read, and that is said. Runs in a child process."""

from __future__ import annotations

import contextlib
from collections.abc import Collection

from docglean.extractors.documents.attached_files import attached_names
from docglean.extractors.documents.page_info import SourceFile
from docglean.schemas.errors import Problem

ATTACHMENTS_NOT_READ = "attachments_not_read"
NAMED = 5
"""Attachments that the message names."""
MOST_LISTED = 1_000
"""Attachments that are counted: more are a flood."""


def attachment_problems(
    source: SourceFile, besides: Collection[str] = (), *, may_matter: bool = True
) -> tuple[Problem, ...]:
    """The problem that the files inside a file were not read; none where it has none.

    Args:
        besides: files that are read otherwise: the data of an electronic invoice.
        may_matter: they may be what the file is for, and are to be looked at.
    """
    names = []
    with contextlib.suppress(Exception):  # a broken list costs its names, never the pages
        names = [one for one in attached_names(source, MOST_LISTED) if one not in besides]
    if not names:
        return ()
    listed = ", ".join(names[:NAMED])
    if len(names) > NAMED:
        least = "at least " if len(names) == MOST_LISTED else ""
        listed += f" and {least}{len(names) - NAMED:,} more"
    return (
        Problem(
            code=ATTACHMENTS_NOT_READ,
            message=f"{source.name}: files are attached to it, which were not read: {listed}.",
            way_out="Save the attachments as files of their own, and read these.",
            severity="review" if may_matter else "warning",
        ),
    )
