"""What one document may cost."""

from __future__ import annotations

import os

from pydantic import BaseModel, ConfigDict, Field


class Limits(BaseModel):
    """What one document may cost before it is refused with a `SourceError`.

    Attributes:
        max_bytes: size of the file.
        max_pages: pages of a document, or frames of an image file.
        max_pixels: pixels of an image before it is made smaller.
        max_sound_seconds: length of a recording.
        max_frames: frames looked at of a film, one a scene; 0 reads films by their sound only.
        memory_bytes: memory that one child process may allocate (kept by the kernel on Linux;
            other systems have no such limit for a process, there the time limit has to do).
        seconds: processor time of one task: opening, or a few pages. Not of a whole document.
            By the clock it may take `WAITING` times as long; systems without timers of
            processor time (Windows) have only that.
        workers: child processes.
    """

    model_config = ConfigDict(frozen=True)

    max_bytes: int = Field(default=500_000_000, ge=1)
    max_pages: int = Field(default=10_000, ge=1)
    max_pixels: int = Field(default=150_000_000, ge=1)
    max_sound_seconds: float = Field(default=43_200.0, gt=0)
    max_frames: int = Field(default=40, ge=0)
    memory_bytes: int = Field(default=1_500_000_000, ge=100_000_000)
    seconds: float = Field(default=60.0, gt=0)
    workers: int = Field(default_factory=lambda: min(os.cpu_count() or 1, 4), ge=1)
