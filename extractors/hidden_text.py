"""What is said of text that stands in a file and that nobody who looks at the page can see."""

from __future__ import annotations

from collections.abc import Sequence

from docglean.extractors.words import PageWords, Word, union
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
    figures = any(character.isdigit() for word in words for character in word.text)
    severity: Severity = "review" if kept or figures or len(words) > MARK else "warning"
    done = "and read as asked" if kept else "and left out"
    for group in _groups(words):
        text = shown(" ".join(word.text for word in group))
        found.append(
            Problem(
                code=HIDDEN_TEXT,
                message=f"{name}, page {page.page}: there is text that cannot be seen on the page, "
                f"{done}: {text}.",
                page=page.page,
                box=union([word.box for word in group]),
                way_out="" if kept else "If it is to be read, add ?hidden=keep to the engine.",
                severity=severity,
            )
        )
    return found


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
