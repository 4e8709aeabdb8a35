"""Spans, metrics and log lines of real runs, against the stand-in server that answers from text."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docglean.extractors import pipeline
from docglean.extractors.answers import validate
from docglean.extractors.documents.workers import Workers
from docglean.extractors.extraction import Extraction
from docglean.extractors.options import RunOptions
from docglean.extractors.run import RunContext
from docglean.extractors.settings import Settings
from docglean.extractors.telemetry import spans
from docglean.schemas.errors import ConfigError
from docglean.schemas.schema import load_schemas
from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode
from PIL import Image
from servers.billing import COST, KEYS, TOKENS_IN, TOKENS_OUT, PayingServer, paying, slips
from servers.transcription import tone_server

WORD = "Quetzalcoatl"
"""What stands in the documents and must stand nowhere else."""
KEY = KEYS["STANDIN_OPENAI"]


class Seen:
    """What was emitted since the last `clear`."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()
        delta = AggregationTemporality.DELTA
        self.reader = InMemoryMetricReader({Counter: delta, Histogram: delta})
        tracer_provider = TracerProvider()
        tracer_provider.add_span_processor(SimpleSpanProcessor(self.exporter))
        trace.set_tracer_provider(tracer_provider)
        metrics.set_meter_provider(MeterProvider([self.reader]))

    def clear(self) -> None:
        self.exporter.clear()
        self.reader.get_metrics_data()

    @property
    def spans(self) -> tuple[ReadableSpan, ...]:
        return self.exporter.get_finished_spans()

    def one(self, name: str) -> ReadableSpan:
        (found,) = [span for span in self.spans if span.name == name]
        return found

    def tree(self) -> set[tuple[str, str]]:
        """Names of spans with the name of the one above."""
        names = {span.context.span_id: span.name for span in self.spans}
        return {
            (names.get(span.parent.span_id, "?") if span.parent else "", span.name)
            for span in self.spans
        }

    def points(self) -> dict[str, list[Any]]:
        data = self.reader.get_metrics_data()
        return {
            metric.name: list(metric.data.data_points)
            for resource in (data.resource_metrics if data else ())
            for scope in resource.scope_metrics
            for metric in scope.metrics
        }


@pytest.fixture(scope="module")
def providers() -> Seen:
    """Providers can be set once in a process."""
    return Seen()


@pytest.fixture
def seen(providers: Seen) -> Iterator[Seen]:
    providers.clear()
    yield providers
    providers.clear()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[PayingServer]:
    monkeypatch.setenv("STAND_IN_KEY", KEY)
    with paying() as state:
        yield state


def paper(folder: Path, *, scanned: bool = False) -> Path:
    """A slip with the word on it; `scanned` as an image without a text layer."""
    folder.mkdir(exist_ok=True)
    slips(folder / "slips", 0)
    pdf = pymupdf.open()
    page = pdf.new_page(width=300, height=150)
    page.insert_text((20, 40), "number: 17", fontsize=16)
    page.insert_text((20, 80), f"word: {WORD}", fontsize=16)
    if scanned:
        image = Image.open(io.BytesIO(page.get_pixmap(dpi=150).tobytes("png"))).convert("RGB")
        image.save(folder / "scan.pdf", resolution=150)
        return folder / "scan.pdf"
    pdf.save(folder / "slip.pdf")
    return folder / "slip.pdf"


async def read(
    path: Path, engine: str, folder: Path, workers: Workers, **told: Any
) -> Extraction[Any]:
    settings = Settings(engine=engine, ledger=str(folder / "ledger.sqlite"), **told)
    schemas = load_schemas([f"{folder / 'slip.py'}:Slip"])
    options = RunOptions(run="a-run")
    async with await RunContext.open(settings, schemas, options=options, workers=workers) as one:
        return await pipeline.extract(one, path)


def seeing(server: PayingServer) -> str:
    """The engine that is sent images and text."""
    return "image+" + server.engine(key="STAND_IN_KEY", vision="yes")


async def test_the_spans_of_a_document(
    seen: Seen, server: PayingServer, workers: Workers, tmp_path: Path
) -> None:
    path = paper(tmp_path)
    found = await read(path, seeing(server), tmp_path, workers)
    assert found.status == "ok"
    below = {
        "open", "words", "render", "chat gpt-6-luna", "validate", "locate", "second_reading"
    }  # fmt: skip
    assert seen.tree() == {("", "run"), ("run", "document")} | {("document", n) for n in below}

    run, document = seen.one("run"), seen.one("document")
    assert run.attributes is not None
    assert run.attributes["docglean.run"] == "a-run"
    assert run.attributes["docglean.documents.ok"] == 1
    assert document.attributes is not None
    assert document.attributes["docglean.document.name"] == "slip.pdf"
    assert document.attributes["docglean.document.sha256"] == found.document.sha256
    assert document.attributes["docglean.status"] == "ok"
    assert document.attributes["docglean.cost"] == float(COST)
    assert document.start_time is not None
    assert document.end_time is not None
    for span in seen.spans:
        assert span.start_time is not None
        assert span.end_time is not None
        if span not in (run, document):
            assert document.start_time <= span.start_time <= span.end_time <= document.end_time

    chat = seen.one("chat gpt-6-luna")
    assert chat.kind is SpanKind.CLIENT
    assert chat.attributes is not None
    expected = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-6-luna",
        "gen_ai.response.model": "gpt-6-luna",
        "gen_ai.response.finish_reasons": ("stop",),
        "gen_ai.usage.input_tokens": TOKENS_IN,
        "gen_ai.usage.output_tokens": TOKENS_OUT,
        "gen_ai.output.type": "json",
        "server.address": "127.0.0.1",
        "server.port": int(server.url.rpartition(":")[2]),
        "docglean.cost": float(COST),
    }
    assert {name: chat.attributes[name] for name in expected} == expected
    assert "error.type" not in chat.attributes
    assert seen.one("render").attributes["docglean.page"] == 1  # type: ignore[index]


async def test_a_second_run_has_no_call_and_no_rendering(
    seen: Seen, server: PayingServer, workers: Workers, tmp_path: Path
) -> None:
    path = paper(tmp_path)
    await read(path, seeing(server), tmp_path, workers)
    seen.clear()
    await read(path, seeing(server), tmp_path, workers)
    assert {span.name for span in seen.spans} == {"run", "document", "open", "validate", "locate"}
    assert seen.one("document").attributes["docglean.cached"] == 1  # type: ignore[index]


async def test_ocr_has_its_span(
    seen: Seen, server: PayingServer, workers: Workers, tmp_path: Path
) -> None:
    found = await read(paper(tmp_path, scanned=True), seeing(server), tmp_path, workers)
    assert found.values == {"number": 17, "word": WORD}
    assert ("document", "ocr") in seen.tree()


async def test_a_transcript_and_the_calls_for_it(
    seen: Seen, workers: Workers, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "docglean")
    note = Path(__file__).resolve().parents[3] / "samples" / "documents" / "note.wav"
    with tone_server() as state:
        speech = f"openai:whisper-1@{state.url}?vad=off"
        told = Settings(engine="local", ledger=str(tmp_path / "ledger.sqlite"), speech=speech)
        async with await RunContext.open(told, (), workers=workers) as one:
            await pipeline.transcribe(one, note)
    assert seen.tree() == {
        ("", "run"), ("run", "document"), ("document", "open"), ("document", "transcribe"),
        ("transcribe", "transcription whisper-1"),
    }  # fmt: skip
    (line,) = [record for record in caplog.records if getattr(record, "event", "")]
    assert line.getMessage() == "heard note.wav"
    assert line.__dict__["speech"] == speech


async def test_a_call_that_fails_says_so(
    seen: Seen, server: PayingServer, workers: Workers, tmp_path: Path
) -> None:
    server.answers = lambda text, schema: 400
    found = await read(paper(tmp_path), seeing(server), tmp_path, workers)
    assert found.status == "failed"
    chat, document = seen.one("chat gpt-6-luna"), seen.one("document")
    for span in (chat, document):
        assert span.status.status_code is StatusCode.ERROR
    code = next(problem.code for problem in found.problems if problem.severity == "error")
    assert document.attributes["error.type"] == code  # type: ignore[index]
    assert chat.attributes["error.type"] == "bad_request"  # type: ignore[index]
    (point,) = seen.points()["gen_ai.client.operation.duration"]
    assert point.attributes["error.type"] == "bad_request"


async def test_a_refused_key_ends_the_spans(
    seen: Seen, server: PayingServer, workers: Workers, tmp_path: Path
) -> None:
    server.answers = lambda text, schema: 401
    with pytest.raises(ConfigError):
        await read(paper(tmp_path), seeing(server), tmp_path, workers)
    assert {"run", "document", "chat gpt-6-luna"} <= {span.name for span in seen.spans}
    assert seen.one("document").attributes["error.type"] == "bad_key"  # type: ignore[index]


async def test_what_is_measured(
    seen: Seen, server: PayingServer, workers: Workers, tmp_path: Path
) -> None:
    engine = seeing(server)
    await read(paper(tmp_path), engine, tmp_path, workers)
    await read(tmp_path / "absent.pdf", engine, tmp_path, workers)
    points = seen.points()
    documents = {p.attributes["docglean.status"]: p.value for p in points["docglean.documents"]}
    assert documents == {"ok": 1, "failed": 1}
    assert sum(point.value for point in points["docglean.pages"]) == 1
    assert sum(point.value for point in points["docglean.cost"]) == pytest.approx(float(COST))
    tokens = {
        p.attributes["gen_ai.token.type"]: (p.sum, p.explicit_bounds)
        for p in points["gen_ai.client.token.usage"]
    }
    bounds = (1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216,
              67108864)  # fmt: skip
    assert tokens == {"input": (TOKENS_IN, bounds), "output": (TOKENS_OUT, bounds)}
    (duration,) = points["gen_ai.client.operation.duration"]
    assert duration.count == 1
    assert duration.explicit_bounds == pytest.approx(
        (0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92)
    )


def emitted(seen: Seen, caplog: pytest.LogCaptureFixture) -> str:
    """All that was emitted, as text."""
    lines = [str(record.__dict__) for record in caplog.records if record.name == "docglean"]
    formatted = [logging.Formatter().format(r) for r in caplog.records if r.name == "docglean"]
    spans = [span.to_json() for span in seen.spans]
    return "\n".join([*lines, *formatted, *spans, str(seen.points())])


@pytest.mark.parametrize("asked", [False, True])
async def test_content_is_emitted_only_when_asked_for_and_a_key_never(
    seen: Seen,
    server: PayingServer,
    workers: Workers,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    asked: bool,
) -> None:
    caplog.set_level(logging.DEBUG, "docglean")
    engine = seeing(server)
    path = paper(tmp_path)
    good = await read(path, engine, tmp_path, workers, log_content=asked)
    # An answer that breaks the schema is quoted in problems.
    server.answers = lambda text, schema: f'{{"number": "{WORD}", "word": null}}'
    bad = await read(path, engine + "&edge=500", tmp_path, workers, log_content=asked)
    assert any(WORD in problem.message for problem in bad.problems)

    def broken(*told: Any) -> None:
        raise ValueError(f"could not read {WORD!r}")

    monkeypatch.setattr(validate, "check_values", broken)
    fault = await read(path, engine, tmp_path, workers, log_content=asked)
    assert [one.status for one in (good, bad, fault)] == ["ok", "partial", "failed"]

    text = emitted(seen, caplog)
    assert (WORD in text) is asked
    assert KEY not in text
    assert "slip.pdf" in text
    assert good.document.sha256 in text
    if asked:
        answers = [
            str(span.attributes["gen_ai.output.messages"])
            for span in seen.spans
            if span.attributes and "gen_ai.output.messages" in span.attributes
        ]
        assert any(WORD in answer for answer in answers)
        assert "could not read" in text


async def test_the_line_of_a_document(
    seen: Seen,
    server: PayingServer,
    workers: Workers,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "docglean")
    await read(paper(tmp_path), seeing(server), tmp_path, workers)
    (line,) = [record for record in caplog.records if getattr(record, "event", "") == "document"]
    assert line.getMessage() == "ok slip.pdf"
    told = line.__dict__
    assert (told["run"], told["status"], told["schema"]) == ("a-run", "ok", "slip")
    assert (told["calls"], told["cached"], told["input_tokens"]) == (1, 0, TOKENS_IN)
    assert told["cost"] == float(COST)
    document = seen.one("document")
    assert told["trace_id"] == f"{document.context.trace_id:032x}"
    assert told["span_id"] == f"{document.context.span_id:016x}"


def test_without_a_provider_a_span_is_nothing(seen: Seen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "opentelemetry.trace")
    with spans.span("open") as mark:
        assert mark is spans.NOTHING
    assert "opentelemetry.trace" not in sys.modules
    assert not seen.spans
