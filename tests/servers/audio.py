"""What a model that hears and reads says, behind the strict stand-in for OpenAI.

It knows nothing but what it is sent: of a recording that is played the tones in it, of a transcript
the words that stand there.
"""

from __future__ import annotations

import io
import json
import re
import wave
from collections.abc import Mapping, Sequence
from typing import Any

import numpy

from servers.transcription import heard_tones
from servers.vendor import Part

LINE = re.compile(r"^\[\d+:\d\d:\d\d\] (\S+)$", re.MULTILINE)
"""A word of a transcript, with its time."""


class ToneReader:
    """Answers with the tones that it was given.

    Attributes:
        given: by what it was told each answer: ``sound``, ``text`` or both.
    """

    def __init__(self) -> None:
        self.given: list[str] = []

    def __call__(self, schema: Mapping[str, Any], parts: Sequence[Part], system: str) -> str:
        tones: list[str] = []
        given: list[str] = []
        for kind, content in parts:
            if kind == "audio":
                given.append("sound")
                tones += _tones(content)
            elif found := LINE.findall(content):
                given.append("text")
                tones += found
        self.given.append("+".join(dict.fromkeys(given)))
        return json.dumps({"tones": tones})


def _tones(data: bytes) -> list[str]:
    with wave.open(io.BytesIO(data)) as file:
        samples = numpy.frombuffer(file.readframes(file.getnframes()), "<i2") / 32768
    return [word for _, _, word in heard_tones(samples)]
