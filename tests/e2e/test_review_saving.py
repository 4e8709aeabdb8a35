"""Nothing that a person says is lost: a killed server, two windows, two people, a full disk."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Tab, another, browsing
from review_desk import Desk, Server, events, serving

pytestmark = pytest.mark.e2e


@pytest.fixture
def tab(tmp_path: Path) -> Iterator[Tab]:
    with browsing() as tab:
        yield tab


def test_what_is_said_while_the_server_is_dead_is_kept_and_sent(run: Path, tab: Tab) -> None:
    server = Server(run)
    desk = Desk(tab)
    try:
        desk.open(server.address)
        desk.keys("Enter")
        desk.saved()
        server.kill()
        desk.keys("Enter")  # the total, while nobody hears it
        desk.wait_for("#saved", "not saved yet: 1")
        desk.wait_for("#trouble", "The server does not answer")
        assert len(events(run)) == 1
        server = Server(run, port=server.port)
        desk.wait_for("#trouble", "open the address that it printed")
        desk.open(server.address)
        desk.saved()
        assert [one["path"] for one in events(run)] == ["/date", "/total"]
        assert len({one["id"] for one in events(run)}) == 2
    finally:
        server.kill()


def test_two_windows_show_what_the_other_has_said(run: Path, tab: Tab, tmp_path: Path) -> None:
    with serving(run) as server:
        one = Desk(tab)
        one.open(server.address)
        with another(tab) as second:
            two = Desk(second)
            two.open(server.address)
            assert one.document == two.document == "bad.pdf"
            one.keys("Enter")
            one.saved()
            two.wait_for("#card .state", "confirmed")  # without being asked
            two.keys("Tab", "x")
            two.saved()
            one.wait_for("#card .state", "not in the document")
            assert [event["action"] for event in events(run)] == ["confirm", "absent"]


def test_who_changes_what_another_has_changed_is_asked(run: Path, tab: Tab, tmp_path: Path) -> None:
    with (
        serving(run, by="Ann") as hers,
        serving(run, by="Bo") as his,
        another(tab) as second,
    ):
        ann, bo = Desk(tab), Desk(second)
        ann.open(hers.address)
        bo.open(his.address)
        ann.keys("Tab")
        bo.keys("Tab", "1", "3")
        bo.wait_for("#card .stored", "stored as 13")
        ann.keys("1", "2", "Enter")
        ann.saved()
        bo.keys("Enter")
        bo.wait_for("dialog", "Somebody else was here first")
        assert "Ann" in bo.text("dialog")
        assert [one["by"] for one in events(run)] == ["Ann"]
        bo.keys("t")  # mine
        bo.saved()
        assert [(one["by"], one["new"]) for one in events(run)] == [("Ann", "12"), ("Bo", "13")]


def test_where_the_disk_is_full_what_was_said_is_kept_and_sent_again(run: Path, tab: Tab) -> None:
    with serving(run) as server:
        desk = Desk(tab)
        # Before the page is there: of one that is, the browser catches requests only after a while.
        tab.ask("Fetch.enable", patterns=[{"urlPattern": "*/events"}])
        desk.open(server.address)
        desk.keys("Enter")
        desk.wait_for("#saved", "not saved yet: 1")
        paused = tab.heard("Fetch.requestPaused")
        told = base64.b64encode(b'{"error": "No room.", "way_out": "Make room."}').decode()
        tab.ask("Fetch.fulfillRequest", requestId=paused["requestId"], responseCode=507, body=told)
        desk.wait_for("#trouble", "is full: nothing was taken")
        assert "Make room." in desk.text("#trouble")
        tab.ask("Fetch.disable")
        desk.click("#retry")
        desk.saved()
        assert [one["action"] for one in events(run)] == ["confirm"]
        assert tab.value("document.getElementById('trouble').hidden")
