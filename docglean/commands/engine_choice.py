"""Which engines serve a need: measured ones first, then by what vendors say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from docglean.extractors.models.claims import Claim, SpeedClass, claim
from docglean.extractors.models.need import Need, NeedTier

if TYPE_CHECKING:
    from docglean.evaluation.report.contents import Report
    from docglean.evaluation.resampling import Interval
    from docglean.extractors.ledger.latencies import Latency
    from docglean.extractors.models.capabilities import KnownEngine

WAITS = 10.0
"""Seconds for which a person keeps looking (Nielsen, Usability Engineering, 1993). Words are no
figures: where no call was measured, an engine that its vendor calls moderate or slower is left out
where it may take no longer than this."""

CLASSES: Mapping[NeedTier, frozenset[SpeedClass]] = {
    "interactive": frozenset({"fastest", "fast"}),
    "balanced": frozenset({"fast", "moderate"}),
    "reasoning": frozenset({"moderate", "slower"}),
}
"""The vendors' classes of each tier; a batch is none."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What `docglean evaluate` measured of an engine on the user's own labels.

    Attributes:
        accuracy: labelled values that are right.
        price: US dollars for 1,000 pages, answers and retries included; None where unknown.
    """

    accuracy: Interval
    price: float | None


@dataclass(frozen=True, slots=True)
class Candidate:
    """One engine held against a need.

    Attributes:
        price: US dollars for 1,000 pages: measured, else of the images alone; None where unknown.
        latency: of its calls in the ledger; None where there are none.
        claim: what its vendor says.
        languages: by ISO code, whether it reads the language; None where nobody says.
        measured: on the user's own labels, None where it was not.
        against: why it does not serve, in words; empty where nothing speaks against it.
        unknown: what of the need nobody tells of it.
    """

    known: KnownEngine
    price: Decimal | None
    latency: Latency | None
    claim: Claim
    languages: Mapping[str, bool | None]
    measured: Measured | None = None
    against: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[int, float, int, bool, Decimal]:
        """Measured ones first, the better before; then what is sure to serve, by price."""
        accuracy = 0.0 if self.measured is None else -self.measured.accuracy.estimate
        return (
            self.measured is None,
            accuracy,
            len(self.unknown),
            self.price is None,
            self.price or Decimal(0),
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of engines on this machine.

    Attributes:
        latencies: by provider and model.
        measured: by spec.
        decision: the report's sentence; empty without one.
    """

    latencies: Mapping[tuple[str, str], Latency] = field(default_factory=dict)
    measured: Mapping[str, Measured] = field(default_factory=dict)
    decision: str = ""


def gather_evidence(report: Path) -> Evidence:
    """Latencies of the ledger of the settings, and the report in this folder, if there is one."""
    found = _report_in(report)
    measured = {} if found is None else _measured(found)
    return Evidence(_latencies(), measured, "" if found is None else found.decision.sentence)


def choose(
    engines: Iterable[tuple[KnownEngine, Decimal | None]], need: Need, evidence: Evidence
) -> list[Candidate]:
    """All engines held against the need, the best first; those that do not serve are among them.

    Args:
        engines: each with the price of the image of a page.
    """
    held = (_held(one, price, need, evidence) for one, price in engines)
    return sorted(held, key=lambda one: one.order)


def _held(
    known: KnownEngine, page_price: Decimal | None, need: Need, evidence: Evidence
) -> Candidate:
    engine = known.engine
    measured = evidence.measured.get(engine.spec)
    price = None if page_price is None else page_price * 1000
    if need.tier == "batch" and price and known.capability.batch:
        price /= 2
    if measured is not None and measured.price is not None:
        price = Decimal(str(measured.price))
    latency = evidence.latencies.get((engine.provider, engine.model))
    said = claim(engine.serves)
    languages = {code: _reads(known, said, code) for code in need.languages}
    one = Candidate(known, price, latency, said, languages, measured)
    against, unknown = [], []
    for verdict, word in _verdicts(one, need):
        if verdict is None:
            unknown.append(word)
        elif not verdict:
            against.append(word)
    return Candidate(
        known, price, latency, said, languages, measured, tuple(against), tuple(unknown)
    )


def _verdicts(one: Candidate, need: Need) -> Iterable[tuple[bool | None, str]]:
    """Whether each thing that is needed is there, None where nobody says; and what it is called
    where it is not."""
    capability, is_model = one.known.capability, one.known.engine.is_model
    if need.vision:
        # What is no model reads pictures by OCR.
        yield (capability.vision if is_model else True), "sees no images"
    if need.hearing:
        yield (capability.hearing if is_model else True), "hears no recordings"
    if need.max_price is not None:
        # A price that nobody knows may be any.
        yield (
            one.price is not None and one.price <= need.max_price,
            f"dearer than ${need.max_price}",
        )
    for code, reads in one.languages.items():
        yield reads, f"not said to read {code}"
    if need.max_seconds is not None:
        yield _quick(one, need.max_seconds), f"slower than {need.max_seconds:g} s"
    if need.tier is not None:
        yield from _of_tier(one, need.tier)


def _quick(one: Candidate, seconds: float) -> bool | None:
    if one.latency is not None:
        return one.latency.most <= seconds
    if one.claim.speed in ("moderate", "slower") and seconds <= WAITS:
        return False
    return None


def _of_tier(one: Candidate, tier: NeedTier) -> Iterable[tuple[bool | None, str]]:
    capability, is_model = one.known.capability, one.known.engine.is_model
    if tier == "batch":
        yield capability.batch or capability.self_hosted, "no batches"
        return
    if tier == "reasoning":
        yield bool(capability.efforts), "does not think first"
    if tier == "interactive" and one.latency is not None:
        yield one.latency.most <= WAITS, "not interactive"
    elif is_model:
        speed = one.claim.speed
        yield (None if speed is None else speed in CLASSES[tier]), f"not {tier}"


def _reads(known: KnownEngine, said: Claim, language: str) -> bool | None:
    if known.engine.is_model:
        return said.reads(language)
    from docglean.extractors.documents.ocr_languages import HARDLY, WHOLE, share_of_letters
    from docglean.extractors.reader_kinds import LOCAL

    share = share_of_letters(language) if known.engine.provider == LOCAL else None
    if share is None or HARDLY <= share < WHOLE:
        return None
    return share >= WHOLE


def _latencies() -> dict[tuple[str, str], Latency]:
    """By provider and model, whatever else the spec said; the one with most calls stands."""
    from docglean.commands.ledger_reading import read_ledger
    from docglean.extractors.ledger.latencies import latencies
    from docglean.extractors.models.engines import parse_engine
    from docglean.schemas.errors import ConfigError

    nothing: dict[str, Latency] = {}
    told, _ = read_ledger(latencies, nothing)
    found: dict[tuple[str, str], Latency] = {}
    for spec, latency in sorted(told.items(), key=lambda one: one[1].calls):
        try:
            engine = parse_engine(spec)
        except ConfigError:
            continue  # a package's, which is no longer installed
        found[engine.provider, engine.model] = latency
    return found


def _report_in(folder: Path) -> Report | None:
    from pydantic import ValidationError

    from docglean.evaluation.report.contents import Report
    from docglean.schemas.errors import ConfigError

    path = folder / "report.json"
    try:
        return Report.model_validate_json(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, ValidationError) as error:
        raise ConfigError(
            "bad_report",
            f"{path} is no report of docglean: {type(error).__name__}.",
            f"Make it anew: docglean report {folder}.",
        ) from error


def _measured(report: Report) -> dict[str, Measured]:
    costs = {cost.engine: cost for cost in report.costs if cost.unit == "page"}
    return {
        rates.engine: Measured(
            rates.accuracy,
            costs[rates.engine].billed if rates.engine in costs else None,
        )
        for rates in report.figures.headline
        if rates.accuracy is not None
    }


def left_out(candidates: Sequence[Candidate]) -> str:
    """How many engines do not serve, by the first thing that speaks against each."""
    reasons = Counter(one.against[0] for one in candidates if one.against)
    return ", ".join(f"{count} {reason}" for reason, count in reasons.most_common())


def break_even(candidates: Sequence[Candidate], hourly: Decimal) -> list[str]:
    """From how many pages an hour a machine of one's own at this price is cheaper than each of
    these that is paid; and what those of one's own did here.

    Pages an hour are those at which 1,000 pages cost the same: 1,000 x hourly / price.
    """
    lines = [
        f"{one.known.engine.spec}: from {hourly * 1000 / one.price:,.0f} pages an hour on"
        for one in candidates
        if one.price
    ]
    own = [
        f"{one.known.engine.spec} answered {3600 / one.latency.median:,.0f} calls an hour here, "
        "one after the other"
        for one in candidates
        if one.known.capability.self_hosted and one.latency is not None
    ]
    return lines + own
