"""What a request and its answer will take in tokens, before anything is sent."""

from __future__ import annotations

from docglean.extractors.extraction import Usage
from docglean.extractors.inputs.pages import text_tokens
from docglean.extractors.model_input import ModelInput
from docglean.extractors.requests.plan import Request
from docglean.extractors.requests.template import frame_tokens
from docglean.schemas.fields import Field

LEAF_TOKENS = 14
"""Of one field in an answer: its name, its value, the marks between."""
LIST_SHARE = 1.5
"""Tokens of lists in an answer for each token of the page's text: a table repeats the names of
its columns in every row, prose that surrounds it does not come back."""
GUESS = 3
"""Answers that a guess of thinking weighs as much as. A few that thought little promise nothing,
where one in twenty takes 40,000; and where each takes those, three tell it within a factor of 2."""
PAGE_TOKENS = 500
"""Of the text of a page that nobody has read yet."""


def expected_usage(request: Request, view: ModelInput, told: tuple[int, int] = (0, 0)) -> Usage:
    """Tokens of one request and its answer.

    Input tokens are those of the page images by the model family's own formula, and a token for
    three characters of all text. Output tokens are `LEAF_TOKENS` for each field outside lists
    and, where lists are asked for, `LIST_SHARE` of the pages' text; and those of thinking.

    Args:
        told: tokens of thinking behind each answer, as earlier calls tell, and of how many answers.
            The request's guess counts beside them, see `GUESS`.
    """
    units = view.units(request.pages)
    tokens, answers = told
    thinking = round((GUESS * request.thinking + answers * tokens) / (GUESS + answers))
    answer = min(request.max_tokens, _output(request, view))
    return Usage(
        input_tokens=frame_tokens(request) + sum(unit.tokens for unit in units),
        audio_tokens=sum(unit.audio_tokens for unit in units),
        output_tokens=answer + thinking,
        reasoning_tokens=thinking,
    )


def _output(request: Request, view: ModelInput) -> int:
    if request.purpose == "split":  # an entry a page, however much is printed on it
        return LEAF_TOKENS * len(request.wire.paths) * len(request.pages)
    leaves, lists = _count(request.schema.root, request.wire.paths)
    text = sum(text_tokens(view.text(page)) or PAGE_TOKENS for page in request.pages)
    return leaves * LEAF_TOKENS + (round(LIST_SHARE * text) if lists else 0)


def _count(field: Field, paths: frozenset[str]) -> tuple[int, bool]:
    """Fields outside lists, and whether there are lists."""
    asked = [leaf.path for leaf in field.leaves() if leaf.path in paths]
    single = [path for path in asked if "*" not in path.split("/")]
    return len(single), len(single) < len(asked)
