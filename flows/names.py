"""Names of documents as names of files, and of folders for results."""

from __future__ import annotations

import re
from pathlib import Path

from docglean.schemas.errors import ConfigError


def safe_part(part: str) -> str:
    """A name that every file system takes (Windows forbids these; 255 bytes are the most)."""
    cleaned = re.sub(r'[<>:"\\|?*\x00-\x1f]', "_", part).strip(" .") or "document"
    return cleaned.encode()[:200].decode(errors="ignore")


def run_folder(word: str | Path) -> Path:
    """The folder that is named for results.

    Raises:
        ConfigError: ``out_elsewhere``, it is a URL, of which the system would make folders here.
    """
    # As a path it has one slash only.
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+:/", str(word)):
        url = re.sub(":/+", "://", str(word), count=1)
        raise ConfigError(
            "out_elsewhere",
            f"Results go to a folder of this machine, and {url} is none.",
            f"Name a folder, and copy it with `docglean export FOLDER {url} --to folder`.",
        )
    return Path(word).absolute()
