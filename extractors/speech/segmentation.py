"""A recording cut at silence into stretches that a speech engine hears one at a time.

Runs in a child process. A cut depends on nothing but the sound after the cut before, so a run
that was killed goes on with the same stretches. What is silent by the voice activity detector
(Silero, whose weights are in faster-whisper's wheel) is not heard at all: over silence and noise
Whisper makes up words.
"""

from __future__ import annotations

import io
import wave
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from docglean.extractors.document_limits import Limits
from docglean.extractors.documents.audio import RATE, forget, recording_at
from docglean.extractors.documents.child import stage
from docglean.extractors.documents.page_info import SourceFile
from docglean.extractors.installation import install_extra
from docglean.extractors.opt_outs import load_onnxruntime
from docglean.schemas.errors import ConfigError

if TYPE_CHECKING:
    from docglean.extractors.documents.audio import Samples

Span = tuple[int, int]
"""First sample and the one after the last."""

CUTTING_VERSION = 1
"""Of the rules below; stored transcripts of another version are not used."""

SHORTEST_SHARE = 0.5
"""A cut is looked for in the part of the longest stretch behind this share of it."""
SHORTEST_GAP = 0.3
"""Seconds of silence that may be cut in."""
DROPPED_GAP = 2.0
"""Seconds of silence within a stretch that are left out; faster-whisper's own default."""
MARGIN = 0.4
"""Seconds kept before and after speech; faster-whisper's own default."""
QUIET_WINDOW = 0.1
"""Seconds over which loudness is taken where nothing is silent."""


@dataclass(frozen=True, slots=True)
class Rules:
    """How to cut.

    Attributes:
        longest: seconds of the longest stretch.
        voice_activity: leave out what is not speech.
        form: ``samples`` for an engine on this machine, ``flac`` to send it, ``none`` to know
            where to cut.
    """

    longest: float
    voice_activity: bool = True
    form: Literal["samples", "flac", "none"] = "samples"


@dataclass(frozen=True, slots=True)
class Stretch:
    """One piece of a recording. Stretches touch each other and cover the whole recording.

    Attributes:
        start: first sample, at `RATE`.
        end: the sample after the last.
        last: the recording ends here.
        spans: the parts that are to be heard, within the recording; empty where nobody speaks.
        samples: the sound of `spans`, one after the other; None in another form.
        encoded: the same as a FLAC file; empty in another form.
        broken: packets of the file that could not be decoded so far.
    """

    start: int
    end: int
    last: bool
    spans: tuple[Span, ...]
    samples: Samples | None
    encoded: bytes
    broken: int

    @property
    def heard_seconds(self) -> float:
        """Seconds of sound in `spans`."""
        return sum(end - start for start, end in self.spans) / RATE


def cut(source: SourceFile, start: int, rules: Rules, limits: Limits) -> Stretch:
    """The stretch that begins with sample `start`.

    Raises:
        ConfigError: ``no_decoder``, ``no_extra``.
        SourceError: ``damaged``, ``no_sound``, ``too_long``.
    """
    import numpy

    count = round(rules.longest * RATE)
    with stage("decode"):
        recording = recording_at(source, limits, start)
        sound, ended = recording.take(start, count)
    with stage("voice"):
        speech = _speech(sound) if rules.voice_activity else [(0, len(sound))]
    length = len(sound) if ended else _cut(sound, speech, rules.voice_activity)
    if ended:
        forget(source)
    spans = _kept([(a, min(b, length)) for a, b in speech if a < length], length)
    with stage("encode"):
        joined = numpy.concatenate([sound[a:b] for a, b in spans]) if spans else sound[:0]
        encoded = flac(joined) if rules.form == "flac" and spans else b""
    return Stretch(
        start=start,
        end=start + length,
        last=ended,
        spans=tuple((start + a, start + b) for a, b in spans),
        samples=joined if rules.form == "samples" else None,
        encoded=encoded,
        broken=recording.broken,
    )


def wav(source: SourceFile, start: int, end: int, limits: Limits) -> bytes:
    """The sound from one sample to another as a WAV file, 16 bits a sample.

    Raises:
        ConfigError: ``no_decoder``.
        SourceError: ``damaged``, ``no_sound``, ``too_long``.
    """
    with stage("decode"):
        sound, ended = recording_at(source, limits, start).take(start, end - start)
    if ended:
        forget(source)
    output = io.BytesIO()
    with stage("encode"), wave.open(output, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((sound * 32767.0).astype("<i2").tobytes())
    return output.getvalue()


def time_in_recording(spans: tuple[Span, ...], seconds: float, *, is_end: bool) -> float:
    """Seconds in the recording of what an engine heard at `seconds` of the joined `spans`.

    Where two spans meet, an end belongs to the first and a start to the second.
    """
    sample = max(0.0, seconds * RATE)
    for start, end in spans:
        length = end - start
        if sample < length or (is_end and sample <= length):
            return (start + sample) / RATE
        sample -= length
    return spans[-1][1] / RATE


def flac(samples: Samples) -> bytes:
    """The sound as a FLAC file: lossless, and never larger than the 32 kB a second of its PCM."""
    import av
    import numpy

    output = io.BytesIO()
    with av.open(output, "w", format="flac") as container:
        stream = container.add_stream("flac", rate=RATE)
        stream.layout = "mono"
        whole = (samples * 32767.0).astype(numpy.int16)[None, :]
        for start in range(0, whole.shape[1], RATE):
            frame = av.AudioFrame.from_ndarray(
                numpy.ascontiguousarray(whole[:, start : start + RATE]), format="s16", layout="mono"
            )
            frame.sample_rate = RATE
            frame.pts = start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return output.getvalue()


def _speech(sound: Samples) -> list[Span]:
    """Where somebody speaks, without margins; pauses from `SHORTEST_GAP` on are left out."""
    try:
        load_onnxruntime()
        from faster_whisper.vad import VadOptions, get_speech_timestamps
    except ImportError as error:
        raise ConfigError(
            "no_extra",
            "Voice activity detection needs the extra `speech`, which is not installed.",
            install_extra("speech"),
        ) from error
    if not len(sound):
        return []
    options = VadOptions(min_silence_duration_ms=round(SHORTEST_GAP * 1000), speech_pad_ms=0)
    found = get_speech_timestamps(sound, options, RATE)
    return [(int(span["start"]), min(int(span["end"]), len(sound))) for span in found]


def _cut(sound: Samples, speech: list[Span], voice_activity: bool) -> int:
    """Where to cut: in the middle of the longest pause, or where it is quietest."""
    earliest = round(SHORTEST_SHARE * len(sound))
    if voice_activity:
        edges = [0, *(edge for span in speech for edge in span), len(sound)]
        pauses = [
            (max(start, earliest), end)
            for start, end in zip(edges[::2], edges[1::2], strict=True)
            if end - max(start, earliest) >= SHORTEST_GAP * RATE
        ]
        if pauses:
            start, end = max(pauses, key=lambda pause: pause[1] - pause[0])
            return (start + end) // 2
    return _quietest(sound, earliest)


def _quietest(sound: Samples, earliest: int) -> int:
    import numpy

    window = round(QUIET_WINDOW * RATE)
    behind = sound[earliest:]
    rows = behind[: len(behind) // window * window].reshape(-1, window)
    if not len(rows):
        return len(sound)
    loudness = numpy.square(rows).mean(axis=1)
    return earliest + int(numpy.argmin(loudness)) * window + window // 2


def _kept(speech: list[Span], length: int) -> list[Span]:
    """Speech with margins; pauses shorter than `DROPPED_GAP` stay in."""
    margin, dropped = round(MARGIN * RATE), round(DROPPED_GAP * RATE)
    kept: list[Span] = []
    for start, end in speech:
        if kept and start - kept[-1][1] < dropped:
            kept[-1] = (kept[-1][0], end)
        else:
            kept.append((start, end))
    return [(max(0, start - margin), min(length, end + margin)) for start, end in kept]
