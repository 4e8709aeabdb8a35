"""Plans: pure, complete, within limits; keys that change with what decides the answer."""

from __future__ import annotations

import itertools
from dataclasses import fields, replace
from typing import Any

import pytest
from docglean.extractors.inputs.pages import text_tokens
from docglean.extractors.model_input import Unit
from docglean.extractors.page_selection import select_pages
from docglean.extractors.requests.examples import Example
from docglean.extractors.requests.plan import BASE64, BYTES_A_PIXEL, Request, Room, plan, windows
from docglean.extractors.requests.template import frame_tokens, wording
from docglean.schemas.errors import ConfigError
from docglean.schemas.schema import schema_of
from docglean.schemas.wire.dialects import DIALECTS, groups, keys
from docglean.schemas.wire.outline import outline
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel


class Line(BaseModel):
    text: str | None = None
    amount: float | None = None
    code: str | None = None
    note: str | None = None


class Doc(BaseModel):
    """A document with lines."""

    name: str | None = None
    city: str | None = None
    total: float | None = None
    lines: list[Line] = []


class Flat(BaseModel):
    """A document without lists."""

    name: str | None = None


SCHEMA = schema_of(Doc)
ROOMY = Room(units=8, images=20, bytes=30_000_000, tokens=100_000)


def request(**changes: Any) -> Request:
    template = Request(
        document="0" * 64,
        pages=(1, 2, 3),
        total=3,
        medium="pages",
        schema=SCHEMA,
        dialect=DIALECTS["openai"],
        reads="image",
        model="openai:x",
    )
    return replace(template, **changes)


units = st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), min_size=0, max_size=40).map(
    lambda sizes: [Unit(n, t, p) for n, (t, p) in enumerate(sizes, start=1)]
)
rooms = st.builds(
    Room,
    units=st.integers(0, 9),
    images=st.integers(0, 9),
    bytes=st.integers(0, 2000),
    tokens=st.integers(-5, 2000),
)


@given(units, rooms, st.integers(0, 2))
def test_windows_hold_every_page_in_order_and_fit(
    given_units: list[Unit], room: Room, overlap: int
) -> None:
    cuts = windows(given_units, room, overlap=overlap)
    by_number = {unit.number: unit for unit in given_units}
    assert sorted({n for cut in cuts for n in cut}) == sorted(by_number)
    assert all(cut == tuple(range(cut[0], cut[-1] + 1)) for cut in cuts)
    assert all(a[0] < b[0] and a[-1] < b[-1] for a, b in itertools.pairwise(cuts))
    assert all(len(set(a) & set(b)) <= overlap for a, b in itertools.pairwise(cuts))
    for cut in cuts:
        shown = [by_number[n] for n in cut]
        assert len(cut) <= max(room.units, 1)
        if len(cut) > 1:  # a page too large for the room stands alone
            assert sum(unit.tokens for unit in shown) <= room.tokens
            assert sum(unit.pixels for unit in shown) * BYTES_A_PIXEL * BASE64 <= room.bytes
            assert sum(unit.pixels > 0 for unit in shown) <= max(room.images, 1)


@given(st.integers(1, 60), st.integers(2, 9))
def test_neighbouring_windows_share_a_page_where_the_schema_has_lists(
    count: int, size: int
) -> None:
    pages = [Unit(n, 10) for n in range(1, count + 1)]
    room = replace(ROOMY, units=size)
    [cuts] = plan(request(), pages, room)
    assert all(a.pages[-1] == b.pages[0] for a, b in itertools.pairwise(cuts))
    [cuts] = plan(request(schema=schema_of(Flat)), pages, room)
    assert all(a.pages[-1] < b.pages[0] for a, b in itertools.pairwise(cuts))


def test_a_short_document_is_asked_for_in_one_request_without_page_numbers() -> None:
    [[only]] = plan(request(), [Unit(n, 10) for n in (1, 2, 3)], ROOMY)
    assert (only.pages, only.paths, only.paged) == ((1, 2, 3), None, False)


def test_a_large_schema_is_asked_for_in_groups_each_over_all_windows() -> None:
    small = replace(DIALECTS["openai"], leaves=4)
    planned = plan(request(dialect=small), [Unit(n, 10) for n in range(1, 12)], ROOMY)
    assert len(planned) == len(groups(SCHEMA, small, paged=True)) > 1
    for cuts in planned:
        assert [cut.pages for cut in cuts] == [tuple(range(1, 9)), tuple(range(8, 12))]
    asked = [cuts[0].paths for cuts in planned]
    assert frozenset().union(*(paths or () for paths in asked)) == {
        leaf.path for leaf in SCHEMA.root.leaves()
    }
    assert all(cut.wire.json_schema for cuts in planned for cut in cuts)  # compiles


def test_a_plan_is_always_the_same() -> None:
    pages = [Unit(n, 10, 100) for n in range(1, 30)]
    first, second = (
        [cut.key for cuts in plan(request(), pages, ROOMY) for cut in cuts] for _ in range(2)
    )
    assert first == second
    assert len(set(first)) == len(first)


# What a request is, other than what decides the answer: who asks for it, and in which order.
NOT_IN_THE_KEY = {"purpose", "most_tokens", "context_tokens", "lowest_effort", "thinking"}


def test_the_key_changes_with_all_that_decides_the_answer() -> None:
    class Other(Doc):
        """A document with other lines."""

    changes = {
        "document": "1" * 64,
        "pages": (1, 2),
        "total": 4,
        "medium": "audio",
        "schema": schema_of(Other),
        "dialect": DIALECTS["anthropic"],
        "reads": "text",
        "model": "openai:y",
        "paths": frozenset({"/name"}),
        "paged": True,
        "show_schema": True,
        "instructions": "Read well.",
        "note": "That was wrong.",
        "max_tokens": 99,
        "effort": "low",
        "repeat": 2,
        "examples": (Example("2" * 64, 1, "text", '{"name": "Ann"}', 100),),
    }
    assert set(changes) | NOT_IN_THE_KEY == {field.name for field in fields(Request)}
    found = [request(**{name: value}).key for name, value in changes.items()]
    assert len({request().key, *found}) == len(changes) + 1
    assert request(purpose="sort").key == request().key


def test_a_description_is_part_of_the_key() -> None:
    class Doc(BaseModel):
        """Another text that the model reads."""

        name: str | None = None
        city: str | None = None
        total: float | None = None
        lines: list[Line] = []

    assert request(schema=schema_of(Doc)).key != request().key


def all_halves(asked: Request) -> list[Request]:
    """What is left when every answer is cut off."""
    halves = asked.page_halves() or asked.field_halves()
    return [part for half in halves for part in all_halves(half)] or [asked]


@given(st.integers(1, 20))
def test_halves_end_with_single_pages_and_fields_and_lose_none(count: int) -> None:
    asked = request(pages=tuple(range(1, count + 1)))
    last = all_halves(asked)
    everything = {(page, leaf.path) for page in asked.pages for leaf in asked.schema.root.leaves()}
    assert {
        (page, path) for half in last for page in half.pages for path in half.paths or ()
    } == everything
    assert all(len(half.pages) == 1 for half in last)
    assert all(half.wire.json_schema for half in last)
    # Of an entry's fields at most the one that tells entries apart is asked for beside another.
    assert max(len(half.paths or ()) for half in last) <= 2


def test_halves_of_pages_overlap_where_they_can() -> None:
    first, second = request(pages=(1, 2, 3, 4)).page_halves()
    assert (first.pages, second.pages) == ((1, 2, 3), (3, 4))
    assert first.paged
    assert second.paged
    first, second = request(pages=(4, 5)).page_halves()
    assert (first.pages, second.pages) == ((4,), (5,))
    assert request(pages=(4,)).page_halves() == ()


def test_halves_of_entries_repeat_what_tells_them_apart() -> None:
    lines = frozenset(leaf.path for leaf in SCHEMA.root.leaves() if "*" in leaf.path)
    telling = {leaf.path for leaf in keys(SCHEMA.root.children[3].item)}
    first, second = request(pages=(1,), paths=lines).field_halves()
    assert (first.paths or set()) & (second.paths or set()) <= telling
    assert (first.paths or set()) & (second.paths or set())
    assert (first.paths or set()) | (second.paths or set()) == lines


@pytest.mark.parametrize(
    ("pages", "span"), [((1,), "1"), ((1, 2, 3), "1-3"), ((1, 3, 4, 9), "1,3-4,9"), ((), "")]
)
def test_pages_are_named_for_people(pages: tuple[int, ...], span: str) -> None:
    assert request(pages=pages).span == span


@pytest.mark.parametrize(
    ("wanted", "pages"),
    [
        (None, (1, 2, 3, 4, 5)),
        ("2", (2,)),
        ("1-3,5", (1, 2, 3, 5)),
        (" 4 - , 1", (1, 4, 5)),
        ("-2", (1, 2)),
        ("3-99", (3, 4, 5)),
        ("9", ()),
        ("2,2,1-2", (1, 2)),
    ],
)
def test_pages_are_selected(wanted: str | None, pages: tuple[int, ...]) -> None:
    assert select_pages(wanted, 5) == pages


@pytest.mark.parametrize("wanted", ["", "a", "0", "1-0", "3-2", "1,,2", "-", "1--2", "1.5"])
def test_what_names_no_pages_is_refused(wanted: str) -> None:
    with pytest.raises(ConfigError) as caught:
        select_pages(wanted, 5)
    assert caught.value.code == "bad_pages"


def test_a_schema_is_counted_once_wherever_it_is_shown() -> None:
    shown, given = request(show_schema=True), request()
    assert outline(shown.wire.json_schema) in wording(shown)[0]
    assert sum(map(text_tokens, wording(shown))) == frame_tokens(shown)
    assert outline(given.wire.json_schema) not in wording(given)[0]
    assert frame_tokens(given) > sum(map(text_tokens, wording(given)))
