"""What an engine costs and how long it takes: per 1,000 pages, from recorded usage.

A hosted engine costs what the provider billed; one of one's own costs the time of a machine. Both
cost the user alike, once an hour of the machine has a price, and that only the user knows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from docglean.evaluation.arms import bare
from docglean.evaluation.gathered import ERRORS, Gathered
from docglean.evaluation.results import EngineRecord
from docglean.extractors.extraction import Usage
from docglean.schemas.errors import DocgleanError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

THOUSAND = 1000
HOURS_A_MONTH = 730
SECONDS_AN_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Cost:
    """What 1,000 pages cost with one engine; see `unit` for recordings. US dollars.

    Attributes:
        unit: ``page``, or ``recording`` where no document has pages.
        units: how many were read, mean over repeats.
        billed: by the provider at the standard price, all retries and failed calls included; 0
            for an engine of one's own, None where a price is unknown.
        batch: the same at the batch price, None where there is none or it is unknown.
        hours: of the machine. docglean's own processor time (drawing, OCR, the embedded reader);
            with a model server of one's own, the wall time of its answers as well, which counts
            twice what it answers at the same time.
        machine: price of these hours, None where an hour has no price.
        total: billed and machine; None where that is unknown. Without a price of the hour, a
            hosted engine's total is what is billed.
        errors: wrong, missing, invented and surplus values in 1,000 pages.
        tokens_in, tokens_out: a page.
        thinking: tokens of it a page, part of those out.
        p50, p95: seconds a document, had nothing been stored.
    """

    engine: str
    unit: str
    units: float
    billed: float | None
    batch: float | None
    hours: float
    machine: float | None
    total: float | None
    errors: float
    tokens_in: float
    tokens_out: float
    thinking: float
    p50: float | None
    p95: float | None


def costs(gathered: Gathered, hourly: Decimal | None = None) -> list[Cost]:
    """Of every engine, over the documents it read.

    Args:
        hourly: US dollars for an hour of the machine.
    """
    import numpy as np

    pages = np.asarray([facts.pages for facts in gathered.documents], dtype=float)
    unit = "page" if pages.any() or not len(pages) else "recording"
    sizes = pages if unit == "page" else np.ones(len(pages))
    records = {record.spec: record for record in gathered.manifest.engines}
    return [
        _cost(gathered, place, records.get(spec), unit, sizes, hourly)
        for place, spec in enumerate(gathered.engines)
    ]


def _cost(
    gathered: Gathered,
    place: int,
    record: EngineRecord | None,
    unit: str,
    sizes: Numbers,
    hourly: Decimal | None,
) -> Cost:
    import numpy as np

    seen = gathered.seen[place] & (sizes > 0)
    runs = max(1, int(gathered.runs[place].max(initial=0)))
    whole = float((seen * sizes).sum())
    scale = THOUSAND / whole if whole else math.nan
    billed = float(gathered.cost[place][seen].sum()) * scale
    own = record is not None and record.self_hosted
    billed_or_none = None if math.isnan(billed) else billed
    seconds = gathered.machine[place][seen].sum()
    if own and record is not None and not record.embedded:
        seconds = np.maximum(gathered.latency[place][seen], gathered.machine[place][seen]).sum()
    hours = float(seconds) / SECONDS_AN_HOUR * scale
    machine = None if hourly is None or not whole else hours * float(hourly)
    if own:
        total = None if machine is None or billed_or_none is None else machine + billed_or_none
    else:
        total = None if billed_or_none is None else billed_or_none + (machine or 0.0)
    spent = gathered.usage.get(gathered.engines[place], {})
    latency = gathered.latency[place][gathered.seen[place]]
    errors = gathered.counts[place][seen][:, list(ERRORS)].sum()
    share = None if record is None or own else batch_share(record.spec, spent)
    return Cost(
        engine=gathered.engines[place],
        unit=unit,
        units=whole / runs,
        billed=billed_or_none,
        batch=None if share is None or billed_or_none is None else billed_or_none * share,
        hours=hours if whole else 0.0,
        machine=machine,
        total=total,
        errors=float(errors) * scale if whole else 0.0,
        tokens_in=spent.get("input_tokens", 0) * scale / THOUSAND if whole else 0.0,
        tokens_out=spent.get("output_tokens", 0) * scale / THOUSAND if whole else 0.0,
        thinking=spent.get("reasoning_tokens", 0) * scale / THOUSAND if whole else 0.0,
        p50=float(np.percentile(latency, 50)) if len(latency) else None,
        p95=float(np.percentile(latency, 95)) if len(latency) else None,
    )


def batch_share(spec: str, spent: dict[str, float]) -> float | None:
    """What a batch costs of the standard price, by the tables of today; None where unknown.

    Prices step up with the length of a prompt, so the mean call is priced.
    """
    from docglean.extractors.models.engines import parse_engine
    from docglean.extractors.models.prices import price

    calls = spent.get("calls", 0)
    if not calls:
        return None
    mean = Usage(**{name: round(spent.get(name, 0) / calls) for name in Usage.model_fields})
    try:
        engine = parse_engine(bare(spec))
        standard, batch = price(engine, mean), price(engine, mean, batch=True)
    except DocgleanError:
        return None
    return float(batch / standard) if standard and batch is not None else None


@dataclass(frozen=True, slots=True)
class Volume:
    """From how many pages a month a machine of one's own is cheaper than a provider.

    Attributes:
        pages: from here on; one machine the whole month costs as much as the provider.
        most: what one machine reads in a month.
    """

    own: str
    hosted: str
    pages: float
    most: float

    @property
    def pays(self) -> bool:
        """Whether one machine reads as many pages as it takes."""
        return self.pages <= self.most


def volumes(gathered: Gathered, found: list[Cost], hourly: Decimal | None) -> list[Volume]:
    """Break-even of every engine of one's own with every hosted one; nothing without `hourly`."""
    if hourly is None:
        return []
    own = {record.spec for record in gathered.manifest.engines if record.self_hosted}
    month = HOURS_A_MONTH * float(hourly)
    return [
        Volume(
            ours.engine,
            hosted.engine,
            month / hosted.billed * THOUSAND,
            HOURS_A_MONTH / ours.hours * THOUSAND,
        )
        for ours in found
        if ours.engine in own and ours.hours > 0
        for hosted in found
        if hosted.engine not in own and hosted.billed
    ]
