"""Seconds and memory for scoring stored answers, and for the figures made of them.

    python -m bench.scoring [--documents 200] [--engines 5] [--lines 6]

The answers are made up: invoices of about 30 labelled fields with some values spoilt. What is
measured is the scorer, not an engine. With --documents 10000 it takes some minutes.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from docglean.evaluation.answer_store import finish
from docglean.evaluation.counts import gather
from docglean.evaluation.engine_figures import figures
from docglean.evaluation.labels import Label, LabelSet
from docglean.evaluation.results import ANSWERS, EngineAnswer, EngineRecord, Manifest, Results

SPOILT = 0.1


def invoice(random: Random, lines: int) -> dict[str, Any]:
    """Values of an invoice: 10 fields and four for each line."""

    def amount() -> str:
        return f"{random.randrange(1, 99999) / 100:.2f}"

    return {
        "invoice_number": f"INV-{random.randrange(10**6):06}",
        "issue_date": f"2024-{random.randrange(1, 13):02}-{random.randrange(1, 29):02}",
        "due_date": None,
        "seller_name": f"Seller {random.randrange(1000)} Ltd",
        "buyer_name": f"Buyer {random.randrange(1000)} GmbH",
        "currency": "EUR",
        "net_total": amount(),
        "tax_total": amount(),
        "grand_total": amount(),
        "iban": None,
        "line_items": [
            {
                "description": f"Article {random.randrange(500)}, size {random.randrange(9)}",
                "quantity": str(random.randrange(1, 9)),
                "unit_price": amount(),
                "line_total": amount(),
            }
            for _ in range(lines)
        ],
    }


def spoilt(values: Any, random: Random) -> Any:
    """A copy with some values changed, and lists in another order."""
    if isinstance(values, dict):
        return {name: spoilt(value, random) for name, value in values.items()}
    if isinstance(values, list):
        found = [spoilt(value, random) for value in values if random.random() > SPOILT / 5]
        random.shuffle(found)
        return found
    return random.choice(["9.99", None, values]) if random.random() < SPOILT else values


def main() -> None:
    """Make answers up, score them and print what it took."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--engines", type=int, default=5)
    parser.add_argument("--lines", type=int, default=5)
    told = parser.parse_args()
    random = Random(1)
    engines = [f"made-up:{number}" for number in range(told.engines)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        labels = tuple(
            Label(id=f"{i:05}", file=f"{i:05}.pdf", schema="invoice",
                  expected=invoice(random, told.lines))
            for i in range(told.documents)
        )  # fmt: skip
        label_set = LabelSet("made-up", folder, "docglean", labels)
        with (folder / ANSWERS).open("w") as file:
            for label in labels:
                for engine in engines:
                    answer = EngineAnswer(
                        set="made-up", document=label.id, file=label.file, schema="invoice",
                        engine=engine, status="ok", pages=1, latency=random.random(),
                        data=spoilt(label.expected, random),
                    )  # fmt: skip
                    file.write(answer.to_json() + "\n")
        records = [EngineRecord(spec=engine, provider="made-up") for engine in engines]
        manifest = Manifest(id="made-up", started=datetime.now(UTC), engines=records)
        keys = [(("made-up", label.id, engine, 1), label_set, label)
                for engine in engines for label in labels]  # fmt: skip
        before = memory()
        start = time.perf_counter()
        finish(folder, manifest, keys)
        scored = time.perf_counter() - start
        rows = sum(1 for _ in Results(folder).rows())
        start = time.perf_counter()
        found = figures(gather(Results(folder)))
        figured = time.perf_counter() - start
        accuracy = found.headline[0].accuracy
    assert accuracy is not None
    print(f"{told.documents} documents x {told.engines} engines, {rows:,} rows")
    print(f"scored in {scored:.1f} s, figures with intervals in {figured:.1f} s")
    print(f"memory {before:.0f} MB before, {memory():.0f} MB at the most")


def memory() -> float:
    """Most resident megabytes of this process so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
