"""Till receipts: facts and a layout drawn from a seed, set on a roll."""

from __future__ import annotations

from bench.generated.kinds import Drawn
from bench.generated.lots import Lots, chance
from bench.generated.paper import plain_lines
from bench.generated.receipt_facts import receipt_facts
from bench.generated.receipt_items import draw_items
from bench.generated.receipt_layout import receipt_layout
from bench.generated.receipt_paper import ReceiptPaper
from bench.generated.receipt_sums import draw_sums
from bench.generated.sheet import Mark, Piece, Sheet, Type, wrapped
from bench.generated.wording import Caption, wording

BLANK = ("company", "address", "phone", "tax_id", "receipt_number", "date", "time",
         "discount_total", "service_charge", "tip", "total", "paid", "change")  # fmt: skip


def draw_receipt(lots: Lots) -> Drawn:
    """Draw one.

    Raises:
        DoesNotFit: this layout has no room for these facts.
    """
    facts = receipt_facts(lots)
    layout = receipt_layout(lots, facts)
    sheet = Sheet(layout.width, 10_000)
    paper = ReceiptPaper(
        sheet, wording(lots, facts.language), facts=facts, layout=layout, lots=lots
    )
    _head(paper)
    parts = {"info": _info, "items": draw_items, "sums": draw_sums}
    for name in layout.order:
        parts[name](paper)
    _foot(paper)
    sheet.height = paper.y + 14
    blanks = tuple(f"/{name}" for name in BLANK)
    return Drawn("receipt", facts.language, sheet, layout.stream, paper.values, blanks)


# --- head --------------------------------------------------------------------------------------


def _head(paper: ReceiptPaper) -> None:
    layout, facts, align = paper.layout, paper.facts, paper.layout.head_align
    if layout.scribble:
        hand = Type("tiro", layout.size + 3, italic=True)
        paper.line([(facts.shop.person.lower(), hand, ())], "center")
    if layout.title == "before":
        _title(paper)
    _name(paper)
    if layout.tax_id == "before address":
        paper.line(_captioned(paper, "tax_id", facts.tax_id), align)
    _address(paper)
    if layout.registration == "after address":
        paper.line([(facts.shop.register, paper.type, ())], align)
    if layout.phone == "after address":
        pair = _captioned(paper, "phone", facts.shop.phone)
        if chance(paper.lots, 0.2):
            pair += [(f"  FAX {facts.shop.fax}", paper.type, ())]
        paper.line(pair, align)
    if layout.tax_id == "after phone":
        paper.line(_captioned(paper, "tax_id", facts.tax_id), align)
    if chance(paper.lots, 0.12):
        paper.line([(facts.shop.email, paper.type, ())], align)
    if layout.title == "after head":
        _title(paper)


def _name(paper: ReceiptPaper) -> None:
    layout, facts = paper.layout, paper.facts
    type_ = Type(layout.face, layout.head_size, bold=layout.head_bold)
    room = paper.right - paper.left
    mark = paper.mark("/company")
    lines = [part for name in facts.shop.name for part in wrapped(name, type_, room)]
    register = facts.shop.register
    for place, text in enumerate(lines):
        pieces: list[Piece] = [(text, type_, (mark,))]
        if layout.registration == "beside" and place == len(lines) - 1:
            pieces.append((f" {register}", paper.type, ()))
        paper.line(pieces, layout.head_align)
    if layout.registration == "below":
        paper.line([(register, paper.type, ())], layout.head_align)
    if layout.branch:
        paper.line([(f"({facts.branch})", paper.type, ())], layout.head_align)


def _address(paper: ReceiptPaper) -> None:
    layout, facts, lots = paper.layout, paper.facts, paper.lots
    mark = paper.mark("/address")
    lines = list(facts.shop.lines)
    if chance(lots, 0.3):
        lines = [", ".join(line.strip(" ,") for line in lines)]
    room = paper.right - paper.left
    texts = [part for line in lines for part in wrapped(line, paper.type, room)]
    for place, text in enumerate(texts):
        pieces: list[Piece] = [(text, paper.type, (mark,))]
        if layout.phone == "in address" and place == len(texts) - 1:
            pieces += [("  ", paper.type, ()), *_captioned(paper, "phone", facts.shop.phone)]
        paper.line(pieces, layout.head_align)


def _title(paper: ReceiptPaper) -> None:
    text = paper.words("titles")
    if text:
        type_ = paper.type.with_(bold=chance(paper.lots, 0.5))
        paper.y += 2
        paper.line([(text, type_, ())], paper.lots.choice(["center", "center", "left"]))
        paper.y += 2


def _captioned(paper: ReceiptPaper, field: str, text: str) -> list[Piece]:
    if field == "phone" and chance(paper.lots, 0.15):
        return [(text, paper.type, (paper.mark("/phone"),))]
    caption = paper.caption(field)
    head = paper.wording.closed(caption.text) + " "
    return [(head, paper.type, ()), (text, paper.type, (paper.mark(f"/{field}", caption),))]


# --- number, date, who -------------------------------------------------------------------------


def _info(paper: ReceiptPaper) -> None:
    paper.divide()
    pairs = _pairs(paper)
    kind = paper.layout.info
    if kind == "pairs":
        for at in range(0, len(pairs), 2):
            two = pairs[at : at + 2]
            if len(two) == 2:
                paper.both(*two)
            else:
                paper.line(two[0])
    elif kind == "inline":
        _inline(paper, pairs)
    else:
        for pair in pairs:
            paper.line(pair)
    if paper.layout.title == "after info":
        _title(paper)


def _inline(paper: ReceiptPaper, pairs: list[list[Piece]]) -> None:
    """As many on a line as find room."""
    room, line = paper.right - paper.left, list[Piece]()
    for pair in pairs:
        longer = [*line, *([("  ", paper.type, ())] if line else []), *pair]
        if line and sum(type_.width(text) for text, type_, _ in longer) > room:
            paper.line(line)
            longer = pair
        line = longer
    paper.line(line)


def _pairs(paper: ReceiptPaper) -> list[list[Piece]]:
    """Number, day and clock with what else tills tell, in a drawn order."""
    facts, layout, lots = paper.facts, paper.layout, paper.lots
    pairs = [_captioned(paper, "receipt_number", facts.number), _day(paper)]
    if not layout.date_with_time and chance(lots, 0.75):
        clock = facts.time.strftime(layout.clock)
        pairs.append([*_head_of(paper, "time"), (clock, paper.type, (_clock_mark(paper),))])
    others = [f"{paper.wording.closed(paper.words('people'))} {facts.person}",
              f"{paper.wording.closed(paper.words('tables'))} {lots.randint(1, 40)}",
              f"{paper.wording.closed(paper.words('tables'))} 0{lots.randint(1, 9)}"]  # fmt: skip
    pairs += [
        [(text, paper.type, ())] for text in lots.sample(others, lots.choice([0, 1, 2, 2, 3]))
    ]
    if chance(lots, 0.35):
        lots.shuffle(pairs)
    return pairs


def _head_of(paper: ReceiptPaper, field: str) -> list[Piece]:
    if not paper.layout.date_caption:
        return []
    return [(paper.wording.closed(paper.caption(field).text) + " ", paper.type, ())]


def _clock_mark(paper: ReceiptPaper) -> Mark:
    seconds = "%H:%M:%S" if "%S" in paper.layout.clock else "%H:%M:00"
    return paper.value("/time", paper.facts.time.strftime(seconds))


def _day(paper: ReceiptPaper) -> list[Piece]:
    facts, layout = paper.facts, paper.layout
    caption = paper.caption("date") if layout.date_caption else Caption("", True)
    mark = paper.value("/date", facts.day.isoformat(), caption)
    text = layout.writing.date(facts.day)
    pieces: list[Piece] = [(text, paper.type, (mark,))]
    if caption.text:
        pieces.insert(0, (paper.wording.closed(caption.text) + " ", paper.type, ()))
    if layout.date_with_time:
        clock = facts.time.strftime(layout.clock)
        joint = paper.lots.choice([" ", " ", "  ", " - ", " / "])
        pieces += [(joint, paper.type, ()), (clock, paper.type, (_clock_mark(paper),))]
    return pieces


# --- foot --------------------------------------------------------------------------------------


def _foot(paper: ReceiptPaper) -> None:
    layout, facts = paper.layout, paper.facts
    paper.y += 4
    if layout.phone == "end":
        paper.line(_captioned(paper, "phone", facts.shop.phone), "center")
    if layout.tax_id == "end":
        paper.line(_captioned(paper, "tax_id", facts.tax_id), "center")
    if layout.other_day:
        later = facts.day.replace(year=facts.day.year + 1)
        paper.line([(f"VALID UNTIL {layout.writing.date(later)}", paper.type, ())], "center")
    for _ in range(layout.thanks):
        paper.stack(layout.width / 2, paper.y, plain_lines([paper.words("thanks")], paper.type),
                    paper.right - paper.left, align="center")  # fmt: skip
        paper.y += layout.size * layout.leading
