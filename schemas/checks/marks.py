"""Checks of single values: dates in their order, account and tax numbers by their checksums."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from docglean.schemas.checks import CheckOutcome, Comparison
from docglean.schemas.kinds.offsets import Offset, seconds_of
from docglean.schemas.pointers import at_same_entry, name_of, places, value_at
from docglean.schemas.reading.texts import code_fold


@dataclass(frozen=True, slots=True)
class NotBefore(Comparison):
    """A date, or a time in a recording, does not lie before another one of the same entry.

    ``NotBefore("/due_date", "/issue_date")``
    """

    later: str
    earlier: str

    def patterns(self) -> tuple[str, ...]:
        """As in `Rule`."""
        return (self.later, self.earlier)

    def outcomes(self, values: dict[str, Any]) -> Iterator[CheckOutcome]:
        """As in `Comparison`."""
        for pointer, value in places(values, self.later):
            other = at_same_entry(self.earlier, self.later, pointer)
            first = value_at(values, other)
            later, earlier = _moment(value), _moment(first)
            if later and earlier:
                message = f"{name_of(pointer)} {value} is before {name_of(other)} {first}."
                yield CheckOutcome((pointer, other), later >= earlier, message=message)


@dataclass(frozen=True, slots=True)
class Iban(Comparison):
    """An account number that looks like an IBAN has the check digits and length of one.

    A number that is partly hidden (``DE89 **** 3000``) is passed over.
    """

    path: str

    def patterns(self) -> tuple[str, ...]:
        """As in `Rule`."""
        return (self.path,)

    def outcomes(self, values: dict[str, Any]) -> Iterator[CheckOutcome]:
        """As in `Comparison`."""
        from stdnum import iban

        for pointer, value in places(values, self.path):
            if not isinstance(value, str) or any(mark in value for mark in "*•…"):
                continue
            number = code_fold(value)
            if number[:2].isalpha() and number[2:4].isdigit():
                yield _outcome(pointer, f"{value} is not a right IBAN", iban.validate, number)


@dataclass(frozen=True, slots=True)
class VatId(Comparison):
    """A VAT number with a country's letters in front has that country's form and check digits.

    Without the letters the country is not known, and nothing is said.
    """

    path: str

    def patterns(self) -> tuple[str, ...]:
        """As in `Rule`."""
        return (self.path,)

    def outcomes(self, values: dict[str, Any]) -> Iterator[CheckOutcome]:
        """As in `Comparison`."""
        from stdnum import get_cc_module

        for pointer, value in places(values, self.path):
            number = code_fold(value) if isinstance(value, str) else ""
            country = {"el": "gr", "xi": "gb"}.get(number[:2].lower(), number[:2].lower())
            module = get_cc_module(country, "vat") if country.isalpha() else None
            if module is None or not any(char.isdigit() for char in number):
                continue
            if module.is_valid(number[2:]):
                yield CheckOutcome((pointer,), True)
            else:
                wrong = f"{value} is not a right VAT number"
                yield _outcome(pointer, wrong, module.validate, number)


def _outcome(pointer: str, wrong: str, validate: Callable[[str], str], number: str) -> CheckOutcome:
    """Whether a number is one by its form and check digits, and what is wrong with it if not."""
    from stdnum.exceptions import ValidationError

    try:
        validate(number)
    except ValidationError as error:
        return CheckOutcome((pointer,), False, message=f"{wrong}: {_reason(error)}")
    return CheckOutcome((pointer,), True)


def _moment(value: Any) -> tuple[int, int] | None:
    """What a day or a place in a recording is sorted by; None for anything else."""
    try:
        return date.fromisoformat(str(value)[:10]).toordinal(), 0
    except ValueError:
        offset = Offset().parse(str(value))
        return None if offset is None else (0, seconds_of(offset))


def _reason(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return text if text.endswith(".") else text + "."
