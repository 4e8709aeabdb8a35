"""The picture of the review page in README: a real page, of a real run over samples/.

    python -m samples.review_picture [--out docs/review.webp]

Needs Chromium. Whoever changes how the page looks makes it anew.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

FOLDER = Path(__file__).resolve().parent
SHOWN = ("receipt-photo.jpg", "invoice-scan.pdf", "invoice-three-pages.pdf", "form.pdf")
SIZE = (1360, 800)
QUALITY = 88
"""Of WebP: text stays sharp, and the file small."""
LOADING = 15_000
"""Milliseconds of the page's own time until it is drawn."""


@contextmanager
def reviewing(run: Path) -> Iterator[str]:
    """The address of `docglean review` of a run, while the block goes on."""
    command = [sys.executable, "-m", "docglean", "review", str(run), "--by", "ann"]
    server = subprocess.Popen(
        [*command, "--no-browser", "--port", "0"],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        assert server.stdout is not None
        for line in server.stdout:
            if found := re.search(r"http://\S+", line):
                yield found[0]
                return
        raise SystemExit("docglean review has told no address")
    finally:
        server.terminate()
        server.wait()


def main() -> None:
    """Read the samples, open the page, keep what it looks like."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("docs/review.webp"))
    out = parser.parse_args().out
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if chromium is None:
        raise SystemExit("There is no Chromium here.")
    with tempfile.TemporaryDirectory() as place:
        run, shot = Path(place) / "samples", Path(place) / "shot.png"
        documents = [str(FOLDER / "documents" / name) for name in SHOWN]
        environment = os.environ | {"DOCGLEAN_LEDGER": str(Path(place) / "ledger.sqlite")}
        command = [sys.executable, "-m", "docglean", "extract", *documents, "--engine", "local"]
        subprocess.run([*command, "--quiet", "--out", str(run)], env=environment, check=False)
        with reviewing(run) as address:
            subprocess.run(
                [chromium, "--headless", "--no-sandbox", "--hide-scrollbars", "--disable-gpu",
                 f"--screenshot={shot}", f"--window-size={SIZE[0]},{SIZE[1]}",
                 f"--virtual-time-budget={LOADING}", address],
                check=True,
            )  # fmt: skip
        out.parent.mkdir(parents=True, exist_ok=True)
        Image.open(shot).convert("RGB").save(out, quality=QUALITY, method=6)
    print(f"{out}: {out.stat().st_size // 1024} KB")


if __name__ == "__main__":
    main()
