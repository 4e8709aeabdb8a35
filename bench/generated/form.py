"""Printed forms that somebody filled in: frames, lines, combs and boxes to tick."""

from __future__ import annotations

from bench.generated.form_facts import form_facts
from bench.generated.form_layout import form_layout
from bench.generated.form_marks import scribble
from bench.generated.form_paper import FormPaper
from bench.generated.form_questions import draw_questions
from bench.generated.kinds import Drawn
from bench.generated.lots import Lots, chance
from bench.generated.sheet import ASCENT, Sheet, Type, shrunk


def draw_form(lots: Lots) -> Drawn:
    """Draw one.

    Raises:
        DoesNotFit: this layout has no room for these facts.
    """
    facts, layout = form_facts(lots), form_layout(lots)
    paper = FormPaper(Sheet(layout.width, layout.height), facts, layout, lots, lots.uniform(30, 60))
    _title(paper)
    for place, (heading, questions) in enumerate(facts.sections):
        paper.style = layout.styles[place % len(layout.styles)]
        if heading:
            _heading(paper, heading)
        draw_questions(paper, questions)
    _end(paper)
    return Drawn("form", facts.language, paper.sheet, layout.stream, paper.values,
                 tuple(paper.blanks), paper.told, paper.accept)  # fmt: skip


def _title(paper: FormPaper) -> None:
    layout, lots = paper.layout, paper.lots
    type_ = Type(layout.caption.face, lots.choice([12, 14, 16, 20]), bold=True)
    at, align = (layout.width / 2, "center") if chance(lots, 0.5) else (paper.left, "left")
    mark = paper.sheet.mark("/title")
    paper.sheet.text(at, paper.y + ASCENT * type_.size, paper.facts.title, type_, mark, align=align)
    small = layout.caption.with_(size=6.5, bold=False)
    if paper.facts.number:
        paper.sheet.text(paper.right, layout.height - 25, paper.facts.number, small, align="right")
    paper.y += type_.size * 1.6
    for note in paper.facts.notes:
        paper.sheet.text(paper.left, paper.y + ASCENT * 7, note, small.with_(size=7, italic=True))
        paper.y += 11
    paper.y += layout.gap


def _heading(paper: FormPaper, text: str) -> None:
    paper.room(60)
    paper.y += 5
    type_ = paper.layout.caption.with_(bold=True, size=paper.layout.caption.size + 1)
    end = paper.y + type_.size * 1.6
    if paper.layout.heading == "bar":
        paper.sheet.box((paper.left, paper.y, paper.right, end), fill=(0.85, 0.85, 0.85))
    paper.sheet.text(paper.left + 4, paper.y + 1.15 * type_.size, text, type_)
    if paper.layout.heading == "rule":
        paper.sheet.rule(paper.left, end, paper.right, 1.0)
    paper.y = end + max(4, paper.layout.gap * 0.7)


def _end(paper: FormPaper) -> None:
    """The place to sign, if there is one."""
    facts = paper.facts
    if not facts.signature:
        return
    paper.room(50)
    base = paper.y + 34
    width = paper.lots.uniform(140, 220)
    left = paper.left if chance(paper.lots, 0.5) else paper.right - width
    paper.sheet.rule(left, base, left + width, dotted=paper.layout.dotted)
    mark = paper.sheet.mark("/signatures/0/label")
    small = shrunk(facts.signature, paper.layout.caption.with_(bold=False), width)
    paper.sheet.text(left, base + 2 + small.size, facts.signature, small, mark)
    paper.told["/signatures/0/signed"] = facts.signed
    if facts.signed:
        scribble(paper.sheet, left + 10, base - 3, width * 0.6, paper.lots)
