"""Whether runs without labels still look like a baseline: what changed, where, how sure that is."""

from __future__ import annotations
