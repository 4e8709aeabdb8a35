"""Recordings damaged at random: each ends in stretches or a typed error, and kills nobody."""

from __future__ import annotations

import random
import time
from pathlib import Path

import numpy
import pytest
from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.document import open_document
from docglean.extractors.documents.page_info import SourceFile
from docglean.extractors.documents.workers import Workers
from docglean.extractors.speech.segmentation import Rules, cut
from docglean.schemas.errors import SourceError
from sounds import CONTAINERS, RATE, silence, tone, write

pytest.importorskip("faster_whisper")

LIMITS = Limits()
RULES = Rules(5.0)
SECONDS = 60.0
FILES_A_CONTAINER = 4
FILMS = ("mp4", "mov", "mkv", "webm")
MAY_FAIL = {"damaged", "no_sound", "unsupported", "too_long"}


def damage(content: bytes, draw: random.Random) -> bytes:
    """Bits flipped anywhere or in the header, the end or a piece missing, a piece of zeros."""
    data = bytearray(content)
    how = draw.choice(("anywhere", "header", "end", "piece", "zeros"))
    if how in ("anywhere", "header"):
        room = len(data) if how == "anywhere" else min(len(data), 600)
        for _ in range(draw.choice((1, 5, 50, 500))):
            data[draw.randrange(room)] = draw.randrange(256)
    elif how == "end":
        del data[draw.randrange(1, len(data)) :]
    else:
        start = draw.randrange(len(data))
        data[start : start + draw.randrange(5_000)] = b"" if how == "piece" else bytes(5_000)
    return bytes(data)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "video"),
    [(kind, False) for kind in CONTAINERS] + [(kind, True) for kind in FILMS],
)
async def test_damaged_recordings(kind: str, video: bool, tmp_path: Path, workers: Workers) -> None:
    sound = numpy.concatenate([tone(440, 1.0), silence(1.0), tone(660, 1.0)] * 3)
    whole = write(tmp_path, sound, kind, video=video).read_bytes()
    draw = random.Random(f"{kind} {video}")
    for number in range(FILES_A_CONTAINER):
        path = tmp_path / f"damaged {number}"
        path.write_bytes(damage(whole, draw))
        start = time.perf_counter()
        try:
            document = await open_document(path, workers, LIMITS)
            position, last = 0, False
            while not last:
                source = SourceFile(path.name, str(path), document.media_type)
                stretch = await workers.run(cut, source, position, RULES, LIMITS, source=path.name)
                assert stretch.start == position
                assert stretch.end > position or stretch.last
                position, last = stretch.end, stretch.last
            assert position < 60 * RATE
        except SourceError as error:
            if error.code not in MAY_FAIL:
                raise
        assert time.perf_counter() - start < SECONDS
