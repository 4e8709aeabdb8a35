"""Recordings: from sound to a transcript with times, by an engine on this machine or a server."""

from docglean.extractors.speech.specs import SpeechSpec, parse_speech
from docglean.extractors.speech.transcribing import Keeper, SpeechProgress, transcribe
from docglean.extractors.speech.transcript import Segment, Transcript
from docglean.extractors.speech.weights import SpeechStatus, choose, obtain, pull, speech_status

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
