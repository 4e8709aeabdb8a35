"""Numbers of things in sentences for people."""

from __future__ import annotations


def counted(count: int, noun: str) -> str:
    """``1 document``, ``2,000 documents``."""
    return f"{count:,} {noun}{'s' * (count != 1)}"


def counted_are(count: int, noun: str) -> str:
    """With its verb: ``1 document is``, ``2 documents are``."""
    return f"{counted(count, noun)} {'is' if count == 1 else 'are'}"
