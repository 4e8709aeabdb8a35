"""The built-in schema ``form`` without a model: captions with values, boxes, places to sign."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from docglean.extractors.extraction import Evidence
from docglean.extractors.geometry import union
from docglean.extractors.rules.fields.candidates import evidence_of
from docglean.extractors.rules.page.boxes import signings_of
from docglean.extractors.rules.page.captions import COLONS, is_figure
from docglean.extractors.rules.page.drawn import Drawn
from docglean.extractors.rules.page.sheet import Run, Sheet, Token
from docglean.extractors.rules.readers.form_pairs import FILLED, pairs_of
from docglean.extractors.rules.readers.form_parts import Pair
from docglean.extractors.rules.readers.questions import question_text, questioned

OF_LETTERS = 0.6
"""Share of a title's characters that are letters."""
OFF_MIDDLE = 0.6
"""What it costs a title, in line heights, to stand off the middle."""
LARGER = 1.12
"""Of the page's line height: a heading's."""
TITLE_PART = 0.35
"""Part of the first page, from its top, where a form's title stands."""
MOST_SECTION_WORDS = 8

Read = tuple[dict[str, Any], dict[str, Evidence]]
_Said = tuple[Sequence[Token], Any]
"""Words, and what they say."""
NOTHING: _Said = (), None


def read_form(sheets: Sequence[Sheet], drawn: Mapping[int, Drawn]) -> Read:
    """Values of `title`, `fields`, `checkboxes` and `signatures`, with evidence by JSON pointer."""
    values: dict[str, Any] = {"title": None, "fields": [], "checkboxes": [], "signatures": []}
    evidence: dict[str, Evidence] = {}
    title = title_of(sheets[0]) if sheets else None
    if title is not None:
        values["title"] = title.text
        evidence["/title"] = evidence_of(title.page, title.pieces, title.text)
    for sheet in sheets:
        look = drawn.get(sheet.page)
        signings = signings_of(sheet, look.ink if look else None)
        labels = [piece for signing in signings for piece in signing.label]
        pairs = pairs_of(sheet, labels, sure=FILLED)
        headings = _headings(sheet, pairs, title)
        add = partial(_add, values, evidence, sheet.page)
        for pair in pairs:
            section = _section(pair.key, headings, sheet)
            key, value = (pair.key, pair.key_text), (pair.value, pair.value_text)
            add("fields", key=key, value=value, section=section)
        for option, questions in questioned(sheet):
            section = _asked(questions) or _section([option.mark], headings, sheet)
            checked = [option.mark], option.checked
            add("checkboxes", label=(option.label, option.text), checked=checked, section=section)
        for signing in signings:
            label = " ".join(piece.text for piece in signing.label).strip(" :;,._()")
            signed = (), signing.signed
            entry = add("signatures", label=(signing.label, label), signed=signed, name=NOTHING,
                        date=NOTHING)  # fmt: skip
            if signing.signed is not None:
                evidence[f"{entry}/signed"] = Evidence(
                    how="normalised", page=signing.page, box=signing.box, score=1.0
                )
    return values, evidence


def _asked(questions: Sequence[Sequence[Token]]) -> _Said | None:
    """The likeliest of what may be the question that a box answers."""
    texts = ((pieces, question_text(pieces)) for pieces in questions)
    return next((one for one in texts if one[1]), None)


def _add(
    values: dict[str, Any], evidence: dict[str, Evidence], page: int, to: str, /, **said: _Said
) -> str:
    """Add an entry to a list, with evidence for what words say of it; its JSON pointer."""
    pointer = f"/{to}/{len(values[to])}"
    values[to].append({key: None if value == "" else value for key, (_, value) in said.items()})
    for key, (pieces, value) in said.items():
        if pieces and value != "":
            evidence[f"{pointer}/{key}"] = evidence_of(page, pieces, value)
    return pointer


def title_of(sheet: Sheet) -> Run | None:
    """The largest print near the top that is no caption; of equals, that in the middle."""
    tops = [
        run
        for run in sheet.runs
        if run.box[1] < TITLE_PART * sheet.depth
        and not run.text.endswith(COLONS)
        and sum(map(str.isalpha, run.text)) >= OF_LETTERS * len(run.text.replace(" ", ""))
        and 1 <= len(run.pieces) <= 12
        and len(run.text) >= 4
    ]
    if not tops:
        return None

    def score(run: Run) -> float:
        middle = abs((run.box[0] + run.box[2]) / 2 - sheet.width / 2) / sheet.width
        return run.height / sheet.height - OFF_MIDDLE * middle

    return max(tops, key=score)


def _headings(sheet: Sheet, pairs: Sequence[Pair], title: Run | None) -> list[Run]:
    """Lines that head what follows: alone in their row, no caption, in capitals or larger."""
    used = {id(piece.word) for pair in pairs for piece in (*pair.key, *pair.value)}
    found = []
    for row in sheet.rows:
        run = row[0] if len(row) == 1 else None
        if run is None or run is title or len(run.pieces) > MOST_SECTION_WORDS:
            continue
        if any(id(piece.word) in used or is_figure(piece.text) for piece in run.pieces):
            continue
        letters = sum(map(str.isalpha, run.text))
        if letters >= 4 and (run.text.isupper() or run.height > LARGER * sheet.height):
            found.append(run)
    return found


def _section(pieces: Sequence[Token], headings: Sequence[Run], sheet: Sheet) -> _Said:
    """The nearest heading above."""
    top = union(piece.box for piece in pieces)[1]
    above = [run for run in headings if run.box[1] < top - 0.5 * sheet.height]
    nearest = max(above, key=lambda run: run.box[1], default=None)
    return (nearest.pieces, nearest.text) if nearest else NOTHING
