"""What ``docglean review`` was told."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class ReviewRequest:
    """What is to be reviewed, by whom, and how it is reached; as the command line says it."""

    source: Path | None = None
    every_run: Path | None = None
    queue: str | None = None
    by: str | None = None
    blind: bool = False
    schemas: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = 0
    password_file: Path | None = None
    user_header: str = ""
    proxies: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    fetch: bool = False
    browser: bool = False
