"""Recordings: from sound to a transcript with times, by an engine on this machine or a server."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docglean.extractors.speech.download import obtain, pull
    from docglean.extractors.speech.engine_choice import SpeechStatus, choose, speech_status
    from docglean.extractors.speech.specs import SpeechSpec, parse_speech
    from docglean.extractors.speech.transcript import Segment, Transcript
    from docglean.extractors.speech.transcription import Keeper, SpeechProgress, transcribe

__all__ = [
    "Keeper",
    "Segment",
    "SpeechProgress",
    "SpeechSpec",
    "SpeechStatus",
    "Transcript",
    "choose",
    "obtain",
    "parse_speech",
    "pull",
    "speech_status",
    "transcribe",
]

_HOMES = {
    "download": ("obtain", "pull"),
    "engine_choice": ("SpeechStatus", "choose", "speech_status"),
    "specs": ("SpeechSpec", "parse_speech"),
    "transcript": ("Segment", "Transcript"),
    "transcription": ("Keeper", "SpeechProgress", "transcribe"),
}


def __getattr__(name: str) -> Any:
    # Lazy: a run over pages passes here, too, and hears nothing.
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
