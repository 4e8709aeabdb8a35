"""Which calibrations a run may use, and what is said of them before it begins.

`docglean evaluate` keeps what it fits in the ledger, where runs find it: the newest one that was
fitted to the run's engine and schema, with today's prompt and signals. One that is named goes
before; for answers that it was not fitted to it is used like a prior, and they are not called
calibrated.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from docglean.extractors.calibration_file import Calibration, Family, field_key, load_calibration
from docglean.extractors.printable import printable
from docglean.extractors.reader_kinds import LOCAL
from docglean.schemas.errors import ConfigError
from docglean.schemas.schema import Schema
from pydantic import BaseModel

if TYPE_CHECKING:
    from docglean.extractors.ledger.ledger import Ledger
    from docglean.extractors.models.engines import Engine

FAMILIES: Mapping[str, Family] = {
    "image": "image", "pdf": "image", "ocr": "ocr", "image+ocr": "image", "audio": "audio",
}  # fmt: skip
"""By what is shown to whatever reads, see `Engine.inputs`."""
OFF = "off"
"""In place of a file: the shipped prior, whatever is known."""
KEPT = "calibration"
"""Kind of entry in the ledger."""

SHIPPED = (
    "Confidence: shipped prior, not calibrated on your documents; `docglean evaluate` fits a "
    "calibration to labelled ones."
)


def family_of(provider: str, inputs: str) -> Family:
    """The engines that fail as this one does. A package's reader is none of our rules, and does
    not say of itself what they do: it is taken for a reader of words.

    Args:
        provider, inputs: as in `Engine`.
    """
    return "local" if provider == LOCAL else FAMILIES[inputs]


class CalibrationRecord(BaseModel):
    """A calibration that a run took, as run.json tells it.

    Attributes:
        engine: whose values it judged.
        fitted_to: the engine of the answers that it was fitted to; empty where it was named for
            others, or is a prior.
        fitted, documents, data: see `Calibration`.
        file: that was named; empty where it was taken from the ledger.
    """

    engine: str
    fitted_to: str = ""
    fitted: str = ""
    documents: int = 0
    data: str = ""
    file: str = ""


@dataclass(frozen=True, slots=True)
class Calibrations:
    """What a run may use.

    Attributes:
        known: the newest first.
        named: the one known was named, as this file.
    """

    known: tuple[Calibration, ...] = ()
    named: str = ""

    def fitting(self, engine: str, schema: str, hash: str) -> Calibration | None:
        """The newest one that was fitted to such answers; a named one whatever it was fitted to.

        Args:
            engine: its spec.
            schema, hash: name and hash of the schema.
        """
        for one in self.known:
            if one.fits(engine, schema, hash):
                return one
        return self.known[0].elsewhere() if self.named else None

    def told(self, engine: str, schemas: Sequence[Schema]) -> str:
        """One sentence: how the confidence of this engine's values comes about."""
        fitted: dict[str, list[str]] = {}
        for schema in schemas:
            one = self.fitting(engine, schema.name, schema.hash)
            if one is not None and one.calibrated:
                text = f"calibrated on {one.documents} documents, {printable(one.fitted)}"
                text += _part_of(one, schema)
                fitted.setdefault(text, []).append(schema.name)
        if not fitted:
            return self._not_fitted() or SHIPPED
        if fitted == {(text := next(iter(fitted))): [schema.name for schema in schemas]}:
            return f"Confidence: {text}."
        parts = [f"{text} for {', '.join(names)}" for text, names in fitted.items()]
        if sum(map(len, fitted.values())) < len(schemas):
            parts.append("not calibrated for other schemas")
        return f"Confidence: {'; '.join(parts)}."

    def used(self, engine: str, schemas: Sequence[Schema]) -> list[CalibrationRecord]:
        """What a run with this engine and these schemas takes, once each."""
        taken = [self.fitting(engine, schema.name, schema.hash) for schema in schemas]
        records = [
            CalibrationRecord(
                engine=engine,
                fitted_to=one.engine,
                fitted=one.fitted,
                documents=one.documents,
                data=one.data,
                file=self.named,
            )
            for one in taken
            if one is not None
        ]
        return [one for place, one in enumerate(records) if one not in records[:place]]

    def _not_fitted(self) -> str:
        if not self.named:
            return ""
        one = self.known[0]
        signals = one.signals_version or "unknown"
        said = (
            f"{one.engine}, prompt version {one.prompt_version}, signals version {signals}, schema "
            f"{', '.join(one.schemas)}"
        )
        to = said if one.calibrated else f"no engine alone, but to the family {one.family}"
        return printable(
            f"Confidence: not calibrated. {self.named} was fitted to {to}; here it is used without "
            "offsets of fields, and promises no share of right values."
        )


def _part_of(one: Calibration, schema: Schema) -> str:
    """How many of a schema's fields it was fitted on, where not on all."""
    paths = [leaf.path for leaf in schema.root.leaves()]
    known = sum(field_key(schema.name, path) in one.labelled for path in paths)
    return "" if known == len(paths) else f" ({known} of {len(paths)} fields)"


def named_for(told: str | None, engines: Sequence[Engine]) -> list[str | None]:
    """What is told to each engine of a run: a file is for those that it was fitted to, else for
    those of its family; the others take what is in the ledger.

    Args:
        told: a file, `OFF`, or None.

    Raises:
        ConfigError: ``bad_calibration``: the file can't be read, or is for none of them.
    """
    if not told or told == OFF:
        return [told] * len(engines)
    one = _named(told)
    chosen = [engine.spec == one.engine for engine in engines]
    if not any(chosen):
        chosen = [family_of(engine.provider, engine.inputs) == one.family for engine in engines]
    if not any(chosen):
        raise ConfigError(
            "bad_calibration",
            f"{told} was fitted to {one.engine or one.family}, whose signals mean something else "
            f"than those of {', '.join(engine.spec for engine in engines)}.",
            "Name one that was fitted to this engine, or leave it away.",
        )
    return [told if taken else None for taken in chosen]


def _named(told: str) -> Calibration:
    """The calibration in a file.

    Raises:
        ConfigError: ``bad_calibration``.
    """
    if told.casefold() == OFF:
        raise ConfigError("bad_calibration", f"There is no calibration {told}.", f"Write {OFF}.")
    return load_calibration(Path(told).expanduser())


async def known_calibrations(told: str | None, engine: Engine, ledger: Ledger) -> Calibrations:
    """What a run with this engine may use.

    Args:
        told: as `named_for` gives it.

    Raises:
        ConfigError: ``bad_calibration``.
    """
    if told == OFF:
        return Calibrations()
    if told:
        return Calibrations((load_calibration(Path(told).expanduser()),), told)
    found = await ledger.kept_all(KEPT)
    known = [one for text in found.values() if (one := _read(text)) is not None]
    return Calibrations(tuple(one for one in reversed(known) if one.engine == engine.spec))


def _read(text: str) -> Calibration | None:
    """What the ledger keeps; None for what another version of docglean wrote."""
    try:
        return Calibration.model_validate_json(text)
    except ValueError:
        return None


async def register(one: Calibration, ledger: Ledger) -> None:
    """Let runs find it, in place of an earlier one of the same engine for the same schemas."""
    whose = "\n".join([one.engine, *sorted(one.schemas)])
    await ledger.keep(KEPT, hashlib.sha256(whose.encode()).hexdigest(), one.model_dump_json())
