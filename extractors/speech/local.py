"""Speech engines on this machine: faster-whisper and openai-whisper, loaded once in a child.

Both hear the same stretches and are asked in the same way, so that they differ in nothing but
themselves. Each stretch is heard without the words before it: that keeps Whisper out of loops,
and lets a run go on where it stopped.
"""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from docglean.extractors.documents.child import is_exhaustion, stage
from docglean.extractors.speech.specs import Kind
from docglean.schemas.errors import ConfigError

if TYPE_CHECKING:
    from docglean.extractors.documents.audio import Samples

TEMPERATURES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
"""Tried in turn where an answer repeats itself or is unlikely; the default of both engines."""
CERTAIN = 0.5
"""Probability of a language from which it is kept for the rest of the recording."""


@dataclass(frozen=True, slots=True)
class Said:
    """A segment by an engine's own clock, which begins with what it was given."""

    start: float
    end: float
    text: str
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What an engine made of one stretch.

    Attributes:
        certainty: 0 to 1, how sure it is of the language; 1 where it was told.
    """

    said: tuple[Said, ...]
    language: str | None = None
    certainty: float = 0.0


@dataclass(frozen=True, slots=True)
class Load:
    """Which engine with which weights; all that a child needs in order to load it."""

    kind: Kind
    path: str
    threads: int


def load(what: Load) -> tuple[str, ...]:
    """Load the weights, and tell the languages that they know.

    Raises:
        ConfigError: ``bad_weights``.
    """
    with stage("load"):
        model = _model(what)
    if what.kind == "faster-whisper":
        return tuple(model.supported_languages)
    if not model.is_multilingual:
        return ("en",)
    from whisper.tokenizer import LANGUAGES

    return tuple(LANGUAGES)


def hear(what: Load, samples: Samples, language: str | None, beam: int) -> Heard:
    """What is said in this sound.

    Args:
        language: ISO 639-1 code, or None to find it out.
        beam: hypotheses followed.

    Raises:
        ConfigError: ``bad_weights``.
    """
    model = _model(what)
    with stage("hear"):
        if what.kind == "faster-whisper":
            return _faster_whisper(model, samples, language, beam)
        return _whisper(model, samples, language, beam)


def _faster_whisper(model: Any, samples: Samples, language: str | None, beam: int) -> Heard:
    import ctranslate2

    ctranslate2.set_random_seed(0)  # the higher temperatures draw
    segments, info = model.transcribe(
        samples,
        language=language,
        beam_size=beam,
        best_of=5,
        temperature=TEMPERATURES,
        condition_on_previous_text=False,
        vad_filter=False,  # done when the stretch was cut
    )
    said = [
        Said(float(one.start), float(one.end), one.text, _confidence(one.avg_logprob))
        for one in segments
    ]
    return Heard(_worded(said), info.language, float(info.language_probability))


def _whisper(model: Any, samples: Samples, language: str | None, beam: int) -> Heard:
    import torch
    import whisper

    torch.manual_seed(0)
    certainty = 1.0
    if language is None:
        language, certainty = "en", 1.0
        if model.is_multilingual:
            spectrum = whisper.log_mel_spectrogram(
                whisper.pad_or_trim(samples), n_mels=model.dims.n_mels
            )
            _, chances = model.detect_language(spectrum)
            language = max(chances, key=lambda code: chances[code])
            certainty = float(chances[language])
    result = model.transcribe(
        samples,
        language=language,
        beam_size=beam,
        best_of=5,
        temperature=TEMPERATURES,
        condition_on_previous_text=False,
        fp16=False,
        verbose=None,
    )
    said = [
        Said(float(one["start"]), float(one["end"]), one["text"], _confidence(one["avg_logprob"]))
        for one in result["segments"]
    ]
    return Heard(_worded(said), language, certainty)


def _worded(said: Sequence[Said]) -> tuple[Said, ...]:
    """Without empty segments and blanks around."""
    return tuple(
        Said(one.start, one.end, text, one.confidence) for one in said if (text := one.text.strip())
    )


def _confidence(log_probability: float) -> float:
    """Mean probability of a token; the geometric mean, as that of a segment is a product."""
    return round(math.exp(min(0.0, log_probability)), 4)


@lru_cache(maxsize=1)
def _model(what: Load) -> Any:
    # Both engines draw progress bars, whose lock between processes would be left behind.
    import tqdm

    tqdm.tqdm.set_lock(threading.RLock())
    # Threads that spin while they wait starve each other where the machine is busy: measured 4
    # times slower. Read when the OpenMP library of an engine is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    try:
        if what.kind == "faster-whisper":
            from faster_whisper import WhisperModel

            return WhisperModel(
                what.path,
                device="cpu",
                compute_type="int8",
                cpu_threads=what.threads,
                local_files_only=True,
            )
        import torch
        import whisper

        torch.set_num_threads(what.threads)
        return whisper.load_model(what.path, device="cpu")
    except Exception as error:
        if is_exhaustion(error):
            raise MemoryError(str(error)) from error
        raise ConfigError(
            "bad_weights",
            f"The weights in {what.path} cannot be loaded by {what.kind}: "
            f"{' '.join(str(error).split())[:300]}",
            f"Get them again: `docglean models pull {what.kind}:small`.",
        ) from error
