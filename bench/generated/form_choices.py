"""Questions of a form with boxes to tick."""

from __future__ import annotations

from bench.generated.form_facts import Choice
from bench.generated.form_marks import tick
from bench.generated.form_paper import FormPaper
from bench.generated.sheet import ASCENT, DoesNotFit, Widget

BOX = 8.0


def draw_choice(paper: FormPaper, one: Choice) -> None:
    """The question and its boxes, on one line or below each other."""
    layout, type_ = paper.layout, paper.layout.caption
    upright = layout.upright_choices
    step = max(type_.size, BOX) * 1.45
    paper.room(step * (len(one.options) + 1))
    paper.y += 2
    base = paper.y + ASCENT * type_.size
    caption = one.caption if one.caption.endswith("?") else one.caption + layout.closing
    start = paper.sheet.text(paper.left + 3, base, caption, type_)[1] + 16
    at = start
    for place, option in enumerate(one.options):
        if upright and place:
            base, at = base + step, start
        at = _option(paper, at, base, option, ticked=place in one.ticked) + 14
    if at > paper.right + 14:
        raise DoesNotFit(f"{one.caption!r} has too many boxes")
    paper.y = base - ASCENT * type_.size + step + max(4, layout.gap * 0.6)


def _option(paper: FormPaper, at: float, base: float, option: str, *, ticked: bool) -> float:
    """One box with its words, before or behind it; the right end."""
    layout, plain = paper.layout, paper.layout.caption.with_(bold=False)
    index = paper.boxes
    paper.boxes += 1
    mark = paper.sheet.mark(f"/checkboxes/{index}/label")
    if not layout.boxes_first:
        at = paper.sheet.text(at, base, option, plain, mark)[1] + 4
    box = (at, base - BOX + 1, at + BOX, base + 1)
    paper.told[f"/checkboxes/{index}/checked"] = ticked
    if layout.widgets:
        name = f"Check{len(paper.sheet.widgets)}"
        paper.sheet.widgets.append(Widget(paper.sheet.page, box, name, option, "", 8, ticked))
    else:
        paper.sheet.box(box)
        if ticked:
            tick(paper.sheet, box, layout.tick)
    at += BOX + 4
    return paper.sheet.text(at, base, option, plain, mark)[1] if layout.boxes_first else at
