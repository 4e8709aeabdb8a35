"""Who wrote a document and to whom, where no label says so: letterheads and address blocks.

Rules of how letters, invoices and receipts are laid out everywhere: the issuer stands on top (or
in the footer), with ways to call and register numbers; the addressee is an address without them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from docglean.extractors.geometry import across, union
from docglean.extractors.rules.page.sheet import Run, Sheet, Token
from docglean.extractors.rules.parties import addresses
from docglean.extractors.rules.parties.party import (
    Party,
    PartyLine,
    is_narrow,
    is_place,
    text_of,
    without_caption,
)
from docglean.extractors.rules.readers.till_head import head_of_receipt

OTHERS = -1.5
"""What speaks against a party's being the issuer, where a heading announces another."""
ANNOUNCED = {"seller": 1.5, "buyer": -2.0, "other": OTHERS}
"""What speaks for a party's being the issuer, or against it, by what a heading over it says."""
BLOCK_GAP = 0.95
"""Gap between lines of a block, in line heights."""
UNDER = 0.8
"""Line heights by which a line may begin, or be centred, beside the one above it."""
LARGE = 1.2
"""Of the page's line height: a line as high is a letterhead's."""
TOP_LINE, TOP_BLOCK = 0.15, 0.2
"""Share of the page, from above, where a letterhead of one line stands, and one of several."""
LONE_LINE = 0.1
"""What speaks for a letterhead without any address: no more than for any other sign."""
NEUTRAL = -0.3
"""What speaks for a block that shows no sign of a sender."""
CONTACT = REGISTERED = 0.8
"""Ways to call, and register numbers: an issuer prints them."""
HEAD, ON_TOP = 0.12, 0.4
"""Share of the page, from above, that is its head, and what it says of a block to stand there."""
FOOT, IN_FOOT = 0.88, 0.3
"""The same of the foot."""
WINDOW, IN_WINDOW = (0.12, 0.4), 0.4
"""The same of the window of an envelope, which speaks against: DIN 5008, and much the same
elsewhere."""
IN_ONE_LINE = 0.5
"""What speaks for an address in one line: only an issuer prints one."""
ISSUER = 0.5
"""From which a party is not whom a document went to."""
LINE_APART, LINE_ASIDE = (-0.2, 2.5), 3
"""Line heights between the lines of an address that is set wide, down and across."""
FIRST_LINES = 14
"""Lines of a block among which its place is looked for."""


def parties_of(sheet: Sheet) -> list[Party]:
    """Parties with an address on this page, from top to bottom."""
    if is_narrow(sheet):
        head = head_of_receipt(sheet)
        return [head] if head else []
    found = []
    blocks = [part for block in _blocks(sheet) for part in _cut_at_inline(block)]
    for block in blocks:
        party = _party(block, sheet, blocks)
        if party is not None:
            found.append(party)
    return sorted(found, key=lambda party: (party.box[1], party.box[0]))


def issuer_of(parties: Sequence[Party]) -> Party | None:
    """Who most likely wrote the document."""
    named = [party for party in parties if party.name]
    best = max(named, key=lambda party: party.sender, default=None)
    # The only address of a page is the issuer's, unless a heading says that it is another's.
    least = OTHERS if len(named) == 1 else 0
    return best if best and best.sender > least else None


def with_lead(issuer: Party | None, parties: Sequence[Party]) -> Party | None:
    """The issuer with how far ahead it is of the next party that could be it."""
    others = [one.sender for one in parties if one.name and one is not issuer]
    if issuer is None or not others:
        return issuer
    leads = (issuer.name_lead, issuer.sender - max(others))
    return replace(issuer, name_lead=min(lead for lead in leads if lead is not None))


def recipient_of(parties: Sequence[Party]) -> Party | None:
    """To whom the document most likely went: an address on its first page with no letterhead."""
    issuer = issuer_of(parties)
    others = [
        party
        for party in parties
        if party.name and party.address and party is not issuer and party.sender < ISSUER
        and not (issuer and _same_name(party, issuer))
    ]  # fmt: skip
    return min(others, key=lambda party: (party.sender, party.box[1]), default=None)


def letterhead(sheet: Sheet) -> list[Party]:
    """The first line of a page, where it is large or names a firm and no address is with it."""
    for run in sheet.runs[:3]:
        text = run.text
        large = run.height >= LARGE * sheet.height
        firm = addresses.has_legal_form(text) or addresses.names_a_trade(text)
        able = addresses.could_name(text) and not addresses.is_contact(text)
        high = run.box[1] < TOP_LINE * sheet.depth
        if high and able and (large or firm) and not addresses.is_title(text):
            return [Party(sheet.page, (PartyLine(run.pieces),), sender=LONE_LINE, box=run.box)]
    return []


def _blocks(sheet: Sheet) -> Iterator[list[PartyLine]]:
    """Runs stacked on each other: each begins, or is centred, under the one above."""
    open_blocks: list[list[Run]] = []
    for row in sheet.rows:
        for run in row:
            for block in reversed(open_blocks):
                last = block[-1]
                gap = run.box[1] - last.box[3]
                if (
                    last.row < run.row
                    and gap <= BLOCK_GAP * sheet.height
                    and _aligned(last, run, sheet)
                ):
                    block.append(run)
                    break
            else:
                open_blocks.append([run])
    for block in open_blocks:
        yield [PartyLine(run.pieces) for run in block]


def _cut_at_inline(block: list[PartyLine]) -> Iterator[list[PartyLine]]:
    """A block cut behind a whole address in one line: below it begins the addressee's."""
    start = 0
    for index, line in enumerate(block):
        if len(_parts(line)) >= 3 and _is_place_line(line):
            yield block[start : index + 1]
            start = index + 1
    if start < len(block):
        yield block[start:]


def _aligned(above: Run, run: Run, sheet: Sheet) -> bool:
    if across(above.box, run.box) <= 0:
        return False
    left = abs(above.box[0] - run.box[0]) <= UNDER * sheet.height
    middle = abs(above.box[0] + above.box[2] - run.box[0] - run.box[2]) / 2 <= UNDER * sheet.height
    return left or middle


def _party(block: list[PartyLine], sheet: Sheet, blocks: Sequence[list[PartyLine]]) -> Party | None:
    whose = addresses.heads(block[0].text) if len(block) > 1 else None
    lines = block[1:] if whose and not _has_value(block[0]) else block
    sender = _sender(block, sheet) + ANNOUNCED.get(whose or "", 0)
    place = next((i for i, line in enumerate(lines[:FIRST_LINES]) if _is_place_line(line)), None)
    if place is None:
        return _without_address(lines, sheet, sender, announced=bool(whose))
    parts = _parts(lines[place])
    if len(parts) >= 2:
        return _inline(lines, place, parts, sender, sheet)
    first, end = _address_span(lines, place)
    name, address = _with_lines_above(_name(lines[:first]), lines[first:end], sheet, blocks)
    return Party(
        sheet.page,
        tuple(without_caption(line) for line in name),
        tuple(without_caption(line) for line in address),
        tuple(lines[end:]),
        sender,
        union(line.box for line in (*name, *address)),
    )


def _without_address(
    lines: Sequence[PartyLine], sheet: Sheet, sender: float, *, announced: bool
) -> Party | None:
    """A name with ways to call on top of the page: a letterhead, even without address."""
    called = any(addresses.is_contact(line.text) for line in lines[1:4])
    high = lines[0].box[1] < TOP_BLOCK * sheet.depth and not _is_named(lines[0], sheet)
    if not called or not (announced or high):
        return None
    return replace(as_party(sheet, lines) or Party(sheet.page), sender=sender)


def _address_span(lines: Sequence[PartyLine], place: int) -> tuple[int, int]:
    """First line of an address and the one behind it, around the line of its postcode."""
    first = place
    while first > 0 and _is_of_address(lines[first - 1]):
        first -= 1
    end = place + 1
    if end < len(lines) and is_place(lines[end].text) and ":" not in lines[end].text:
        end += 1
    return first, end


def _is_of_address(line: PartyLine) -> bool:
    return addresses.is_address(line.text) or addresses.is_house(line.text)


def _name(lines: Sequence[PartyLine]) -> list[PartyLine]:
    """The first line that may be a name, unless it is a heading."""
    name = [line for line in lines if addresses.could_name(line.text)][:1]
    return [] if name and addresses.heads(name[0].text) and not _has_value(name[0]) else name


def _with_lines_above(
    name: list[PartyLine], lines: Sequence[PartyLine], sheet: Sheet,
    blocks: Sequence[list[PartyLine]],
) -> tuple[list[PartyLine], list[PartyLine]]:  # fmt: skip
    """Name and address of letters that are set wide: each line is a block of its own."""
    address = list(lines)
    while not name:
        above = _line_above(address[0], sheet, blocks)
        if above is None or addresses.heads(above.text):
            break
        if _is_of_address(above):
            address.insert(0, above)
        else:
            name = [above]
    return name, address


def _is_named(line: PartyLine, sheet: Sheet) -> bool:
    """Whether a caption with a colon stands left of a line: a column of values, no letterhead."""
    middle = (line.box[1] + line.box[3]) / 2
    return any(
        run.text.endswith(":") and run.box[1] < middle < run.box[3] and run.box[2] <= line.box[0]
        for run in sheet.runs
    )


def _has_value(line: PartyLine) -> bool:
    """Whether something follows the colon: "Sold by: ACME" rather than "Sold by:"."""
    return any(piece.text.endswith(":") for piece in line.pieces[:-1])


def _is_place_line(line: PartyLine) -> bool:
    """Whether a line, or a part of it between separators, holds a postcode with its place."""
    return len(line.text) <= 160 and any(_is_place_part(part) for part in _parts(line))


def _is_place_part(part: PartyLine) -> bool:
    other = addresses.is_contact(part.text) or addresses.is_registration(part.text)
    return addresses.has_postcode(part.text) and not other


def _inline(
    lines: Sequence[PartyLine], place: int, parts: Sequence[PartyLine], sender: float, sheet: Sheet
) -> Party:
    """A whole address in one line, as above the window of an envelope or in a footer."""
    kept = [
        part
        for part in parts
        if not addresses.is_contact(part.text) and not addresses.is_registration(part.text)
    ]
    posted = next((i for i, part in enumerate(kept) if _is_place_part(part)), len(kept) - 1)
    first = posted
    while first > 0 and any(map(str.isdigit, kept[first - 1].text)):
        first -= 1
    name = kept[first - 1 : first] if first else list(lines[place - 1 : place] if place else ())
    rest = tuple(line for i, line in enumerate(lines) if i != place)
    address = tuple(without_caption(line) for line in kept[first : posted + 1])
    return Party(sheet.page, tuple(name), address, rest, sender + IN_ONE_LINE, lines[0].box)


def _line_above(
    line: PartyLine, sheet: Sheet, blocks: Sequence[list[PartyLine]]
) -> PartyLine | None:
    """The nearest line above, in a block of its own, that may be a name or part of an address."""
    near = [
        block[-1]
        for block in blocks
        if LINE_APART[0] * sheet.height
        <= line.box[1] - block[-1].box[3]
        <= LINE_APART[1] * sheet.height
        and abs(block[-1].box[0] - line.box[0]) <= LINE_ASIDE * sheet.height
        and (addresses.could_name(block[-1].text) or addresses.is_address(block[-1].text))
    ]
    return max(near, key=lambda above: above.box[3], default=None)


def _parts(line: PartyLine) -> list[PartyLine]:
    """A line cut at its separators; the line itself where there are none."""
    found: list[list[Token]] = [[]]
    for piece in line.pieces:
        if piece.text in ("-", "\u2013", "—", "|", "●", "•", "·", "‧", "∙", "/", "\ufffd"):
            found.append([])
        else:
            found[-1].append(piece)
    return [PartyLine(tuple(part)) for part in found if part]


def _sender(block: Sequence[PartyLine], sheet: Sheet) -> float:
    """What speaks for a block's being the issuer's: over 0; against it: below."""
    text = [line.text for line in block]
    called = any(addresses.is_contact(line) for line in text)
    score = NEUTRAL
    score += CONTACT * called
    score += REGISTERED * any(addresses.is_registration(line) for line in text)
    top, bottom = block[0].box[1] / sheet.depth, block[-1].box[3] / sheet.depth
    score += ON_TOP * (top < HEAD) + IN_FOOT * (bottom > FOOT)
    score -= IN_WINDOW * (WINDOW[0] < top < WINDOW[1] and not called)
    return score


def _same_name(left: Party, right: Party) -> bool:
    from docglean.schemas.reading.texts import fold

    names = [fold(text_of(party.name, " ")) for party in (left, right)]
    return names[0] in names[1] or names[1] in names[0]


def as_party(sheet: Sheet, block: Sequence[PartyLine]) -> Party | None:
    """A block that is known to be a party: its first line is the name."""
    lines = list(block)
    if not lines or not addresses.could_name(lines[0].text):
        return None
    address: list[PartyLine] = []
    contact: list[PartyLine] = []
    for line in lines[1:9]:
        other = addresses.is_contact(line.text) or addresses.is_registration(line.text)
        if ":" in line.text and not other:
            break
        (contact if other or contact else address).append(line)
    # The address is what has a street or a place; a person's name above them is not.
    while (
        address
        and not addresses.is_address(address[0].text)
        and not any(map(str.isdigit, address[0].text))
    ):
        address.pop(0)
    return Party(sheet.page, (lines[0],), tuple(address), tuple(contact), 0.0, lines[0].box)
