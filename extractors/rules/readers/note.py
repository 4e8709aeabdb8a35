"""Recordings without a model: what rules find in a transcript, the rest stays open.

For the built-in schema ``note`` these are dates that are spoken of, persons with a title or who
say their name, and sentences that say that something was decided. A summary takes understanding.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from docglean.extractors.extraction import Evidence
from docglean.schemas.labels import alternatives, words_of
from docglean.schemas.reading.date_shapes import month_names
from docglean.schemas.reading.dates import read_day
from docglean.schemas.reading.style import Style

if TYPE_CHECKING:
    from docglean.extractors.speech.transcript import Segment, Transcript

Read = tuple[dict[str, Any], dict[str, Evidence]]

_NUMBERS = "|".join(map(re.escape, words_of("spoken.ordinals")))
_DAY = rf"(?:\d{{1,2}}(?:st|nd|rd|th|er|\.)?|{_NUMBERS})"
_YEAR = r"(?:,?\s(?:de\s|del\s)?\d{4})?"
_SOON = alternatives("spoken.soon")
_TITLED = re.compile(
    rf"\b(?:{alternatives('spoken.forms_of_address')})\.?\s+"
    r"((?:[A-ZÀ-Þ][\w'-]+)(?:\s+[A-ZÀ-Þ][\w'-]+)?)"
)
_SPEAKING = re.compile(
    rf"\b(?:{alternatives('spoken.introductions')})\s+"
    r"((?:[A-ZÀ-Þ][\w'-]+)(?:\s+[A-ZÀ-Þ][\w'-]+){0,2})"
)
_DECIDED = re.compile(rf"\b(?:{alternatives('spoken.decisions')})\b", re.IGNORECASE)
_SENTENCE = re.compile(r"[^.!?]+[.!?]?")


@lru_cache(maxsize=16)
def _dates(languages: tuple[str, ...]) -> re.Pattern[str]:
    """Days of a month, weekdays and days from now, as they are spoken."""
    from babel import Locale

    months = "|".join(sorted({n for n in month_names(languages) if len(n) >= 3}, key=len)[::-1])
    weekdays = set()
    for language in languages or ("en", "de", "fr", "es"):
        weekdays |= set(Locale.parse(language).days["format"]["wide"].values())
    named = "|".join(map(re.escape, sorted(weekdays, key=len, reverse=True)))
    return re.compile(
        rf"\b(?:the\s)?{_DAY}\s(?:of\s|de\s|d')?(?:{months})\b{_YEAR}"
        rf"|\b(?:{months})\s(?:the\s)?{_DAY}\b{_YEAR}"
        rf"|\b\d{{4}}-\d\d-\d\d\b|\b\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}\b"
        rf"|\b(?:next\s|nächsten\s)?(?:{named})\b|\b(?:{_SOON})\b",
        re.IGNORECASE,
    )


def read_note(transcript: Transcript) -> Read:
    """Language, dates, people and decisions, each with the seconds in which it is said."""
    values: dict[str, Any] = {
        "language": transcript.language, "dates": [], "people": [], "decisions": []
    }  # fmt: skip
    evidence: dict[str, Evidence] = {}
    languages = (transcript.language,) if transcript.language else ()
    pattern = _dates(languages)
    style = Style(languages=languages)
    for segment in transcript.segments:
        for match in pattern.finditer(segment.text):
            said = match.group(0).strip()
            pointer = f"/dates/{len(values['dates'])}"
            day = read_day(said, style)
            entry = {"said": said, "date": day.isoformat() if day else None, "about": None}
            values["dates"].append(entry)
            evidence[f"{pointer}/said"] = _heard(segment, said)
            if day is not None:
                evidence[f"{pointer}/date"] = _heard(segment, said, exact=False)
        for names in (_TITLED, _SPEAKING):
            for match in names.finditer(segment.text):
                name = match.group(1)
                if name not in values["people"]:
                    evidence[f"/people/{len(values['people'])}"] = _heard(segment, name)
                    values["people"].append(name)
        for sentence in map(str.strip, _SENTENCE.findall(segment.text)):
            if _DECIDED.search(sentence):
                evidence[f"/decisions/{len(values['decisions'])}"] = _heard(segment, sentence)
                values["decisions"].append(sentence)
    return values, evidence


def _heard(segment: Segment, text: str, *, exact: bool = True) -> Evidence:
    return Evidence(
        how="exact" if exact else "normalised",
        seconds=(segment.start, segment.end),
        text=text,
        score=1.0,
    )
