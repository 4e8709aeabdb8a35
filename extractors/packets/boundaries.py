"""How likely a document begins on a page: a logistic model of the signs between two pages.

Its weights are data, fitted by ``python -m bench.packets --fit`` on documents put together at
random; the file says on which, and what was measured on others.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from docglean.extractors.packets.gap_signs import SIGNS

TOLD = 3
"""Reasons that are told of a beginning."""
LEAST = 0.25
"""Logits from which a sign is a reason."""


@dataclass(frozen=True)
class BoundaryModel:
    """Weights of signs.

    Attributes:
        bias: logit where there are none.
        weights: by sign; those that are not there weigh nothing.
    """

    bias: float
    weights: Mapping[str, float]

    def probability(self, signs: Mapping[str, float]) -> float:
        """How likely a document begins, from 0 to 1."""
        logit = self.bias + sum(self.weights.get(n, 0.0) * v for n, v in signs.items())
        return 1 / (1 + math.exp(-max(-40.0, min(40.0, logit))))

    def why(self, signs: Mapping[str, float], *, begins: bool) -> tuple[str, ...]:
        """What speaks for it the most, in words."""
        side = 0 if begins else 1
        moved = {name: self.weights.get(name, 0.0) * value for name, value in signs.items()}
        ranked = sorted(moved, key=lambda name: -moved[name] if begins else moved[name])
        told = [name for name in ranked if (moved[name] if begins else -moved[name]) >= LEAST]
        return tuple(SIGNS[name][side] for name in told if SIGNS[name][side])[:TOLD]


@cache
def boundary_model() -> BoundaryModel:
    """The one that is shipped."""
    content = files("docglean.extractors.packets").joinpath("boundaries.json").read_text("utf-8")
    told = json.loads(content)
    return BoundaryModel(told["bias"], told["weights"])
