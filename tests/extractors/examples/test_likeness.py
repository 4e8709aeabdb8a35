"""Which labelled page is nearest: by words, by where they stand, and never a copy."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from docglean.extractors.documents.words import PageWords, Word
from docglean.extractors.examples.gallery import Hung, ranked
from docglean.extractors.examples.labelled import LabelledDocument
from docglean.extractors.examples.likeness import Likenesses, features
from hypothesis import given
from hypothesis import strategies as st
from word_pages import page

WATER = page("Water Works Ltd", "Invoice 1207", "Meter 4411", "Total 31.20")
WATER_LATER = page("Water Works Ltd", "Invoice 1388", "Meter 4411", "Total 28.75")
POWER = page("Power Grid Ltd", "Invoice 9001", "Tariff B", "Total 99.10")
MENU = page("Soup of the day", "Bread and butter", "Coffee")


def labelled(name: str) -> LabelledDocument:
    return LabelledDocument(Path(name), name, f"{name:0<64}", "bill", "h", {"total": "1.00"})


def hung(**pages: PageWords) -> Hung:
    documents = tuple(labelled(name) for name in pages)
    return Hung(documents, Likenesses([features(one) for one in pages.values()]))


def names(wall: Hung, one: PageWords, *own: str) -> list[str]:
    return [found.name for found in ranked(wall, one, {labelled(name).sha256 for name in own})]


def moved(one: PageWords, down: float) -> PageWords:
    words = [
        replace(word, box=(word.box[0], word.box[1] + down, word.box[2], word.box[3] + down))
        for word in one.words
    ]
    return replace(one, words=tuple(words))


def test_the_nearest_is_of_the_same_sender_whatever_its_figures() -> None:
    wall = hung(menu=MENU, power=POWER, water=WATER)
    assert names(wall, WATER_LATER) == ["water", "power", "menu"]


def test_of_two_with_the_same_words_the_one_of_the_same_layout_is_nearer() -> None:
    there = page("Invoice 77 Power", "Water 31")
    wall = hung(below=moved(there, 300), here=moved(there, 5))
    # Not a copy of either: one word more.
    assert names(wall, page("Invoice 77 Power", "Water 31 now")) == ["here", "below"]


def test_a_document_is_never_its_own_example_and_neither_is_a_copy_of_it() -> None:
    wall = hung(water=WATER, copy=moved(WATER, 40), later=WATER_LATER)
    assert names(wall, WATER) == ["later"]
    assert names(wall, WATER_LATER, "water") == ["copy"]


def test_pages_without_words_are_no_copies_of_each_other() -> None:
    assert names(hung(blank=page(), water=WATER), page()) == ["blank", "water"]


def test_what_nobody_can_see_on_a_page_does_not_count() -> None:
    unseen = Word("hush", (0, 0, 50, 10), visible=False)
    with_hidden = replace(WATER, words=(*WATER.words, unseen))
    assert features(with_hidden) == features(WATER)


def test_the_same_content_labelled_twice_is_one_example() -> None:
    twice = Hung((labelled("a"), labelled("a")), Likenesses([features(WATER), features(WATER)]))
    assert names(twice, POWER) == ["a"]


def test_a_page_that_lies_on_its_side_is_compared_as_it_is_read() -> None:
    upright = replace(WATER, width=200.0)
    words = tuple(
        replace(word, box=(word.box[1], 200 - word.box[2], word.box[3], 200 - word.box[0]))
        for word in upright.words
    )
    on_its_side = replace(upright, words=words, width=400.0, height=200.0, turn=90)
    assert features(on_its_side) == features(upright)


@given(st.permutations(["menu", "power", "water"]), st.sampled_from([WATER_LATER, POWER, page()]))
def test_the_order_of_labels_does_not_matter(order: list[str], one: PageWords) -> None:
    pages = {"menu": MENU, "power": POWER, "water": WATER}
    expected = names(hung(**pages), one)
    assert names(hung(**{name: pages[name] for name in order}), one) == expected


@given(st.lists(st.sampled_from("total 31.20 Invoice water ä 水 , -".split()), max_size=30))
def test_a_likeness_is_a_share(words: list[str]) -> None:
    one = page(" ".join(words))
    for likeness in Likenesses([features(WATER), features(one)]).to(features(one)):
        assert -1e-9 <= likeness <= 1 + 1e-9
