"""Run folders that people have reviewed: real runs of the embedded engine, and what was said of
them."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from docglean.extractors.extraction import Extraction
from docglean.extractors.reviews import Action, ReviewEvent, ReviewLog, fingerprint
from docglean.flows.run_folder import RunFolder

from docglean.cli.app import run_command

SCAN, LONG = "invoice-scan.pdf", "invoice-three-pages.pdf"
GOOD, DOUBTED, BELOW = LONG, SCAN, 0.107
"""By the shipped prior a null of the second is less sure than `BELOW` (its page is the harder to
read), and none of the first is. To be looked up again after the prior is fitted anew."""
SAMPLES = Path(__file__).resolve().parent.parent / "samples" / "documents"


def local_run(folder: Path, names: Sequence[str], *more: str) -> Path:
    """The run folder of the embedded engine's run over copies of some samples."""
    documents = folder / "documents"
    documents.mkdir(exist_ok=True)
    for name in names:
        shutil.copy(SAMPLES / name, documents / name)
    out = folder / "out"
    words = ["extract", str(documents), "--engine", "local", "--out", str(out), "--quiet", *more]
    assert run_command(words) in (0, 1)
    return out


def copy_of(run: Path, to: Path) -> Path:
    """A run folder of one's own, for its documents stay where they are."""
    return Path(shutil.copytree(run, to))


class Reviewer:
    """Somebody who reviews the documents of a run folder."""

    def __init__(self, run: Path, name: str = "ann", *, blind: bool = False) -> None:
        self.run, self.name, self.blind = run, name, blind

    def read(self, document: str) -> Extraction[Any]:
        """What the engine has read of a document, by its name."""
        results = RunFolder(self.run).extractions()
        return next(one for one in results if one.document.name == document)

    def did(self, document: str, *done: tuple[Action, str] | tuple[Action, str, Any]) -> None:
        """Do things: action, path, and the new value where there is one."""
        read, log = self.read(document), ReviewLog(self.run)
        known = log.events(read.document.uri)
        revision = known[-1].revision if known else 0
        came = any(one.by == self.name for one in known) if self.blind else bool(known)
        steps = [*done] if came else [("start", "", read.values), *done]
        events = [
            ReviewEvent(
                id=uuid4().hex,
                by=self.name,
                document=read.document.uri,
                sha256=read.document.sha256,
                result=fingerprint(read),
                revision=revision + number,
                action=action,
                path=path,
                new=new[0] if new else None,
                seconds=2.0,
                blind=self.blind,
            )
            for number, (action, path, *new) in enumerate(steps, start=1)
        ]
        with log.writing():
            log.append(events)
