"""Recordings without a model: what rules find in a transcript, the rest stays open.

For the built-in schema ``note`` these are dates that are spoken of, persons with a title or who
say their name, and sentences that say that something was decided. A summary takes understanding.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from docglean.extractors.extraction import Evidence
from docglean.schemas.reading.dates import month_names, read_day
from docglean.schemas.reading.style import Style

if TYPE_CHECKING:
    from docglean.extractors.speech.transcript import Segment, Transcript

Read = tuple[dict[str, Any], dict[str, Evidence]]

_NUMBERS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth thirtieth "
    "twenty-first twenty-second twenty-third twenty-fourth twenty-fifth twenty-sixth "
    "twenty-seventh twenty-eighth twenty-ninth thirty-first "
    "ersten zweiten dritten vierten fünften sechsten siebten achten neunten zehnten elften "
    "zwölften dreizehnten vierzehnten fünfzehnten sechzehnten siebzehnten achtzehnten "
    "neunzehnten zwanzigsten einundzwanzigsten dreißigsten einunddreißigsten "
    "premier deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze "
    "seize dix-sept dix-huit dix-neuf vingt trente uno dos tres cuatro cinco seis siete ocho nueve "
    "diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve veinte treinta"
).split()
_DAY = rf"(?:\d{{1,2}}(?:st|nd|rd|th|er|\.)?|{'|'.join(map(re.escape, _NUMBERS))})"
_YEAR = r"(?:,?\s(?:de\s|del\s)?\d{4})?"
_SOON = (
    r"tomorrow|today|tonight|next week|next month|morgen|heute|übermorgen|nächste woche|"
    r"demain|aujourd'hui|la semaine prochaine|mañana|hoy|la próxima semana|domani|oggi"
)
_TITLED = re.compile(
    r"\b(?:Mr|Mrs|Ms|Dr|Prof|Herrn?|Frau|Monsieur|Madame|Señora?|Signora?|Senhora?)\.?\s+"
    r"((?:[A-ZÀ-Þ][\w'-]+)(?:\s+[A-ZÀ-Þ][\w'-]+)?)"
)
_SPEAKING = re.compile(
    r"\b(?:[Mm]y name is|[Tt]his is|[Hh]ier spricht|[Hh]ier ist|[Mm]ein Name ist|[Jj]e m'appelle|"
    r"[Mm]e llamo|[Mm]i nombre es|[Mm]i chiamo)\s+((?:[A-ZÀ-Þ][\w'-]+)(?:\s+[A-ZÀ-Þ][\w'-]+){0,2})"
)
_DECIDED = re.compile(
    r"\b(?:(?:we|they|it was|the team|the board) (?:have |has )?(?:decided|agreed)|"
    r"(?:wir|es wurde|das team) .*\b(?:beschlossen|entschieden|vereinbart)|"
    r"(?:nous avons|on a|il a été) décidé|(?:hemos|han|se ha) decidido|decidimos|"
    r"abbiamo deciso|è stato deciso)\b",
    re.IGNORECASE,
)
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
