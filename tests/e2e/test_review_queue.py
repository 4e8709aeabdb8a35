"""A queue of ten thousand documents: drawn where it is seen, asked for where it is drawn."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Tab, browsing
from review_desk import Desk, a_run, serving

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

MANY = 10_000


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten thousand results of the same three receipts, under names and addresses of their own."""
    run = a_run(tmp_path_factory.mktemp("in") / "in")
    lines = (run / "results.jsonl").read_text("utf-8").splitlines()
    some = [json.loads(line) for line in lines]
    for path in (run / "documents").iterdir():
        path.unlink()
    with (run / "results.jsonl").open("w", encoding="utf-8") as results:
        for number in range(MANY):
            one = json.loads(lines[number % len(some)])
            one["document"]["name"] = f"{number:05}-{one['document']['name']}"
            one["document"]["uri"] += f"?{number}"
            text = json.dumps(one)
            (run / "documents" / f"{number:05}.json").write_text(text, "utf-8")
            results.write(f"{text}\n")
    return run


@pytest.fixture(scope="module")
def desk(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    with serving(run) as server, browsing() as tab:
        desk = Desk(tab)
        desk.open(server.address)
        desk.wait(f"document.querySelector('[role=option]')?.ariaSetSize === '{MANY}'", 110)
        yield desk


def shown(tab: Tab) -> int:
    return int(tab.value("document.querySelectorAll('[role=option]').length"))


def test_only_what_is_seen_is_drawn(desk: Desk) -> None:
    assert 10 < shown(desk.tab) < 60
    desk.tab.value("document.getElementById('queue-list').scrollTop = 54 * 5000")
    desk.wait("document.querySelector('#q5003 .name')")
    assert shown(desk.tab) < 60
    desk.tab.value("document.getElementById('queue-list').focus()")
    desk.keys("End")
    desk.wait(f"document.querySelector('#q{MANY - 1} .name')")
    assert desk.tab.value(
        "document.getElementById('queue-list').getAttribute('aria-activedescendant')"
    ) == f"q{MANY - 1}"  # fmt: skip
    desk.keys("Home")
    desk.wait("document.querySelector('#q0 .name')")


def test_one_of_them_is_found_and_opened(desk: Desk) -> None:
    desk.click("#filter-find")
    desk.keys(*"07777")
    desk.wait("document.querySelector('[role=option]')?.ariaSetSize === '1'")
    desk.keys("Enter", "Enter")
    desk.wait_for("#name", "07777-")
    desk.tab.value("document.getElementById('filter-find').value = ''")


def test_they_are_chosen_by_what_is_wrong_with_them(desk: Desk) -> None:
    desk.tab.value("document.querySelector('.filters details').open = true")
    desk.tab.value(
        "(() => { const s = document.getElementById('filter-problem'); s.value = 'check_failed'; "
        "s.dispatchEvent(new Event('change')); })()"
    )
    desk.wait(f"document.querySelector('[role=option]')?.ariaSetSize === '{MANY // 3}'")
    assert "bad.pdf" in desk.text("[role=option] .name")
