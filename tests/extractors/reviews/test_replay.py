"""Reviewed values: events on what an engine has read, reruns, undo."""

from __future__ import annotations

from typing import Any

import pytest
from docglean.extractors.extraction import Confidence, Evidence, Extraction, SchemaRecord
from docglean.extractors.extraction import SourceRecord as Source
from docglean.extractors.reviews import Reviewed, ReviewEvent, fingerprint, replay
from docglean.extractors.reviews.event import ReviewBox
from docglean.schemas.errors import Problem
from docglean.schemas.schema import load_schema

URI = "file:///in/a.pdf"
ROWS = [{"item": "bolt", "price": "1.00"}, {"item": "nut", "price": "2.00"}]


def read(values: dict[str, Any], **more: Any) -> Extraction[Any]:
    document = Source(name="a.pdf", uri=URI, sha256="00")
    return Extraction(
        document=document,
        schema_used=SchemaRecord(name="order", hash="1"),
        engine="local",
        status="ok",
        values=values,
        **more,
    )


class Person:
    """Somebody who reviews one result after another."""

    def __init__(self, name: str = "ann", after: int = 0) -> None:
        self.name, self.revision = name, after

    def did(self, result: Extraction[Any], action: Any, path: str = "", **told: Any) -> ReviewEvent:
        self.revision += 1
        return ReviewEvent(
            by=self.name, document=URI, result=fingerprint(result), revision=self.revision,
            action=action, path=path, **told,
        )  # fmt: skip

    def came(self, result: Extraction[Any]) -> ReviewEvent:
        return self.did(result, "start", new=result.values)


def test_a_look_says_what_it_came_to() -> None:
    result = read({"total": "1.00", "tax": None, "date": "2026-01-01", "buyer": "X"})
    ann = Person()
    events = [
        ann.came(result),
        ann.did(result, "confirm", "/total"),
        ann.did(result, "confirm", "/tax"),
        ann.did(result, "set", "/date", new="2026-01-02"),
        ann.did(result, "absent", "/buyer"),
    ]
    found = replay(result, events).extraction
    assert found.values == {"total": "1.00", "tax": None, "date": "2026-01-02", "buyer": None}
    looks = {pointer: (one.look, one.first) for pointer, one in found.reviews.items()}
    assert looks == {
        "/total": ("confirmed", "1.00"),
        "/tax": ("absent", None),
        "/date": ("corrected", "2026-01-01"),
        "/buyer": ("absent", "X"),
    }
    assert found.revision == 5
    assert result.values["date"] == "2026-01-01", "the engine's result stays"


def test_only_what_was_looked_at_is_reviewed_and_done_signs_off() -> None:
    result = read({"total": "1.00", "tax": "2.00"})
    ann, bob = Person("ann"), Person("bob", after=3)
    events = [ann.came(result), ann.did(result, "confirm", "/total"), ann.did(result, "done")]
    found = replay(result, [*events, bob.did(result, "done")]).extraction
    assert set(found.reviews) == {"/total"}
    assert (found.status, found.reviewed_by) == ("reviewed", ("ann", "bob"))
    assert replay(result, [*events, bob.did(result, "reopen")]).extraction.status == "ok"


def test_evidence_and_confidence_go_with_their_rows() -> None:
    places = {f"/rows/{n}/item": Evidence(how="exact", page=n + 1, score=1) for n in range(2)}
    sure = {f"/rows/{n}/item": Confidence(probability=0.5 + n / 10) for n in range(2)}
    result = read({"rows": ROWS}, evidence=places, confidence=sure)
    ann = Person()
    box = ReviewBox(page=3, box=(1, 2, 3, 4))
    events = [
        ann.came(result),
        ann.did(result, "add", "/rows", index=0, new={"item": "cog", "price": "3.00"}, box=box),
        ann.did(result, "move", "/rows", index=2, to=1),
        ann.did(result, "set", "/rows/2/price", new="9.00"),
        ann.did(result, "remove", "/rows", index=7),
    ]
    told = replay(result, events)
    found = told.extraction
    assert [row["item"] for row in found.values["rows"]] == ["cog", "nut", "bolt"]
    assert [found.evidence[f"/rows/{n}/item"].page for n in range(3)] == [3, 2, 1]
    assert "/rows/0/item" not in found.confidence
    assert found.confidence["/rows/1/item"].probability == 0.6
    assert found.reviews["/rows"].look == "edited"
    assert found.reviews["/rows/2/price"].first == "1.00"
    assert told.skipped == (events[-1].id,)


def test_what_was_taken_back_is_gone_and_comes_again() -> None:
    result = read({"total": "1.00", "rows": ROWS})
    ann = Person()
    wrong = ann.did(result, "set", "/total", new="7.00")
    split = [
        ann.did(result, "set", "/rows/0/item", new="bo", group="g"),
        ann.did(result, "add", "/rows", index=1, new={"item": "lt", "price": None}, group="g"),
    ]
    back = ann.did(result, "undo", undoes=wrong.id)
    events = [ann.came(result), wrong, *split, back, ann.did(result, "undo", undoes="g")]
    found = replay(result, events).extraction
    assert found.values == {"total": "1.00", "rows": ROWS}
    assert not found.reviews
    again = replay(result, [*events, ann.did(result, "undo", undoes=back.id)]).extraction
    assert again.values["total"] == "7.00"


@pytest.mark.parametrize(
    ("now", "look", "stands", "status"),
    [
        ("1.00", "corrected", "2.00", "reviewed"),  # as it was read then
        ("2.00", "corrected", "2.00", "reviewed"),  # as the person said
        ("3.00", "asked", "2.00", "review"),
    ],
)
def test_a_rerun_asks_only_where_it_reads_something_new(
    now: str, look: str, stands: str, status: str
) -> None:
    first = read({"total": "1.00", "other": "a"})
    ann = Person()
    events = [
        ann.came(first),
        ann.did(first, "set", "/total", new="2.00"),
        ann.did(first, "done"),
    ]
    second = read({"total": now, "other": "b"})
    found = replay(second, events).extraction
    assert found.values == {"total": stands, "other": "b"}, "what nobody looked at is as read now"
    assert (found.reviews["/total"].look, found.status) == (look, status)
    if look == "asked":
        assert found.reviews["/total"].now == now
        assert [problem.code for problem in found.problems] == ["changed_since_review"]
        again = [*events, ann.came(second), ann.did(second, "confirm", "/total")]
        assert replay(second, again).extraction.reviews["/total"].look == "corrected"


def test_a_list_that_was_looked_into_is_carried_as_a_whole() -> None:
    first, second = read({"rows": ROWS}), read({"rows": [*ROWS, {"item": "cog", "price": None}]})
    ann = Person()
    events = [ann.came(first), ann.did(first, "set", "/rows/1/item", new="wing nut")]
    found = replay(second, events).extraction
    assert [row["item"] for row in found.values["rows"]] == ["bolt", "wing nut"]
    assert found.reviews["/rows"].look == "asked"
    assert len(found.reviews["/rows"].now) == 3
    untouched = replay(second, [ann.came(first)]).extraction
    assert len(untouched.values["rows"]) == 3


def test_checks_are_made_on_the_reviewed_values() -> None:
    schema = load_schema("invoice")
    values = {"net_total": "100.00", "tax_total": "20.00", "grand_total": "130.00"}
    broken = Problem(code="check_failed", message="130 is not 120", path="/grand_total")
    result = read(values, problems=[broken])
    ann = Person()
    events = [ann.came(result), ann.did(result, "set", "/grand_total", new="120.00")]
    assert not replay(result, events, schema).extraction.problems
    worse = [*events, ann.did(result, "set", "/tax_total", new="19.00")]
    found = replay(result, worse, schema).extraction.problems
    assert [(one.code, one.path) for one in found] == [("check_failed", "/grand_total")]


def test_a_value_that_was_looked_at_has_no_old_problem() -> None:
    doubts = [
        Problem(code="not_found", message="", path="/total"),
        Problem(code="unsure_value", message="", paths=("/total", "/tax")),
        Problem(code="packet_unsure", message=""),
    ]
    result = read({"total": "1.00", "tax": "2.00"}, problems=doubts)
    ann = Person()
    events = [ann.came(result), ann.did(result, "confirm", "/total")]
    left = [one.code for one in replay(result, events).extraction.problems]
    assert left == ["unsure_value", "packet_unsure"]
    events.append(ann.did(result, "confirm", "/tax"))
    left = [one.code for one in replay(result, events).extraction.problems]
    assert left == ["packet_unsure"]


def test_fields_that_the_engine_left_out_can_be_filled() -> None:
    result = read({"seller": None})
    ann = Person()
    events = [
        ann.came(result),
        ann.did(result, "set", "/seller/name", new="X"),
        ann.did(result, "add", "/rows", new={"item": "bolt"}),
    ]
    found: Reviewed = replay(result, events)
    assert found.extraction.values == {"seller": {"name": "X"}, "rows": [{"item": "bolt"}]}
    assert not found.skipped


def test_what_is_left_empty_in_a_new_row_is_not_said_to_be_absent() -> None:
    result = read({"rows": ROWS})
    ann = Person()
    row = {"item": "cog", "price": None}
    events = [ann.came(result), ann.did(result, "add", "/rows", index=0, new=row)]
    found = replay(result, events).extraction
    assert {"/rows/0/item", "/rows/0/price"} & found.reviews.keys() == {"/rows/0/item"}
    said = [*events, ann.did(result, "absent", "/rows/0/price")]
    assert replay(result, said).extraction.reviews["/rows/0/price"].look == "absent"
