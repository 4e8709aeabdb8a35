"""What two readings of the same list entry say differently: kept beside the value that is taken.

While lists grow, entries move; so each entry carries what was said against its values, and only
when all is put together it becomes problems, with pointers that hold.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from docglean.extractors.answers.similarity import bare, is_piece, is_text, same_value
from docglean.schemas.errors import Problem, shown
from docglean.schemas.fields import Field
from docglean.schemas.wire.dialects import Dissent, Row


def dissent(
    field: Field, pointer: str, taken: Any, other: Any, pages: Sequence[int], out: list[Dissent]
) -> None:
    """Note what was not taken, unless it says the same or is a part of what was taken.

    Args:
        pointer: of the value within its entry.
        pages: of the reading that says `other`.
    """
    if taken is None or other is None or same_value(field, taken, other):
        return
    if field.shape == "value" and is_text(field) and is_piece(str(other), str(taken)):
        return
    out.append(Dissent(pointer, other, tuple(pages)))


def dissenting(root: Field, data: Any) -> list[Problem]:
    """A problem for each value of a list entry that another reading contradicts."""
    return list(_dissenting(root, data, ""))


def _dissenting(field: Field, data: Any, pointer: str) -> Iterator[Problem]:
    if field.shape == "object" and isinstance(data, dict):
        for child in field.children:
            yield from _dissenting(child, data.get(child.name), f"{pointer}/{child.name}")
    elif field.shape == "list" and isinstance(data, list):
        for index, row in enumerate(data):
            at = f"{pointer}/{index}"
            if isinstance(row, Row):
                told: list[tuple[str, Any]] = []
                for said in row.dissents:
                    if (said.pointer, said.value) not in told:
                        told.append((said.pointer, said.value))
                        yield from _problem(field.item, row.value, at, said)
            yield from _dissenting(field.item, bare(row), at)


def _problem(item: Field, value: Any, at: str, said: Dissent) -> Iterator[Problem]:
    taken, field = value, item
    for name in said.pointer.split("/")[1:]:
        if field.shape == "list":
            taken, field = bare(taken[int(name)]), field.item
        else:
            taken = taken.get(name)
            field = next(child for child in field.children if child.name == name)
    found: list[Dissent] = []
    # More may have been added to the value since.
    dissent(field, said.pointer, taken, said.value, said.pages, found)
    for _ in found:
        place = f"page {said.pages[0]}" if len(said.pages) == 1 else "the same pages"
        yield Problem(
            code="conflict",
            message=f"{at}{said.pointer} is {_words(taken)}, but another reading of {place} "
            f"says {_words(said.value)}.",
            path=f"{at}{said.pointer}",
            page=said.pages[0] if said.pages else None,
            way_out="Look at the page; the value kept is that of the reading which saw more of "
            "the entry.",
        )


def _words(value: Any) -> str:
    return shown([bare(entry) for entry in value] if isinstance(value, list) else value)
