"""The head of a till's receipt: who sold, and where."""

from __future__ import annotations

from collections.abc import Sequence

from docglean.extractors.rules.page.sheet import Sheet
from docglean.extractors.rules.parties import addresses
from docglean.extractors.rules.parties.party import Party, PartyLine, is_place, without_number

MOST_NAME_LINES = 2
MOST_ADDRESS_LINES = 7


def head_of_receipt(sheet: Sheet) -> Party | None:
    """Name and address at the top of a till's receipt, up to the first line of business."""
    lines = [
        PartyLine(tuple(piece for run in row for piece in run.pieces)) for row in sheet.rows[:24]
    ]
    first = next(
        (
            index
            for index, line in enumerate(lines)
            if addresses.is_address(line.text) and not addresses.has_legal_form(line.text)
        ),
        None,
    )
    if first is None:
        named = _best_name(lines[:6], sheet)
        return Party(sheet.page, named, sender=1.0, box=lines[0].box) if named else None
    while first > 1 and addresses.is_house(lines[first - 1].text):
        first -= 1
    address = _address_lines(lines, first, sheet)
    name = tuple(map(without_number, _best_name(lines[:first], sheet)))
    return Party(sheet.page, name, tuple(address), sender=1.0, box=address[0].box)


def _address_lines(lines: Sequence[PartyLine], first: int, sheet: Sheet) -> list[PartyLine]:
    """The address from its first line on; it ends where other matters begin."""
    found = [lines[first]]
    for line in lines[first + 1 : first + MOST_ADDRESS_LINES]:
        text = line.text
        if (
            addresses.is_contact(text)
            or addresses.is_registration(text)
            or addresses.is_title(text)
            or ":" in text
            or text.startswith("(")
            or line.box[1] - found[-1].box[3] > 1.6 * sheet.height
        ):
            break
        placed = addresses.has_postcode(found[-1].text) and not _ends_openly(found[-1].text)
        # After the place's line only its district or country can follow, without digits.
        if placed and (not is_place(text) or addresses.has_legal_form(text)):
            break
        found.append(line)
    return found


def _ends_openly(text: str) -> bool:
    return text.rstrip().endswith(",")


def _best_name(lines: Sequence[PartyLine], sheet: Sheet) -> tuple[PartyLine, ...]:
    """The lines that name the house, among those above its address."""
    able = [
        line
        for line in lines
        if addresses.could_name(line.text)
        and not addresses.is_contact(line.text)
        and not addresses.is_title(line.text)
        and not (addresses.is_notice(line.text) and not addresses.has_legal_form(line.text))
    ]
    if not able:
        return ()
    best = max(able, key=lambda line: _name_score(line, lines, sheet))
    if addresses.has_legal_form(best.text):
        words = len([word for word in best.text.split() if any(map(str.isalpha, word))])
        above = [line for line in able if line.box[1] < best.box[1]]
        # "SDN BHD" alone goes on from the line above.
        return (above[-1], best) if above and words <= 2 else (best,)
    at = able.index(best)
    for other in able[at + 1 : at + MOST_NAME_LINES] + able[max(0, at - 1) : at]:
        near = abs(other.box[1] - best.box[1]) < 2.2 * max(best.height, other.height)
        alike = abs(other.height - best.height) <= 0.15 * best.height
        if near and alike and other.text.isupper() == best.text.isupper():
            return tuple(sorted((best, other), key=lambda line: line.box[1]))
    return (best,)


def _name_score(line: PartyLine, lines: Sequence[PartyLine], sheet: Sheet) -> float:
    text = line.text
    score = 2.0 * addresses.has_legal_form(text) + 0.8 * addresses.names_a_trade(text)
    score += min(1.0, line.height / max(sheet.height, 1.0) - 1.0)
    at = lines.index(line)
    if at + 1 < len(lines) and addresses.is_registration(lines[at + 1].text):
        score += 0.7
    score += 0.1 * at  # what stands right above the address, rather than a scribble on top
    score -= 1.0 * (len(text.replace(" ", "")) < 4)
    score += 0.4 * text.isupper()
    return score + 1.5 * (line.confidence - 1.0)
