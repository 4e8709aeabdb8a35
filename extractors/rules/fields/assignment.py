"""One candidate for each field: the likeliest, no word used twice, the schema's checks kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import islice, product
from typing import Any

from docglean.extractors.rules.fields.candidates import Candidate, held_by
from docglean.extractors.rules.fields.field_names import FITS
from docglean.extractors.rules.fields.ranking import log_odds
from docglean.extractors.rules.ranker.model import model
from docglean.extractors.rules.skeleton import put
from docglean.schemas.checks import Rule, check
from docglean.schemas.checks.sums import Adds
from docglean.schemas.fields import Field
from docglean.schemas.kinds.figures import as_decimal
from docglean.schemas.reading.style import Style
from docglean.schemas.schema import Schema

BROKEN = 3.0
"""Evidence (log-odds) that a broken check weighs against what it reads together: what is right
breaks one seldom, by the page's own mistake."""
NEXT = 2
"""Rows between two that belong together: one may lie between them."""
TRIED = 3
"""Candidates of a field that are tried against the checks."""
DOUBTED = 0.1
"""Probability of a candidate that checks alone make likely enough."""
SAID = 0.42
"""Score of a candidate that is believed, where its finder tells it."""
CERTAIN = 0.97
"""Probability from which a value may be a word that another field has taken."""
ROUNDING = 1e-9
"""By how much a sum of scores must be better: more than floats are rounded by."""
MOST_TRIALS = 400


def pick(
    schema: Schema,
    candidates: Mapping[str, Sequence[Candidate]],
    leaves: Mapping[str, Field],
    lists: Mapping[str, Any],
    amounts: Sequence[Candidate],
    style: Style,
) -> dict[str, tuple[Any, Candidate]]:
    """JSON leaf and candidate by path; fields without one are left out.

    Args:
        lists: values of the list fields by path, for checks that sum them.
        amounts: all amounts of money on the pages.
    """
    able = {path: _able(leaves[path], found, style) for path, found in candidates.items()}
    chosen = _greedy(able)
    for group in _checked_together(schema, able):
        options = {path: _distinct(able[path], chosen.get(path)) for path in group}
        chosen = _best_of(schema, options, chosen, lists)
    chosen = _by_sums(schema, chosen, able, leaves, amounts, style)
    chosen = _undoubted(schema, chosen)
    return _by_sums(schema, chosen, able, leaves, amounts, style)


_Reading = tuple[Any, Candidate]


def _able(field: Field, found: Sequence[Candidate], style: Style) -> list[_Reading]:
    """Those that are likely enough and that the field's type can hold."""
    able = []
    for candidate in found:
        if candidate.score < DOUBTED:
            break
        value = held_by(field, candidate.value, style)
        if value is not None:
            able.append((value, candidate))
    return able


def _greedy(able: Mapping[str, Sequence[_Reading]]) -> dict[str, _Reading]:
    """The likeliest first; a printed value serves several fields only by one caption."""
    order = sorted(
        ((reading[1].score, path, place) for path, readings in able.items()
         for place, reading in enumerate(readings) if is_believed(reading[1])),
        key=lambda item: (-item[0], item[1], item[2]),
    )  # fmt: skip
    chosen: dict[str, _Reading] = {}
    taken: dict[int, Candidate] = {}
    for _, path, place in order:
        if path in chosen:
            continue
        reading = able[path][place]
        if _free(reading[1], taken) and not _is_said_again(reading, chosen):
            chosen[path] = reading
            for piece in reading[1].pieces:
                taken.setdefault(id(piece.word), reading[1])
    return chosen


def _is_said_again(reading: _Reading, chosen: Mapping[str, _Reading]) -> bool:
    """Whether only captions of other fields name it, and one of those has this value: what is paid
    is no sum of goods because the total is."""
    value, one = reading
    others = one.caption is None and one.signs.get("claimed", 0.0) >= FITS
    return others and any(value == told for told, _ in chosen.values())


def _free(candidate: Candidate, taken: Mapping[int, Candidate]) -> bool:
    for piece in candidate.pieces:
        owner = taken.get(id(piece.word))
        if owner is None:
            continue
        same_caption = owner.caption is not None and candidate.caption == owner.caption
        # A date with its time: parts of one printed value.
        part = (
            candidate.shared
            or owner.shared
            or (owner.value != candidate.value and len(owner.pieces) != len(candidate.pieces))
        )
        if not same_caption and not part and candidate.score < CERTAIN:
            return False
    return True


def _checked_together(
    schema: Schema, able: Mapping[str, Sequence[_Reading]]
) -> list[tuple[str, ...]]:
    """Groups of single fields that one rule of the schema's model reads together."""
    groups = []
    for rule in getattr(schema.model, "__checks__", ()):
        if not isinstance(rule, Rule):
            continue
        paths = tuple(path for path in dict.fromkeys(rule.patterns()) if able.get(path))
        # A check of one value alone (a checksum) prefers whatever it can't check.
        if len(paths) > 1 and any(len(able[path]) > 1 for path in paths):
            groups.append(paths)
    return groups


def _undoubted(schema: Schema, chosen: dict[str, _Reading]) -> dict[str, _Reading]:
    """`chosen` without the least likely value of amounts that do not add up, if no caption names it
    and it is so unlikely that none is better. What a caption names stays, and the check fails.
    Lists have no say: they may be wrong themselves."""
    for rule in _sums_of(schema):
        said = {path: chosen[path] for path in rule.patterns() if path in chosen}
        said = {path: one for path, one in said.items() if one[1].caption is None}
        chosen = _best_of(schema, {path: [one, None] for path, one in said.items()}, chosen, {})
    return chosen


def _best_of(
    schema: Schema,
    options: Mapping[str, Sequence[_Reading | None]],
    chosen: dict[str, _Reading],
    lists: Mapping[str, Any],
) -> dict[str, _Reading]:
    """`chosen` with the choice among options that is likeliest by itself and by the checks."""
    best, best_score = chosen, _judged(schema, chosen, lists, tuple(options))
    kept = {path: one for path, one in chosen.items() if path not in options}
    for picks in islice(product(*options.values()), MOST_TRIALS):
        trial = kept | {path: one for path, one in zip(options, picks, strict=True) if one}
        score = _judged(schema, trial, lists, tuple(options))
        if score > best_score + ROUNDING:
            best, best_score = trial, score
    return best


def _by_sums(
    schema: Schema,
    chosen: dict[str, _Reading],
    able: Mapping[str, Sequence[_Reading]],
    leaves: Mapping[str, Field],
    amounts: Sequence[Candidate],
    style: Style,
) -> dict[str, _Reading]:
    """`chosen` with what the schema's checks of sums want, where all else that one reads together
    is told, two values or more.

    An amount that no caption names is a printed one; one that is printed in several rows and
    nowhere in all is their sum: CGST and SGST, the tax at two rates.
    """
    for rule in _sums_of(schema):
        for path in (rule.total, *rule.parts):
            wanted = _wanted(rule, path, chosen) if path in leaves else None
            if wanted is None or (path in chosen and as_decimal(chosen[path][0]) == wanted):
                continue
            whole: Candidate | None = None
            if path not in chosen:
                printed = [one for one in amounts if wanted and as_decimal(one.value) == wanted]
                whole = replace(printed[-1], score=CERTAIN) if printed else None
            elif path != rule.total:
                whole = _whole(able.get(path, ()), wanted)
            for reading in _able(leaves[path], [whole], style) if whole else ():
                chosen = {**chosen, path: reading}
    return chosen


def _whole(able: Sequence[_Reading], wanted: Decimal) -> Candidate | None:
    """Candidates in rows that follow each other, as one with their sum, if it is the one wanted."""
    rows: dict[tuple[int, int], Candidate] = {}
    for _, candidate in able:
        if candidate.caption is not None:
            rows.setdefault((candidate.page, candidate.caption.run.row), candidate)
    group: list[Candidate] = []
    last = (0, 0)
    for place in sorted(rows):
        near = place[0] == last[0] and place[1] - last[1] <= NEXT
        group = [*group, rows[place]] if near else [rows[place]]
        last = place
        amount = sum((as_decimal(one.value) or Decimal(0) for one in group), Decimal(0))
        if len(group) > 1 and amount == wanted:
            pieces = tuple(piece for one in group for piece in one.pieces)
            return replace(group[0], value=format(amount, "f"), pieces=pieces)
    return None


def _sums_of(schema: Schema) -> list[Adds]:
    """The schema's checks that a total is the sum of its parts."""
    return [rule for rule in getattr(schema.model, "__checks__", ()) if isinstance(rule, Adds)]


def _wanted(rule: Adds, path: str, chosen: Mapping[str, _Reading]) -> Decimal | None:
    """What one of the amounts of a sum must be; None where another is missing, or there are no
    two."""
    others = (one for one in rule.patterns() if one in chosen and one != path)
    known = {one: as_decimal(chosen[one][0]) for one in others}
    needed = [one for one in (rule.total, *rule.parts) if one != path]
    if len(known) < 2 or any(known.get(one) is None for one in needed):
        return None
    signs = {rule.total: -1} | dict.fromkeys((*rule.parts, *rule.plus), 1)
    signs |= dict.fromkeys(rule.minus, -1)
    rest = sum((signs[one] * amount for one, amount in known.items() if amount), Decimal(0))
    return rest if path == rule.total else -rest


def _distinct(readings: Sequence[_Reading], current: _Reading | None) -> list[_Reading | None]:
    """Different values of a field, the present one first; where there is none, None at last."""
    found: dict[str, _Reading] = {}
    for reading in ([current] if current else []) + list(readings):
        found.setdefault(str(reading[0]), reading)
    return [*list(found.values())[:TRIED], *([] if current else [None])]


def _judged(
    schema: Schema,
    trial: Mapping[str, _Reading],
    lists: Mapping[str, Any],
    group: Sequence[str],
) -> float:
    """Log-odds of the values of a group against telling none, less what broken checks weigh."""
    values: dict[str, Any] = {}
    for path, value in ({path: value for path, (value, _) in trial.items()} | dict(lists)).items():
        put(values, path, value)
    broken = len(check(schema.model, values))
    enough = log_odds(least())
    told = sum(log_odds(trial[path][1].score) - enough for path in group if path in trial)
    return told - BROKEN * broken


def is_believed(candidate: Candidate) -> bool:
    """Whether a candidate is likely enough by itself."""
    return candidate.score >= (least() if candidate.signs else SAID)


def least() -> float:
    """The probability of a candidate that is believed at all."""
    return model("told").threshold
