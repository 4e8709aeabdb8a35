"""Captions and entries of a form, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass

from docglean.extractors.extraction import Box


@dataclass(frozen=True)
class Item:
    """A caption or an entry as it is labelled. `links`: captions of an entry, by number."""

    role: str
    box: Box
    links: tuple[int, ...] = ()
