"""What a page says of its document, and what speaks for a beginning between two pages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import drawn_tables
import pymupdf
import pytest
from docglean.extractors.documents.page_numbers import PageNumber
from docglean.extractors.packets.boundaries import boundary_model
from docglean.extractors.packets.gap_signs import SIGNS, gap_signs
from docglean.extractors.packets.page_signs import PageSigns, Telling, page_signs
from drawn_invoices import paper

PAGE = PageSigns(
    1,
    words=80,
    width=595,
    height=842,
    print_height=10,
    left=0.1,
    end=0.9,
    body=frozenset(range(40)),
)


def counted(page: int, last: int | None = None) -> PageSigns:
    return replace(PAGE, counted=PageNumber(page, last, 0, 1))


def gap(before: PageSigns, after: PageSigns) -> dict[str, float]:
    (signs,) = gap_signs([before, replace(after, page=2)])
    return signs


def test_a_page_tells_number_date_title_and_page_number(tmp_path: Path) -> None:
    path = paper(footer="Page {page} of {pages}").save(tmp_path / "a.pdf")
    signs = page_signs(1, drawn_tables.pages_of(path)[0], Telling())
    assert (signs.number, signs.titled, signs.kind) == ("INV1001", True, "invoice")
    assert (signs.counted.page, signs.counted.last) == (1, 1)
    assert signs.date is not None
    assert signs.total is not None
    assert not signs.blank
    assert not signs.scan


@pytest.mark.parametrize(("x", "counted"), [(297, 4), (60, None)])
def test_a_number_below_all_else_in_the_middle_is_the_pages(
    tmp_path: Path, x: float, counted: int | None
) -> None:
    document = pymupdf.open()
    page = document.new_page(width=595, height=842)
    page.insert_text((60, 200), "It ends early, and so does what is said on it.")
    page.insert_text((x, 260), "4")
    path = drawn_tables.save(document, tmp_path / "a.pdf")
    found = page_signs(1, drawn_tables.pages_of(path)[0], Telling()).counted
    assert (found and found.page) == counted


def test_a_page_that_can_not_be_read_says_nothing() -> None:
    assert page_signs(7, None, Telling()) == PageSigns(7)


@pytest.mark.parametrize(
    ("before", "after", "sign"),
    [
        (counted(2, 3), counted(3, 3), "next_counted"),
        (counted(3, 3), counted(1, 2), "first_counted"),
        (counted(3, 3), PAGE, "last_counted"),
        (counted(1, 3), PAGE, "count_lost"),
        (counted(1, 3), counted(2, 4), "other_length"),
        (counted(4), counted(9), "other_count"),
        (PAGE, counted(2), "counted_on"),
        (replace(PAGE, number="A"), replace(PAGE, number="B"), "other_number"),
        (replace(PAGE, number="A"), replace(PAGE, number="A"), "same_number"),
        (PAGE, replace(PAGE, width=400.0), "other_size"),
        (PAGE, replace(PAGE, scan=True), "other_source"),
        (PAGE, replace(PAGE, body=frozenset(range(100, 140))), "other_words"),
        (PAGE, PageSigns(2), "blank"),
        (replace(PAGE, languages=("en",)), replace(PAGE, languages=("de",)), "other_language"),
        (PAGE, PAGE, "copy"),
    ],
)
def test_signs_between_two_pages(before: PageSigns, after: PageSigns, sign: str) -> None:
    assert gap(before, after)[sign] == 1.0


def test_pages_with_the_same_words_and_other_figures_are_no_copies() -> None:
    one, two = (replace(PAGE, figures=frozenset(range(at, at + 30))) for at in (0, 100))
    assert "copy" not in gap(one, two)


def test_a_number_that_was_seen_pages_ago_is_still_known() -> None:
    pages = [replace(PAGE, number="A"), PAGE, PAGE, replace(PAGE, number="B")]
    assert [("other_number" in signs) for signs in gap_signs(pages)] == [False, False, True]


def test_a_blank_page_hides_nothing_of_what_stands_around_it() -> None:
    signs = gap_signs([counted(1, 2), PageSigns(2), counted(2, 2)])
    assert list(signs[0]) == ["blank"]
    assert signs[1]["next_counted"] == signs[1]["blank_before"] == 1.0


def test_each_weight_is_of_a_sign_and_has_words_for_its_side() -> None:
    model = boundary_model()
    for name, weight in model.weights.items():
        speaks_for, speaks_against = SIGNS[name]
        assert speaks_for if weight > 0 else speaks_against, name
        assert model.why({name: 5.0 / abs(weight)}, begins=weight > 0)


def test_likelihoods_rank_as_signs_say() -> None:
    model = boundary_model()
    first, on = {"first_counted": 1.0, "other_words": 1.0}, {"next_counted": 1.0}
    assert model.probability(on) < model.probability({}) < model.probability(first)
