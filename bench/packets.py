"""How well files that hold several documents are divided: where each begins is known exactly.

    python -m bench.packets [--evaldata FOLDER] [--packets N] [--seed N] [--fresh] [--fit] [--size]

Packets are put together by a seed from documents that the boundary model never saw: samples,
evaluation documents (the folder is that of DOCGLEAN_EVALDATA by default) and drawn ones; mixed,
runs of one sender, receipts, copies, one document alone; half of them as a scanner makes them, all
pages of one size. Printed are precision, recall and F1 of beginnings with 95 % intervals over
packets (bootstrap), by mix too; how many documents of several pages were cut, and how many of
these without that any part of it is marked as unsure; beginnings that were missed without a mark;
and how many beginnings and parts are marked.

--fit fits the model on the other half, and writes it with its record.
--size plans files of 100 and 1,000 pages: time a page and peak memory, as ratios.
Signs of pages are kept in build/; --fresh reads them again.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import pickle
import time
import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy
from docglean.extractors.packets import boundaries
from docglean.extractors.packets.gap_signs import SIGNS, gap_signs
from docglean.extractors.packets.plan import SURE, parts_by_signs
from scipy.optimize import minimize

from bench.packet_mixes import Packet, long_packet, packets
from bench.packet_sources import Half, halves

KEPT = Path("build") / "bench-packets.pickle"
FIT_SEED, FIT_PACKETS, SHRINKAGE = 11, 1500, 3.0
"""Of the packets that it is fitted on; precision of the prior on weights (ridge)."""
ROUNDS = 2000


@dataclass(frozen=True)
class Score:
    """What came of one packet."""

    mix: str
    right: int
    planned: int
    true: int
    many_pages: int
    cut: int
    cut_unmarked: int
    missed_unmarked: int
    parts: int
    marked: int


def score(packet: Packet) -> Score:
    """The plan of one packet beside the truth."""
    parts = parts_by_signs(packet.pages)
    planned = {part.first for part in parts[1:]}
    true = {place for place, starts in enumerate(packet.starts, 2) if starts}
    sure = [part for part in parts if part.certainty >= SURE]
    # A wrong beginning is marked where the part that begins there is; a missed one where the part
    # that runs over it is.
    wrong = {part.first for part in sure} & (planned - true)
    missed = [at for at in true - planned if any(p.first < at <= p.last for p in sure)]
    ends = [at - 1 for at in sorted(true)] + [len(packet.pages)]
    documents = list(zip([1, *sorted(true)], ends, strict=True))
    cut = [(a, b) for a, b in documents if any(a < at <= b for at in planned)]
    return Score(
        packet.mix,
        len(planned & true),
        len(planned),
        len(true),
        sum(b > a for a, b in documents),
        len(cut),
        sum(any(a < at <= b for at in wrong) for a, b in cut),
        len(missed),
        len(parts),
        len(parts) - len(sure),
    )


def figures(scores: Sequence[Score]) -> tuple[float, float, float]:
    """Precision, recall and F1 of beginnings, over all packets."""
    right, planned, true = (
        sum(getattr(s, n) for s in scores) for n in ("right", "planned", "true")
    )
    return (
        right / planned if planned else 1.0,
        right / true if true else 1.0,
        2 * right / (planned + true) if planned + true else 1.0,
    )


def interval(scores: Sequence[Score]) -> numpy.ndarray[Any, Any]:
    """95 % intervals of the three, by resampling packets."""
    random = numpy.random.default_rng(5)
    table = numpy.array([(s.right, s.planned, s.true) for s in scores], float)
    sums = random.multinomial(len(table), numpy.full(len(table), 1 / len(table)), ROUNDS) @ table
    right, planned, true = sums.T
    drawn = numpy.array([right / planned, right / true, 2 * right / (planned + true)])
    return numpy.quantile(drawn, [0.025, 0.975], axis=1).T


def report(scores: Sequence[Score]) -> str:
    """What is printed."""
    lines = []
    for name, value, (low, high) in zip(
        ("precision", "recall", "F1"), figures(scores), interval(scores), strict=True
    ):
        lines.append(f"{name:10} {value:6.1%}  ({low:.1%} to {high:.1%})")
    total = {
        n: sum(getattr(s, n) for s in scores) for n in Score.__dataclass_fields__ if n != "mix"
    }
    lines += [
        f"documents of several pages: {total['many_pages']}, cut {total['cut']}, "
        f"of these without a mark {total['cut_unmarked']}",
        f"beginnings: {total['true']}, missed {total['true'] - total['right']}, "
        f"of these without a mark {total['missed_unmarked']}",
        f"parts: {total['parts']}, marked as unsure {total['marked'] / total['parts']:.1%}",
    ]
    for mix in sorted({s.mix for s in scores}):
        own = [s for s in scores if s.mix == mix]
        precision, recall, f1 = figures(own)
        parts = sum(s.parts for s in own)
        lines.append(
            f"  {mix:13} {len(own):4} packets   P {precision:6.1%}  R {recall:6.1%}  F1 {f1:6.1%}"
            f"   marked {sum(s.marked for s in own) / parts:5.1%}"
        )
    return "\n".join(lines)


def table(found: Sequence[Packet]) -> tuple[Any, Any]:
    """Signs of all gaps, and whether a document begins there."""
    rows, truth = [], []
    for packet in found:
        for signs, starts in zip(gap_signs(packet.pages), packet.starts, strict=True):
            rows.append([signs.get(name, 0.0) for name in SIGNS])
            truth.append(starts)
    return numpy.array(rows), numpy.array(truth, float)


def fit(half: Half) -> dict[str, Any]:
    """The model's file: penalised logistic regression, each weight with the sign that it is told
    with."""
    signs, truth = table(packets(half, FIT_SEED, FIT_PACKETS))
    design = numpy.c_[numpy.ones(len(signs)), signs]
    side = 2 * truth - 1
    bounds = [(None, None)] + [
        (None if against else 0.0, None if for_ else 0.0) for for_, against in SIGNS.values()
    ]

    def loss(weights: Any) -> tuple[float, Any]:
        margin = side * (design @ weights)
        slope = -(design.T @ (side / (1 + numpy.exp(margin))))
        slope[1:] += SHRINKAGE * weights[1:]
        penalty = SHRINKAGE / 2 * (weights[1:] ** 2).sum()
        return float(numpy.logaddexp(0, -margin).sum() + penalty), slope

    found = minimize(loss, numpy.zeros(design.shape[1]), jac=True, bounds=bounds, method="L-BFGS-B",
                     options={"maxiter": 5000})  # fmt: skip
    weights = {name: round(float(w), 3) for name, w in zip(SIGNS, found.x[1:], strict=True)}
    return {
        "bias": round(float(found.x[0]), 3),
        "weights": {name: weight for name, weight in weights.items() if weight},
        "fitted": {
            "by": "python -m bench.packets --fit",
            "on": datetime.now(UTC).date().isoformat(),
            "packets": FIT_PACKETS,
            "gaps": len(truth),
            "beginnings": int(truth.sum()),
            "documents": sum(not one.sender for one in half.sources),
            "drawn documents": sum(bool(one.sender) for one in half.sources),
            "ridge": SHRINKAGE,
        },
    }


def sizes(half: Half) -> str:
    """Time a page and memory of planning, by the size of the file."""
    lines = ["planning from the signs of pages; memory beside the signs themselves"]
    took = {}
    for pages in (100, 1000):
        packet = long_packet(half, 3, pages)
        started = time.process_time()
        parts_by_signs(packet.pages)
        seconds = (time.process_time() - started) / len(packet.pages)
        tracemalloc.start()
        parts_by_signs(packet.pages)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        took[pages] = seconds, peak, len(pickle.dumps(packet.pages)) / len(packet.pages)
    (short, low, kept), (long, high, _) = took[100], took[1000]
    lines.append(f"time a page, 1,000 pages to 100: {long / short:.2f}")
    lines.append(f"peak memory, 1,000 pages to 100: {high / low:.1f} ({high / 1e6:.1f} MB)")
    lines.append(f"kept of a page: {kept / 1e3:.1f} kB")
    return "\n".join(lines)


def main() -> None:
    """Measure, or fit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--evaldata", type=Path, default=os.environ.get("DOCGLEAN_EVALDATA"))
    parser.add_argument("--packets", type=int, default=600)
    parser.add_argument("--seed", type=int, default=22)
    parser.add_argument("--scans", type=int, default=12, help="documents of a set")
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--size", action="store_true")
    said = parser.parse_args()
    if said.evaldata is None:
        parser.error("name the evaluation documents: --evaldata, or DOCGLEAN_EVALDATA")
    if said.fresh or not KEPT.exists():
        ledger = os.environ.get("DOCGLEAN_LEDGER", str(KEPT.with_suffix(".sqlite")))
        KEPT.parent.mkdir(exist_ok=True)
        made = asyncio.run(halves(Path(said.evaldata), ledger, scans=said.scans))
        KEPT.write_bytes(pickle.dumps(made))
    fitted_on, measured_on = pickle.loads(KEPT.read_bytes())
    if said.fit:
        path = Path(boundaries.__file__).with_suffix(".json")
        model = fit(fitted_on)
        path.write_text(json.dumps(model, indent=1) + "\n")
        boundaries.boundary_model.cache_clear()
        scores = [score(one) for one in packets(measured_on, said.seed, said.packets)]
        model["measured on other documents"] = {
            name: round(value, 4)
            for name, value in zip(("precision", "recall", "F1"), figures(scores), strict=True)
        }
        path.write_text(json.dumps(model, indent=1) + "\n")
    if said.size:
        print(sizes(measured_on))
        return
    scores = [score(one) for one in packets(measured_on, said.seed, said.packets)]
    print(report(scores))


if __name__ == "__main__":
    main()
