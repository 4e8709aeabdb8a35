"""How soon drift is told on real documents, and how often for nothing.

    python -m bench.drift [--evaldata FOLDER] [--ledger FILE] [--documents N] [--trials N]

Receipts are read once by `local`, and once more after each of `CHANGES` that nobody announces: as a
worse scanner would have given them (half the resolution, blurred, strong JPEG), and by a reader of
the same name that has lost a part (`bench.ablation`), as a model that is served anew may. Then,
again and again: a baseline and a run are drawn from them at random, with no document in both. Told
are the share of unchanged runs that are told as drift (beside the false alarm rate that was asked
for), and the documents after which a run is told that changes from a document on. Pages that were
read are in the ledger. A model of another name, or another schema, is told with its first document.
Documents of both folds are read: no value and no label is looked at.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Sequence
from pathlib import Path
from random import Random
from statistics import median

from docglean.evaluation.drift.comparison import compare
from docglean.evaluation.drift.readings import DocumentReading, readings
from docglean.flows.run_folder import RunFolder
from PIL import Image, ImageFilter

from bench.runs import measured

SETS = ("sroie", "sroie_more")
GOOD_FIRST = 10
"""Documents of a run before it changes."""
CHANGES = {
    "worse scans": "",
    "no value without a caption": "unnamed",
    "no English captions": "language:en",
}
"""What changes, and the part that the reader has lost."""
_WITHOUT = (
    "import sys; from bench.ablation import switch_off; switch_off({!r}); "
    "from docglean.cli.app import main; sys.exit(main())"
)
FALSE_ALARMS = (0.05, 0.1)


def worse_scan(path: Path, to: Path) -> Path:
    """The picture as a worse scanner gives it."""
    with Image.open(path) as opened:
        picture = opened.convert("RGB")
    small = picture.resize((picture.width // 2, picture.height // 2))
    blurred = small.filter(ImageFilter.GaussianBlur(0.8))
    written = to / path.name
    blurred.save(written, quality=30)
    return written


def read(
    paths: Sequence[Path], out: Path, ledger: Path, without: str = ""
) -> list[DocumentReading]:
    """What the readings of these documents tell, in their order; by a reader without a part."""
    program = ["-c", _WITHOUT.format(without)] if without else ["-m", "docglean"]
    words = [*program, "extract", *map(str, paths), "--engine", "local", "--quiet"]
    measured(
        [*words, "--schema", "receipt", "--out", str(out)],
        {"DOCGLEAN_LEDGER": str(ledger)},
        allowed=(0, 1),
    )
    return readings(RunFolder.existing(out).extractions())


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--evaldata", type=Path, default=os.environ.get("DOCGLEAN_EVALDATA"))
    parser.add_argument("--ledger", type=Path)
    parser.add_argument("--documents", type=int, default=138)
    parser.add_argument("--trials", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    said = parser.parse_args()
    if said.evaldata is None:
        parser.error("name the evaluation documents: --evaldata, or DOCGLEAN_EVALDATA")
    random = Random(said.seed)
    every = [path for name in SETS for path in sorted((said.evaldata / name / "docs").iterdir())]
    chosen = sorted(random.sample(every, min(said.documents, len(every))))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        ledger = said.ledger or place / "ledger.sqlite"
        (place / "worse").mkdir()
        good = read(chosen, place / "good", ledger)
        worse = [worse_scan(path, place / "worse") for path in chosen]
        changed = {
            name: read(chosen if without else worse, place / f"changed-{n}", ledger, without)
            for n, (name, without) in enumerate(CHANGES.items())
        }
    half = len(good) // 2
    length = len(good) - half
    print(f"{len(good)} receipts; baseline {half}, run {length}, {said.trials} trials each")
    for rate in FALSE_ALARMS:
        told = [random.sample(range(len(good)), len(good)) for _ in range(said.trials)]
        alarms = sum(
            compare([good[i] for i in one[:half]], [good[i] for i in one[half:]], rate).drifted
            for one in told
        )
        print(f"asked {rate:.0%}: {alarms / said.trials:.1%} of unchanged runs told as drift")
        for name, bad in changed.items():
            after = [_told_after(good, bad, one, half, rate) for one in told]
            print(f"  {name} from document {GOOD_FIRST + 1} on: {_how_soon(after)}")


def _how_soon(after: Sequence[int | None]) -> str:
    found = sorted(one for one in after if one is not None)
    told = f"told in {len(found)} of {len(after)} runs"
    if not found:
        return told
    most = found[int(0.9 * (len(found) - 1))]
    return f"{told}, after median {median(found):g}, nine of ten within {most} documents of them"


def _told_after(
    good: Sequence[DocumentReading],
    bad: Sequence[DocumentReading],
    order: Sequence[int],
    half: int,
    rate: float,
) -> int | None:
    """Changed documents until it is told; None where it never is, or was told before them."""
    run = order[half:]
    mixed = [good[i] for i in run[:GOOD_FIRST]] + [bad[i] for i in run[GOOD_FIRST:]]
    found = compare([good[i] for i in order[:half]], mixed, rate)
    first = min((one.after for one in found.figures if one.after is not None), default=0)
    return first - GOOD_FIRST if first > GOOD_FIRST else None


if __name__ == "__main__":
    main()
