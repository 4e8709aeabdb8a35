"""Kinds of field: how a value is parsed, compared and found again on a page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Kind:
    """Base of all kinds."""
