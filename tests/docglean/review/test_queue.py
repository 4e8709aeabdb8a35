"""The worst first, what is left to look at, and how much of what is wrong is found by that."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from docglean.extractors.condition import Condition
from docglean.flows.open_reviews import open_run
from docglean.flows.run_folder import RunFolder
from docglean.schemas.errors import Problem
from made_runs import LINES, result, run_of, said

from docglean.review import queue as queue_room
from docglean.review.desk import Desk
from docglean.review.docket import Docket, DocketEntry
from docglean.review.labels_docket import LabelsDocket
from docglean.review.personal_queues import PersonalQueues
from docglean.review.queue import QueueFilter, ReviewQueue, facets_of
from docglean.review.queue_answers import stretch
from docglean.review.queue_rows import QueueRow, row_of
from docglean.review.run_docket import RunDocket, RunsDocket

VALUES = {"company": "ACME", "total": "12.00", "tax_total": None}


def checked(path: str) -> Problem:
    return Problem(code="check_failed", message="It does not add up.", path=path)


RESULTS = (
    result("fine.pdf", VALUES, {"/total": 0.99, "/company": 0.95}),
    result("unsure.pdf", VALUES, {"/total": 0.5, "/company": 0.95}),
    result("less.pdf", VALUES, {"/total": 0.7, "/company": 0.3, "/tax_total": 0.6}),
    result("sum.pdf", VALUES, {"/total": 0.99}, problems=[checked("/total")]),
    result(
        "lost.pdf", VALUES, {"/total": 0.99},
        problems=[Problem(code="not_found", message="Nowhere.", path="/company")],
    ),
    result("failed.pdf", None, problems=[Problem(code="damaged", message="?", severity="error")]),
)  # fmt: skip


@contextmanager
def queue_of(folder: Path, docket: Docket | None = None, **more: Any) -> Iterator[ReviewQueue]:
    queue = ReviewQueue(docket or RunDocket(folder), **more)
    queue.start()
    try:
        until = time.monotonic() + 30
        while queue.indexed < queue.documents and time.monotonic() < until:
            time.sleep(0.01)
        yield queue
    finally:
        queue.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return run_of(tmp_path / "out", *RESULTS)


def names(queue: ReviewQueue, **wanted: Any) -> list[str]:
    return [row.name.removesuffix(".pdf") for row in queue.wanted(QueueFilter(**wanted))]


def take(
    queue: ReviewQueue, folder: Path, name: str, *events: tuple[str, str], **more: Any
) -> None:
    docket = RunDocket(folder)
    entry = next(one for one in map(docket.read, (it.id for it in docket.listed()))
                 if one.result.document.name == name)  # fmt: skip
    desk = Desk()
    told = [said(entry.result, action, path, **more) for action, path in events]
    desk.take(entry, "ann", desk.reviewed(entry, "ann").revision, told)
    queue.update(entry.id)


def test_the_worst_first_and_what_needs_no_look_not_at_all(folder: Path) -> None:
    with queue_of(folder) as queue:
        # By how sure they are; where nothing is known, what has a problem comes first.
        assert names(queue) == ["failed", "lost", "less", "unsure", "sum"]
        assert names(queue, only_open=False)[-1] == "fine"
        assert names(queue, order="name") == ["failed", "less", "lost", "sum", "unsure"]
        assert names(queue, order="input") == ["unsure", "less", "sum", "lost", "failed"]


def test_values_to_look_at(folder: Path) -> None:
    with queue_of(folder) as queue:
        rows = {row.name: row for row in queue.rows()}
    # A prior's doubt of a null is none; nothing at all is known of the failed one.
    assert {name: row.to_look for name, row in rows.items() if name != "failed.pdf"} == {
        "fine.pdf": 0, "unsure.pdf": 1, "less.pdf": 2, "sum.pdf": 1, "lost.pdf": 1
    }  # fmt: skip
    assert rows["failed.pdf"].to_look > 10
    assert rows["less.pdf"].least == 0.3
    assert rows["less.pdf"].fields == {"/total", "/company"}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("field == '/total' and confidence<0.75", ["unsure", "less"]),
        ("field == '/company'", ["sum", "lost", "less", "fine", "unsure"]),
        ("null and schema == 'invoice'", []),
    ],
)
def test_a_condition_says_what_is_to_be_looked_at(
    tmp_path: Path, condition: str, expected: list[str]
) -> None:
    folder = run_of(tmp_path / "out", *RESULTS[:-1])
    with queue_of(folder, condition=Condition.of(condition)) as queue:
        assert names(queue) == expected


def test_filters(folder: Path) -> None:
    with queue_of(folder) as queue:
        assert names(queue, problem="not_found") == ["lost"]
        assert names(queue, status="failed") == ["failed"]
        assert names(queue, field="/company", status="ok") == ["less"]
        assert names(queue, find="UNS") == ["unsure"]
        assert names(queue, schema="invoice") == []
        facets = facets_of(queue.wanted(QueueFilter()))
    assert facets["status"] == {"review": 2, "ok": 2, "failed": 1}
    assert facets["problem"] == {"damaged": 1, "check_failed": 1, "not_found": 1}
    assert facets["field"]["/company"] == 3


def test_what_cannot_be_read_is_told_and_keeps_nobody(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "documents" / "sum.pdf.json").write_text("{")
    later = folder / "documents" / "lost.pdf.json"
    later.write_text(later.read_text().replace('"version": 1', '"version": 9'))

    def fails_once(entry: DocketEntry, *more: Any) -> QueueRow:
        if entry.result.document.name == "less.pdf":
            raise ZeroDivisionError
        return row_of(entry, *more)

    monkeypatch.setattr(queue_room, "row_of", fails_once)
    with queue_of(folder) as queue:
        assert queue.indexed == queue.documents
        assert names(queue) == ["failed", "unsure"]
        problems = {row.name: row.problems for row in queue.rows() if not row.uri}
    assert problems == {
        "sum.pdf": ("no_result",), "lost.pdf": ("later_result",), "less.pdf": ("unreadable",)
    }  # fmt: skip
    assert "less.pdf cannot be put into the queue" in caplog.text


def test_neighbours(folder: Path) -> None:
    with queue_of(folder) as queue:
        ids = [row.id for row in queue.wanted(QueueFilter())]
        assert queue.neighbours(ids[0]) == (None, ids[1])
        assert queue.neighbours(ids[-1]) == (ids[-2], ids[0])
        only = QueueFilter(find="sum")
        assert queue.neighbours(queue.wanted(only)[0].id, only) == (None, None)
        assert queue.neighbours("one that is done") == (None, ids[0])


def test_what_was_looked_at_is_to_be_looked_at_no_more(folder: Path) -> None:
    with queue_of(folder) as queue:
        take(queue, folder, "less.pdf", ("confirm", "/company"))
        row = next(row for row in queue.rows() if row.name == "less.pdf")
        assert (row.to_look, row.looked, row.least) == (1, 1, 0.7)
        take(queue, folder, "less.pdf", ("confirm", "/total"))
        take(queue, folder, "failed.pdf", ("done", ""))
        assert names(queue) == ["lost", "unsure", "sum"]
        done = next(row for row in queue.rows() if row.name == "failed.pdf")
        assert (done.status, done.engine_status, done.reviewed_by) == (
            "reviewed", "failed", ("ann",)
        )  # fmt: skip


def test_what_ended_as_review_is_open_until_it_is_signed_off(folder: Path) -> None:
    with queue_of(folder) as queue:
        take(queue, folder, "sum.pdf", ("confirm", "/total"))
        assert "sum" in names(queue)
        row = next(row for row in queue.rows() if row.name == "sum.pdf")
        assert (row.to_look, row.status) == (0, "ok")
        take(queue, folder, "sum.pdf", ("done", ""))
        assert "sum" not in names(queue)


def test_of_several_runs_only_what_waits_is_open(folder: Path) -> None:
    with queue_of(folder, docket=RunsDocket(folder.parent)) as queue:
        waiting = open_run(RunFolder(folder)).documents
        assert {row.uri for row in queue.wanted(QueueFilter())} == {one.uri for one in waiting}
        assert names(queue) == ["lost", "sum"]
        assert len(names(queue, only_open=False)) == len(queue.rows()) > 2


def test_what_others_do_is_seen(folder: Path) -> None:
    with queue_of(folder) as mine, queue_of(folder) as theirs:
        take(theirs, folder, "sum.pdf", ("confirm", "/total"), ("done", ""))
        run_of(folder, result("new.pdf", VALUES, {"/total": 0.1}))
        mine.refresh()
        assert names(mine) == ["failed", "lost", "new", "less", "unsure"]


def test_reviewers_who_shall_not_see_each_other(folder: Path) -> None:
    with queue_of(folder, person="bob") as bob, queue_of(folder, person="ann") as ann:
        take(ann, folder, "sum.pdf", ("confirm", "/total"), ("done", ""))
        bob.refresh()
        assert "sum" in names(bob)
        assert "sum" not in names(ann)


def test_each_person_has_a_queue_where_they_shall_not_see_each_other(folder: Path) -> None:
    shared, blind = (PersonalQueues(RunDocket(folder), blind=one) for one in (False, True))
    try:
        assert shared.of("ann") is shared.of("bob")
        ann, bob = blind.of("ann"), blind.of("bob")
        assert ann is not bob
        for queue in (ann, bob):
            queue.refresh()
        docket = RunDocket(folder)
        entry = docket.read(ann.wanted(QueueFilter(find="sum"))[0].id)
        Desk(blind=True).take(entry, "ann", 0, [said(entry.result, "done", "")])
        blind.update(entry.id)
        assert "sum" not in names(ann)
        assert "sum" in names(bob)
    finally:
        shared.close()
        blind.close()


def test_labels_have_everything_to_be_looked_at(tmp_path: Path) -> None:
    (tmp_path / "labels.jsonl").write_text(
        '{"id": "a", "file": "a.pdf", "schema": "receipt", "expected": {"total": "1.00", '
        '"line_items": [{"quantity": "1"}]}, "drafted_by": "local"}\n'
    )
    queue = ReviewQueue(LabelsDocket(tmp_path))
    queue.refresh()
    [row] = queue.wanted(QueueFilter())
    # 18 values, and 4 of the one entry
    assert row.to_look == 18 + 4
    assert {"/total", "/phone", "/line_items/*/unit_price"} <= row.fields


def test_progress_by_the_pace_of_who_asks(folder: Path) -> None:
    with queue_of(folder) as queue:
        assert queue.progress("ann").seconds_per_value is None
        for name, seconds in [("unsure", 4), ("less", 6), ("sum", 8), ("lost", 10), ("fine", 5000)]:
            take(queue, folder, f"{name}.pdf", ("confirm", "/total"), seconds=seconds)
        told = queue.progress("ann")
        assert told.seconds_per_value == 8
        assert told.seconds_left == 8 * told.values_left
        assert queue.progress("bob").seconds_per_value is None


def test_how_much_of_what_is_wrong_is_found_is_told_by_a_calibration_only(tmp_path: Path) -> None:
    with queue_of(run_of(tmp_path / "prior", *RESULTS)) as queue:
        assert queue.progress("ann").errors_found_share is None
    results = (
        result("a.pdf", VALUES, {"/total": 0.5, "/company": 0.8}, calibrated=True),
        result("b.pdf", VALUES, {"/total": 0.75, "/company": 0.95}, calibrated=True),
    )
    folder = run_of(tmp_path / "out", *results)
    with queue_of(folder) as queue:
        take(queue, folder, "a.pdf", ("confirm", "/total"))
        told = queue.progress("ann")
    assert told.values_left == 2
    assert told.errors_found_share == pytest.approx(0.5)
    assert told.errors_found_after == pytest.approx(0.95)
    assert told.errors_left == pytest.approx(0.05)


def test_what_is_asked_again_is_not_found_yet(tmp_path: Path) -> None:
    sure = {"/total": 0.5, "/company": 0.5}
    read = result("a.pdf", {"total": "1.00", "company": "A"}, sure, calibrated=True)
    docket = RunDocket(run_of(tmp_path / "out", read))
    [one] = docket.listed()
    Desk().take(docket.read(one.id), "ann", 0, [said(read, "confirm", "/total")])
    anew = result("a.pdf", {"total": "2.00", "company": "A"}, sure, calibrated=True)
    with queue_of(run_of(tmp_path / "out", anew)) as queue:
        told = queue.progress("ann")
    assert (told.errors_found_share, told.errors_found_after) == (0, 1)


def test_lists_are_looked_at_where_a_problem_names_one_of_their_values(tmp_path: Path) -> None:
    values = VALUES | {"line_items": LINES}
    sure = {"/total": 0.99, "/line_items/1/line_total": 0.99}
    one = result("a.pdf", values, sure, problems=[checked("/line_items/1/line_total")])
    with queue_of(run_of(tmp_path / "out", one)) as queue:
        [row] = queue.rows()
    assert row.fields == {"/line_items/*/line_total"}


def test_it_ends_also_while_it_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    queue = ReviewQueue(RunDocket(run_of(tmp_path / "out", RESULTS[0])))
    reading = threading.Event()

    def refresh() -> None:
        reading.set()
        assert queue._closed.wait(30)
        assert queue._asked.wait(30)

    monkeypatch.setattr(queue, "refresh", refresh)
    queue.start()
    assert reading.wait(30)
    ending = threading.Thread(target=queue.close, daemon=True)
    ending.start()
    ending.join(30)
    assert not ending.is_alive()


def test_who_is_told_that_all_are_indexed_has_been_told_all_of_them(folder: Path) -> None:
    first_asked = threading.Event()

    class Held(RunDocket):
        def read(self, id: str) -> DocketEntry:
            assert first_asked.wait(30)
            return super().read(id)

    class Late(ReviewQueue):
        """The index is made while the answer is put together."""

        def wanted(self, wanted: QueueFilter) -> list[QueueRow]:
            found = super().wanted(wanted)
            first_asked.set()
            while self.indexed < self.documents:
                time.sleep(0.01)
            return found

    queue = Late(Held(folder))
    queue.start()
    try:
        told = stretch(queue, "ann", {"open": "0"})
        assert (told["rows"], told["indexed"]) == ([], 0)
        assert told["documents"] == len(RESULTS)
        told = stretch(queue, "ann", {"open": "0"})
        assert len(told["rows"]) == told["indexed"] == len(RESULTS)
    finally:
        queue.close()


@pytest.mark.slow
def test_ten_thousand_documents_answer_before_all_are_read(tmp_path: Path) -> None:
    folder = run_of(tmp_path / "out", RESULTS[1])
    text = (folder / "documents" / "unsure.pdf.json").read_text()
    for number in range(10_000):
        name = f"{number:05}.pdf"
        told = text.replace("unsure.pdf", name).replace("0.5", f"0.{number % 89 + 10}", 1)
        (folder / "documents" / f"{name}.json").write_text(told)
    queue = ReviewQueue(RunDocket(folder))
    queue.start()
    first = queue.wanted(QueueFilter())[:50]
    assert queue.documents == 10_001
    assert queue.indexed < 10_001
    try:
        until = time.monotonic() + 300
        while queue.indexed < queue.documents and time.monotonic() < until:
            time.sleep(0.1)
        assert queue.indexed == queue.documents
        found = queue.wanted(QueueFilter(field="/total", find="99"))
        facets_of(found)
        queue.progress("ann")
        assert len(first) <= 50
        assert all("99" in row.name for row in found)
        assert found[0].least == min(row.least for row in found if row.least is not None)
    finally:
        queue.close()
