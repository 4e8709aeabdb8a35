"""Captions of a paper: words of schemas/labels, and as often words that these do not have."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from docglean.schemas.labels import vocabulary
from docglean.schemas.reading.texts import fold

from bench.generated.lots import Lots, chance, data

OWN = (0.1, 0.3, 0.5)
"""Shares of captions that are taken from the generator's own list where both have some."""


@dataclass(frozen=True)
class Caption:
    """Words beside a value, and whether schemas/labels has them in any language."""

    text: str
    known: bool


@dataclass(frozen=True)
class Wording:
    """How one paper words and writes its captions; its lots are drawn as they are asked for."""

    language: str
    lots: Lots
    case: str
    closing: str
    own: float

    def caption(self, field: str, table: str = "invoice", **filling: str) -> Caption:
        """A caption of a field, without what closes it."""

        given = vocabulary().by_language(f"captions.{table}.{field}").get(self.language, ())
        own = _own(table)[self.language].get(field, ())
        from_own = bool(own) and (not given or chance(self.lots, self.own))
        text = self.lots.choice(own if from_own else given)
        for name, value in filling.items():
            text = text.replace("{" + name + "}", value)
        known = fold(text) in _known(table, field)
        return Caption(self._cased(text), known)

    def other(self, name: str) -> str:
        """A caption of something that is no field."""
        return self._cased(self.lots.choice(data("captions")[self.language]["other"][name]))

    def title(self, *, credit: bool = False) -> str:
        """What an invoice or a credit note calls itself."""
        if credit:
            told = vocabulary().by_language("choices.invoice.document_type.credit_note")
            return self.lots.choice(told.get(self.language, ("Credit note",)))
        return str(self.lots.choice(data("captions")[self.language]["titles"]))

    def words(self, name: str, table: str = "invoice") -> str:
        """A sentence or another word that is no caption."""
        return str(self.lots.choice(_own(table)[self.language][name]))

    def closed(self, text: str) -> str:
        """A caption with what closes it, if anything does."""
        return text if text.endswith((":", "@", "#")) else text + self.closing

    def _cased(self, text: str) -> str:
        if self.case == "upper":
            return text.upper()
        return text.lower() if self.case == "lower" else text


def wording(lots: Lots, language: str) -> Wording:
    """Draw one."""
    case = lots.choices(["as is", "upper", "lower"], [0.84, 0.12, 0.04])[0]
    closing = lots.choices([":", "", " :", ".", " -"], [0.6, 0.24, 0.1, 0.03, 0.03])[0]
    return Wording(language, lots, case, closing, lots.choice(OWN))


def _own(table: str) -> dict[str, Any]:
    """The generator's own words for papers of a kind, by language."""
    kind = table.partition(".")[0]
    return data({"receipt": "receipts", "statement": "statements"}.get(kind, "captions"))


@cache
def _known(table: str, field: str) -> frozenset[str]:
    return frozenset(fold(word) for word in vocabulary().words(f"captions.{table}.{field}"))
