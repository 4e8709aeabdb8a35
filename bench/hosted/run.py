"""All documents past one vendor's stand-in, with runs that are killed and one without money."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal

from servers.billing import SCHEMA
from servers.vendor import Vendor
from strict import KEYS
from warm_commands import WarmProcess, warm

from bench.hosted.documents import Slip, draw_documents
from bench.hosted.faults import number_of, standing
from bench.hosted.meter import Meter

KILLS = 2
LONGEST = 1_200.0
"""Seconds of one run, far more than it takes: what hangs is to be told, not waited for."""
LAST_WORDS = 2_000
"""Characters of what a run said that are told where it fails."""
OVER_BUDGET = 3
"""The exit code of a run that its budget ended."""
How = Literal["killed", "over budget", "ended"]


@dataclass
class Estimate:
    """What is expected in all.

    Attributes:
        cost: US dollars.
        tokens_in: of questions.
        answers: tokens of answers, without thinking.
    """

    cost: Decimal
    tokens_in: int
    answers: int


@dataclass
class Row:
    """A call as the ledger has it.

    Attributes:
        number: of the answer's id; None where none came.
        document: SHA-256.
    """

    number: int | None
    document: str
    run: str
    cost: Decimal | None
    tokens_in: int
    tokens_out: int
    thinking: int

    @property
    def tokens(self) -> int:
        return self.tokens_in + self.tokens_out


@dataclass
class Soaked:
    """What is left of one vendor's runs.

    Attributes:
        before, after_three: estimates made before any call, and after three documents.
        ends: how each run ended, in order.
        results: of results.jsonl.
        records: of run.json, the latest first.
    """

    truth: Mapping[str, Slip]
    meter: Meter
    before: Estimate
    after_three: Estimate
    ends: list[How]
    results: list[dict[str, Any]]
    records: list[dict[str, Any]]
    rows: list[Row]


class Place:
    """A folder with documents, their ledger and what became of them."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self.folder = folder
        self.ledger = folder / "ledger.sqlite"
        self.out = folder / "out"
        self._runs = 0

    def docglean(self, *words: str) -> str:
        """What a command prints.

        Raises:
            RuntimeError: it failed, or did not end.
        """
        run_to_end(self, words)
        return (self.folder / f"{self._runs}.out").read_text()

    def begun(self, *words: str) -> WarmProcess:
        """The command line in a process of its own, which says into files: pipes fill up."""
        self._runs += 1
        told = os.environ | KEYS | {"DOCGLEAN_LEDGER": str(self.ledger)}
        files = [self.folder / f"{self._runs}.{name}" for name in ("out", "err")]
        return warm().start(words, env=told, log=files)

    def ended(self, code: int, words: Sequence[str]) -> int:
        """Its exit code.

        Raises:
            RuntimeError: it is none of a run that came to its end.
        """
        if code not in (0, 1, OVER_BUDGET):
            said = (self.folder / f"{self._runs}.err").read_text()[-LAST_WORDS:]
            raise RuntimeError(f"docglean {' '.join(words)} ended with {code}: {said}")
        return code

    def rows(self) -> list[Row]:
        """The ledger's calls, without opening it as docglean does, which would settle them."""
        columns = "request_id, document, run, cost, input_tokens, output_tokens, reasoning_tokens"
        if not self.ledger.exists():
            return []
        with closing(sqlite3.connect(self.ledger)) as connection:
            found = connection.execute(f"select {columns} from replies").fetchall()
        return [
            Row(number_of(name) if name else None, document, run,
                None if cost is None else Decimal(cost), *tokens)
            for name, document, run, cost, *tokens in found
        ]  # fmt: skip

    def stored(self) -> set[int]:
        """Numbers of the answers that the ledger has."""
        return {row.number for row in self.rows() if row.number is not None}


def soak(name: str, documents: int, seed: int, folder: Path) -> Soaked:
    """All documents past one vendor."""
    own = f"{seed} {name}"  # a vendor's luck is not another's
    place, meter = Place(folder), Meter(random.Random(f"faults {own}"))
    truth = draw_documents(folder / "in", documents, f"documents {own}")
    (folder / "slip.py").write_text(SCHEMA)
    first = folder / "first"
    first.mkdir()
    for name_ in [one for one, slip in truth.items() if slip.whole][:3]:
        (first / name_).write_bytes((folder / "in" / name_).read_bytes())
    with standing(name, f"thinking {own}", meter) as (vendor, spec):
        asking = ["--schema", f"{folder / 'slip.py'}:Slip", "--engine", spec]
        before = _estimate(place, asking)
        place.docglean("extract", str(first), *asking, "--out", str(folder / "3"), "--quiet")
        after_three = _estimate(place, asking)
        words = ["extract", str(folder / "in"), *asking, "--out", str(place.out), "--quiet"]
        ends = [killed(place, words, vendor, meter, max(4, documents // 4)) for _ in range(KILLS)]
        budget = f"{max(after_three.cost / 8, Decimal('0.01')):.4f}"
        for more in (["--budget", budget], []):
            code = run_to_end(place, [*words, *more])
            ends.append("over budget" if code == OVER_BUDGET else "ended")
    results = [json.loads(line) for line in (place.out / "results.jsonl").open()]
    records = json.loads((place.out / "run.json").read_text())["runs"]
    rows = place.rows()
    meter.assign({row.number: row.document for row in rows if row.number is not None})
    return Soaked(truth, meter, before, after_three, ends, results, records, rows)


def run_to_end(place: Place, words: Sequence[str]) -> int:
    """A run that nobody disturbs; its exit code."""
    run = place.begun(*words)
    try:
        return place.ended(run.wait(LONGEST), words)
    finally:
        run.kill()


def killed(place: Place, words: Sequence[str], vendor: Vendor, meter: Meter, calls: int) -> How:
    """A run that is killed when so many more calls have come."""
    until, limit = time.monotonic() + LONGEST, len(vendor.calls) + calls
    run = place.begun(*words)
    while run.poll() is None and len(vendor.calls) < limit:
        if time.monotonic() > until:
            run.kill()
            raise RuntimeError(f"docglean {' '.join(words)} did not end in {LONGEST:g} s")
        time.sleep(0.02)
    if run.poll() is not None:
        place.ended(run.wait(), words)
        return "ended"
    run.kill()
    run.wait()
    _settle(vendor.url)
    meter.killed(place.stored())
    return "killed"


def _settle(url: str) -> None:
    """Until the stand-in has done all that it was asked before now.

    Connections are taken in their order, and each has a thread: when one of ours was served and
    no thread is left, there is nothing to come from those before it.
    """
    request = urllib.request.Request(f"{url}/settle", headers={"connection": "close"})
    try:
        urllib.request.urlopen(request, timeout=60).close()
    except urllib.error.HTTPError as error:
        error.close()
    until = time.monotonic() + 60
    while any("process_request_thread" in thread.name for thread in threading.enumerate()):
        if time.monotonic() > until:
            raise RuntimeError("the stand-in does not come to rest")
        time.sleep(0.02)


def _estimate(place: Place, asking: Sequence[str]) -> Estimate:
    """What all documents will have cost, those that the ledger has among them."""
    told = place.docglean("estimate", str(place.folder / "in"), *asking, "--json")
    total = json.loads(told)["total"]
    usage, rows = total["usage"], place.rows()
    return Estimate(
        Decimal(str(total["cost"])) + sum(((row.cost or Decimal(0)) for row in rows), Decimal(0)),
        usage["input_tokens"] + sum(row.tokens_in for row in rows),
        usage["output_tokens"] - usage["reasoning_tokens"]
        + sum(row.tokens_out - row.thinking for row in rows),
    )  # fmt: skip
