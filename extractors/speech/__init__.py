"""Recordings: from sound to a transcript with times, by an engine on this machine or a server."""

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
