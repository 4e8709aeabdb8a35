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
BLOCK_GAP = 0.95
"""Gap between lines of a block, in line heights."""


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


def recipient_of(parties: Sequence[Party]) -> Party | None:
    """To whom the document most likely went: an address on its first page with no letterhead."""
    issuer = issuer_of(parties)
    others = [
        party
        for party in parties
        if party.name and party.address and party is not issuer and party.sender < 0.5
        and not (issuer and _same_name(party, issuer))
    ]  # fmt: skip
    return min(others, key=lambda party: (party.sender, party.box[1]), default=None)


def letterhead(sheet: Sheet) -> list[Party]:
    """The first line of a page, where it is large or names a firm and no address is with it."""
    for run in sheet.runs[:3]:
        text = run.text
        large = run.height >= 1.2 * sheet.height
        firm = addresses.has_legal_form(text) or addresses.names_a_trade(text)
        able = addresses.could_name(text) and not addresses.is_contact(text)
        high = run.box[1] < 0.15 * sheet.depth
        if high and able and (large or firm) and not addresses.is_title(text):
            return [Party(sheet.page, (PartyLine(run.pieces),), sender=0.1, box=run.box)]
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
    left = abs(above.box[0] - run.box[0]) <= 0.8 * sheet.height
    middle = abs(above.box[0] + above.box[2] - run.box[0] - run.box[2]) / 2 <= 0.8 * sheet.height
    return left or middle


def _party(block: list[PartyLine], sheet: Sheet, blocks: Sequence[list[PartyLine]]) -> Party | None:
    whose = addresses.heads(block[0].text) if len(block) > 1 else None
    lines = block[1:] if whose and not _has_value(block[0]) else block
    place = next((i for i, line in enumerate(lines[:14]) if _is_place_line(line)), None)
    sender = _sender(block, sheet) + {"seller": 1.5, "buyer": -2.0, "other": -1.5}.get(
        whose or "", 0
    )
    if place is None:
        # A name with ways to call on top of the page is a letterhead, even without address.
        called = any(addresses.is_contact(line.text) for line in lines[1:4])
        high = lines[0].box[1] < 0.2 * sheet.depth and not _is_named(lines[0], sheet)
        if called and (whose or high):
            return replace(as_party(sheet, lines) or Party(sheet.page), sender=sender)
        return None
    parts = _parts(lines[place])
    if len(parts) >= 2:
        return _inline(lines, place, parts, sender, sheet)
    first = place
    while first > 0 and (
        addresses.is_address(lines[first - 1].text) or addresses.is_house(lines[first - 1].text)
    ):
        first -= 1
    end = place + 1
    if end < len(lines) and is_place(lines[end].text) and ":" not in lines[end].text:
        end += 1
    address = list(lines[first:end])
    name = [line for line in lines[:first] if addresses.could_name(line.text)][:1]
    if name and addresses.heads(name[0].text) and not _has_value(name[0]):
        name = []
    while not name:
        # Letters set wide: each line of the address is a block of its own.
        above = _line_above(address[0], sheet, blocks)
        if above is None or addresses.heads(above.text):
            break
        if addresses.is_house(above.text) or addresses.is_address(above.text):
            address.insert(0, above)
        else:
            name = [above]
    return Party(
        sheet.page,
        tuple(without_caption(line) for line in name),
        tuple(without_caption(line) for line in address),
        tuple(lines[end:]),
        sender,
        union(line.box for line in (*name, *address)),
    )


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
    # Only an issuer prints an address like this.
    return Party(sheet.page, tuple(name), address, rest, sender + 0.5, lines[0].box)


def _line_above(
    line: PartyLine, sheet: Sheet, blocks: Sequence[list[PartyLine]]
) -> PartyLine | None:
    """The nearest line above, in a block of its own, that may be a name or part of an address."""
    near = [
        block[-1]
        for block in blocks
        if -0.2 * sheet.height <= line.box[1] - block[-1].box[3] <= 2.5 * sheet.height
        and abs(block[-1].box[0] - line.box[0]) <= 3 * sheet.height
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
    score = -0.3
    score += 0.8 * any(addresses.is_contact(line) for line in text)
    score += 0.8 * any(addresses.is_registration(line) for line in text)
    top, bottom = block[0].box[1] / sheet.depth, block[-1].box[3] / sheet.depth
    score += 0.4 * (top < 0.12) + 0.3 * (bottom > 0.88)
    # The window of an envelope: DIN 5008, and much the same elsewhere.
    score -= 0.4 * (0.12 < top < 0.4 and not any(map(addresses.is_contact, text)))
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
