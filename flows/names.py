"""Names of documents as names of files."""

from __future__ import annotations

import re


def safe_part(part: str) -> str:
    """A name that every file system takes (Windows forbids these; 255 bytes are the most)."""
    cleaned = re.sub(r'[<>:"\\|?*\x00-\x1f]', "_", part).strip(" .") or "document"
    return cleaned.encode()[:200].decode(errors="ignore")
