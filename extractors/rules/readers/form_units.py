"""What a form's page is made of, and what can be measured of each piece and of two of them.

The pieces are runs, cut where a caption ends and where a line to write on begins. Whether one is a
caption or an entry, and what belongs together, is told by learnt models (`form_pairs`).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from docglean.extractors.extraction import Box
from docglean.extractors.geometry import across, area, centre, down, holds
from docglean.extractors.rules.page.captions import COLONS, is_figure
from docglean.extractors.rules.page.sheet import Run, Sheet, Token
from docglean.extractors.rules.readers.asked import asked_share
from docglean.extractors.rules.readers.form_parts import parts_of

FAR = 30.0
"""Line heights that stand for any greater distance."""
SAME_ROW = 0.6
"""Line heights between the middles of what stands in one row."""
ALIGNED = 0.5
"""Line heights between edges that are flush."""
REACH_UP, REACH_DOWN = 14.0, 2.5
"""Line heights above and below an entry within which its caption may stand."""
ASIDE = 2
"""Line heights by which what stands above or below may begin beside."""
NEAREST = 5
"""Pieces that are looked at, on each side."""
TO_FILL = 4.0
"""Line heights from a caption to the line or frame to write in."""
SIDES = ("left", "right", "above", "below")
OF_NEIGHBOURS = ("colon", "digits", "capitals", "words", "known", "blank")
OF_BOTH = (
    "colon", "words", "digits", "letters", "capitals", "blank", "known", "score", "signs", "money",
)  # fmt: skip
"""What is measured of the next piece on each side, and of both pieces of a pair."""

Features = dict[str, float]


@dataclass(frozen=True)
class Unit:
    """One piece of a page, with the line and the frame that it stands on and in."""

    run: Run
    blank: Box | None
    frame: Box | None

    @cached_property
    def box(self) -> Box:
        """On the upright page."""
        return self.run.box

    @cached_property
    def level(self) -> float:
        """Its middle; of what stands on a line, or floats above it, as if it stood on it."""
        if self.blank is not None:
            return (self.blank[1] + self.blank[3] - self.run.height) / 2
        return (self.box[1] + self.box[3]) / 2

    @cached_property
    def first_line(self) -> int:
        """Number of its text line in the file."""
        return self.run.pieces[0].word.line


class Layout:
    """The pieces of one page without words that are taken, and where each stands."""

    def __init__(self, sheet: Sheet, taken: Iterable[Token] = ()) -> None:
        self.sheet = sheet
        self.height = sheet.height
        frames = sorted(sheet.frames, key=area)
        self.units = [
            Unit(run, blank, _frame_of(run.box, frames)) for run, blank in parts_of(sheet, taken)
        ]
        self.lefts = sorted(unit.box[0] for unit in self.units)
        self.rights = sorted(unit.box[2] for unit in self.units)
        self.in_frame: dict[Box, list[Unit]] = {}
        for unit in self.units:
            if unit.frame is not None:
                self.in_frame.setdefault(unit.frame, []).append(unit)
        self.order = sorted(unit.first_line for unit in self.units)
        self.sides = [self._sides(unit) for unit in self.units]
        self.looks = [self._looks(unit) for unit in self.units]
        self.places = [self._place(unit, index) for index, unit in enumerate(self.units)]

    def is_to_fill(self, index: int) -> bool:
        """Whether there is a line or a frame to write in beside a piece, or below it."""
        place = self.places[index]
        near = min(place[name] for name in ("blank_right", "frame_right", "blank_below"))
        return near < TO_FILL or bool(place["framed"])

    def _sides(self, unit: Unit) -> tuple[list[int], list[int], list[int], list[int]]:
        """Indices of the pieces left, right, above and below, the nearest first."""
        left: list[int] = []
        right: list[int] = []
        above: list[int] = []
        below: list[int] = []
        x0, level = unit.box[0], unit.level
        for index, other in enumerate(self.units):
            gap = other.level - level
            if other is unit or abs(gap) > REACH_UP * self.height:
                continue
            if abs(gap) < SAME_ROW * self.height:
                (left if other.box[0] < x0 else right).append(index)
            elif across(other.box, unit.box) > 0 or abs(other.box[0] - x0) < ASIDE * self.height:
                (above if gap < 0 else below).append(index)
        left.sort(key=lambda i: -self.units[i].box[2])
        right.sort(key=lambda i: self.units[i].box[0])
        above.sort(key=lambda i: -self.units[i].box[3])
        below.sort(key=lambda i: self.units[i].box[1])
        return left[:NEAREST], right[:NEAREST], above[:NEAREST], below[:NEAREST]

    # --- one piece ------------------------------------------------------------------------------

    def features(self) -> list[Features]:
        """What is measured of each piece, and of what stands around it."""
        own = self.looks
        found = []
        for index, unit in enumerate(self.units):
            looks = own[index]
            entry = looks | self.places[index]
            for at, (name, side) in enumerate(zip(SIDES, self.sides[index], strict=True)):
                near = own[side[0]] if side else {}
                for key in OF_NEIGHBOURS:
                    entry[f"{name}_{key}"] = near.get(key, -1.0)
                entry[f"{name}_gap"] = self._gap(unit, side, at)
                entry[f"{name}_size"] = near.get("size", 0.0) / max(looks["size"], 0.01)
            found.append(entry)
        return found

    def _looks(self, unit: Unit) -> Features:
        text, pieces = unit.run.text, unit.run.pieces
        signs = max(len(text.replace(" ", "")), 1)
        letters = sum(map(str.isalpha, text))
        words = [piece.text for piece in pieces]
        return {
            "words": float(len(words)),
            "signs": float(min(signs, 80)),
            "letters": letters / signs,
            "digits": sum(map(str.isdigit, text)) / signs,
            "capitals": sum(map(str.isupper, text)) / max(letters, 1),
            "titled": sum(word[:1].isupper() for word in words) / len(words),
            "upper_first": float(text[:1].isupper()),
            "colon": float(text.endswith(COLONS)),
            "stop": float(text.endswith((".", ","))),
            "bracket": float(text.startswith("(")) + float(text.endswith(")")),
            "money": float(any(sign in text for sign in "$€£%#")),
            "figure": float(is_figure(words[0])),
            "known": asked_share(text),
            "size": unit.run.height / max(self.height, 1.0),
            "score": sum(piece.word.confidence for piece in pieces) / len(pieces),
            "least_score": min(piece.word.confidence for piece in pieces),
            "blank": float(unit.blank is not None),
            "width": (unit.box[2] - unit.box[0]) / max(self.height * signs, 1.0),
        }

    def _place(self, unit: Unit, index: int) -> Features:
        sheet, high = self.sheet, max(self.height, 1.0)
        frame = unit.frame
        inside = self.in_frame.get(frame, []) if frame is not None else []
        left, right, _, _ = self.sides[index]
        return {
            "x": unit.box[0] / max(sheet.width, 1.0),
            "y": unit.box[1] / max(sheet.depth, 1.0),
            "row_before": float(len(left)),
            "row_after": float(len(right)),
            "flush_left": float(_among(self.lefts, unit.box[0], ALIGNED * high)),
            "flush_right": float(_among(self.rights, unit.box[2], ALIGNED * high)),
            "framed": float(frame is not None),
            "frame_high": self._far(frame[3] - frame[1]) if frame else 0.0,
            "frame_wide": self._far(frame[2] - frame[0]) if frame else 0.0,
            "frame_first": float(bool(inside) and inside[0] is unit),
            "frame_units": float(min(len(inside), 9)),
            "frame_left": self._far(unit.box[0] - frame[0]) if frame else -1.0,
            "frame_top": self._far(unit.box[1] - frame[1]) if frame else -1.0,
            "out_of_order": self._out_of_order(unit, index),
        } | self._to_fill(unit)

    def _gap(self, unit: Unit, side: Sequence[int], at: int) -> float:
        if not side:
            return FAR
        near, own = self.units[side[0]].box, unit.box
        gaps = own[0] - near[2], near[0] - own[2], own[1] - near[3], near[1] - own[3]
        return self._far(gaps[at])

    def _far(self, points: float) -> float:
        """In line heights, within bounds."""
        return max(-FAR, min(points / max(self.height, 1.0), FAR))

    def _to_fill(self, unit: Unit) -> Features:
        """Line heights to the nearest lines and frames to write on or in."""
        sheet, box, high = self.sheet, unit.box, self.height
        lines = [blank for blank in sheet.blanks if across(blank, box) > 0]
        gaps = {
            "blank_right": [
                blank[0] - box[2]
                for blank in sheet.blanks
                if abs((blank[1] + blank[3]) / 2 - box[3]) < high and blank[0] > box[0] + high
            ],
            "blank_below": [gap for one in lines if (gap := one[1] - box[3]) > -0.5 * high],
            "blank_above": [gap for one in lines if (gap := box[1] - one[3]) > -0.5 * high],
            "frame_right": [
                frame[0] - box[2]
                for frame in sheet.frames
                if down(frame, box) > 0 and frame[0] >= box[2] - high
            ],
            "frame_below": [
                frame[1] - box[3]
                for frame in sheet.frames
                if across(frame, box) > 0 and frame[1] >= unit.level
            ],
        }
        return {name: self._far(min(found, default=FAR * high)) for name, found in gaps.items()}

    def _out_of_order(self, unit: Unit, index: int) -> float:
        """Share of the page's lines that the file has between it and what stands next to it: what
        is filled in by a program comes last."""
        left, right, above, below = self.sides[index]
        near = [self.units[side[0]].first_line for side in (left, right, above, below) if side]
        if not near:
            return 0.0
        place = bisect_left(self.order, unit.first_line)
        gaps = [place - bisect_left(self.order, line) for line in near]
        return min(gaps, key=abs) / max(len(self.order), 1)

    # --- two pieces -----------------------------------------------------------------------------

    def candidates(self) -> Iterator[tuple[int, int]]:
        """Pairs of pieces of which the first may name the second, or go on in it."""
        for index, unit in enumerate(self.units):
            left, _, above, below = self.sides[index]
            near = [
                i for i in below if self.units[i].box[1] - unit.box[3] < REACH_DOWN * self.height
            ]
            others = dict.fromkeys([*left[:3], *above, *near[:2]])
            if not left and index:
                others[index - 1] = None
            if unit.frame is not None:
                others[self.units.index(self.in_frame[unit.frame][0])] = None
            yield from ((other, index) for other in others if other != index)

    def pair_features(self, first: int, second: int, roles: Sequence[Sequence[float]]) -> Features:
        """What is measured of two pieces; `roles` are the probabilities of what each is."""
        one, two = self.units[first], self.units[second]
        a, b = one.box, two.box
        left, _, above, below = self.sides[second]
        right_of_first = self.sides[first][1]
        below_first = self.sides[first][3]
        wide = max(min(a[2] - a[0], b[2] - b[0]), 1.0)
        entry = {
            f"{name}_{key}": self.looks[index][key]
            for name, index in (("first", first), ("second", second))
            for key in OF_BOTH
        }
        for name, index in (
            ("first", first), ("second", second), ("left", left[0] if left else None),
            ("above", above[0] if above else None),
        ):  # fmt: skip
            if index is not None:
                _, entry[f"{name}_caption"], entry[f"{name}_entry"] = roles[index]
        for key in ("framed", "frame_first", "out_of_order", "blank_right"):
            entry[f"first_{key}"] = self.places[first][key]
            entry[f"second_{key}"] = self.places[second][key]
        return entry | {
            "dx": self._far(b[0] - a[2]),
            "dy": self._far(b[1] - a[3]),
            "level": self._far(two.level - one.level),
            "left_edges": self._far(b[0] - a[0]),
            "right_edges": self._far(b[2] - a[2]),
            "middles": self._far(centre(b)[0] - centre(a)[0]),
            "common_width": max(0.0, across(a, b)) / wide,
            "same_row": float(abs(two.level - one.level) < SAME_ROW * self.height),
            "place_left": _rank(left, first),
            "place_above": _rank(above, first),
            "place_below": _rank(below, first),
            "place_right_of": _rank(right_of_first, second),
            "place_below_of": _rank(below_first, second),
            "size": two.run.height / max(one.run.height, 1.0),
            "same_frame": float(one.frame is not None and one.frame == two.frame),
            "both_framed": float(one.frame is not None and two.frame is not None),
            "same_line": float(one.first_line == two.run.pieces[-1].word.line),
            "line_begins": self._far(two.blank[0] - a[2]) if two.blank else FAR,
            "wraps": float(second == first + 1),
        }


def _rank(side: Sequence[int], index: int) -> float:
    return float(side.index(index)) if index in side else float(NEAREST)


def _among(places: Sequence[float], place: float, slack: float) -> int:
    """How many of sorted places are this one, itself left out."""
    return bisect_right(places, place + slack) - bisect_left(places, place - slack) - 1


def _frame_of(box: Box, frames: Sequence[Box]) -> Box | None:
    x, y = centre(box)
    return next((frame for frame in frames if holds(frame, x, y)), None)
