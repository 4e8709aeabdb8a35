"""Checks of single values: dates in their order, account and tax numbers by their checksums."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from docglean.schemas.checks import Rule
from docglean.schemas.kinds.offsets import Offset, seconds_of
from docglean.schemas.pointers import at_same_entry, name_of, places, value_at
from docglean.schemas.reading.texts import code_fold


@dataclass(frozen=True, slots=True)
class NotBefore(Rule):
    """A date, or a time in a recording, does not lie before another one of the same entry.

    ``NotBefore("/due_date", "/issue_date")``
    """

    later: str
    earlier: str

    def patterns(self) -> tuple[str, ...]:
        """As in `Rule`."""
        return (self.later, self.earlier)

    def broken(self, values: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """As in `Rule`."""
        for pointer, value in places(values, self.later):
            other = at_same_entry(self.earlier, self.later, pointer)
            first = value_at(values, other)
            later, earlier = _moment(value), _moment(first)
            if later and earlier and later < earlier:
                yield pointer, f"{name_of(pointer)} {value} is before {name_of(other)} {first}."


@dataclass(frozen=True, slots=True)
class Iban(Rule):
    """An account number that looks like an IBAN has the check digits and length of one.

    A number that is partly hidden (``DE89 **** 3000``) is passed over.
    """

    path: str

    def patterns(self) -> tuple[str, ...]:
        """As in `Rule`."""
        return (self.path,)

    def broken(self, values: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """As in `Rule`."""
        from stdnum import iban
        from stdnum.exceptions import ValidationError

        for pointer, value in places(values, self.path):
            if not isinstance(value, str) or any(mark in value for mark in "*•…"):
                continue
            number = code_fold(value)
            if number[:2].isalpha() and number[2:4].isdigit():
                try:
                    iban.validate(number)
                except ValidationError as error:
                    yield pointer, f"{value} is not a right IBAN: {_reason(error)}"


@dataclass(frozen=True, slots=True)
class VatId(Rule):
    """A VAT number with a country's letters in front has that country's form and check digits.

    Without the letters the country is not known, and nothing is said.
    """

    path: str

    def patterns(self) -> tuple[str, ...]:
        """As in `Rule`."""
        return (self.path,)

    def broken(self, values: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """As in `Rule`."""
        from stdnum import get_cc_module
        from stdnum.exceptions import ValidationError

        for pointer, value in places(values, self.path):
            number = code_fold(value) if isinstance(value, str) else ""
            country = {"el": "gr", "xi": "gb"}.get(number[:2].lower(), number[:2].lower())
            module = get_cc_module(country, "vat") if country.isalpha() else None
            if module is None or not any(char.isdigit() for char in number):
                continue
            try:
                module.validate(number)
            except ValidationError as error:
                if not module.is_valid(number[2:]):
                    yield pointer, f"{value} is not a right VAT number: {_reason(error)}"


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
