"""What replay and the log make of events that nobody meant, or that a stranger wrote."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from docglean.extractors.extraction import Extraction, SourceRecord
from docglean.extractors.reviews import ReviewEvent, ReviewLog, fingerprint, replay
from docglean.schemas.pointers import leaves, value_at
from docglean.schemas.schema import load_schema
from hypothesis import given, settings
from hypothesis import strategies as st

URI = "file:///in/a.pdf"
VALUES: dict[str, Any] = {
    "total": "1.00",
    "tax": None,
    "seller": {"name": "X", "city": None},
    "rows": [{"item": "bolt", "price": "1.00"}, {"item": "nut", "price": "2.00"}],
    "cells": [["a", "b"], ["c"]],
    "none": [],
}
PATHS = [
    "", "total", "/", "/total", "/tax", "/new", "/seller", "/seller/name", "/seller/city/x",
    "/rows", "/rows/0", "/rows/00", "/rows/1/item", "/rows/²/item", "/rows/9", "/rows/-1/item",
    "/cells/0", "/cells/1/0", "/none", "/none/0", "/a~1b", "/a~0b", "/rows/" + "9" * 5000,
]  # fmt: skip


def read(values: Any = VALUES, sha256: str = "00") -> Extraction[Any]:
    document = SourceRecord(name="a.pdf", uri=URI, sha256=sha256)
    return Extraction(document=document, engine="local", status="ok", values=values)


def event(action: Any, path: str = "", of: Extraction[Any] | None = None, **told: Any) -> Any:
    result = fingerprint(of or read())
    return ReviewEvent(by="ann", document=URI, result=result, action=action, path=path, **told)


def came(result: Extraction[Any]) -> ReviewEvent:
    sha256 = result.document.sha256
    return event("start", of=result, new=result.values, sha256=sha256)


VALUE = st.sampled_from([None, "x", 2, True, [], {}, ["y"], {"item": "z"}, [["q"]], {"a~/b": 1}])
PLAIN = [one for one in PATHS if "~" not in one]  # names of a schema have none
NUMBER = st.none() | st.integers(0, 3)


@st.composite
def histories(draw: st.DrawFn) -> list[ReviewEvent]:
    """What several did to a document, fitting or not; some take back what was there before."""
    made: list[ReviewEvent] = [came(read())] if draw(st.booleans()) else []
    actions = ["confirm", "set", "absent", "unlook", "add", "remove", "move", "done", "reopen"]
    for number in range(draw(st.integers(1, 12))):
        action = draw(st.sampled_from([*actions, "undo", "note", "start"]))
        told: dict[str, Any] = {"new": draw(VALUE), "index": draw(NUMBER), "to": draw(NUMBER)}
        if action == "start":
            told["new"] = draw(st.sampled_from([{}, {"total": "9"}, {"rows": None}]))
        if action == "undo" and made:
            told["undoes"] = draw(st.sampled_from([one.group or one.id for one in made]))
        group = draw(st.sampled_from(["", "", "g", "h"]))
        path = draw(st.sampled_from(PATHS))
        made.append(event(action, path, revision=number + 1, group=group, **told))
    return made


@settings(max_examples=150)
@given(histories())
def test_whatever_was_done_leaves_a_result_that_can_be_stored(events: list[ReviewEvent]) -> None:
    found = replay(read(), events).extraction
    assert isinstance(found.values, dict)
    assert Extraction[Any].model_validate_json(found.to_json()).reviews == found.reviews
    assert read().values == VALUES, "the engine's result stays"


@settings(max_examples=60)
@given(st.lists(st.tuples(st.sampled_from(["set", "add", "absent", "unlook"]),
                          st.sampled_from(["/total", "/line_items", "/line_items/0", "/seller"]),
                          VALUE), max_size=6))  # fmt: skip
def test_checks_of_a_schema_are_made_on_whatever_was_said(said: list[tuple[str, str, Any]]) -> None:
    result = read({"total": "1.00", "line_items": [{"description": "bolt"}]})
    events = [event(action, path, of=result, new=new) for action, path, new in said]
    found = replay(result, events, load_schema("receipt")).extraction
    assert isinstance(found.values, dict)


@settings(max_examples=150)
@given(histories())
def test_to_take_back_the_last_gives_what_was_before(events: list[ReviewEvent]) -> None:
    *before, last = events
    if last.action == "undo":
        return
    last = last.model_copy(update={"group": ""})
    was = replay(read(), before).extraction
    back = event("undo", undoes=last.id)
    now = replay(read(), [*before, last, back]).extraction
    same = {"reviews", "values", "evidence", "status", "reviewed_by"}
    assert now.model_dump(include=same) == was.model_dump(include=same)


@settings(max_examples=150)
@given(st.lists(st.tuples(st.sampled_from(["confirm", "set", "absent", "unlook"]),
                          st.sampled_from(PLAIN), st.sampled_from([None, "x", ["y"], {}])),
                max_size=8))  # fmt: skip
def test_what_nobody_looked_at_is_the_engines(said: list[tuple[str, str, Any]]) -> None:
    events = [came(read()), *(event(action, path, new=new) for action, path, new in said)]
    found = replay(read(), events).extraction
    for pointer, value in leaves(found.values):
        steps = pointer.split("/")
        above = {"/".join(steps[:end]) for end in range(1, len(steps) + 1)}
        if above.isdisjoint(found.reviews):
            assert value == value_at(VALUES, pointer), pointer


def test_a_value_of_an_object_that_was_taken_away_is_the_engines_again() -> None:
    events = [came(read()), event("absent", "/seller"), event("set", "/seller/name", new="Y")]
    found = replay(read(), events).extraction
    assert found.reviews["/seller/name"].first == "X"
    assert found.values["seller"]["name"] == "Y"


def test_an_object_that_a_rerun_leaves_out_holds_only_what_was_said_of_it() -> None:
    first, second = read(), read({**VALUES, "seller": None})
    events = [came(first), event("set", "/seller/city", new="Bern")]
    found = replay(second, events).extraction
    assert found.values["seller"] == {"city": "Bern"}


def test_what_was_said_of_another_file_of_that_name_is_asked_again() -> None:
    first, second = read(sha256="00"), read(sha256="11")
    events = [came(first), event("confirm", "/total"), event("done")]
    found = replay(second, events).extraction
    assert (found.reviews["/total"].look, found.status, found.reviewed_by) == (
        "asked",
        "review",
        (),
    )


def test_nothing_is_reviewed_as_long_as_something_is_asked() -> None:
    first, second = read(), read({**VALUES, "total": "3.00"})
    events = [came(first), event("confirm", "/total"), came(second), event("done", of=second)]
    assert replay(second, events).extraction.status == "review"
    events.append(event("confirm", "/total", of=second))
    assert replay(second, events).extraction.status == "reviewed"


@pytest.mark.parametrize(
    "told",
    [
        {"new": float("nan")},
        {"new": [1e999]},
        {"new": "\ud800"},
        {"by": "\udfff"},
        {"seconds": 1e999},
        {"at": "2026-01-01T00:00:00"},
        {"box": {"page": 1, "box": [0, 0, 1e999, 1]}},
        {"box": {"page": -1, "box": [0, 0, 1, 1]}},
        {"revision": -1},
        {"action": "start", "path": ""},
    ],
)
def test_a_line_that_no_page_could_show_is_a_fault(tmp_path: Path, told: dict[str, Any]) -> None:
    line = json.loads(event("set", "/total", new="1").to_json()) | told
    (tmp_path / "reviews.jsonl").write_text(json.dumps(line) + "\n", "utf-8")
    log = ReviewLog(tmp_path)
    assert [one.partition(":")[0] for one in log.faults] == ["line 1"]
    assert not log.events(URI)


@pytest.mark.parametrize("depth", [200, 100_000])
def test_a_line_that_is_nested_beyond_all_bounds_is_a_fault(tmp_path: Path, depth: int) -> None:
    head = event("set", "/total").to_json().rstrip("}")
    line = f'{head}, "new": {"[" * depth}{"]" * depth}}}\n'
    (tmp_path / "reviews.jsonl").write_text(line, "utf-8")
    assert len(ReviewLog(tmp_path).faults) == 1
