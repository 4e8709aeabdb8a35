"""Results that wait for the last document: in order, each as what is known of it at the end."""

from __future__ import annotations

from typing import Any

from docglean.extractors.extraction import Extraction, SourceRecord
from docglean.flows.duplicates import Duplicates
from docglean.flows.result_spool import ResultSpool


def document(name: str, sha256: str = "") -> Extraction[Any]:
    return Extraction[Any](
        document=SourceRecord(name=name, uri=f"file:///{name}", sha256=sha256),
        engine="local", status="ok", data={"text": "ä\n" * 10},
    )  # fmt: skip


def test_they_come_in_the_order_of_their_sources() -> None:
    spool = ResultSpool()
    for index, name in ((2, "c"), (0, "a-1"), (1, "b"), (0, "a-2")):
        spool.add(index, document(name))
    for _ in range(2):
        assert [one.document.name for one in spool.extractions()] == ["a-1", "a-2", "b", "c"]
    assert next(spool.extractions()) == document("a-1")
    spool.close()


def test_the_later_one_of_two_is_the_duplicate_whichever_was_done_first() -> None:
    spool = ResultSpool()
    spool.add(1, document("b", "same"))
    spool.add(0, document("a", "same"))
    spool.add(2, document("c", "other"))
    told = list(spool.tell_duplicates(Duplicates({})))
    assert [(before, now.document.name, now.status) for before, now in told] == [
        ("ok", "b", "review")
    ]
    assert [one.status for one in spool.extractions()] == ["ok", "review", "ok"]
    spool.close()
