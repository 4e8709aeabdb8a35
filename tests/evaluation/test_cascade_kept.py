"""What the report promises of one engine after another is what a run of both comes to.

Two readers of packages with known answers, whose price is known: both are measured, the report
simulates the cascade from the rows, and `extract --then` is run on the same documents.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from shutil import copy
from typing import Any

import pymupdf
import pytest
from docglean.evaluation.cascade import Cascade, CascadeRule
from docglean.evaluation.compare import compare
from docglean.evaluation.counts import gather
from docglean.evaluation.follow_ups import RULES
from docglean.evaluation.resampling import Interval
from docglean.evaluation.results import Results
from docglean.schemas.schema import load_schema

from docglean.cli.app import run_command
from tests.plugin_packages import install

PACKAGE = """
import json
from decimal import Decimal
from pathlib import Path
from docglean.extractors.extraction import Spending
from docglean.extractors.reader import Answer, Reader, ReaderReport
from docglean.extractors.reader_kinds import ReaderKind

class Known(Reader):
    '''Reads by heart, and asks a known price for each document.'''

    async def read(self, schema):
        await self.shown.opened.words.read(self.shown.pages)
        answers = json.loads(Path("ANSWERS").read_text())
        return Answer(answers[self.shown.opened.name.rpartition("/")[2]])

    def report(self):
        return ReaderReport(Spending(cost=Decimal("PRICE"), calls=1))

RECORD = ReaderKind("NAME", Known, deterministic=True)
"""
SLIP = '''
from decimal import Decimal
from typing import Annotated
from docglean.schemas.kinds import Money
from pydantic import BaseModel

class Line(BaseModel):
    text: str | None = None
    amount: Annotated[Decimal | None, Money()] = None

class Bill(BaseModel):
    """A bill."""

    number: str | None = None
    customer: str | None = None
    total: Annotated[Decimal | None, Money()] = None
    lines: list[Line] = []
'''
COUNT = 24
PRICES = {"cheap": "0.01", "dear": "0.10"}


def truth(number: int) -> dict[str, Any]:
    return {
        "number": f"R-{number:03}",
        "customer": f"Customer{number:03}",
        "total": f"{number + 10}.50",
        "lines": [{"text": "Pears", "amount": f"{number + 3}.25"},
                  {"text": "Plums", "amount": "7.25"}],
    }  # fmt: skip


def cheaply(number: int) -> dict[str, Any]:
    """Wrong in what stands nowhere, in what stands there, and in how many lines there are."""
    read = truth(number)
    if number % 3 == 0:
        read["total"] = "999.99"
    if number % 4 == 1:
        read["customer"] = "Nobody"
    if number % 6 == 2:
        read["lines"] = [{"text": "Figs", "amount": "555.55"}]
    if number % 8 == 7:
        read |= {"number": "X-1", "customer": "Nemo", "total": "888.88", "lines": []}
    if number % 5 == 4:
        read["number"] = "R"  # which is printed, but is not all of it
    return read


def dearly(number: int) -> dict[str, Any]:
    read = truth(number)
    if number % 7 == 3:
        read["total"] = "777.77"
    return read


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder with the labels, the report of both readers, and the ledger of that run."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("measured")
        patch.setenv("DOCGLEAN_LEDGER", str(folder / "ledger.sqlite"))
        patch.setenv("DOCGLEAN_LIMITS__WORKERS", "1")
        (folder / "installed").mkdir()
        patch.syspath_prepend(str(folder / "installed"))
        measure(folder, folder / "installed")
        yield folder


def measure(tmp_path: Path, packages: Path) -> None:
    labels = tmp_path / "labels"
    labels.mkdir()
    (tmp_path / "bill.py").write_text(SLIP)
    names = [f"{number:02}.pdf" for number in range(COUNT)]
    for number, name in enumerate(names):
        said, pdf = truth(number), pymupdf.open()
        page = pdf.new_page()
        rows = [f"Bill {said['number']}", said["customer"], f"Total {said['total']}"]
        rows += [f"{line['text']} {line['amount']}" for line in said["lines"]]
        for place, text in enumerate(rows):
            page.insert_text((72, 72 + 24 * place), text)
        pdf.save(labels / name)
    lines = [
        json.dumps({"id": name, "file": name, "schema": f"{tmp_path / 'bill.py'}:Bill",
                    "expected": truth(number)})
        for number, name in enumerate(names)
    ]  # fmt: skip
    (labels / "labels.jsonl").write_text("\n".join(lines))
    for name, read in (("cheap", cheaply), ("dear", dearly)):
        answers = tmp_path / f"{name}.json"
        answers.write_text(json.dumps({file: read(n) for n, file in enumerate(names)}))
        code = PACKAGE.replace("NAME", name).replace("ANSWERS", str(answers))
        install(packages, "docglean.readers", name, code.replace("PRICE", PRICES[name]))
    said = ["evaluate", str(labels), "--engine", "cheap", "--engine", "dear", "--yes"]
    assert run_command([*said, "--out", str(tmp_path / "report")]) == 0


@pytest.mark.slow
@pytest.mark.parametrize("rule", RULES[:2])
def test_a_run_is_as_right_as_was_promised_and_no_dearer(
    measured: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rule: str
) -> None:
    # What the other rule's run has stored is not for this one.
    for file in measured.glob("ledger.sqlite*"):
        copy(file, tmp_path)
    monkeypatch.setenv("DOCGLEAN_LEDGER", str(tmp_path / "ledger.sqlite"))
    # The shipped prior on both sides: what was fitted to these documents is not for them.
    rows = measured / "report" / "rows.jsonl"
    told = [json.loads(line) | {"cross_fitted": None} for line in rows.read_text().splitlines()]
    rows.write_text("".join(f"{json.dumps(one)}\n" for one in told))
    gathered = gather(Results(measured / "report"))
    first, second = (gathered.engines.index(name) for name in ("cheap", "dear"))
    one = gathered.followed_up[first, second][rule]
    alone = gathered.counts[first, 0, :, :2].sum()
    promised = alone + one.gained.sum()
    cost = gathered.cost[first, 0].sum() + (one.sent[0] * gathered.cost[second, 0]).sum()

    said = ["extract", str(measured / "labels"), "--engine", "cheap", "--then", "dear"]
    more = ["--when", rule, "--schema", f"{measured / 'bill.py'}:Bill", "--calibration", "off"]
    run_command([*said, *more, "--out", str(tmp_path / "out")])
    root = load_schema(f"{measured / 'bill.py'}:Bill").root
    right = sent = 0
    for line in (tmp_path / "out" / "results.jsonl").read_text().splitlines():
        found = json.loads(line)
        number = int(found["document"]["name"].rpartition("/")[2][:2])
        compared = compare(root, truth(number), found["data"])
        right += sum(row.outcome in ("correct", "correct_empty") for row in compared)
        sent += bool(found["readings"])
    run = json.loads((tmp_path / "out" / "run.json").read_text())["runs"][0]
    assert 0 < sent <= COUNT
    assert sent < COUNT or rule != RULES[0]  # the prior doubts little so far
    assert sent == one.sent.sum()
    assert right == promised > alone
    assert float(run["totals"]["spending"]["cost"]) == pytest.approx(cost)


def test_the_command_is_the_one_that_was_learnt_or_the_cheapest_near_the_strong_engine() -> None:
    def exactly(share: float) -> Interval:
        return Interval(share, share, share)

    def cascade(*chosen: str) -> Cascade:
        rules = [("a check fails", 0.97, 1.0), (RULES[0], 0.90, 2.0), (RULES[1], 0.965, 3.0),
                 (RULES[2], 0.98, 4.0)]  # fmt: skip
        told = tuple(CascadeRule(name, 0.5, exactly(share), cost) for name, share, cost in rules)
        return Cascade(
            "local", "dear", (chosen[0], chosen[1]), 0.5, exactly(0.97), exactly(0.0), 1.0, 9.0, 40,
            told,
        )  # fmt: skip

    command = f"docglean extract --engine local --then dear --when '{RULES[1]}'"
    assert cascade("a check fails", "a check fails").command == command
    assert cascade("a check fails", RULES[2]).command.endswith(f"--when '{RULES[2]}'")
