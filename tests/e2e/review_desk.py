"""Receipts that are drawn, results of them that no engine made, the real server, and a person."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pymupdf
from browser import Tab
from docglean.extractors.extraction import (
    Confidence,
    Evidence,
    Extraction,
    OtherReading,
    SchemaRecord,
    SourceRecord,
    status_of,
)
from docglean.flows.run_folder import RunFolder, RunRecord
from docglean.schemas.errors import Problem
from docglean.schemas.schema import load_schema
from warm_commands import warm

RECEIPT = load_schema("receipt")
HEAD = (
    ("/company", "Corner Cafe", 60, 60, 16),
    ("/address", "12 Mill Lane, Leeds", 60, 84, 10),
    ("", "Receipt 4711", 60, 110, 10),
    ("/date", "03.04.2026", 300, 110, 10),
)
ITEMS = (("Flat white", "2", "3.50", "7.00"), ("Scone", "1", "5.00", "5.00"))
COLUMNS = {"description": 60, "quantity": 240, "unit_price": 300, "line_total": 380}
TOTAL = ("/total", "12.00", 380, 240, 12)
CURRENCY = ("/currency", "GBP", 330, 240, 12)


def drawn(path: Path) -> dict[str, Evidence]:
    """A receipt of one page, and where each value of it stands."""
    placed = [*HEAD, TOTAL, CURRENCY, ("", "Total", 60, 240, 12), ("", "Thank you", 60, 300, 10)]
    for row, item in enumerate(ITEMS):
        for (name, x), text in zip(COLUMNS.items(), item, strict=True):
            placed.append((f"/line_items/{row}/{name}", text, x, 160 + 24 * row, 10))
    document = pymupdf.open()
    page = document.new_page(width=460, height=640)
    evidence = {}
    for pointer, text, x, y, size in placed:
        page.insert_text((x, y), text, fontsize=size)
        width = pymupdf.get_text_length(text, fontsize=size)
        if pointer:
            box = (x, y - size, x + width, y + size / 4)
            evidence[pointer] = Evidence(how="exact", page=1, box=box, text=text, score=1)
    document.save(path)
    return evidence


def right_values() -> dict[str, Any]:
    """What the receipt prints."""
    items = [dict(zip(COLUMNS, item, strict=True)) for item in ITEMS]
    return {
        "company": "Corner Cafe", "address": "12 Mill Lane, Leeds", "date": "2026-04-03",
        "currency": "GBP", "line_items": items, "total": "12.00",
    }  # fmt: skip


def result(
    path: Path, sure: Mapping[str, float], *, problems: tuple[Problem, ...] = (), **wrong: Any
) -> Extraction[Any]:
    """The result of a drawn receipt.

    Args:
        sure: probabilities of values by pointer; 0.99 else.
        wrong: values that the engine has read otherwise than they are.
    """
    evidence = drawn(path)
    values = right_values() | wrong
    shares = {pointer: sure.get(pointer, 0.99) for pointer in evidence}
    sha = hashlib.sha256(path.read_bytes()).hexdigest()
    return Extraction[Any](
        run="r1",
        document=SourceRecord(
            name=path.name, uri=path.as_uri(), sha256=sha, media_type="application/pdf", pages=1
        ),
        schema=SchemaRecord(name="receipt", hash=RECEIPT.hash),
        engine="local",
        status=status_of(values, problems),
        data=values,
        evidence={p: one for p, one in evidence.items() if p[1:] not in wrong or wrong[p[1:]]},
        confidence={p: Confidence(probability=one, why=("made",)) for p, one in shares.items()},
        problems=list(problems),
        readings={"/total": [OtherReading(engine="other:one", value="12.00")]} if wrong else {},
    )


def a_run(folder: Path) -> Path:
    """A run of three receipts: the first to be looked at has a wrong total and an unsure date."""
    folder.mkdir(parents=True, exist_ok=True)
    fails = Problem(code="check_failed", message="The sum is 12.00, not 17.00.", path="/total")
    results = [
        result(folder / "good.pdf", {"/company": 0.8}),
        result(folder / "bad.pdf", {"/total": 0.3, "/date": 0.6}, problems=(fails,), total="17.00"),
        result(folder / "fair.pdf", {"/date": 0.7, "/line_items/1/quantity": 0.75}),
    ]
    run = RunFolder(folder / "run")
    run.begin(RunRecord(id="r1", started=datetime.now(UTC), engine="local"))
    for one in results:
        run.add(one)
    run.end(run.record().runs[0], [one.document.uri for one in results], {"receipt": RECEIPT})
    return folder / "run"


def events(run: Path) -> list[dict[str, Any]]:
    """What is written down."""
    log = run / "reviews.jsonl"
    lines = log.read_text("utf-8").splitlines() if log.is_file() else []
    return [one for one in map(json.loads, lines) if one["action"] != "start"]


class Server:
    """``docglean review`` in a process of its own, which starts warm."""

    def __init__(self, run: Path, *options: str, port: int = 0, by: str = "Ann") -> None:
        environment = os.environ | {"DOCGLEAN_LEDGER": str(run.parent / f"ledger-{by}.sqlite")}
        named = [] if "--all" in options else [str(run)]
        words = ["review", *named, "--by", by, "--no-browser", "--port", str(port), *options]
        self._process = warm().start(words, env=environment, shown=True)
        self.address = self._process.stdout.readline().strip()
        assert self.address.startswith("http://"), "the server did not start"

    @property
    def port(self) -> int:
        return int(self.address.split(":")[2].split("/")[0])

    def kill(self) -> None:
        """As the kernel does where memory is short: without a word. Nothing may be lost by it."""
        self._process.kill()
        self._process.wait(30)
        self._process.stdout.close()


@contextmanager
def serving(run: Path, *options: str, **more: Any) -> Iterator[Server]:
    server = Server(run, *options, **more)
    try:
        yield server
    finally:
        server.kill()


class Desk:
    """A person at the page: looks, presses keys, uses the mouse."""

    def __init__(self, tab: Tab) -> None:
        self.tab = tab
        tab.ask("Emulation.setFocusEmulationEnabled", enabled=True)
        tab.size(1280)

    def open(self, address: str) -> None:
        # The page before stays until the next one begins.
        self.tab.value("document.body?.classList.remove('ready')")
        self.tab.goto(address)
        self.wait("document.body?.classList.contains('ready')")

    def wait(self, expression: str, seconds: float = 30) -> None:
        """Until it holds."""
        deadline = time.monotonic() + seconds
        while not self.tab.value(f"!!({expression})"):
            assert time.monotonic() < deadline, f"never: {expression}"
            time.sleep(0.03)

    def text(self, selector: str) -> str:
        told = self.tab.value(f"document.querySelector({json.dumps(selector)})?.innerText ?? ''")
        return " ".join(str(told).split())

    def wait_for(self, selector: str, text: str) -> None:
        self.wait(
            f"(document.querySelector({json.dumps(selector)})?.innerText ?? '')"
            f".replace(/\\s+/g, ' ').includes({json.dumps(text)})"
        )

    @property
    def active(self) -> str:
        """Label of the value that is looked at."""
        return self.text("#card h2")

    @property
    def document(self) -> str:
        return self.text("#name")

    def saved(self) -> None:
        """Wait until the server has all of it."""
        self.wait("!document.body.classList.contains('editing')")
        self.wait_for("#saved", "all saved")

    def keys(self, *keys: str) -> None:
        for key in keys:
            self.tab.press(key)

    def click(self, find: str) -> None:
        """With the mouse, in the middle of an element that is brought into view."""
        left, top, width, height = self.box(find, into_view=True)
        self.tab.mouse(left + width / 2, top + height / 2)

    def tap(self, find: str) -> None:
        """The same with a finger."""
        left, top, width, height = self.box(find, into_view=True)
        self.tab.tap(left + width / 2, top + height / 2)

    def box(self, find: str, *, into_view: bool = False) -> list[float]:
        """Left, top, width and height on the screen, as soon as it is there.

        Args:
            find: a selector, or what `button` and `value` give.
        """
        one = find if "=>" in find else f"document.querySelector({json.dumps(find)})"
        move = "e.scrollIntoView({block: 'nearest', inline: 'nearest', behavior: 'instant'});"
        script = (
            f"(() => {{ const e = {one}; if (!e) return null; {move if into_view else ''}"
            "const r = e.getBoundingClientRect(); return [r.left, r.top, r.width, r.height]; })()"
        )
        deadline = time.monotonic() + 30
        while (found := self.tab.value(script)) is None:
            assert time.monotonic() < deadline, f"never: {find}"
            time.sleep(0.03)
        return list(found)

    @staticmethod
    def button(text: str) -> str:
        """The visible button with this text."""
        return (
            "[...document.querySelectorAll('button')].filter(b => b.checkVisibility() && "
            f"b.innerText.startsWith({json.dumps(text)})).at(-1)"
        )

    @staticmethod
    def value(label: str) -> str:
        """The first value of this name."""
        return (
            "[...document.querySelectorAll('.values .value')].find(b => b.textContent.startsWith("
            f"{json.dumps(label + ': ')}))"
        )

    def focus(self, find: str) -> None:
        self.box(find)
        self.tab.value(f"({find}).focus()")

    def on_page(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the receipt's page, in points, is on the screen."""
        left, top, width, height = self.box(".sheet")
        return left + width * x / 460, top + height * y / 640
