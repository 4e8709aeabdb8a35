"""Two people at the desk, one of them blind, as `labels check` and `labels from` read them."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

from docglean.evaluation.agreement import both_said
from docglean.extractors.reviews import ReviewLog, fingerprint
from docglean.flows.run_folder import RunFolder
from reviewed_runs import LONG, copy_of

from docglean.review.desk import Desk
from docglean.review.run_docket import RunDocket

ROWS = "/line_items"


def take(run: Path, person: str, *told: dict[str, Any], blind: bool) -> None:
    docket, desk = RunDocket(run), Desk(blind=blind)
    entries = (docket.read(one.id) for one in docket.listed())
    entry = next(one for one in entries if one.result.document.name == LONG)
    facts = {"result": fingerprint(entry.result), "seconds": 1.0}
    events = [{"id": uuid4().hex, **facts, **one} for one in told]
    desk.take(entry, person, desk.reviewed(entry, person).revision, events)


def test_both_remove_the_same_entry_and_one_is_gone(invoice_run: Path, tmp_path: Path) -> None:
    run = copy_of(invoice_run, tmp_path / "out")
    gone: dict[str, Any] = {"action": "remove", "path": ROWS, "index": 0}
    total = {"action": "set", "path": "/grand_total"}
    take(run, "ann", gone, {**total, "new": "1.00"}, blind=False)
    take(run, "bob", gone, {**total, "new": "2.00"}, blind=True)
    take(run, "cho", {"action": "confirm", "path": "/invoice_number"}, blind=False)
    read = {one.document.name: one for one in RunFolder(run).extractions()}[LONG]
    reviewed = {one.document.name: one for one in RunFolder(run).reviewed()}[LONG]
    assert reviewed.values["line_items"] == read.values["line_items"][1:]
    assert reviewed.values["grand_total"] == "1.00"
    assert reviewed.reviews["/invoice_number"].by == "cho"
    uri = read.document.uri
    found = {one.pointer: one for one in both_said(uri, ReviewLog(run).events(uri))}
    assert {pointer: one.agree for pointer, one in found.items()} == {
        ROWS: True, "/grand_total": False,
    }  # fmt: skip
    assert found["/grand_total"].second == ("bob", "2.00")
