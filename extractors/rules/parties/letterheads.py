"""Who wrote a document and to whom, where no label says so: letterheads and address blocks.

A learnt model (`ranker/parties.json`) says of each line of a page how likely it is the issuer's
name, the recipient's, or part of an address; here the lines are put together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from docglean.extractors.rules.fields.roles import Side
from docglean.extractors.rules.page.sheet import Sheet
from docglean.extractors.rules.parties import addresses
from docglean.extractors.rules.parties.features import features_of, papers_of
from docglean.extractors.rules.parties.lines import Column, PartyLine, column_of
from docglean.extractors.rules.parties.party import Party
from docglean.extractors.rules.ranker.model import model

MOST_PAGES = 2
"""Pages on which a document says whose it is."""
GOES_ON = 0.4
"""Probability from which a line above or below a name's is part of it."""
OF_ADDRESS = 0.4
"""Probability from which a line is part of an address."""
SURE = 0.5
"""Probability of being anybody's name from which a line is one."""
REACH = 8
"""Lines below a name among which its address and ways to call stand."""
SKIPPED = 2
"""Most lines between a name and its address: a person, a department, a register number."""


@dataclass(frozen=True)
class _Page:
    """A page's lines, and how likely each is what."""

    column: Column
    shares: Sequence[dict[str, float]]


@dataclass(frozen=True)
class _Place:
    """A line that may be a name."""

    page: _Page
    number: int
    likely: float

    @property
    def line(self) -> PartyLine:
        return self.page.column.lines[self.number]


def parties(sheets: Sequence[Sheet]) -> dict[Side, Party | None]:
    """The issuer as "seller" and the recipient as "buyer", None where it can't be told."""
    pages = list(_pages(sheets[:MOST_PAGES]))
    buyer = _best(pages, ("buyer",))
    seller = _best(pages, ("seller",))
    if buyer and not seller:
        # A name that is surely one, and not the recipient's, is the issuer's.
        seller = _best(pages, ("seller", "buyer"), but=buyer.line.text, least=SURE)
    return {
        "seller": _party(seller, pages, "seller") if seller else _nameless(pages),
        "buyer": _party(buyer, pages, "buyer") if buyer else None,
    }


def address_lines(sheet: Sheet) -> list[PartyLine]:
    """All lines of a page that are part of an address, whosever it is."""
    [page] = _pages([sheet])
    return [line for line, share in zip(page.column.lines, page.shares, strict=True)
            if share["address"] >= OF_ADDRESS]  # fmt: skip


def _pages(sheets: Sequence[Sheet]) -> Iterator[_Page]:
    columns = [column_of(sheet) for sheet in sheets]
    papers = papers_of(columns)
    told = model("parties")
    for number, column in enumerate(columns):
        rows = told.shares(features_of(column, papers, number))
        yield _Page(column, [dict(zip(told.labels, map(float, row), strict=True)) for row in rows])


def _places(pages: Sequence[_Page], sides: Sequence[Side]) -> list[_Place]:
    """All lines, the likeliest name first."""
    found = [_Place(page, number, sum(share[side] for side in sides))
             for page in pages for number, share in enumerate(page.shares)]  # fmt: skip
    return sorted(found, key=lambda place: -place.likely)


def _best(
    pages: Sequence[_Page], sides: Sequence[Side], but: str = "", least: float | None = None
) -> _Place | None:
    """The likeliest name, where it is likely enough."""
    least = model("parties").threshold if least is None else least
    able = (place for place in _places(pages, sides) if not but or but not in place.line.text)
    best = next(able, None)
    return best if best and best.likely >= least else None


def _party(best: _Place, pages: Sequence[_Page], side: Side) -> Party:
    """The party with this name, and the address that stands with it."""
    places = _places(pages, (side,))
    name = _name(best, side)
    # The address may stand with another print of the name, as in a footer.
    least = model("parties").threshold
    able = [best, *(place for place in places if place.likely >= least)]
    addressed = ((place.page, _address(place, side)) for place in able)
    page, address = next((found for found in addressed if found[1]), (best.page, []))
    return Party(
        best.page.column.sheet.page,
        tuple(best.page.column.lines[number] for number in name),
        tuple(page.column.lines[number] for number in address),
        tuple(_contact(best, side)),
        best.likely,
        best.likely - _rival(best, name, places),
        _edge(best.page, name, side),
        _edge(page, address, "address"),
    )


def _edge(page: _Page, numbers: Sequence[int], what: str) -> float:
    """How unclear it is whether one of these lines is what it is said to be, or another one beside
    them is."""
    if not numbers:
        return 0.0
    column = page.column
    beside = (column.above[numbers[0]], column.below[numbers[-1]])
    shares = (page.shares[n][what] for n in (*numbers, *beside) if n is not None)
    return max(2 * min(share, 1 - share) for share in shares)


def _rival(best: _Place, name: Sequence[int], places: Sequence[_Place]) -> float:
    """How likely the best line is that is no part of the name, nor another print of it."""
    others = (
        place.likely
        for place in places
        if not (place.page is best.page and place.number in name)
        and best.line.text not in place.line.text
    )
    return max(others, default=0.0)


def _name(best: _Place, side: Side) -> list[int]:
    """Numbers of the lines of a name, from top to bottom."""
    column = best.page.column
    near = (column.above[best.number], column.below[best.number])
    more = [n for n in near if n is not None and best.page.shares[n][side] >= GOES_ON]
    return sorted([best.number, *more])


def _nameless(pages: Sequence[_Page]) -> Party | None:
    """The address on top of a receipt whose name is a picture."""
    for page in pages:
        found = _longest(page) if page.column.narrow else []
        if found:
            lines = tuple(page.column.lines[number] for number in found)
            edge = _edge(page, found, "address")
            return Party(page.column.sheet.page, address=lines, address_edge=edge)
    return None


def _address(place: _Place, side: Side) -> list[int]:
    """Numbers of the lines of the address that belongs to a name."""
    if place.page.column.narrow:
        return _longest(place.page)
    found: list[int] = []
    last = max(_name(place, side))
    for step, number in enumerate(place.page.column.down(last)[:REACH]):
        if place.page.shares[number]["address"] >= OF_ADDRESS:
            found.append(number)
        elif found or step >= SKIPPED:
            break
    return found


def _longest(page: _Page) -> list[int]:
    """Of the lines of addresses that follow on each other, those that are surest together."""
    numbers = range(len(page.shares))
    parts = groupby(numbers, lambda n: page.shares[n]["address"] >= OF_ADDRESS)
    chains = [list(chain) for is_address, chain in parts if is_address]
    return max(chains, key=lambda c: sum(page.shares[n]["address"] for n in c), default=[])


def _contact(best: _Place, side: Side) -> Iterator[PartyLine]:
    """Ways to call: what stands below the name; of the issuer, what stands elsewhere, too."""
    column = best.page.column
    near = column.down(best.number)[: 2 * REACH]
    rest = range(len(column.lines)) if side == "seller" else ()
    for number in [*near, *rest]:
        if addresses.is_contact(column.lines[number].whole):
            yield column.lines[number]
