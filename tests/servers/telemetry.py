"""A receiver of OpenTelemetry's protocol (OTLP over HTTP, protobuf) that keeps what it is sent."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import loopback
from google.protobuf.json_format import MessageToDict
from loopback import listening
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span


@dataclass
class TelemetryServer:
    """What it was sent."""

    url: str = ""
    traces: list[ExportTraceServiceRequest] = field(default_factory=list)
    metrics: list[ExportMetricsServiceRequest] = field(default_factory=list)

    @property
    def spans(self) -> list[Span]:
        """All spans of docglean."""
        return [
            span
            for request in self.traces
            for resource in request.resource_spans
            for scope in resource.scope_spans
            if scope.scope.name == "docglean"
            for span in scope.spans
        ]

    @property
    def services(self) -> set[str]:
        """Names that senders gave themselves."""
        told = [one.resource for request in self.traces for one in request.resource_spans]
        return {attributes(one)["service.name"] for one in told}

    def metric(self, name: str) -> list[Metric]:
        """All that was sent of one metric."""
        return [
            metric
            for request in self.metrics
            for resource in request.resource_metrics
            for scope in resource.scope_metrics
            for metric in scope.metrics
            if metric.name == name
        ]

    @property
    def everything(self) -> str:
        """All of it as text, to look for what must not be there."""
        return "\n".join(str(MessageToDict(one)) for one in (*self.traces, *self.metrics))


def attributes(holder: Any) -> dict[str, Any]:
    """Attributes of a resource, a span or a data point."""
    return {one.key: getattr(one.value, one.value.WhichOneof("value")) for one in holder.attributes}


def parent_names(spans: list[Span]) -> dict[str, set[str]]:
    """By name of a span, the names of spans above it; empty text where it is a root or foreign."""
    names = {span.span_id: span.name for span in spans}
    found: dict[str, set[str]] = {}
    for span in spans:
        found.setdefault(span.name, set()).add(names.get(span.parent_span_id, ""))
    return found


@contextmanager
def receiving() -> Iterator[TelemetryServer]:
    """The receiver on a port of loopback, for as long as the block lasts."""
    state = TelemetryServer()

    class Handler(loopback.Handler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.body()
            if self.path == "/v1/traces":
                state.traces.append(ExportTraceServiceRequest.FromString(body))
                answer = ExportTraceServiceResponse().SerializeToString()
            else:
                assert self.path == "/v1/metrics", self.path
                state.metrics.append(ExportMetricsServiceRequest.FromString(body))
                answer = ExportMetricsServiceResponse().SerializeToString()
            self.say(answer, headers={"content-type": "application/x-protobuf"})

    with listening(Handler) as state.url:
        yield state
