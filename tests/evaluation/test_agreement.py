"""How far two people agree who did not see what the other had said."""

from __future__ import annotations

from typing import Any

from docglean.evaluation.agreement import agreement, both_said
from docglean.evaluation.engine_figures import FEW
from docglean.extractors.extraction import Extraction, SourceRecord
from docglean.extractors.reviews import ReviewEvent, replay

READ = {"total": "1.00", "tax": None, "rows": [{"item": "bolt"}, {"item": "nut"}]}


class Events:
    """What people do to one document, one after the other."""

    def __init__(self, document: str = "file:///in/a.pdf") -> None:
        self.document = document
        self.all: list[ReviewEvent] = []

    def did(
        self, by: str, action: Any, path: str = "", new: Any = None, **told: Any
    ) -> ReviewEvent:
        event = ReviewEvent(
            by=by, document=self.document, result="r", revision=len(self.all) + 1, action=action,
            path=path, new=new, **told,
        )  # fmt: skip
        self.all.append(event)
        return event

    def looked(self, by: str, *done: tuple[Any, ...], blind: bool = False) -> Events:
        for action, path, *new in [("start", "", READ), *done]:
            self.did(by, action, path, new[0] if new else None, blind=blind)
        return self

    def compared(self) -> dict[str, bool]:
        return {one.pointer: one.agree for one in both_said(self.document, self.all)}


def test_only_values_that_both_looked_at_are_compared() -> None:
    told = Events().looked("ann", ("confirm", "/total"), ("confirm", "/tax"))
    told.looked("bob", ("set", "/total", "2.00"), ("confirm", "/rows/0/item"), blind=True)
    assert told.compared() == {"/total": False}
    (found,) = both_said(told.document, told.all)
    assert (found.first, found.second) == (("ann", "1.00"), ("bob", "2.00"))


def test_who_saw_what_the_other_had_said_is_no_second_opinion() -> None:
    told = Events().looked("ann", ("confirm", "/total"))
    told.did("bob", "confirm", "/total")
    assert told.compared() == {}
    blind_at_first = Events().looked("ann", ("confirm", "/total"))
    blind_at_first.looked("bob", ("confirm", "/total"), blind=True)
    assert blind_at_first.compared() == {"/total": True}
    blind_at_first.did("bob", "set", "/total", "3.00")
    assert blind_at_first.compared() == {}


def test_entries_of_a_list_are_compared_while_they_have_partners() -> None:
    told = Events().looked("ann", ("confirm", "/rows"), ("confirm", "/rows/1/item"))
    told.looked("bob", ("confirm", "/rows"), ("set", "/rows/1/item", "wing nut"), blind=True)
    assert told.compared() == {"/rows": True, "/rows/1/item": False}
    told.did("bob", "remove", "/rows", index=0, blind=True)
    assert told.compared() == {"/rows": False}


def test_what_was_taken_back_was_not_said() -> None:
    told = Events().looked("ann", ("confirm", "/total"))
    told.looked("bob", blind=True)
    wrong = told.did("bob", "set", "/total", "7.00", blind=True)
    assert told.compared() == {"/total": False}
    told.did("bob", "undo", undoes=wrong.id, blind=True)
    assert told.compared() == {}


def test_a_second_opinion_changes_nothing_in_what_the_first_has_made() -> None:
    """Both remove the entry that is none: one entry is gone, not two."""
    told = Events().looked("ann", ("confirm", "/total"))
    told.did("ann", "remove", "/rows", index=0)
    told.looked("bob", ("set", "/total", "2.00"), blind=True)
    told.did("bob", "remove", "/rows", index=0, blind=True)
    told.did("bob", "done", blind=True)
    source = SourceRecord(name="a.pdf", uri=told.document)
    read = Extraction[Any](document=source, engine="local", status="ok", values=READ)
    found = replay(read, told.all).extraction
    assert found.values == {**READ, "rows": [{"item": "nut"}]}
    assert found.reviewed_by == ()
    alone = replay(read, [one for one in told.all if one.by == "bob"]).extraction
    assert (alone.values["total"], alone.reviewed_by) == ("2.00", ("bob",))


def test_figures_have_intervals_over_documents_and_fields_where_enough() -> None:
    compared = []
    for number in range(FEW):
        told = Events(f"file:///in/{number}.pdf")
        told.looked("ann", ("confirm", "/total"), ("absent", "/tax"))
        second = ("set", "/total", "9.00") if number < 3 else ("confirm", "/total")
        told.looked("bob", second, *([("absent", "/tax")] if number else []), blind=True)
        compared += both_said(told.document, told.all)
    found = agreement(compared)
    assert found.people == ("ann", "bob")
    assert found.overall is not None
    whole = found.overall
    assert (whole.values, whole.documents) == (2 * FEW - 1, FEW)
    assert whole.interval.estimate == (2 * FEW - 4) / (2 * FEW - 1)
    assert whole.interval.low < whole.interval.estimate < whole.interval.high
    assert set(found.by_field) == {"/total"}, "of /tax one document is missing"
    assert [one.document for one in found.differing] == [f"file:///in/{n}.pdf" for n in range(3)]
    assert agreement([]).overall is None
