"""reviews.jsonl: appended whole or not at all, by several at once, torn lines passed over."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from docglean.extractors.reviews import REVIEWS, ReviewEvent, ReviewLog
from docglean.schemas.errors import ConfigError


def event(number: int, by: str = "ann") -> ReviewEvent:
    return ReviewEvent(
        id=f"{by}{number}", by=by, document="file:///a", result="r", revision=number,
        action="set", path="/total", new="1.00 €",
    )  # fmt: skip


def test_what_was_added_is_read_again(tmp_path: Path) -> None:
    log = ReviewLog(tmp_path)
    with log.writing():
        log.append([event(1), event(2)])
    assert [one.id for one in log.events("file:///a")] == ["ann1", "ann2"]
    again = ReviewLog(tmp_path)
    assert list(again.events("file:///a")) == list(log.events("file:///a"))
    assert "ann1" in again
    assert not again.events("file:///b")


def test_each_sees_what_the_other_has_added(tmp_path: Path) -> None:
    one, other = ReviewLog(tmp_path), ReviewLog(tmp_path)
    with one.writing():
        one.append([event(1)])
    with other.writing():
        assert len(other.events("file:///a")) == 1
        other.append([event(2, "bob")])
    one.refresh()
    assert [found.by for found in one.events("file:///a")] == ["ann", "bob"]


def test_an_event_that_comes_twice_is_one(tmp_path: Path) -> None:
    log = ReviewLog(tmp_path)
    with log.writing():
        log.append([event(1)])
        log.append([event(1)])
    assert len(log.events("file:///a")) == 1


def test_half_a_line_of_a_killed_writer_is_passed_over(tmp_path: Path) -> None:
    log = ReviewLog(tmp_path)
    with log.writing():
        log.append([event(1)])
    path = tmp_path / REVIEWS
    whole = event(2).to_json()
    with path.open("a", encoding="utf-8") as file:
        file.write(whole[: len(whole) // 2])
    after = ReviewLog(tmp_path)
    assert not after.faults, "it may be under way"
    with after.writing():
        after.append([event(3)])
    assert [one.id for one in after.events("file:///a")] == ["ann1", "ann3"]
    assert len(after.faults) == 1
    assert after.faults[0].startswith("line 2")


def test_a_later_version_is_refused(tmp_path: Path) -> None:
    told = json.loads(event(1).to_json()) | {"version": 99}
    (tmp_path / REVIEWS).write_text(json.dumps(told) + "\n", encoding="utf-8")
    with pytest.raises(ConfigError, match="later version") as caught:
        ReviewLog(tmp_path)
    assert caught.value.code == "bad_reviews"


def test_a_file_that_became_shorter_is_refused(tmp_path: Path) -> None:
    log = ReviewLog(tmp_path)
    with log.writing():
        log.append([event(1)])
    os.truncate(tmp_path / REVIEWS, 3)
    with pytest.raises(ConfigError, match="shorter"):
        log.refresh()


def test_a_full_disk_adds_nothing(tmp_path: Path) -> None:
    """The limit on the size of files is as sudden as a full disk, and needs no rights to set."""
    script = """
import resource, signal, sys
from pathlib import Path
from docglean.extractors.reviews import ReviewEvent, ReviewLog
from docglean.schemas.errors import ConfigError
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
log = ReviewLog(Path(sys.argv[1]))
same = {"by": "a", "document": "d", "result": "r", "action": "note"}
def event(n, text): return ReviewEvent(id=str(n), text=text, **same)
with log.writing():
    log.append([event(1, "short")])
    size = log.path.stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 300, resource.RLIM_INFINITY))
    try:
        log.append([event(2, "x" * 1000)])
    except ConfigError as error:
        print(error.code, log.path.stat().st_size == size, len(log.events("d")))
    log.append([event(3, "")])
    print(len(ReviewLog(log.path.parent).events("d")))
"""
    done = subprocess.run(
        [sys.executable, "-c", script, tmp_path], capture_output=True, text=True, check=True
    )
    code, same, events, after = done.stdout.split()
    assert code == "reviews_full"
    assert (same, events, after) == ("True", "1", "2")
