"""How likely each candidate is the value of its field: what is known of it, weighed by the model
``fields`` that `bench.train` has learnt.

A field is described by its kind, by what it asks for (`roles`) and by which value wins, never by
its name: so what was learnt on the built-in schemas holds for a user's own.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from docglean.extractors.rules.fields.amounts import Sums
from docglean.extractors.rules.fields.candidates import SHOWN, Candidate, Signs
from docglean.extractors.rules.fields.roles import (
    DAYS,
    day_role,
    is_currency,
    is_main_date,
    is_main_number,
    sum_role,
)
from docglean.extractors.rules.fields.search import SURE, Search
from docglean.extractors.rules.fields.synonyms import take_of
from docglean.extractors.rules.page.sheet import Sheet
from docglean.extractors.rules.parties import addresses
from docglean.extractors.rules.ranker.model import model
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Clock, Code, Day, Money, Name, Number, Text

SOLE = 0.9
"""How likely a value at least is which its own caption names where nothing else may be it."""
TITLE_WORDS = 5
"""Words of a row in which a title stands."""
_KINDS = {"money": Money, "day": Day, "clock": Clock, "number": Number, "code": Code, "name": Name}

_OF_BEST = (
    *_KINDS, "text", "takes_last", "main_number", "main_date", "currency", "side",
    "asks_total", "asks_net", "asks_tax", "asks_due", "part_name", "part_address", "part_phone",
    "part_vat", "part_iban", "part_bic", "named_fit", "claimed", "best_fit", "rival_fit", "values",
    "free_values", "times", "by_form", "asks_due_day", 
    "whole_of", "largest", "doubt",
)  # fmt: skip
LEAST = 1e-4
"""Probability below which nothing is told apart."""

Found = Mapping[str, Sequence[Candidate]]


def ranked(search: Search, found: Found, lists: Mapping[str, Any]) -> dict[str, list[Candidate]]:
    """Candidates of each field, the likeliest first, with their probability as score.

    Args:
        lists: values of the list fields by path.
    """
    known = described(search, found, lists)
    rows = [one.signs for ones in known.values() for one in ones if one.signs]
    likely = iter(model("fields").probabilities(rows))
    best = {
        path: _best(replace(one, score=next(likely)) if one.signs else one for one in ones)
        for path, ones in known.items()
    }
    weighed = [path for path, ones in best.items() if ones and ones[0].signs]
    told = model("told").probabilities([signs_of_best(best[path]) for path in weighed])
    for path, probability in zip(weighed, told, strict=True):
        evidence = log_odds(probability) - log_odds(best[path][0].score)
        best[path] = [
            replace(one, score=probability_of(log_odds(one.score) + evidence)) if one.signs else one
            for one in best[path]
        ]
        if _is_all_there_is(best[path][0].signs):
            best[path][0] = replace(best[path][0], score=max(SOLE, best[path][0].score))
    return best


def _is_all_there_is(signs: Signs) -> bool:
    """Whether a candidate is the only value of its field, named by the field's own caption and
    nothing else, and all that stands there."""
    named = signs.get("fit", 0.0) >= SURE and bool(signs.get("closed"))
    doubts = ("claimed", "rank", "before", "behind", "between", "column", "foreign", "stranger")
    alone = signs["values"] == 1 and not any(signs.get(name) for name in doubts)
    return named and alone and signs.get("shown", SHOWN) == SHOWN


def signs_of_best(ones: Sequence[Candidate]) -> Signs:
    """What tells whether the likeliest candidate of a field is right: how likely it and others are
    by themselves, and what the field asks for."""
    best = ones[0]
    others: dict[str, float] = {}
    for one in ones[1:]:
        if str(one.value) != str(best.value):
            others[str(one.value)] = max(one.score, others.get(str(one.value), 0.0))
    return {name: best.signs[name] for name in _OF_BEST if name in best.signs} | {
        "likely": best.score,
        "rival": max(others.values(), default=0.0),
        "others": sum(others.values()),
    }


def log_odds(probability: float) -> float:
    """Evidence for something: 0 where it is as likely as not."""
    sure = min(max(probability, LEAST), 1 - LEAST)
    return math.log(sure / (1 - sure))


def probability_of(evidence: float) -> float:
    """How likely something is with so much evidence, as `log_odds`."""
    return 1 / (1 + math.exp(-evidence))


def _best(ones: Iterable[Candidate]) -> list[Candidate]:
    """The likeliest first, each value in one place once, with the caption that surely names it."""
    best: dict[tuple[object, frozenset[int]], Candidate] = {}
    for one in sorted(ones, key=lambda one: -one.score):
        key = (str(one.value), frozenset(id(piece.word) for piece in one.pieces))
        known = best.setdefault(key, one)
        if known.caption is None and one.signs.get("fit", 0.0) >= SURE:
            best[key] = replace(known, caption=one.caption)
    return list(best.values())


def described(search: Search, found: Found, lists: Mapping[str, Any]) -> dict[str, list[Candidate]]:
    """The candidates with all that is known of them; those that have no signs as they are."""
    pages = _Pages(search, lists)
    claims = _claims(found)
    described: dict[str, list[Candidate]] = {}
    for path, ones in found.items():
        asked = _of_field(search, search.leaves[path])
        among = _Among(path, ones, claims)
        is_amount = isinstance(search.leaves[path].kind, Money | Number)
        described[path] = [
            replace(one, signs=one.signs | asked | pages.of(one, is_amount) | among.of(one))
            if one.signs else one
            for one in ones
        ]  # fmt: skip
    return described


def _claims(found: Found) -> dict[int, dict[str, float]]:
    """How well captions name words, by their id, for each field by its path."""
    claims: dict[int, dict[str, float]] = defaultdict(dict)
    for path, ones in found.items():
        for one in ones:
            fit = one.signs.get("fit", 0.0)
            for piece in one.pieces if fit else ():
                fits = claims[id(piece.word)]
                fits[path] = max(fit, fits.get(path, 0.0))
    return claims


def _of_field(search: Search, leaf: Field) -> Signs:
    """What a field asks for."""
    labels = search.labels(leaf)
    role = search.roles[leaf.path]
    signs = {name: float(type(leaf.kind) is kind) for name, kind in _KINDS.items()}
    signs["text"] = float(isinstance(leaf.kind, Text) and not any(signs.values()))
    signs["takes_last"] = float(take_of(leaf) == "last")
    signs["main_number"] = float(is_main_number(leaf, labels))
    signs["main_date"] = float(is_main_date(leaf, labels))
    signs["currency"] = float(is_currency(leaf))
    wanted = sum_role(labels) if isinstance(leaf.kind, Money) else None
    for name in ("total", "net", "tax", "due"):
        signs[f"asks_{name}"] = float(wanted == name)
    day = day_role(labels) if isinstance(leaf.kind, Day) else None
    for name in DAYS:
        signs[f"asks_{name}_day"] = float(day == name)
    signs["side"] = {"seller": 1.0, "buyer": -1.0}.get(role.side or "", 0.0) if role else 0.0
    for part in ("name", "address", "phone"):
        signs[f"part_{part}"] = float(role is not None and role.part == part)
    for part in ("vat", "iban", "bic"):
        signs[f"part_{part}"] = float(search.codes.get(leaf.path) == part)
    return signs


class _Pages:
    """What pages say of a candidate by where it stands."""

    def __init__(self, search: Search, lists: Mapping[str, Any]) -> None:
        self._search = search
        self._sheets = {sheet.page: sheet for sheet in search.sheets}
        self._rows = {
            id(piece.word): run.row
            for sheet in search.sheets
            for run in sheet.runs
            for piece in run.pieces
        }
        self._sums = Sums(search.amounts(), search.sheets, lists)
        self._lettering = Counter(
            run.text for sheet in search.sheets for run in {r.text: r for r in sheet.runs}.values()
        )
        self._titled: dict[tuple[int, int], float] = {}

    def of(self, one: Candidate, is_amount: bool) -> Signs:
        sheet = self._sheets[one.page]
        first, last = one.pieces[0], one.pieces[-1]
        row = self._rows.get(id(first.word), 0)
        text = str(one.value)
        count = max(len(self._sheets), 1)
        pages = sorted(self._sheets)
        in_row = sheet.rows[row] if sheet.rows else ()
        signs = {
            "x": first.box[0] / max(sheet.width, 1.0),
            "x_end": last.box[2] / max(sheet.width, 1.0),
            "y": first.box[1] / max(sheet.depth, 1.0),
            "page": pages.index(one.page) / max(count - 1, 1),
            "pages": count,
            "runs_in_row": len(in_row),
            "last_in_row": float(bool(in_row) and last.word is in_row[-1].pieces[-1].word),
            "large": (first.box[3] - first.box[1]) / max(sheet.height, 1.0),
            "words": len(one.pieces),
            "length": len(text),
            "digits": sum(map(str.isdigit, text)) / max(len(text), 1),
            "letters": sum(map(str.isalpha, text)),
            "capital": float(text[:1].isupper()),
            "doubt": 1.0 - min(piece.word.confidence for piece in one.pieces),
            "titled": self._is_titled(sheet, row),
            "page_number": float(self._search.is_page_number(one.pieces)),
            "row_length": sum(len(run.text) for run in in_row),
            "row_colon": float(any(":" in run.text for run in in_row)),
            "repeated": self._lettering[" ".join(piece.text for piece in one.pieces)] / count,
        }
        return signs | (self._sums.of(one) if is_amount else {})

    def _is_titled(self, sheet: Sheet, row: int) -> float:
        """Whether the title of the document stands in a row."""
        if (sheet.page, row) not in self._titled:
            text = " ".join(run.text for run in sheet.rows[row]) if sheet.rows else ""
            title = addresses.is_title(" ".join(text.split()[:TITLE_WORDS]))
            self._titled[sheet.page, row] = float(title)
        return self._titled[sheet.page, row]


class _Among:
    """How a candidate stands among those of its field."""

    def __init__(
        self, path: str, ones: Sequence[Candidate], claims: Mapping[int, Mapping[str, float]]
    ) -> None:
        self._times = Counter(str(one.value) for one in ones)
        self._fits: dict[str, float] = {}
        self._claims: dict[int, tuple[float, float]] = {}
        for one in ones:
            said = [item for p in one.pieces for item in claims.get(id(p.word), {}).items()]
            own = max((fit for key, fit in said if key == path), default=0.0)
            other = max((fit for key, fit in said if key != path), default=0.0)
            self._claims[id(one)] = own, other
            self._fits[str(one.value)] = max(own, self._fits.get(str(one.value), 0.0))
        free = [one for one in ones if self._claims[id(one)][1] <= self._claims[id(one)][0]]
        self._free_values = len({str(one.value) for one in free})
        self._orders = {
            "order": _order(ones),
            "free": _order(free),
            "named": _order([one for one in ones if one.signs.get("fit", 0.0) >= SURE]),
        }
        self._sizes = {value: at for at, value in enumerate(sorted(self._times))}

    def of(self, one: Candidate) -> Signs:
        value = str(one.value)
        own, claimed = self._claims[id(one)]
        rival = max((fit for other, fit in self._fits.items() if other != value), default=0.0)
        signs = {
            "values": len(self._times),
            "free_values": self._free_values,
            "times": self._times[value],
            "named_fit": own,
            "claimed": claimed,
            "best_fit": self._fits[value],
            "rival_fit": rival,
            "sorted": self._sizes[value],
            "sorted_back": len(self._sizes) - 1 - self._sizes[value],
        }
        for name, order in self._orders.items():
            if (at := order.get(_place(one))) is not None:
                signs |= {f"{name}_at": at, f"{name}_back": len(order) - 1 - at}
        return signs


def _order(ones: Iterable[Candidate]) -> dict[tuple[int, float, float], int]:
    return {place: at for at, place in enumerate(sorted({_place(one) for one in ones}))}


def _place(one: Candidate) -> tuple[int, float, float]:
    return one.page, round(one.pieces[0].box[1], 1), one.pieces[0].box[0]
