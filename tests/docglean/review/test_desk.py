"""What people say is written down before it is answered, once, and not over what others said."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from docglean.extractors.reviews import REVIEWS
from made_runs import LINES, lines_of, result, run_of, said

from docglean.review.desk import Desk
from docglean.review.docket import DocketEntry
from docglean.review.faults import Changed, DiskFull, ReviewFault
from docglean.review.run_docket import RunDocket

VALUES = {"company": "ACME", "total": "12.00", "tax_total": None, "line_items": LINES}
READ = result("a.pdf", VALUES, {"/total": 0.4, "/company": 0.95})


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return run_of(tmp_path / "out", READ)


def entry_of(folder: Path) -> DocketEntry:
    docket = RunDocket(folder)
    return docket.read(docket.listed()[0].id)


@pytest.fixture
def entry(folder: Path) -> DocketEntry:
    return entry_of(folder)


def test_events_are_on_the_disk_with_what_the_server_knows(
    folder: Path, entry: DocketEntry
) -> None:
    forged = said(READ, "set", "/total", new="13.00", by="eve", old="1", revision=77, seconds=4.5)
    found = Desk().take(entry, "ann", 0, [forged])
    assert found.extraction.values["total"] == "13.00"
    assert (found.revision, found.extraction.reviews["/total"].look) == (1, "corrected")
    start, event = lines_of(folder)
    assert (start["action"], start["new"]) == ("start", entry.result.values)
    told = {key: event[key] for key in ("by", "old", "new", "revision", "seconds", "document")}
    assert told == {
        "by": "ann", "old": "12.00", "new": "13.00", "revision": 1, "seconds": 4.5,
        "document": "file:///in/a.pdf",
    }  # fmt: skip


def test_what_comes_twice_is_one_event_also_beside_new_ones(
    folder: Path, entry: DocketEntry
) -> None:
    desk = Desk()
    first = said(READ, "set", "/total", new="13.00")
    desk.take(entry, "ann", 0, [first])
    assert desk.take(entry, "ann", 0, [first]).revision == 1
    # The answer to the first was lost; what followed it is no clash with oneself.
    found = desk.take(entry, "ann", 0, [first, said(READ, "set", "/total", new="14.00")])
    assert (found.revision, found.extraction.values["total"]) == (2, "14.00")
    assert len(lines_of(folder)) == 3


def test_an_older_page_is_taken_where_it_touches_nothing_that_was_changed(
    entry: DocketEntry,
) -> None:
    desk = Desk()
    desk.take(entry, "ann", 0, [said(READ, "set", "/total", new="13.00")])
    found = desk.take(entry, "bob", 0, [said(READ, "confirm", "/company")])
    assert (found.revision, found.extraction.values["total"]) == (2, "13.00")
    with pytest.raises(Changed) as clash:
        desk.take(entry, "bob", 0, [said(READ, "set", "/total", new="14.00")])
    assert (clash.value.by, clash.value.pointers) == ("ann", ("/total",))


ROW = "/line_items/1/line_total"


@pytest.mark.parametrize(
    ("theirs", "mine", "clashes"),
    [
        (("confirm", "/total"), ("confirm", "/total"), False),
        (("confirm", "/total"), ("set", "/total"), True),
        (("confirm", "/line_items"), ("set", ROW), False),
        (("set", ROW), ("confirm", "/line_items"), False),
        (("remove", "/line_items"), ("set", ROW), True),
        (("remove", "/line_items"), ("confirm", "/company"), False),
        (("set", ROW), ("remove", "/line_items"), True),
        (("confirm", ROW), ("move", "/line_items"), True),
        (("absent", "/line_items"), ("confirm", ROW), True),
        (("confirm", "/line_items/1"), ("set", ROW), True),
        (("confirm", ROW), ("confirm", ""), False),
        (("set", ROW), ("confirm", ""), True),
        (("set", ROW), ("done", ""), True),
        (("confirm", ROW), ("done", ""), False),
        (("note", ""), ("done", ""), False),
        (("done", ""), ("set", ROW), True),
    ],
)
def test_what_clashes_with_what(
    entry: DocketEntry, theirs: tuple[str, str], mine: tuple[str, str], clashes: bool
) -> None:
    more: dict[str, dict[str, Any]] = {
        "remove": {"index": 0}, "move": {"index": 0, "to": 1}, "set": {"new": "9.00"},
        "note": {"text": "?"},
    }  # fmt: skip
    first, second = (
        said(READ, action, path, **more.get(action, {})) for action, path in (theirs, mine)
    )
    desk = Desk()
    desk.take(entry, "ann", 0, [first])
    if clashes:
        with pytest.raises(Changed):
            desk.take(entry, "bob", 0, [second])
    else:
        assert desk.take(entry, "bob", 0, [second]).revision == 2


def test_an_undo_touches_what_it_takes_back(entry: DocketEntry) -> None:
    desk = Desk()
    first = said(READ, "set", "/total", new="13.00")
    desk.take(entry, "ann", 0, [first])
    desk.take(entry, "bob", 1, [said(READ, "set", "/total", new="14.00")])
    undo = said(READ, "undo", undoes=first["id"])
    with pytest.raises(Changed):
        desk.take(entry, "ann", 1, [undo])
    assert desk.take(entry, "ann", 2, [undo]).extraction.values["total"] == "14.00"
    with pytest.raises(ReviewFault, match="was not said"):
        desk.take(entry, "ann", 3, [said(READ, "undo", undoes="nothing")])


def test_rows_come_go_and_are_taken_back_together(entry: DocketEntry) -> None:
    desk = Desk()
    split = [
        said(READ, "set", "/line_items/0/line_total", new="6.00", group="g"),
        said(READ, "add", "/line_items", index=1, new={"description": "Half"}, group="g"),
    ]
    found = desk.take(entry, "ann", 0, split).extraction
    assert [one["description"] for one in found.values["line_items"]] == ["Bolt", "Half", "Nut"]
    assert found.values["line_items"][1] == {
        "description": "Half", "quantity": None, "unit_price": None, "line_total": None
    }  # fmt: skip
    found = desk.take(entry, "ann", 2, [said(READ, "undo", undoes="g")]).extraction
    assert found.values["line_items"] == entry.result.values["line_items"]


@pytest.mark.parametrize(
    ("event", "why"),
    [
        ({"action": "set", "path": "/nobody", "new": "1"}, "no /nobody"),
        ({"action": "set", "path": "/total", "new": "twelve"}, "not an amount"),
        ({"action": "set", "path": "/total", "new": {"a": 1}}, "no single value"),
        ({"action": "set", "path": "/line_items", "new": "x"}, "holds a list"),
        ({"action": "add", "path": "/line_items", "new": {"price": "1"}}, "no price"),
        ({"action": "add", "path": "/total"}, "no list"),
        ({"action": "set", "path": "/line_items/9/quantity", "new": "1"}, "does not fit"),
        ({"action": "remove", "path": "/line_items", "index": 2}, "does not fit"),
        ({"action": "start", "path": ""}, "by the server"),
        ({"action": "shred", "path": ""}, "action"),
        ({"action": "confirm", "path": "/total", "id": "a b"}, "no id"),
        ({"action": "confirm", "path": "/total", "seconds": -1}, "seconds"),
    ],
)
def test_what_cannot_be_taken_is_refused_with_all_that_came_with_it(
    folder: Path, entry: DocketEntry, event: dict[str, Any], why: str
) -> None:
    good = said(READ, "confirm", "/company")
    with pytest.raises(ReviewFault, match=why) as refused:
        Desk().take(entry, "ann", 0, [good, said(READ, "note") | event])
    assert refused.value.status == 422
    assert not (folder / REVIEWS).exists()


def test_a_rerun_is_told_before_anything_is_said_of_what_it_read(folder: Path) -> None:
    desk = Desk()
    desk.take(entry_of(folder), "ann", 0, [said(READ, "set", "/total", new="13.00")])
    again = result("a.pdf", VALUES | {"total": "15.00"})
    run_of(folder, again)
    entry = entry_of(folder)
    with pytest.raises(Changed, match="reading by local"):
        desk.take(entry, "ann", 1, [said(READ, "confirm", "/company")])
    asked = desk.reviewed(entry, "ann").extraction
    assert (asked.reviews["/total"].look, asked.values["total"]) == ("asked", "13.00")
    kept = desk.take(entry, "ann", 1, [said(again, "confirm", "/total")]).extraction
    assert (kept.reviews["/total"].look, kept.values["total"]) == ("corrected", "13.00")


def test_reviewers_who_shall_not_see_each_other_do_not(entry: DocketEntry) -> None:
    desk = Desk(blind=True)
    desk.take(entry, "ann", 0, [said(READ, "set", "/total", new="13.00"), said(READ, "done")])
    bob = desk.take(entry, "bob", 0, [said(READ, "confirm", "/total")])
    assert bob.extraction.values["total"] == "12.00"
    assert bob.extraction.reviewed_by == ()
    assert desk.reviewed(entry, "ann").extraction.values["total"] == "13.00"


def test_signing_off_leaves_the_files_of_the_engine_as_they_are(folder: Path) -> None:
    def files() -> dict[Path, bytes]:
        return {
            path: path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and REVIEWS not in path.name
        }

    before = files()
    found = Desk().take(entry_of(folder), "ann", 0, [said(READ, "done")]).extraction
    assert (found.status, found.reviewed_by) == ("reviewed", ("ann",))
    assert files() == before


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="limits of a file's size are POSIX")
def test_a_full_disk_takes_nothing_and_says_so(
    folder: Path, entry: DocketEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    import resource
    import signal

    Desk().take(entry, "ann", 0, [said(READ, "confirm", "/company")])
    size = (folder / REVIEWS).stat().st_size
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    heard = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 100, before[1]))
    try:
        with pytest.raises(DiskFull) as full:
            Desk().take(entry, "ann", 1, [said(READ, "set", "/total", new="13.00")])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, heard)
    assert full.value.status == 507
    assert (folder / REVIEWS).stat().st_size == size
    assert Desk().reviewed(entry, "ann").extraction.values["total"] == "12.00"


def test_a_log_cut_off_midway_loses_no_whole_event(folder: Path, entry: DocketEntry) -> None:
    Desk().take(entry, "ann", 0, [said(READ, "set", "/total", new="13.00")])
    log = folder / REVIEWS
    log.write_bytes(log.read_bytes() + b'{"version": 1, "id": "half')
    entry = entry_of(folder)
    found = Desk().take(entry, "ann", 1, [said(READ, "confirm", "/company")]).extraction
    assert (found.values["total"], found.revision) == ("13.00", 2)
    again = Desk().reviewed(entry_of(folder), "ann").extraction
    assert set(again.reviews) == {"/total", "/company"}


AT_THE_DESK = """
import sys
from pathlib import Path
from docglean.extractors.reviews import fingerprint
from docglean.review.desk import Desk
from docglean.review.run_docket import RunDocket
docket, person = RunDocket(Path(sys.argv[1])), sys.argv[2]
entry, desk = docket.read(docket.listed()[0].id), Desk()
for number in range(40):
    event = {"id": f"{person}{number}", "action": "note", "path": "", "text": str(number),
             "result": fingerprint(entry.result)}
    desk.take(entry, person, desk.reviewed(entry, person).revision, [event])
"""


@pytest.mark.e2e
def test_two_servers_on_one_folder_number_the_events_of_both(folder: Path) -> None:
    with ThreadPoolExecutor(2) as both:
        arguments = [
            [sys.executable, "-c", AT_THE_DESK, str(folder), person, "0"]
            for person in ("ann", "bob")
        ]
        ended = list(both.map(lambda one: subprocess.run(one, timeout=60, check=False), arguments))
    assert [one.returncode for one in ended] == [0, 0]
    events = [one for one in lines_of(folder) if one["action"] == "note"]
    assert [one["revision"] for one in events] == list(range(1, 81))
    assert {one["by"] for one in events[:60]} == {"ann", "bob"}


@pytest.mark.slow
def test_thousands_of_pasted_rows_are_taken_at_once(entry: DocketEntry) -> None:
    rows = [
        said(READ, "add", "/line_items", index=2 + at, new={"description": str(at)}, group="g")
        for at in range(3_000)
    ]
    desk = Desk()
    before = time.process_time()
    found = desk.take(entry, "ann", 0, rows).extraction
    # A quiet machine takes one second; comparing the whole list for each row takes a minute.
    assert time.process_time() - before < 15
    assert len(found.values["line_items"]) == 3_002
    assert found.reviews["/line_items"].look == "edited"
    back = desk.take(entry, "ann", 3_000, [said(READ, "undo", undoes="g")]).extraction
    assert len(back.values["line_items"]) == 2


def test_a_row_is_not_taken_back_from_under_what_was_said_of_rows_since(
    folder: Path, entry: DocketEntry
) -> None:
    desk = Desk()
    add = said(READ, "add", "/line_items", index=0, new={"description": "Cog"})
    desk.take(entry, "ann", 0, [add])
    word = said(READ, "set", "/line_items/0/description", new="COG")
    desk.take(entry, "bob", 1, [word])
    back = said(READ, "undo", undoes=add["id"])
    with pytest.raises(ReviewFault, match="bob has said something since"):
        desk.take(entry, "ann", 2, [back])
    desk.take(entry, "bob", 2, [said(READ, "undo", undoes=word["id"])])
    assert desk.take(entry, "ann", 3, [back]).extraction.values["line_items"] == LINES


def test_rows_of_one_group_are_taken_back_together(entry: DocketEntry) -> None:
    desk = Desk()
    rows = [
        said(READ, "add", "/line_items", index=n, new={"description": "Cog"}, group="g")
        for n in range(3)
    ]
    desk.take(entry, "ann", 0, rows)
    found = desk.take(entry, "ann", 3, [said(READ, "undo", undoes="g")])
    assert found.extraction.values["line_items"] == LINES


@pytest.mark.parametrize("new", [1e999, float("nan")])
def test_a_number_that_is_none_is_refused(folder: Path, entry: DocketEntry, new: float) -> None:
    with pytest.raises(ReviewFault, match="not finite"):
        Desk().take(entry, "ann", 0, [said(READ, "set", "/company", new=new)])
    assert not (folder / REVIEWS).exists()


@pytest.mark.parametrize("path", ["/total", ""])
def test_nobody_has_confirmed_what_stood_there_before(entry: DocketEntry, path: str) -> None:
    desk = Desk()
    changed = said(READ, "set", "/total", new="9.00")
    desk.take(entry, "ann", 0, [changed])
    right = said(READ, "confirm", path)
    desk.take(entry, "bob", 1, [right])
    back = said(READ, "undo", undoes=changed["id"])
    with pytest.raises(ReviewFault, match="bob has said something since"):
        desk.take(entry, "ann", 2, [back])
    desk.take(entry, "bob", 2, [said(READ, "undo", undoes=right["id"])])
    assert desk.take(entry, "ann", 3, [back]).extraction.values["total"] == "12.00"


def test_what_was_changed_again_since_does_not_hold_an_undo_back(entry: DocketEntry) -> None:
    desk = Desk()
    first = said(READ, "set", "/total", new="9.00")
    desk.take(entry, "ann", 0, [first])
    desk.take(entry, "bob", 1, [said(READ, "set", "/total", new="8.00")])
    desk.take(entry, "bob", 2, [said(READ, "confirm", "/total")])
    found = desk.take(entry, "ann", 3, [said(READ, "undo", undoes=first["id"])])
    assert found.extraction.values["total"] == "8.00"


def test_an_undo_of_a_group_of_its_own_is_taken_back_as_well(entry: DocketEntry) -> None:
    desk = Desk()
    changed = said(READ, "set", "/total", new="9.00")
    desk.take(entry, "ann", 0, [changed])
    desk.take(entry, "ann", 1, [said(READ, "undo", undoes=changed["id"], group="back")])
    found = desk.take(entry, "ann", 2, [said(READ, "undo", undoes="back")])
    assert found.extraction.values["total"] == "9.00"


def test_an_id_of_another_document_is_refused_and_not_passed_over(tmp_path: Path) -> None:
    other = result("b.pdf", VALUES)
    docket = RunDocket(run_of(tmp_path / "both", READ, other))
    entries = {one.result.document.name: one for one in map(docket.read, _ids(docket))}
    event = said(READ, "confirm", "/total")
    Desk().take(entries["a.pdf"], "ann", 0, [event])
    again = said(other, "confirm", "/total") | {"id": event["id"]}
    with pytest.raises(ReviewFault, match="another document"):
        Desk().take(entries["b.pdf"], "ann", 0, [again])


def _ids(docket: RunDocket) -> list[str]:
    return [one.id for one in docket.listed()]
