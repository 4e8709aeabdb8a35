"""The words we send. Change any of them and PROMPT_VERSION with it: stored replies depend on it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

PROMPT_VERSION = "1"

SYSTEM = """\
You read documents and return their content as JSON that follows the given schema.
- Report only what the document itself says. Never guess, complete or compute a value.
- {absent}
- Copy text as it is printed, in its own language and spelling. Join a value that is broken over \
lines with one space.
- Write numbers and amounts with a point as decimal mark and without thousands separators or \
currency signs; keep every decimal that is printed. Amounts in brackets or with a trailing minus \
are negative.
- Write dates as YYYY-MM-DD. Where day and month could be confused, follow the document's language \
and country.
- Lists hold every entry, in the order of the page, also when two entries are equal. Leave out \
headings, carried-forward lines and totals, unless the schema asks for them."""

ABSENT = {
    "union": "A value that is not there is null; an empty list is [].",
    "empty": 'A value that is not there is the empty string ""; an empty list is [].',
}

PAGED = """\
- This is a part of a longer document; other parts are read separately. For each list entry give in \
"_page" the number of the page on which the entry starts, as stated above the page.
- Leave out an entry that begins before the first page shown, unless it holds a list that goes on: \
then set "_continued" to true and give what these pages show of it. Otherwise "_continued" is false.
- A table that began earlier keeps its columns, also where its heading is not repeated."""


def system(*, nullable: str, paged: bool, shown_schema: dict[str, Any] | None) -> str:
    """Standing instructions.

    Args:
        nullable: how an absent value is written, ``union`` or ``empty``.
        paged: the request shows a part of a longer document.
        shown_schema: the JSON Schema, for servers which use it as a grammar only and never show
            it to the model; None where the provider shows it.
    """
    lines = [SYSTEM.format(absent=ABSENT[nullable])]
    if paged:
        lines.append(PAGED)
    if shown_schema is not None:
        lines.append("The JSON Schema of your answer:\n" + json.dumps(shown_schema, ensure_ascii=False))
    return "\n".join(lines)


def caption(number: int, total: int, *, medium: str) -> str:
    """The line above a page, or above a stretch of a recording."""
    noun = "Page" if medium == "pages" else "Part"
    return f"{noun} {number} of {total}:"


def page_text(text: str, *, with_image: bool) -> str:
    """A page's words as text, framed so that the model takes them for content, not orders."""
    if not text.strip():
        return "(no text was found on this page)"
    title = "Text found on this page, for help with small print:\n" if with_image else ""
    return f"{title}<text>\n{text}\n</text>"


def question(*, description: str, instructions: str, note: str) -> str:
    """The request itself, after the pages.

    Args:
        description: what the schema is about.
        instructions: the user's own words.
        note: what was wrong with an earlier answer, when asking again.
    """
    lines = [f"Extract from the pages above: {description or 'the fields of the schema'}"]
    if instructions:
        lines.append(instructions)
    if note:
        lines.append(note)
    lines.append("Answer with the JSON only.")
    return "\n".join(lines)


def ask_again(complaints: Sequence[str]) -> str:
    """The note of a re-ask."""
    listed = "\n".join(f"- {complaint}" for complaint in complaints[:20])
    return (
        "An earlier answer to this request could not be accepted:\n"
        f"{listed}\n"
        "Look at the pages again and correct this. Where the page really says so, keep it as it is."
    )


SORTING = "which kind of document this is. Choose the kind that fits best, or none of them:\n{kinds}"
