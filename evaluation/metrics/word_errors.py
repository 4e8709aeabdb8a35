"""Transcripts against what was said: word and character errors.

Both sides are normalised alike: no case, no punctuation, numbers as digits however they are
written. Errors are summed over all clips and divided by all words, not averaged over clips.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from docglean.evaluation.metrics.metric import LabelledAnswer, Metric
from docglean.evaluation.results import Share

UNSPACED = frozenset({"ja", "zh", "ko", "th", "lo", "km", "my"})
"""Languages of which words are not told by blanks, or not reliably: characters are counted."""
SPELT = frozenset({"en", "de", "fr", "es", "pt", "it", "nl", "da"})
"""Languages of which spelt numbers are read (text2num)."""

_APOSTROPHE = "'"
_GROUPS = re.compile(rf"(?<=\d)[.,\s{_APOSTROPHE}](?=\d{{3}}\b)")
_HYPHENS = "-\u2010\u2011"


@dataclass(frozen=True, slots=True)
class WordErrors:
    """Errors of one transcript.

    Attributes:
        words, word_errors: words said; substituted, left out and put in.
        characters, character_errors: the same of characters without blanks.
        inserted: words heard where nothing was said, None where something was.
    """

    words: int
    word_errors: int
    characters: int
    character_errors: int
    inserted: int | None = None


def hear(said: str, heard: str, language: str | None = None) -> WordErrors:
    """Compare a transcript with what was said.

    A clip without speech has no error rate; what was heard there is counted in `inserted`.

    Args:
        language: ISO 639-1; decides how numbers are read.
    """
    import jiwer

    truth, given = normalised(said, language), normalised(heard, language)
    if not truth:
        return WordErrors(0, 0, 0, 0, len(given.split()))
    words = jiwer.process_words(truth, given)
    bare_truth, bare_given = truth.replace(" ", ""), given.replace(" ", "")
    characters = jiwer.process_characters(bare_truth, bare_given)
    return WordErrors(
        words=len(truth.split()),
        word_errors=words.substitutions + words.deletions + words.insertions,
        characters=len(bare_truth),
        character_errors=(characters.substitutions + characters.deletions + characters.insertions),
    )


def normalised(text: str, language: str | None = None) -> str:
    """Lower case, no punctuation, single blanks; numbers as digits, those in a row as one.

    "nineteen ninety-six", "19 96" and "1996" are the same. ``1.234,50`` stays one word.
    """
    text = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", _APOSTROPHE)
    # Marks between groups of digits go; hyphens between words part them.
    text = _GROUPS.sub("", text)
    text = re.sub(rf"(?<=\w)[{_HYPHENS}](?=\w)", " ", text)
    kept = "".join(char if _counts(char, text, i) else " " for i, char in enumerate(text))
    words = " ".join(kept.split())
    code = (language or "en")[:2].lower()
    if code in SPELT and words:
        from text_to_num import alpha2digit

        words = alpha2digit(words, code, threshold=0)
    # Digits in a row may make a group that was none before: "1.11 1".
    return _GROUPS.sub("", re.sub(r"(?<=\d) (?=\d+\b)", "", " ".join(words.split())))


def _counts(char: str, text: str, index: int) -> bool:
    """Letters, digits and signs; marks only within a word or number: don't, 3.5."""
    if unicodedata.category(char)[0] in "LNMS":
        return True
    inside = 0 < index < len(text) - 1
    if char == _APOSTROPHE:
        return inside and text[index - 1].isalpha() and text[index + 1].isalpha()
    return char in ".," and inside and text[index - 1].isdigit() and text[index + 1].isdigit()


# --- as metrics -------------------------------------------------------------------------------


def _heard(answer: LabelledAnswer) -> WordErrors | None:
    said = answer.label.transcript
    if said is None:
        return None
    return hear(said, answer.transcript or "", answer.label.tags.get("language"))


def _word_error_rate(answer: LabelledAnswer) -> Share | None:
    heard = answer.once(_heard)
    spaced = answer.label.tags.get("language", "en")[:2] not in UNSPACED
    if heard is None or heard.inserted is not None or not spaced:
        return None
    return float(heard.word_errors), float(heard.words)


def _character_error_rate(answer: LabelledAnswer) -> Share | None:
    heard = answer.once(_heard)
    if heard is None or heard.inserted is not None:
        return None
    return float(heard.character_errors), float(heard.characters)


def _words_from_nothing(answer: LabelledAnswer) -> Share | None:
    heard = answer.once(_heard)
    return None if heard is None or heard.inserted is None else (float(heard.inserted), 1.0)


WORD_ERROR_RATE = Metric(
    "word_error_rate",
    "WER",
    "Word errors by words said, after normalisation.",
    _word_error_rate,
    better="lower",
)
CHARACTER_ERROR_RATE = Metric(
    "character_error_rate",
    "CER",
    "Character errors by characters said, after normalisation.",
    _character_error_rate,
    better="lower",
)
WORDS_FROM_NOTHING = Metric(
    "words_from_nothing",
    "Words from silence",
    "Words heard in clips without speech, by clip.",
    _words_from_nothing,
    better="lower",
    unit="number",
)
