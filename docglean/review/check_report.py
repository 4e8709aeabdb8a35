"""What the schema's checks say of values as they stand, in sentences, while a person corrects."""

from __future__ import annotations

from collections import Counter
from collections.abc import Set
from dataclasses import dataclass
from typing import Any

from docglean.extractors.answers.validate import check_values
from docglean.schemas.checks import CheckOutcome
from docglean.schemas.pointers import name_of
from docglean.schemas.schema import Schema

NAMED = 4
"""Values that are named of a check that holds; of more the number is told."""
SUSPECTS = 3
"""Values up to which a check that fails is said to be off by them; more single out nothing."""


@dataclass(frozen=True, slots=True)
class CheckLine:
    """One check.

    Attributes:
        message: a sentence, with the figures where it does not hold.
        pointers: JSON pointers of all values that take part.
        off: those of them that other checks speak against, or that alone no other check bears out:
            where to look first. None where all are as likely.
    """

    holds: bool
    message: str
    pointers: tuple[str, ...]
    off: tuple[str, ...] = ()


def check_report(schema: Schema, values: dict[str, Any]) -> list[CheckLine]:
    """What does not hold first, then what holds.

    Args:
        values: JSON data with every field of the schema.
    """
    rules = schema.outcomes(values)
    outcomes = [outcome for rule in rules for outcome in rule]
    broken = [one for one in outcomes if not one.holds]
    breaches = [one for one in check_values(schema, values, rules) if one.code != "check_failed"]
    told = [
        CheckLine(False, one.message, one.paths or ((one.path,) if one.path else ()))
        for one in breaches
    ]
    against = Counter(path for one in broken for path in set(one.paths))
    borne_out = {path for one in outcomes if one.holds for path in one.paths}
    told += [
        CheckLine(False, one.message, one.paths, _off(one, against, borne_out)) for one in broken
    ]
    return told + [CheckLine(True, _agreeing(one), one.paths) for one in outcomes if one.holds]


def _off(broken: CheckOutcome, against: Counter[str], borne_out: Set[str]) -> tuple[str, ...]:
    """Of the values in a broken check, those that the other checks single out.

    Args:
        against: in how many broken checks each value takes part.
        borne_out: values that take part in a check which holds.
    """
    left = [path for path in broken.paths if path not in borne_out]
    for suspects in ([path for path in left if against[path] > 1], left if borne_out else []):
        if 0 < len(suspects) <= SUSPECTS and len(suspects) < len(broken.paths):
            return tuple(suspects)
    return ()


def _agreeing(outcome: CheckOutcome) -> str:
    names = [name_of(path) for path in outcome.paths]
    if len(names) == 1:
        return f"{names[0]} is well formed."
    if len(names) > NAMED:
        return f"{names[0]} and {len(names) - 1} other values agree."
    return f"{', '.join(names[:-1])} and {names[-1]} agree."
