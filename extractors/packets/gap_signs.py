"""What speaks for and against a beginning between two pages that follow one another."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from docglean.extractors.packets.page_signs import SKETCH, PageSigns

LOOK_BACK = 24
"""Pages before, among which a copy of a page is looked for."""
COPY = 0.85
"""Share of words in common from which a page is a copy of another."""
MANY_WORDS = 12
"""Words from which a page can be told to be a copy."""
NEAR = 8
"""Pages that a code may stand on to be a single document's, whose pages follow one another."""

SIGNS: Mapping[str, tuple[str, str]] = {
    "first_counted": ("its page number is 1", ""),
    "next_counted": ("", "page numbers go on"),
    "counted_on": ("", "its page number is not the first"),
    "other_count": ("page numbers don't go on", ""),
    "last_counted": ("the page before is its document's last, by page number", ""),
    "count_lost": ("page numbers end before it", ""),
    "other_length": ("page numbers are of another number of pages", ""),
    "other_number": ("it has another document number", ""),
    "same_number": ("", "it has the same document number"),
    "number_begins": ("a document number stands on it", ""),
    "other_date": ("it has another date", ""),
    "same_date": ("", "it has the same date"),
    "total_before": ("a total stands on the page before", ""),
    "total_again": ("it has a total of its own", ""),
    "titled": ("it has a title", ""),
    "titled_again": ("both pages have a title", ""),
    "other_kind": ("it looks like another kind of document", ""),
    "same_kind": ("", "it looks like the same kind of document"),
    "letterhead": ("it has a letterhead", ""),
    "letterhead_again": ("both pages have a letterhead", ""),
    "blank_before": ("a blank page stands before it", ""),
    "blank": ("", "it is blank"),
    "other_size": ("its size is another", ""),
    "other_source": ("one is a scan, the other is not", ""),
    "other_print": ("its print is of another size", ""),
    "other_margin": ("its margin is another", ""),
    "alike": ("", "both pages have words in common"),
    "other_words": ("it has other words", ""),
    "head_alike": ("", "both pages have the same head"),
    "foot_alike": ("", "both pages have the same foot"),
    "other_contacts": ("it names other addresses and numbers to call", ""),
    "same_contacts": ("both pages name the same sender", "both pages name the same sender"),
    "code_alike": ("", "both pages have numbers in common"),
    "code_of_both": ("", "a number stands on both pages and on few others"),
    "other_codes": ("it has no number in common with the page before", ""),
    "other_language": ("it is in another language", ""),
    "copy": ("it is a copy of an earlier page", ""),
    "copied_on": ("", "both pages are copies of pages that follow one another"),
    "continued": ("", "it goes on in the middle of a sentence or sum"),
    "short_before": ("the page before ends early", ""),
    "full_before": ("", "the page before is full"),
    "whole_again": ("both pages are whole documents: titled, with a total", ""),
    "titled_number": ("it has a title and another document number", ""),
    "single_before": ("the page before is a whole document by itself: titled, with a total", ""),
}
"""Signs by name: how each is told where it speaks for a beginning, and where against one."""


def gap_signs(pages: Sequence[PageSigns]) -> list[dict[str, float]]:
    """For each page but the first, the signs that are there, from 0 to 1.

    Args:
        pages: in their order, blank ones too.
    """
    runs = _code_runs(pages)
    numbers: dict[str, object] = {}
    found = []
    before: PageSigns | None = None
    copied_before: int | None = None
    for place, page in enumerate(pages):
        if place:
            text_before = before if before is not None else pages[place - 1]
            signs = {
                **_of_counts(text_before, page),
                **_of_captions(numbers, text_before, page),
                **_of_layout(pages[place - 1], text_before, page),
                **_of_words(text_before, page),
                **_of_codes(runs, place, text_before, page),
            }
            copied = _copied(pages, place)
            on = copied is not None and copied - 1 == copied_before
            copied_before = copied
            signs |= {"copy": float(copied is not None and not on), "copied_on": float(on)}
            if page.blank:
                signs = {"blank": 1.0}
            found.append({name: value for name, value in signs.items() if value})
        if not page.blank:
            before = page
            for name in ("number", "date"):
                if getattr(page, name) is not None:
                    numbers[name] = getattr(page, name)
    return found


def _of_counts(before: PageSigns, page: PageSigns) -> dict[str, float]:
    """By printed page numbers."""
    one, two = before.counted, page.counted
    if two is None:
        lost = one is not None and one.page != one.last
        return {"count_lost": float(lost), "last_counted": float(bool(one) and not lost)}
    goes_on = one is not None and two.page == one.page + 1
    other_length = one is not None and None not in (one.last, two.last) and one.last != two.last
    return {
        "first_counted": float(two.page == 1),
        "next_counted": float(goes_on and not other_length),
        "counted_on": float(one is None and two.page > 1),
        "other_count": float(one is not None and two.page > 1 and not goes_on),
        "last_counted": float(one is not None and one.page == one.last),
        "other_length": float(other_length),
    }


def _of_captions(
    numbers: Mapping[str, object], before: PageSigns, page: PageSigns
) -> dict[str, float]:
    """By the document's number, date, total and title."""
    number, date = numbers.get("number"), numbers.get("date")
    known = page.number is not None and number is not None
    dated = page.date is not None and date is not None
    return {
        "other_number": float(known and page.number != number),
        "same_number": float(known and page.number == number),
        "number_begins": float(page.number is not None and number is None),
        "other_date": float(dated and page.date != date),
        "same_date": float(dated and page.date == date),
        "total_before": float(before.total is not None),
        "total_again": float(before.total is not None and page.total is not None),
        "titled": float(page.titled),
        "titled_again": float(page.titled and before.titled),
        "whole_again": float(_is_whole(before) and _is_whole(page)),
        "titled_number": float(page.titled and known and page.number != number),
        "single_before": float(_is_whole(before)),
    }


def _is_whole(page: PageSigns) -> bool:
    """Whether a page begins and ends a document by itself."""
    return page.titled and page.total is not None


def _of_layout(last: PageSigns, before: PageSigns, page: PageSigns) -> dict[str, float]:
    """By how pages look; `last` may be blank, `before` is the page with words before."""
    return {
        "blank_before": float(last.blank),
        "other_size": float(
            _ratio(before.width, page.width) > 0.02 or _ratio(before.height, page.height) > 0.02
        ),
        "other_source": float(before.scan != page.scan),
        "other_print": min(1.0, 2 * _ratio(before.print_height, page.print_height)),
        "other_margin": min(1.0, 8 * abs(before.left - page.left)),
        "letterhead": min(1.0, page.senders / 3),
        "letterhead_again": min(1.0, min(page.senders, before.senders) / 3),
        "short_before": float(before.end < 0.6),
        "full_before": float(before.end > 0.8),
        "continued": float(page.continued),
    }


def _of_words(before: PageSigns, page: PageSigns) -> dict[str, float]:
    """By what is printed."""
    alike = _alike(before.body, page.body)
    kinds = sum(map(min, before.kinds, page.kinds))
    surely = min(sum(before.kinds), sum(page.kinds))
    both = before.contacts and page.contacts
    return {
        "alike": min(1.0, 2 * alike),
        "other_words": float(alike < 0.08),
        "head_alike": _shared(before.head, page.head),
        "foot_alike": _shared(before.foot, page.foot),
        "other_kind": max(0.0, surely - kinds),
        "same_kind": kinds,
        "other_language": float(
            bool(before.languages and page.languages)
            and not set(before.languages) & set(page.languages)
        ),
        "other_contacts": float(bool(both) and not before.contacts & page.contacts),
        "same_contacts": float(bool(both) and bool(before.contacts & page.contacts)),
    }


def _of_codes(
    runs: Mapping[int, tuple[int, int, int]], place: int, before: PageSigns, page: PageSigns
) -> dict[str, float]:
    """By codes that stand on both sides; those of one document stand on a few pages in a row."""
    both = before.codes and page.codes
    of_few = any(
        runs[code][1] >= place > runs[code][0]
        and runs[code][1] - runs[code][0] < NEAR
        and 2 * runs[code][2] > runs[code][1] - runs[code][0]
        for code in page.codes
    )
    alike = _shared(before.codes, page.codes)
    return {
        "code_alike": min(1.0, 3 * alike),
        "code_of_both": float(of_few),
        "other_codes": float(bool(both) and alike == 0),
    }


def _copied(pages: Sequence[PageSigns], place: int) -> int | None:
    """The place of the first of the pages before that a page is a copy of."""
    earlier = range(max(0, place - LOOK_BACK), place)
    return next((one for one in earlier if _is_copy(pages[place], pages[one])), None)


def _is_copy(page: PageSigns, other: PageSigns) -> bool:
    """Whether both say the same, their figures too."""
    if page.blank or other.blank or page.words < MANY_WORDS:
        return False
    figures = page.figures == other.figures or _alike(page.figures, other.figures) >= COPY
    return figures and _alike(page.body, other.body) >= COPY


def _alike(one: frozenset[int], other: frozenset[int]) -> float:
    """Share of what either page has that both have, estimated from samples of them."""
    sample = sorted(one | other)[:SKETCH]
    return sum(value in one and value in other for value in sample) / max(1, len(sample))


def _code_runs(pages: Sequence[PageSigns]) -> dict[int, tuple[int, int, int]]:
    """By code: the places of the first and last page with it, and how many have it."""
    found: dict[int, tuple[int, int, int]] = {}
    for place, page in enumerate(pages):
        for code in page.codes:
            first, _, count = found.get(code, (place, place, 0))
            found[code] = (first, place, count + 1)
    return found


def _shared(one: frozenset[int], other: frozenset[int]) -> float:
    """Share of what either has that both have (Jaccard); 0 where one has nothing."""
    if not one or not other:
        return 0.0
    both = len(one & other)
    return both / (len(one) + len(other) - both)


def _ratio(one: float, other: float) -> float:
    return abs(math.log(one / other)) if one > 0 and other > 0 else 0.0
