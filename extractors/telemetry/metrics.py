"""Metrics by OpenTelemetry, where the process has a meter provider."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from docglean.extractors.extraction import Extraction
from docglean.extractors.telemetry.spans import SCOPE

if TYPE_CHECKING:
    from opentelemetry.metrics import Counter, Histogram, Meter, MeterProvider

SECONDS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0, 100.0, 250.0, 500.0, 1000.0)
"""Boundaries of the histogram of seconds a document."""


class Instruments:
    """What is measured, with one meter.

    Those of calls are named and cut as the semantic conventions for generative AI say.
    (open-telemetry/semantic-conventions-genai, docs/gen-ai/gen-ai-metrics.md)
    """

    def __init__(self, meter: Meter) -> None:
        self.documents: Counter = meter.create_counter(
            "docglean.documents", "{document}", "Documents that have ended, by status."
        )
        self.pages: Counter = meter.create_counter(
            "docglean.pages", "{page}", "Pages of documents that have ended."
        )
        self.cost: Counter = meter.create_counter(
            "docglean.cost", "USD", "US dollars paid, without calls whose price is unknown."
        )
        self.seconds: Histogram = meter.create_histogram(
            "docglean.document.duration",
            "s",
            "Time from a document's beginning to its end.",
            explicit_bucket_boundaries_advisory=SECONDS,
        )
        self.call_seconds: Histogram = meter.create_histogram(
            "gen_ai.client.operation.duration",
            "s",
            "GenAI operation duration.",
            explicit_bucket_boundaries_advisory=[0.01 * 2**power for power in range(14)],
        )
        self.tokens: Histogram = meter.create_histogram(
            "gen_ai.client.token.usage",
            "{token}",
            "Number of input and output tokens used.",
            explicit_bucket_boundaries_advisory=[4**power for power in range(14)],
        )


def instruments() -> Instruments | None:
    """The instruments; None where nothing of OpenTelemetry's metrics is in use."""
    metrics = sys.modules.get("opentelemetry.metrics")
    return None if metrics is None else _of(metrics.get_meter_provider())


@lru_cache(maxsize=4)
def _of(provider: MeterProvider) -> Instruments:
    return Instruments(provider.get_meter(SCOPE))


def count(extraction: Extraction[Any]) -> None:
    """Count a document that has ended."""
    found = instruments()
    if found is None:
        return
    engine = {"docglean.engine": extraction.engine}
    used = extraction.schema_used
    schema = {} if used is None else {"docglean.schema": used.name}
    found.documents.add(1, {**engine, **schema, "docglean.status": extraction.status})
    found.pages.add(extraction.document.pages, engine)
    if extraction.spending.cost is not None:
        found.cost.add(float(extraction.spending.cost), engine)
    total = extraction.seconds.get("total")
    if total is not None:
        found.seconds.record(total, {**engine, "docglean.status": extraction.status})
