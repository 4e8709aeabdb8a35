"""Recordings: from sound to a transcript with times, by an engine on this machine or a server."""

from docglean.extractors.speech.choosing import SpeechStatus, choose, speech_status
from docglean.extractors.speech.pulling import obtain, pull
from docglean.extractors.speech.specs import SpeechSpec, parse_speech
from docglean.extractors.speech.transcribing import Keeper, SpeechProgress, transcribe
from docglean.extractors.speech.transcript import Segment, Transcript

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
