"""A stand-in for a server with ``/v1/audio/transcriptions`` that needs no weights.

It decodes the file that it was sent with PyAV and "transcribes" tones: a second of 440 Hz is the
word ``440``. So a wrong cut, a broken file or a wrong time fails the test. What it answers is
made with the SDK's own types, what it is sent is checked against them.
"""

from __future__ import annotations

import email.parser
import email.policy
import io
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

import loopback
import numpy
from docglean.extractors.documents.document import open_document
from docglean.extractors.documents.workers import Workers
from docglean.extractors.ledger.budget import BudgetLimits
from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.options import RunOptions
from docglean.extractors.settings import Settings
from docglean.extractors.speech import SpeechProgress, Transcript
from docglean.extractors.speech.transcriber import Transcriber
from loopback import listening
from openai.types.audio import Transcription, TranscriptionVerbose
from openai.types.audio.transcription_create_params import TranscriptionCreateParamsNonStreaming
from openai.types.audio_response_format import AudioResponseFormat
from sounds import RATE, pitch

LOUD = 0.1


@dataclass
class Asked:
    """One request: its fields, the sound in it, the key."""

    fields: dict[str, str]
    samples: Any
    size: int
    key: str

    @property
    def seconds(self) -> float:
        return len(self.samples) / RATE


@dataclass
class Server:
    """What was asked so far; `refuse` may answer a request with (status, body)."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    refuse: Callable[[Asked], tuple[int, dict[str, Any]] | None] = lambda _: None
    delay: Callable[[Asked], float] = lambda _: 0.0


@contextmanager
def tone_server() -> Iterator[Server]:
    """Run the server on a free port of the loopback."""
    state = Server()

    class Handler(loopback.Handler):
        def do_POST(self) -> None:
            asked = _parsed(self.headers, self.body())
            state.asked.append(asked)
            time.sleep(state.delay(asked))
            refused = state.refuse(asked) if self.path == "/v1/audio/transcriptions" else (404, {})
            status, answer = refused or (200, _answer(asked))
            self.say(answer, status)

    with listening(Handler) as address:
        state.url = f"{address}/v1"
        yield state


async def heard_through(
    ledger: str | Path,
    path: Path,
    workers: Workers,
    speech: str,
    settings: Settings | None = None,
    *,
    language: str | None = None,
    on_progress: Callable[[SpeechProgress], None] | None = None,
    budget_limits: BudgetLimits = BudgetLimits(),
    since: int | None = None,
) -> Transcript:
    """What is said in a recording, as a run with this ledger hears it.

    Args:
        since: of a run that asks anew.
    """
    document = await open_document(path, workers, workers.limits)
    fresh = since is not None
    options = RunOptions(speech=speech, language=language, run="test", fresh=fresh)
    async with await Ledger.open(ledger) as opened:
        opened.since = since or 0
        hearing = Transcriber(
            settings or Settings(), workers, opened, options, lambda: budget_limits.budgets("test")
        )
        try:
            return await hearing.transcript(document, on_progress=on_progress)
        finally:
            await hearing.close()


def _parsed(headers: Any, body: bytes) -> Asked:
    head = f"Content-Type: {headers['Content-Type']}\r\n\r\n".encode()
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(head + body)
    fields: dict[str, str] = {}
    samples: Any = numpy.zeros(0)
    size = 0
    for part in message.iter_parts():
        name = str(part.get_param("name", header="Content-Disposition"))
        content = part.get_payload(decode=True)
        if name == "file":
            samples, size = _decoded(content), len(content)
        else:
            fields[name] = content.decode()
    known = TranscriptionCreateParamsNonStreaming.__annotations__ | {
        key: None for base in TranscriptionCreateParamsNonStreaming.__mro__ for key in
        getattr(base, "__annotations__", {})
    }  # fmt: skip
    unknown = {name.removesuffix("[]") for name in fields} - set(known)
    assert not unknown, f"the vendor's type has no {unknown}"
    assert fields.get("response_format", "json") in get_args(AudioResponseFormat)
    return Asked(fields, samples, size, headers.get("Authorization", ""))


def _decoded(content: bytes) -> Any:
    import av

    with av.open(io.BytesIO(content)) as container:
        frames = [frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)]
        assert container.streams.audio[0].rate == RATE
    return numpy.concatenate(frames).astype(numpy.float32) / 32768


def _answer(asked: Asked) -> dict[str, Any]:
    words = heard_tones(asked.samples)
    text = " ".join(word for _, _, word in words)
    if asked.fields.get("response_format") != "verbose_json":
        usage: Any = {"type": "duration", "seconds": asked.seconds}
        languages: Any = [{"code": "de"}]
        return Transcription(text=text, usage=usage, languages=languages).model_dump()
    segments: Any = [
        {"id": number, "start": start, "end": end, "text": f" {word}", "seek": 0, "tokens": [],
         "temperature": 0.0, "avg_logprob": 0.0, "compression_ratio": 1.0, "no_speech_prob": 0.0}
        for number, (start, end, word) in enumerate(words)
    ]  # fmt: skip
    return TranscriptionVerbose(
        duration=asked.seconds, language="german", text=text, segments=segments
    ).model_dump()


def heard_tones(samples: Any) -> list[tuple[float, float, str]]:
    """(start, end, pitch) of each tone, in seconds to a hundredth."""
    window = RATE // 100
    rows = samples[: len(samples) // window * window].reshape(-1, window)
    loud = numpy.concatenate([[False], numpy.abs(rows).max(axis=1) > LOUD, [False]])
    edges = numpy.flatnonzero(loud[1:] != loud[:-1])
    found: list[tuple[float, float, str]] = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        word = str(round(pitch(samples[start * window : end * window]) / 20) * 20)
        found.append((start / 100, end / 100, word))
    return found
