"""Documents by seed and number: bytes, what is right, and where it stands."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from docglean.evaluation.labels import Label, LabelBox, put

from bench.generated.form import draw_form
from bench.generated.invoice import draw_invoice
from bench.generated.kinds import Drawn
from bench.generated.lots import Lots, chance, lots_of
from bench.generated.paper import Printed, expected, printed
from bench.generated.pdf import check_text, pdf_of
from bench.generated.receipt import draw_receipt
from bench.generated.scan import Scan, pictured, scan_look, scanned
from bench.generated.sheet import DoesNotFit
from bench.generated.statement import draw_statement
from bench.generated.table import draw_table

KINDS: dict[str, Callable[[Lots], Drawn]] = {
    "invoice": draw_invoice,
    "receipt": draw_receipt,
    "form": draw_form,
    "statement": draw_statement,
    "table": draw_table,
}
"""What can be drawn, by name."""

TRIES = 40


@dataclass(frozen=True)
class Generated:
    """One document.

    Attributes:
        id: its kind, the seed and its number: the same document wherever it is drawn.
        suffix: of its file: ``pdf``, ``jpg`` or ``png``.
        expected: right values as in a label.
        accept: others that are right too, by JSON pointer.
        boxes: every place where a value is printed.
    """

    id: str
    kind: str
    schema: str
    suffix: str
    content: bytes
    expected: dict[str, Any]
    accept: dict[str, list[Any]]
    boxes: tuple[Printed, ...]
    language: str

    def label(self) -> Label:
        """As a line of labels.jsonl, for a file in docs/."""
        boxes: dict[str, list[LabelBox]] = defaultdict(list)
        for one in self.boxes:
            boxes[one.pointer].append(around(one.boxes))
        return Label(
            id=self.id,
            file=f"docs/{self.id}.{self.suffix}",
            schema=self.schema,
            expected=self.expected,
            accept=self.accept,
            boxes=dict(boxes),
            tags={"kind": self.kind, "language": self.language},
        )


def documents(
    seed: int, count: int, kinds: Sequence[str] = ("invoice",), *, scans: float = 0.0
) -> Iterator[Generated]:
    """`count` documents of a seed, of these kinds in turn; a share of them as scans."""
    for number in range(count):
        yield document(seed, number, kinds[number % len(kinds)], scans=scans)


def document(seed: int, number: int, kind: str, *, scans: float = 0.0) -> Generated:
    """One document of a seed; what does not fit on its paper is drawn again.

    Args:
        scans: how often it is a scan.
    """
    for attempt in range(TRIES):
        lots = lots_of(kind, seed, number, attempt)
        try:
            drawn = KINDS[kind](lots)
            drawn.sheet.check()
            content = pdf_of(drawn.sheet, drawn.stream, lots)
            check_text(content, drawn.sheet)
        except DoesNotFit:
            continue
        places = printed(drawn.sheet)
        lots = lots_of("scan", kind, seed, number)
        scan = Scan("pdf", content, tuple(places))
        if chance(lots, scans):
            scan = scanned(content, places, scan_look(lots), lots.randrange(2**31))
        elif drawn.picture:
            scan = Scan("png", pictured(content, drawn.picture), tuple(places))
        values, accept = expected(places, drawn.values, drawn.blanks)
        for pointer, value in drawn.told.items():
            put(values, pointer, value)
        return Generated(
            id=f"{kind}_{seed}_{number}",
            kind=kind,
            schema=drawn.schema,
            suffix=scan.suffix,
            content=scan.content,
            expected=values,
            accept={**accept, **drawn.accept},
            boxes=scan.places,
            language=drawn.language,
        )
    raise DoesNotFit(f"no {kind} of seed {seed} fits, number {number}")


def around(boxes: Sequence[LabelBox]) -> LabelBox:
    """One box around those on the page of the first."""
    inside = [one.box for one in boxes if one.page == boxes[0].page and one.box]
    lows, highs = (
        [min(one[i] for one in inside) for i in (0, 1)],
        [max(one[i] for one in inside) for i in (2, 3)],
    )
    return LabelBox(page=boxes[0].page, box=(lows[0], lows[1], highs[0], highs[1]))
