"""What tells how sure a value is, without asking anybody: a few named numbers from 0 to 1.

A signal is a row of `SIGNALS`; whoever knows of one (grounding, the reader, checks) gives it by
that name, 0 or left out where it does not hold. What each is worth is data: `calibration`. A value
that is there and a null have signals of their own, and both have those of their document.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signal:
    """A signal in words that a person reads, as a calibration has it count.

    Attributes:
        up: where it makes a value likelier to be right.
        down: where it makes it less likely.
    """

    up: str
    down: str

    @classmethod
    def of(cls, words: str) -> Signal:
        """One that says the same either way."""
        return cls(words, words)


SIGNALS: Mapping[str, Signal] = {
    # Where it stands: `place_signals`, `RunningHeads`, and `Grounding.signals`.
    "exact": Signal.of("printed on the page in the same characters"),
    "normalised": Signal.of("printed on the page in another form"),
    "fuzzy": Signal.of("only something like it stands on the page"),
    "nowhere": Signal.of("stands nowhere in the document"),
    "unlike": Signal.of("what is printed differs from it in places"),
    "repeated": Signal(
        "printed at several places", "printed at several places, of which one counts"
    ),
    "rivals": Signal.of("could stand at several places"),
    "captioned": Signal.of("stands beside its caption"),
    "margin": Signal.of("stands in the header or footer of a page"),
    "running_head": Signal.of("stands at the same place on nearly every page"),
    "running_figure": Signal.of("looks like a page number, or one that every page has"),
    "hidden": Signal.of("nobody who looks at the page sees it"),
    # How well it can be read: `place_signals`.
    "ocr_doubt": Signal.of("OCR is unsure of its words"),
    "ocr_doubt_most": Signal.of("OCR is unsure of one of its words"),
    "speech_doubt": Signal.of("the speech engine is unsure of what is said there"),
    "garbled": Signal.of("its words look misread"),
    "cut": Signal.of("looks like a part of something longer"),
    # What it is: `value_signals`.
    "figures": Signal(
        "is a figure or a date, which are mostly read right",
        "is a figure or a date, of which each character counts",
    ),
    "figures_in_name": Signal.of("has a long number in it, which no name has"),
    "near_rival": Signal.of("nearly the same amount is printed, too"),
    "rounding_rival": Signal.of("an amount that it may be rounded from is printed, too"),
    "other_kind": Signal.of("looks like an amount or a date"),
    "no_digit": Signal.of("has no digit, as most codes have"),
    "amount_inside": Signal.of("has an amount in it"),
    "unread": Signal.of("words of its entry in the list are in no value"),
    "problem": Signal.of("breaks its schema or a check"),
    "windows_differ": Signal.of("another reading of the same pages says something else"),
    "check_holds": Signal.of("a check that it takes part in holds"),
    "check_fails": Signal.of("a check that it takes part in fails"),
    "odd_entry": Signal.of("differs in form from the other entries of its list"),
    # Nulls: `null_signals`.
    "absent": Signal.of("no value was found"),
    "absent_usual": Signal.of("no value was found where such documents have one"),
    "caption_seen": Signal.of("no value was found, but its caption is on a page"),
    # What rules read on the same words: `second_reading`.
    "second_reading_agrees": Signal.of("the rules of the engine local read the same"),
    "second_reading_differs": Signal.of("the rules of the engine local read something else"),
    "second_reading_silent": Signal.of("the rules of the engine local found no value"),
    # What an engine that was asked after it read: `cascade.choice`.
    "engines_agree": Signal.of("another engine reads the same"),
    "engines_differ": Signal.of("another engine reads something else"),
    # What the file says of itself in data beside its pages: `embedded_data`.
    "embedded": Signal.of("stands in the file's embedded data"),
    "embedded_agrees": Signal.of("the page and the file's embedded data say the same"),
    "embedded_differs": Signal.of("the page and the file's embedded data say different things"),
    # The reader's own: `Answer.signals`.
    "token_doubt": Signal.of("the model was unsure of its characters"),
    "token_doubt_most": Signal.of("the model was unsure of one of its characters"),
    "rule_score": Signal(
        "stands where a rule looks for it", "does not stand quite where a rule looks for it"
    ),
    "rule_gap": Signal(
        "fits better than everything else on the pages", "fits hardly better than something else"
    ),
    "rule_edge": Signal.of("it is unclear where it begins or ends"),
    "rule_caption": Signal.of("the rules found it beside its caption"),
    "rule_overruled": Signal.of("something else on the pages looks more like it"),
    "rule_discarded": Signal.of("something on the pages might be its value"),
    # All of them together, of what the engine `local` reads: `weighed`.
    "signs_for": Signal.of("what is known of it, taken together, is as of right values"),
    "signs_against": Signal.of("what is known of it, taken together, is as of wrong values"),
    # The document: `document_signals`.
    "page_doubt": Signal.of("the page is hard to read"),
    "kind_doubt": Signal.of("the document may be of another kind"),
    "field": Signal("this field is mostly right", "this field is often wrong"),
    "other_schema": Signal.of("nothing is known of how often such a schema is read right"),
}
"""Each signal in words."""


def words_for(name: str, contribution: float) -> str:
    """A signal as a reason; its name where nobody has described it."""
    signal = SIGNALS.get(name)
    if signal is None:
        return name
    return signal.up if contribution > 0 else signal.down
