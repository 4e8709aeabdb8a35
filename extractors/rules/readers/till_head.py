"""The head of a till's receipt: who sold, and where."""

from __future__ import annotations

from collections.abc import Sequence

from docglean.extractors.rules.page.sheet import Sheet
from docglean.extractors.rules.parties import addresses
from docglean.extractors.rules.parties.party import Party, PartyLine, is_place, without_number

MOST_NAME_LINES = 2
ADDRESS_GAP = 1.6
"""Line heights between the lines of an address."""
NAME_GAP, SAME_HEIGHT = 2.2, 0.15
"""Heights of the larger line between the tops of a name's two lines, and the share of the first
one's height by which they differ."""
LEGAL_FORM, TRADE, REGISTERED, CAPITALS = 2.0, 0.8, 0.7, 0.4
"""What speaks for a line's being the house's name: its legal form, a trade's word, a register
number below it, capitals."""
LOWER = 0.1
"""What speaks for a line for each line above it."""
SHORT, SHORTEST = 1.0, 4
"""What speaks against a line with fewer letters than that."""
LEGIBLE = 1.5
"""What OCR's certainty says for a line, from 0 to 1."""
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
        lead = _name_lead(lines[:6], sheet)
        if not named:
            return None
        return Party(sheet.page, named, sender=1.0, box=lines[0].box, name_lead=lead)
    while first > 1 and addresses.is_house(lines[first - 1].text):
        first -= 1
    address = _address_lines(lines, first, sheet)
    name = tuple(map(without_number, _best_name(lines[:first], sheet)))
    lead = _name_lead(lines[:first], sheet)
    return Party(sheet.page, name, tuple(address), sender=1.0, box=address[0].box, name_lead=lead)


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
            or line.box[1] - found[-1].box[3] > ADDRESS_GAP * sheet.height
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
    able = [line for line in lines if _could_be_house(line.text)]
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
        if _same_print(best, other):
            return tuple(sorted((best, other), key=lambda line: line.box[1]))
    return (best,)


def _name_lead(lines: Sequence[PartyLine], sheet: Sheet) -> float | None:
    """How far ahead the best of several lines is that may name the house."""
    able = [line for line in lines if _could_be_house(line.text)]
    scores = sorted((_name_score(line, lines, sheet) for line in able), reverse=True)
    return scores[0] - scores[1] if len(scores) > 1 else None


def _could_be_house(text: str) -> bool:
    named = addresses.could_name(text) and not addresses.is_contact(text)
    notice = addresses.is_notice(text) and not addresses.has_legal_form(text)
    return named and not addresses.is_title(text) and not notice


def _same_print(best: PartyLine, other: PartyLine) -> bool:
    """Whether two lines are one name: close, of one height, both in capitals or neither."""
    near = abs(other.box[1] - best.box[1]) < NAME_GAP * max(best.height, other.height)
    alike = abs(other.height - best.height) <= SAME_HEIGHT * best.height
    return near and alike and other.text.isupper() == best.text.isupper()


def _name_score(line: PartyLine, lines: Sequence[PartyLine], sheet: Sheet) -> float:
    text = line.text
    score = LEGAL_FORM * addresses.has_legal_form(text) + TRADE * addresses.names_a_trade(text)
    score += min(1.0, line.height / max(sheet.height, 1.0) - 1.0)
    at = lines.index(line)
    if at + 1 < len(lines) and addresses.is_registration(lines[at + 1].text):
        score += REGISTERED
    score += LOWER * at  # what stands right above the address, rather than a scribble on top
    score -= SHORT * (len(text.replace(" ", "")) < SHORTEST)
    score += CAPITALS * text.isupper()
    return score + LEGIBLE * (line.confidence - 1.0)
