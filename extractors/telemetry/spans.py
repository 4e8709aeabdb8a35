"""Spans by OpenTelemetry, where the process has it configured.

    flow                 one Prefect flow; Prefect's own span of each task stands between
    run                  one RunContext and its documents
      document           one file
        open             the file becomes pages, or a recording
        words, ocr       words of pages, from a text layer or by OCR
        transcribe       what is said in a recording
        render           one page becomes an image
        chat MODEL       one call, see `models.call_span`; `transcription MODEL` below `transcribe`
        validate         what a reply says
        read             the embedded engine reads
        locate           where the values stand

Work in child processes has its span here, around the wait for it. Without a provider nothing of
OpenTelemetry is imported, and a span costs about a microsecond. Messages of errors are not
recorded, only their codes: they may quote what stands in a document.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from docglean.extractors.extraction import Extraction, add_costs

if TYPE_CHECKING:
    from opentelemetry.trace import Span, SpanContext, Tracer, TracerProvider

SCOPE = "docglean"
"""Name of the instrumentation scope of all spans and metrics."""

SpanAttributes = Mapping[str, Any]
"""Attributes by name; what is None is left out."""

content_asked: ContextVar[bool] = ContextVar("content_asked", default=False)
"""Whether spans of the document under way may hold what is sent and what comes back."""

_known: tuple[TracerProvider, Tracer] | None = None


class Later(Exception):
    """An end that is no error: there is more to come."""


class Mark:
    """A span under way, or nothing where nobody traces."""

    def __init__(self, span: Span | None = None) -> None:
        self._span = span

    @property
    def recording(self) -> bool:
        """Whether anybody will see what is set."""
        return self._span is not None and self._span.is_recording()

    @property
    def ids(self) -> dict[str, str]:
        """Names of the trace and the span, for lines of a log; empty where nobody traces."""
        if self._span is None:
            return {}
        told: SpanContext = self._span.get_span_context()
        return {"trace_id": f"{told.trace_id:032x}", "span_id": f"{told.span_id:016x}"}

    def set(self, facts: SpanAttributes) -> None:
        """Add attributes."""
        if self._span is not None and self._span.is_recording():
            self._span.set_attributes(plain(facts))

    def fail(self, code: str) -> None:
        """It ended in an error of this code."""
        if self._span is not None and self._span.is_recording():
            from opentelemetry.trace import StatusCode

            self._span.set_attribute("error.type", code)
            self._span.set_status(StatusCode.ERROR, code)


NOTHING = Mark()


@contextmanager
def span(
    name: str,
    facts: SpanAttributes | None = None,
    *,
    under: Span | None = None,
    client: bool = False,
) -> Iterator[Mark]:
    """A span around the block; within it, spans of the same task and its children are below it.

    Args:
        under: its parent; the span of the caller by default.
        client: it is a call to another server.
    """
    tracer = _tracer()
    if tracer is None:
        yield NOTHING
        return
    from opentelemetry.trace import SpanKind, set_span_in_context

    with tracer.start_as_current_span(
        name,
        context=None if under is None else set_span_in_context(under),
        kind=SpanKind.CLIENT if client else SpanKind.INTERNAL,
        attributes=plain(facts or {}),
        record_exception=False,
        set_status_on_exception=False,
    ) as live:
        mark = Mark(live)
        try:
            yield mark
        except Later:
            mark.set({"docglean.status": "waiting"})
            raise
        except BaseException as error:
            mark.fail(code_of(error))
            raise


class RunSpan:
    """The span over all documents of a run: begun with the first, ended by `end`.

    Args:
        facts: its attributes.
        content: see `content_asked`.
    """

    def __init__(self, facts: SpanAttributes, *, content: bool = False) -> None:
        self._facts = facts
        self._content = content
        self._span: Span | None = None
        self._statuses: Counter[str] = Counter()
        self._cost: Decimal | None = Decimal(0)

    @contextmanager
    def document(self, facts: SpanAttributes) -> Iterator[Mark]:
        """The span of one document around the block."""
        tracer = _tracer()
        if tracer is None:
            yield NOTHING
            return
        if self._span is None:
            self._span = tracer.start_span("run", attributes=plain(self._facts))
        told = content_asked.set(self._content)
        try:
            with span("document", facts, under=self._span) as mark:
                yield mark
        finally:
            content_asked.reset(told)

    def anew(self) -> RunSpan:
        """Another with the same facts, over other documents."""
        return RunSpan(self._facts, content=self._content)

    def count(self, extraction: Extraction[Any]) -> None:
        """Take note of a document that has ended."""
        self._statuses[extraction.status] += 1
        self._cost = add_costs(self._cost, extraction.spending.cost)

    def end(self) -> None:
        """No document follows."""
        live, self._span = self._span, None
        if live is not None:
            counts = {f"docglean.documents.{status}": n for status, n in self._statuses.items()}
            live.set_attributes(plain({**counts, "docglean.cost": self._cost}))
            live.end()


def plain(facts: SpanAttributes) -> dict[str, Any]:
    """Attributes in the types that OpenTelemetry takes."""
    return {
        name: float(value) if isinstance(value, Decimal) else value
        for name, value in facts.items()
        if value is not None
    }


def code_of(error: BaseException) -> str:
    """What kind of error it is, without its message."""
    return str(getattr(error, "code", None) or type(error).__name__)


def _tracer() -> Tracer | None:
    """The tracer of the provider that the process has; None where it has none."""
    global _known
    # Who has configured a provider has imported this; importing it here would cost 30 ms.
    trace = sys.modules.get("opentelemetry.trace")
    if trace is None:
        return None
    provider = trace.get_tracer_provider()
    if isinstance(provider, trace.ProxyTracerProvider):
        return None
    if _known is None or _known[0] is not provider:
        _known = provider, provider.get_tracer(SCOPE)
    return _known[1]
