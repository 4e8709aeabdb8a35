"""The question on which pages of a file another document begins, and what its answer says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from docglean.extractors.requests.prompts import BEGINNINGS, BEGINS, PAGE_NUMBER
from docglean.schemas.schema import Schema, schema_of
from pydantic import BaseModel, Field


class _Page(BaseModel):
    page: int | None = Field(default=None, description=PAGE_NUMBER)
    begins: bool | None = Field(default=None, description=BEGINS)


class Beginnings(BaseModel):
    __doc__ = BEGINNINGS

    pages: list[_Page] = []


@cache
def beginnings_schema() -> Schema:
    """The schema of the question: the same for all pages, so that a server compiles it once."""
    return schema_of(Beginnings)


def with_those_before(asked: Iterable[int], pages: Sequence[int]) -> tuple[int, ...]:
    """The pages to be shown: those in question, each with the one before it.

    Args:
        pages: of the file, ascending.
    """
    before = page_before(pages)
    asked = set(asked)
    shown = asked | {before[page] for page in asked if page in before}
    return tuple(sorted(shown))


def page_before(pages: Sequence[int]) -> Mapping[int, int]:
    """By page the one that it follows."""
    return dict(zip(pages[1:], pages, strict=False))


def beginnings_told(shown: Sequence[int], data: Mapping[str, Any]) -> dict[int, bool]:
    """Whether a document begins on a page, by page; one that was told both ways is left out.

    A model that counts the pages from the first one shown is understood by their order.

    Args:
        shown: numbers of the pages that the model saw, in their order.
        data: its answer.
    """
    entries = [one for one in data.get("pages") or () if one.get("begins") is not None]
    named = [one.get("page") for one in entries]
    if not set(named) <= set(shown):
        if len(entries) != len(shown):
            return {}
        named = list(shown)
    told: dict[int, set[bool]] = {}
    for page, one in zip(named, entries, strict=True):
        told.setdefault(page, set()).add(one["begins"])
    return {page: next(iter(said)) for page, said in told.items() if len(said) == 1}
