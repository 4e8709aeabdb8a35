"""What is laid before a reader of results: a document's values, and where each one stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from docglean.commands.sureness import Sureness, looks_like
from docglean.extractors.extraction import Box, Evidence, Extraction
from docglean.flows.links import anchor
from docglean.schemas.errors import Problem


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value.

    Attributes:
        id: of its element in the page; boxes refer to it.
        text: for people; empty where there is no value.
        is_number: set flush right.
        doubt: why the reader should look, such as ``not found``, ``check failed`` or ``similar``;
            else empty. What no page has to print (see `Kind.on_page`) is no doubt: it is no problem
            either.
        printed: what the document prints, where that differs from `text`.
        sure: how sure the value is; of a null, where that is worth a look.
        others: what other engines read, as sentences.
        look: what a person's look came to, see `ValueReview`; ``not_looked`` where documents are
            reviewed and nobody has looked; else empty.
        looked: who looked, and what the engine had read where that is something else.
    """

    id: str
    pointer: str
    label: str
    text: str
    is_number: bool = False
    evidence: Evidence | None = None
    doubt: str = ""
    printed: str = ""
    sure: Sureness | None = None
    others: tuple[str, ...] = ()
    look: str = ""
    looked: str = ""

    @property
    def is_missing(self) -> bool:
        """Whether it stands nowhere, though it should."""
        return "not found" in self.doubt

    @property
    def where(self) -> str:
        """Page or time of its evidence; empty where there is none."""
        if self.evidence is None or self.evidence.how == "not_found":
            return ""
        if self.evidence.page is not None:
            pages = [str(place.page) for place in self.evidence.places]
            return f"p. {', '.join(pages or [str(self.evidence.page)])}"
        return clock(self.evidence.seconds[0]) if self.evidence.seconds else ""

    @property
    def said(self) -> str:
        """All that is known of it as a sentence, for readers who hear the page."""
        sure = "" if self.sure is None else self.sure.said
        return ", ".join(part for part in (self._placed, sure, *self.others) if part)

    @property
    def _placed(self) -> str:
        if self.evidence is None or not self.text:
            return ""
        if self.evidence.how == "not_found":
            return "not found in the document" if self.is_missing else "concluded, not printed"
        if self.evidence.how == "embedded" and self.evidence.page is None:
            return "told by the file's own data, not printed"
        how = {
            "exact": "printed so",
            "normalised": "printed in another shape",
            "embedded": "told by the file's own data, and printed",
        }
        place = f"on page {self.evidence.page}" if self.evidence.page else f"at {self.where}"
        return f"{how.get(self.evidence.how, 'something similar is printed')} {place}"


@dataclass(frozen=True, slots=True)
class Group:
    """An object, or the entries of a list one below the other."""

    id: str
    label: str
    children: tuple[Node, ...]
    kind: str = "group"


@dataclass(frozen=True, slots=True)
class ExhibitRow:
    """One entry of a table of entries, or one row of a grid."""

    id: str
    number: int
    cells: tuple[Leaf | None, ...]

    @property
    def lowest(self) -> float:
        """Of its values, how sure the least sure is; 1 where nothing is known."""
        return min((cell.sure.probability for cell in self.cells if cell and cell.sure), default=1)

    @property
    def is_doubtful(self) -> bool:
        """Whether any of its values is."""
        return any(cell is not None and cell.doubt for cell in self.cells)


@dataclass(frozen=True, slots=True)
class ExhibitTable:
    """A list of objects with the same plain fields, or a grid of cells; grids have no heads."""

    id: str
    label: str
    columns: tuple[str, ...]
    rows: tuple[ExhibitRow, ...]
    kind: str = "table"

    def heads(self) -> list[tuple[str, bool]]:
        """Heads of the columns, and whether they are columns of numbers."""
        return [
            (column, all(cell is None or cell.is_number or not cell.text for cell in cells))
            for column, cells in zip(
                self.columns, zip(*(row.cells for row in self.rows), strict=True), strict=True
            )
        ]


Node = Leaf | Group | ExhibitTable


@dataclass(frozen=True, slots=True)
class Place:
    """A box over a page, sides in per cent of the page.

    Attributes:
        leaves: the values that stand there; one heading may be the section of ten entries.
        first_of: those of which it is the first box; links to them lead here.
    """

    left: float
    top: float
    width: float
    height: float
    leaves: tuple[Leaf, ...]
    first_of: tuple[Leaf, ...]

    @property
    def label(self) -> str:
        """What stands there."""
        return ", ".join(dict.fromkeys(leaf.label for leaf in self.leaves))

    @property
    def how(self) -> str:
        """How it shows them, the least sure."""
        found = {leaf.evidence.how for leaf in self.leaves if leaf.evidence is not None}
        return next((how for how in ("fuzzy", "normalised") if how in found), "exact")


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page, or a frame of a film.

    Attributes:
        image: a data URI; None where it can't be shown, see `note`.
        places: its boxes.
        shown: seconds of a film from and to which a frame stands for it.
    """

    number: int
    image: str | None
    width: int
    height: int
    places: tuple[Place, ...] = ()
    note: str = ""
    shown: tuple[float, float] | None = None

    @property
    def name(self) -> str:
        """What stands below it."""
        if self.shown is None:
            return f"Page {self.number}"
        return f"Frame {self.number}, {clock(self.shown[0])} to {clock(self.shown[1])}"


@dataclass(frozen=True, slots=True)
class ExhibitLine:
    """One segment of a transcript, with the values that were heard in it."""

    start: float
    end: float
    text: str
    leaves: tuple[Leaf, ...] = ()

    @property
    def time(self) -> str:
        """When it begins."""
        return clock(self.start)


@dataclass(slots=True)
class Exhibit:
    """One document as it is shown."""

    id: str
    extraction: Extraction[Any]
    nodes: tuple[Node, ...] = ()
    leaves: list[Leaf] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)
    sheets: tuple[Sheet, ...] = ()
    lines: tuple[ExhibitLine, ...] = ()
    note: str = ""
    number: int = 0

    @property
    def anchor(self) -> str:
        """The element that links from elsewhere lead to, whatever the document's number is."""
        return anchor(self.extraction.document.uri)

    @property
    def page(self) -> str:
        """The file with its page, where it is one of several."""
        return f"{self.number}.html"

    @property
    def looks_like(self) -> str:
        """Which other kind of document it looks like; empty where it doesn't."""
        return looks_like(self.extraction)

    @property
    def least_sure(self) -> Leaf | None:
        """The value that is least likely right; None where no confidence is known."""
        known = [leaf for leaf in self.leaves if leaf.sure is not None]
        return min(known, key=lambda leaf: leaf.sure.probability if leaf.sure else 1, default=None)

    @property
    def is_calibrated(self) -> bool:
        """Whether what is said of how sure values are was fitted on labelled documents."""
        return all(one.calibrated for one in self.extraction.confidence.values())

    @property
    def doubtful(self) -> int:
        """What the reader should look at: values, and problems that are about no single value."""
        values = {leaf.pointer for leaf in self.leaves if leaf.doubt}
        others = (p for p in self.extraction.problems if p.severity != "warning")
        return len(values) + sum(values.isdisjoint((p.path, *p.paths)) for p in others)

    @property
    def filled(self) -> int:
        """Values that there are."""
        return sum(bool(leaf.text) for leaf in self.leaves)

    def placed(self) -> Iterator[str]:
        """Ids of the values that a shown page or line leads to."""
        for sheet in self.sheets:
            for place in sheet.places:
                yield from (leaf.id for leaf in place.first_of)
        for line in self.lines:
            yield from (leaf.id for leaf in line.leaves)

    def id_of(self, problem: Problem) -> str:
        """The element that a problem is about; empty where there is none."""
        about = (problem.path, *problem.paths)
        return next((self.ids[path] for path in about if path in self.ids), "")

    def places_on(self, page: int, width: float, height: float) -> tuple[Place, ...]:
        """Boxes of the values on a page of this size in points."""
        standing: dict[Box, list[tuple[Leaf, bool]]] = {}
        for leaf in self.leaves:
            for part, place in enumerate(leaf.evidence.places if leaf.evidence else ()):
                for line, box in enumerate(place.boxes or (place.box,)):
                    if place.page == page:
                        standing.setdefault(box, []).append((leaf, part == line == 0))
        found = [_place(box, leaves, width, height) for box, leaves in standing.items()]
        # A large box would cover what stands in it.
        return tuple(sorted(found, key=lambda place: -place.width * place.height))


def _place(box: Box, leaves: Sequence[tuple[Leaf, bool]], width: float, height: float) -> Place:
    x0, y0, x1, y1 = box
    across, down = 100 / max(width, 1e-6), 100 / max(height, 1e-6)
    return Place(
        round(x0 * across, 3),
        round(y0 * down, 3),
        round(max(x1 - x0, 0.0) * across, 3),
        round(max(y1 - y0, 0.0) * down, 3),
        tuple(leaf for leaf, _ in leaves),
        tuple(leaf for leaf, is_first in leaves if is_first),
    )


def heard(shown: Exhibit) -> tuple[ExhibitLine, ...]:
    """The segments of the transcript, with the values heard in each."""
    transcript = shown.extraction.transcript or {}
    lines = []
    for segment in transcript.get("segments", ()):
        start, end = float(segment["start"]), float(segment["end"])
        leaves = tuple(
            leaf
            for leaf in shown.leaves
            if leaf.evidence is not None
            and leaf.evidence.seconds is not None
            and leaf.evidence.seconds[0] < end
            and leaf.evidence.seconds[1] > start
        )
        lines.append(ExhibitLine(start, end, str(segment["text"]), leaves))
    return tuple(lines)


def clock(seconds: float) -> str:
    """``m:ss`` or ``h:mm:ss``."""
    whole = int(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
