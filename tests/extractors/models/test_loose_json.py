"""Slips of syntax in a model's JSON: whatever the slip, every value that was written survives."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from docglean.extractors.models.loose_json import MOST_DEEP, read_object, storable
from hypothesis import example, given
from hypothesis import strategies as some

# Texts that make trouble: marks of JSON, of comments, of Python, quotes and escapes.
TEXTS = some.text(some.characters(exclude_categories=["Cs", "Cc"]), max_size=12) | some.lists(
    some.sampled_from(
        [
            "{",
            "}",
            "[",
            "]",
            ":",
            ",",
            '"',
            "'",
            "\\",
            "//",
            "/*",
            "*/",
            "#",
            "None",
            "NaN",
            "\n",
            "\t",
            "```",
            "1.50",
            "}}",
            "http://a.b/c",
            " ",
        ]
    ),
    max_size=5,
).map("".join)
NAMES = some.sampled_from(["number", "total", "rows", "note", "a b", "it's", "x:y", "true"])
LEAVES = (
    some.none() | some.booleans() | some.integers() | TEXTS
    | some.floats(allow_nan=False, allow_infinity=False, width=32)
)  # fmt: skip
VALUES = some.recursive(
    LEAVES,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
# Rows that share names with the whole, as invoices have.
OBJECTS = some.dictionaries(NAMES, VALUES, min_size=1, max_size=4)


def write(value: Any, *, comma: str = "", note: str = "", quote: str = '"') -> str:
    """JSON with something before each bracket that closes, and something behind each comma."""

    def text(told: str) -> str:
        inner = json.dumps(told, ensure_ascii=False)[1:-1]
        if quote == "'":
            inner = inner.replace('\\"', '"').replace("'", "\\'")
        return f"{quote}{inner}{quote}"

    def one(told: Any) -> str:
        if isinstance(told, str):
            return text(told)
        if isinstance(told, dict):
            members = [f"{text(name)}: {one(inner)}" for name, inner in told.items()]
            return "{" + f", {note}".join(members) + (comma if members else "") + "}"
        if isinstance(told, list):
            return "[" + f", {note}".join(map(one, told)) + (comma if told else "") + "]"
        return json.dumps(told)

    return one(value)


def raw_breaks(value: Any) -> str:
    """Line breaks and tabs in strings as they are, which JSON does not allow."""
    text = write(value)
    return text.replace("\\\\", "\x01").replace("\\n", "\n").replace("\\t", "\t").replace(
        "\x01", "\\\\"
    )  # fmt: skip


SLIPS: dict[str, Callable[[Any], str]] = {
    "trailing commas": lambda value: write(value, comma=","),
    "two commas": lambda value: write(value, note=", "),
    "comments to the end of the line": lambda value: write(value, note='// a "note" {,}\n'),
    "comments with a hash": lambda value: write(value, note="# what's {this}\n"),
    "comments between marks": lambda value: write(value, note='/* {"number": 9} */'),
    "raw line breaks": raw_breaks,
    "single quotes": lambda value: write(value, quote="'"),
    "Python": repr,
    "a code fence": lambda value: f"Here:\n```json\n{write(value, comma=',')}\n```\nAnything else?",
    "prose before and behind": lambda value: f"As {{asked}}: {write(value, comma=',')} Done {{}}.",
    "a bracket too many": lambda value: write(value) + "}",
    "a byte order mark": lambda value: "\ufeff" + write(value),
}


@pytest.mark.parametrize("slip", SLIPS)
@given(value=OBJECTS)
@example(value={"number": "R-1", "rows": [{"number": "Widget A", "total": "100.00"}], "total": "5"})
@example(value={"note": "two\nlines", "rows": [{"note": "}\n{"}]})
def test_every_value_survives_a_slip(slip: str, value: dict[str, Any]) -> None:
    text = SLIPS[slip](value)
    found = read_object(text)
    assert found is not None
    assert found.value == value
    assert not found.cut
    assert not found.lost
    if text.strip() != write(value):
        assert found.repaired or json.loads(text) == value


@given(value=OBJECTS, share=some.floats(0, 1), comma=some.sampled_from(["", ","]))
def test_what_was_cut_is_said_and_nothing_is_made_up(
    value: dict[str, Any], share: float, comma: str
) -> None:
    text = write(value, comma=comma)
    end = 1 + int(share * (len(text) - 2))
    found = read_object(text[:end])
    if found is not None:
        assert found.cut
        assert is_part(found.value, value)


def is_part(part: Any, whole: Any) -> bool:
    """Whether all that is in `part` stands at the same place of `whole`, values whole."""
    if isinstance(part, dict) and isinstance(whole, dict):
        return all(name in whole and is_part(part[name], whole[name]) for name in part)
    if isinstance(part, list) and isinstance(whole, list):
        return len(part) <= len(whole) and all(map(is_part, part, whole))
    return type(part) is type(whole) and bool(part == whole)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('{"a": NaN, "b": -Infinity, "c": 1}', {"a": None, "b": None, "c": 1}),
        ('{"a": 123456789012345678901234567890}', {"a": 123456789012345678901234567890}),
        ('{"a": ' + "9" * 5000 + ', "b": 1}', {"a": "9" * 5000, "b": 1}),
        ('{"a": 1e400, "b": 1}', {"a": "1e400", "b": 1}),
        ('{"a": +1, "b": .5, "c": 5., "d": 007}', {"a": 1, "b": 0.5, "c": 5.0, "d": "007"}),
        ('{"a": "bell\x07 and \x1b escape", "b": 1}', {"a": "bell\x07 and \x1b escape", "b": 1}),
        ('{"a": "C:\\dir", "b": "it\\\'s"}', {"a": "C:\\dir", "b": "it's"}),
        ("{a: True, b: None}", {"a": True, "b": None}),
        ('{"a": "he said "hi", twice", "b": 2}', {"a": 'he said "hi", twice', "b": 2}),
        ('{"rows": [{"n": 1} {"n": 2}] "total": 3}', {"rows": [{"n": 1}, {"n": 2}], "total": 3}),
        ('{"a": "x\x00y\\u0000z", "b": "\ud800"}', {"a": "xyz", "b": "\ufffd"}),
        ('{"a": "\\udfff"}', {"a": "\ufffd"}),
        ('{"a": "\\ud83d\\ude00"}', {"a": "\U0001f600"}),
    ],
)  # fmt: skip
def test_what_json_does_not_have_is_kept_where_it_is_a_value(
    text: str, value: dict[str, Any]
) -> None:
    found = read_object(text)
    assert found is not None
    assert (found.value, found.lost) == (value, ())


def test_words_that_mending_drops_are_told() -> None:
    found = read_object('{"a": 12.50 EUR, "b": "x"}')
    assert found is not None
    assert (found.value, found.lost) == ({"a": 12.5, "b": "x"}, ("eur",))


@pytest.mark.parametrize(
    ("text", "lost"),
    [
        ('{"number": "A-1", "total": "120.00", "total": "999.00"}', "12"),
        ('{"rows": [{"n": "1", "n": "2"}], "total": 3}', "1"),
        ('```json\n{"total": "7.00"}\n```\nCorrection:\n```json\n{"total": "9.00"}\n```', "9"),
        ('{"number": "A-1", "total": "7.00"} or rather {"number": "A-1", "total": "9"}', "9"),
        ('[{"number": "A-1"}, {"number": "B-2"}]', "2"),
        ('{"number": "A-1"}\n{"number": "B-2"}', "2"),
        ('{"number": "A-1"},"total":"120.00"}', "12"),
        ('{"rows": [{"n": "x"}}],"total":"120.00"}', "12"),
    ],
)
def test_a_second_answer_is_not_dropped_without_a_word(text: str, lost: str) -> None:
    found = read_object(text)
    assert found is not None
    assert found.repaired
    assert lost in found.lost


@pytest.mark.parametrize(
    "text",
    [
        '{"total": "7.00", "total": "7.00"}',
        'I see "total": "7.00" on the page. {"total": "7.00"} That is all: {page} "end".',
        '{"total": "7.00"} {"total": "7.00"}',
    ],
)
def test_an_answer_said_twice_is_whole(text: str) -> None:
    found = read_object(text)
    assert found is not None
    assert (found.value, found.lost) == ({"total": "7.00"}, ())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "No idea.",
        "[1, 2]",
        "{the answer}",
        "{",
        '{"a": ' * (MOST_DEEP + 1),
        '{"a":' * 100_000,
        '{"a": ' + "[" * 50_000,
    ],
)
def test_what_is_no_object_is_none(text: str) -> None:
    assert read_object(text) is None


@given(some.text(some.characters(categories=["Cs", "Cc", "L"])))
def test_what_is_stored_can_be_stored(text: str) -> None:
    kept = storable(text)
    assert "\x00" not in kept
    kept.encode()
