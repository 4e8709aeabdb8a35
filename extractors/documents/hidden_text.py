"""What is said of text that stands in a file and that nobody who looks at the page can see."""

from __future__ import annotations

from collections.abc import Sequence

from docglean.extractors.documents.words import PageWords, Word
from docglean.extractors.geometry import union, within
from docglean.schemas.errors import Problem, shown
from docglean.schemas.problem_codes import Severity

HIDDEN_TEXT = "hidden_text"
"""Code of the problem that a page holds text that nobody can see."""
TEXT_LAYER_WRONG = "text_layer_wrong"
"""Code of the problem that a page's text layer says something else than the page shows."""
GROUPS = 5
"""Problems of one page at the most; the last one has all the rest."""
MARK = 6
"""Words up to which hidden text without a figure is a mark of the program that made the file."""


def problems_of(name: str, page: PageWords, *, kept: bool) -> list[Problem]:
    """One problem for each place where a page of the document `name` hides text.

    Args:
        kept: the hidden words are read like all others.
    """
    found = []
    if page.misread:
        found.append(
            Problem(
                code=TEXT_LAYER_WRONG,
                message=f"{name}, page {page.page}: its text layer says something else than the "
                "page shows; it was read by OCR.",
                page=page.page,
            )
        )
    words = [word for word in page.hidden if any(map(str.isalnum, word.text))]
    inside = [word for word in words if not _is_beside_the_page(word, page)]
    figures = any(character.isdigit() for word in inside for character in word.text)
    serious: Severity = "review" if kept or figures or len(inside) > MARK else "warning"
    for group in _groups(inside):
        found.append(_problem(name, page, group, serious, kept=kept))
    outside = [word for word in words if word not in inside]
    if outside:
        # Left over at the edge by many programs, and never read by any.
        found.append(_problem(name, page, outside, "review" if kept else "warning", kept=kept))
    return found


def _problem(
    name: str,
    page: PageWords,
    words: Sequence[Word],
    severity: Severity,
    *,
    kept: bool,
) -> Problem:
    text = shown(" ".join(word.text for word in words))
    beside = _is_beside_the_page(words[0], page)
    seen = "stands beside the page" if beside else "cannot be seen on the page"
    done = "and read as asked" if kept else "and left out"
    return Problem(
        code=HIDDEN_TEXT,
        message=f"{name}, page {page.page}: there is text that {seen}, {done}: {text}.",
        page=page.page,
        box=union([word.box for word in words]),
        way_out="" if kept else "If it is to be read, add ?hidden=keep to the engine.",
        severity=severity,
    )


def _is_beside_the_page(word: Word, page: PageWords) -> bool:
    return not within(word.box, (0, 0, page.width, page.height))


def _groups(words: Sequence[Word]) -> list[list[Word]]:
    """Words in reading order, cut where the next one stands in another place."""
    groups: list[list[Word]] = []
    for word in words:
        if groups and (_is_beside(groups[-1][-1], word) or len(groups) == GROUPS):
            groups[-1].append(word)
        else:
            groups.append([word])
    return groups


def _is_beside(word: Word, after: Word) -> bool:
    """Whether the gap between two words is less than two lines, and than four letters."""
    high = max(word.box[3] - word.box[1], after.box[3] - after.box[1])
    down = max(after.box[1] - word.box[3], word.box[1] - after.box[3])
    across = max(after.box[0] - word.box[2], word.box[0] - after.box[2])
    return down < 2 * high and (down > 0 or across < 4 * high)
