"""What is set up before the first document: the log, and OpenTelemetry where this process is ours.

In somebody's own program OpenTelemetry is theirs to configure, and their providers are used. The
command line and the flows are our processes: there the standard environment variables decide.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

from docglean.extractors.installation import install_extra

if TYPE_CHECKING:
    from docglean.extractors.settings import Settings

logger = logging.getLogger("docglean")

PROTOCOLS = {"http/protobuf": "otlp_proto_http", "grpc": "otlp_proto_grpc"}
"""Entry points of exporters by OTEL_EXPORTER_OTLP_PROTOCOL; the first is the default, as the
specification has it. gRPC needs the package opentelemetry-exporter-otlp-proto-grpc."""

_ours = False
_done = False


def own_process() -> None:
    """Say that this process is docglean's own. Imports nothing, so that --help stays fast."""
    global _ours
    _ours = True


def set_up(settings: Settings) -> None:
    """The log as the settings say, and in a process of our own OpenTelemetry as the environment
    says; once.
    """
    global _done
    if settings.log == "json":
        from docglean.extractors.telemetry.logs import write_json

        write_json()
    if not _ours or _done:
        return
    _done = True
    if logger.handlers and logger.level == logging.NOTSET:
        # Somebody wants our lines (PREFECT_LOGGING_EXTRA_LOGGERS), and Prefect sets no level.
        logger.setLevel(logging.INFO)
    signals = [signal for signal in ("traces", "metrics") if _exporters(signal)]
    if not signals or os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return
    try:
        _provide(signals)
    except ImportError as error:
        logger.warning(
            "OpenTelemetry is configured, but %s is not installed: no %s are sent. %s",
            error.name or error,
            " and no ".join(signals),
            install_extra("telemetry"),
        )


def _exporters(signal: str) -> list[str]:
    """Names of the exporters that the environment asks for, by the specification's variables.

    (opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables)
    """
    told = os.environ.get(f"OTEL_{signal.upper()}_EXPORTER", "").strip()
    places = ("OTEL_EXPORTER_OTLP_ENDPOINT", f"OTEL_EXPORTER_OTLP_{signal.upper()}_ENDPOINT")
    if not told and not any(os.environ.get(place) for place in places):
        return []
    return [name.strip() for name in (told or "otlp").split(",") if name.strip() != "none"]


def _provide(signals: list[str]) -> None:
    """Providers with the SDK, which reads resource, sampler and limits from the environment."""
    from opentelemetry import metrics, trace
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import MetricReader, PeriodicExportingMetricReader
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    if not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):
        return  # the process already has one, e.g. by opentelemetry-instrument
    named = os.environ.get("OTEL_SERVICE_NAME") or "service.name=" in os.environ.get(
        "OTEL_RESOURCE_ATTRIBUTES", ""
    )
    resource = Resource.create({} if named else {"service.name": "docglean"})
    if "traces" in signals:
        provider = TracerProvider(resource=resource)
        for name in _exporters("traces"):
            provider.add_span_processor(BatchSpanProcessor(_exporter("traces", name)))
        trace.set_tracer_provider(provider)
    if "metrics" in signals:
        # An entry point of this group is an exporter, or a reader such as Prometheus'.
        found = [_exporter("metrics", name) for name in _exporters("metrics")]
        readers = [
            one if isinstance(one, MetricReader) else PeriodicExportingMetricReader(one)
            for one in found
        ]
        metrics.set_meter_provider(MeterProvider(readers, resource=resource))


def _exporter(signal: str, name: str) -> Any:
    """The exporter of a name, as OpenTelemetry's packages register them.

    Raises:
        ImportError: no package here has it.
    """
    from importlib.metadata import entry_points

    if name == "otlp":
        told = os.environ.get(f"OTEL_EXPORTER_OTLP_{signal.upper()}_PROTOCOL") or os.environ.get(
            "OTEL_EXPORTER_OTLP_PROTOCOL"
        )
        name = PROTOCOLS.get((told or next(iter(PROTOCOLS))).strip(), name)
    for point in entry_points(group=f"opentelemetry_{signal}_exporter", name=name):
        return point.load()()
    raise ImportError(name=f"the exporter {name!r}")
