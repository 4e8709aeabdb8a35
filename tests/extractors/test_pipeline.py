"""The straight line: what becomes of one document, whatever happens on the way.

A `StandInModel` answers; documents, child processes and the ledger are real.
"""

from __future__ import annotations

import io
import json
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docglean.extractors import estimation, pipeline
from docglean.extractors.answers import validate
from docglean.extractors.documents.workers import Workers
from docglean.extractors.extraction import Extraction, Usage
from docglean.extractors.ledger.ledger import Ledger
from docglean.extractors.ledger.tables import RequestMeta
from docglean.extractors.models.base import Call, ImagePart, Reply, TextPart
from docglean.extractors.speech import Segment, Transcript
from docglean.schemas.errors import ConfigError, SchemaError, SourceError
from PIL import Image
from pydantic import BaseModel, Field
from stand_ins import BILL, PRICE, Answer, Bench, Bill, ok


class Letter(BaseModel):
    """A letter to somebody."""

    to: str | None = Field(default=None, description="Who it is to.")


def bill(path: Path, *, encrypted: bool = False) -> Path:
    pdf = pymupdf.open()
    page = pdf.new_page()
    for number, text in enumerate(["Bill R-17", "Pears 2.00", "Plums 3.50", "Total 5.50"]):
        page.insert_text((72, 72 + 20 * number), text)
    security = {"encryption": pymupdf.PDF_ENCRYPT_AES_256, "user_pw": "open"} if encrypted else {}
    pdf.save(path, **security)
    return path


@pytest.fixture
def bench(tmp_path: Path, workers: Workers) -> Bench:
    return Bench(tmp_path, workers)


def always(data: Any) -> Answer:
    return lambda call: ok(data)


def codes(extraction: Extraction[Any]) -> list[str]:
    return [problem.code for problem in extraction.problems]


async def test_one_document_becomes_one_extraction(bench: Bench, tmp_path: Path) -> None:
    found, model = await bench.extract(bill(tmp_path / "a.pdf"), always(BILL))
    assert found.status == "ok"
    assert found.problems == []
    assert found.values == BILL
    assert isinstance(found.data, Bill)
    assert found.data.total == Decimal("5.50")
    assert found.document.name == "a.pdf"
    assert found.document.uri == (tmp_path / "a.pdf").as_uri()
    assert (found.document.pages, found.document.media_type) == (1, "application/pdf")
    assert len(found.document.sha256) == 64
    assert found.schema_used is not None
    assert (found.schema_used.name, found.schema_used.certainty) == ("bill", None)
    assert found.engine == "anthropic:claude-haiku-5-5?edge=400"
    assert set(found.evidence) == {
        "/number", "/total", "/lines/0/text", "/lines/0/amount", "/lines/1/text", "/lines/1/amount",
    }  # fmt: skip
    assert all(evidence.page == 1 for evidence in found.evidence.values())
    assert (found.spending.cost, found.spending.calls) == (PRICE, 1)
    assert {"open", "render", "encode", "words", "model", "locate", "total"} <= set(found.seconds)
    [call] = model.calls
    kinds = [type(part) for part in call.parts]
    assert kinds == [TextPart, ImagePart, TextPart]
    assert json.loads(found.to_json())["data"] == BILL


async def test_progress_adds_up(bench: Bench, tmp_path: Path) -> None:
    await bench.extract(bill(tmp_path / "a.pdf"), always(BILL))
    assert [progress.step for progress in bench.heard] == ["opened", "paid", "read", "done"]
    assert sum(progress.pages for progress in bench.heard if progress.step == "read") == 1
    assert sum((progress.cost or 0) for progress in bench.heard) == PRICE
    assert bench.heard[-1].status == "ok"


@pytest.mark.parametrize("engine", ["ocr+openai:gpt-6-luna", "image+ocr+openai:gpt-6-luna"])
async def test_the_arms_differ_in_what_a_page_becomes(
    bench: Bench, tmp_path: Path, engine: str
) -> None:
    found, model = await bench.extract(bill(tmp_path / "a.pdf"), always(BILL), engine=engine)
    assert found.values == BILL
    [call] = model.calls
    images = [part for part in call.parts if isinstance(part, ImagePart)]
    texts = [part.text for part in call.parts if isinstance(part, TextPart)]
    assert len(images) == (1 if engine.startswith("image") else 0)
    assert any("Pears" in text and "3.50" in text for text in texts)


async def test_the_embedded_engine_sends_nothing(bench: Bench, tmp_path: Path) -> None:
    context, model = await bench.open(None, engine="local")
    async with context:
        found = await pipeline.extract(context, bill(tmp_path / "a.pdf"))
    assert found.engine == "local"
    assert found.status in ("ok", "partial")
    assert found.values is not None
    assert set(found.values) == {"number", "total", "lines"}
    assert model.calls == []
    assert (found.spending.cost, found.spending.calls) == (0, 0)


# --- what can be wrong -------------------------------------------------------------------------


async def test_a_file_that_cannot_be_read_is_a_failed_extraction(
    bench: Bench, tmp_path: Path
) -> None:
    (tmp_path / "a.pdf").write_bytes(b"not a PDF at all")
    found, model = await bench.extract(tmp_path / "a.pdf", always(BILL))
    assert (found.status, found.values, found.evidence) == ("failed", None, {})
    assert codes(found) == ["unsupported"]
    assert found.document.name == "a.pdf"
    assert model.calls == []
    assert bench.heard[-1].status == "failed"


async def test_passwords_are_tried_and_kept_nowhere(bench: Bench, tmp_path: Path) -> None:
    path = bill(tmp_path / "a.pdf", encrypted=True)
    found, _ = await bench.extract(path, always(BILL))
    assert codes(found) == ["password_needed"]
    for _ in range(2):
        found, _ = await bench.extract(path, always(BILL), password=("open",))
        assert found.status == "ok"
    # What a password opened is asked for again: the ledger does not open it to others.
    found, _ = await bench.extract(path, always(BILL))
    assert codes(found) == ["password_needed"]


async def test_a_page_that_cannot_be_drawn_is_never_sent(bench: Bench, tmp_path: Path) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (300, 200), "red").save(picture, "jpeg")
    pdf = pymupdf.open(bill(tmp_path / "good.pdf"))
    page = pdf.new_page(width=300, height=200)
    page.insert_image(page.rect, stream=picture.getvalue())
    xref = page.get_images()[0][0]
    pdf.update_stream(xref, b"garbage", compress=False)
    pdf.xref_set_key(xref, "Filter", "/DCTDecode")
    pdf.save(tmp_path / "a.pdf")
    for calls in (1, 0):  # the second run neither sends nor forgets
        found, model = await bench.extract(tmp_path / "a.pdf", always(BILL))
        assert found.status == "partial"
        assert found.values == BILL
        [problem] = [problem for problem in found.problems if problem.severity == "error"]
        assert (problem.code, problem.page) == ("page_unreadable", 2)
        assert len(model.calls) == calls
        for call in model.calls:
            assert sum(isinstance(part, ImagePart) for part in call.parts) == 1


async def test_pages_can_be_chosen(bench: Bench, tmp_path: Path) -> None:
    pdf = pymupdf.open(bill(tmp_path / "one.pdf"))
    for number in range(2, 6):
        pdf.new_page().insert_text((72, 72), f"Page {number}")
    pdf.save(tmp_path / "a.pdf")
    _, model = await bench.extract(tmp_path / "a.pdf", always(BILL), pages="1,4-")
    captions = [part.text for part in model.calls[0].parts[::2] if isinstance(part, TextPart)]
    assert captions[:3] == ["Page 1 of 5:", "Page 4 of 5:", "Page 5 of 5:"]
    found, model = await bench.extract(tmp_path / "a.pdf", always(BILL), pages="9")
    assert (codes(found), model.calls) == (["no_such_page"], [])
    with pytest.raises(ConfigError, match="does not name pages"):
        await bench.open(always(BILL), pages="some")


async def test_a_value_that_is_not_on_the_page_is_for_review(bench: Bench, tmp_path: Path) -> None:
    found, _ = await bench.extract(bill(tmp_path / "a.pdf"), always({**BILL, "total": "99999.99"}))
    assert found.status == "review"
    assert [(p.code, p.path, p.severity) for p in found.problems] == [
        ("not_found", "/total", "review")
    ]
    assert found.evidence["/total"].how == "not_found"


async def test_a_missing_required_value_makes_it_partial(bench: Bench, tmp_path: Path) -> None:
    found, model = await bench.extract(bill(tmp_path / "a.pdf"), always({**BILL, "number": ""}))
    assert (found.status, codes(found)) == ("partial", ["missing"])
    assert found.values is not None
    assert found.values["number"] is None
    assert len(model.calls) == 1  # asking again would be asking for a guess


async def test_a_value_that_breaks_the_schema_is_kept_and_told(
    bench: Bench, tmp_path: Path
) -> None:
    found, model = await bench.extract(
        bill(tmp_path / "a.pdf"), always({**BILL, "total": "about five"})
    )
    assert found.status == "partial"
    assert found.values is not None
    assert found.values["total"] == "about five"
    assert [(p.code, p.path) for p in found.problems if p.severity == "error"] == [
        ("breaks_schema", "/total")
    ]
    assert len(model.calls) == 2


async def test_an_answer_without_anything_is_not_ok(bench: Bench, tmp_path: Path) -> None:
    found, _ = await bench.extract(bill(tmp_path / "a.pdf"), always({"to": ""}), Letter)
    assert (found.status, codes(found)) == ("partial", ["nothing_found"])


@pytest.mark.parametrize("outcome", ["refused", "failed", "invalid", "too_large", "truncated"])
async def test_without_an_answer_the_document_failed(
    bench: Bench, tmp_path: Path, outcome: Any
) -> None:
    reply = Reply(outcome=outcome, message="No.", cost=PRICE, usage=Usage(input_tokens=7))
    found, model = await bench.extract(bill(tmp_path / "a.pdf"), lambda call: reply)
    assert found.status == "failed"
    # Cut without a word: the limit went into thinking.
    assert {"truncated": "thinking_used_up"}.get(outcome, outcome) in codes(found)
    assert found.spending.usage.input_tokens == 7 * len(model.calls)  # paid all the same


async def test_a_refused_key_is_raised(bench: Bench, tmp_path: Path) -> None:
    def refuse(call: Call) -> Reply:
        raise ConfigError("bad_key", "The key is refused.")

    with pytest.raises(ConfigError):
        await bench.extract(bill(tmp_path / "a.pdf"), refuse)


async def test_a_fault_of_ours_costs_one_document(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(validate, "check_values", broken)
    found, _ = await bench.extract(bill(tmp_path / "a.pdf"), always(BILL))
    assert (found.status, codes(found)) == ("failed", ["internal_error"])
    assert "oops" in found.problems[0].message
    assert found.spending.cost == PRICE


async def test_a_schema_that_cannot_be_sent_is_refused_at_once(bench: Bench) -> None:
    deep: type[BaseModel] = Letter
    for level in range(14):
        deep = type(f"Level{level}", (BaseModel,), {"__annotations__": {"inner": deep}})
    with pytest.raises(SchemaError):
        await bench.open(None, deep)


# --- several schemas ---------------------------------------------------------------------------


def sorting(**shares: float) -> Answer:
    def answer(call: Call) -> Reply:
        assert call.json_schema is not None
        if call.schema_name == "sorting":
            return ok({name: str(share) for name, share in shares.items()})
        return ok(BILL)

    return answer


async def test_a_document_is_sorted_to_one_of_several_schemas(bench: Bench, tmp_path: Path) -> None:
    path = bill(tmp_path / "a.pdf")
    answer = sorting(bill=0.9, letter=0.1, none_of_these=0.0)
    found, model = await bench.extract(path, answer, Letter, Bill)
    assert found.values == BILL
    assert found.schema_used is not None
    assert (found.schema_used.name, found.schema_used.certainty) == ("bill", 0.9)
    assert found.schema_used.alternatives == {"letter": 0.1}
    first, _ = model.calls
    assert first.json_schema is not None
    assert list(first.json_schema["properties"]) == ["letter", "bill", "none_of_these"]
    assert first.max_tokens < 5000
    again, model = await bench.extract(path, answer, Letter, Bill)
    assert (model.calls, again.spending.cached) == ([], 2)


async def test_a_document_that_fits_none_is_a_typed_problem(bench: Bench, tmp_path: Path) -> None:
    answer = sorting(bill=0.2, letter=0.1, none_of_these=0.7)
    found, model = await bench.extract(bill(tmp_path / "a.pdf"), answer, Letter, Bill)
    assert (found.status, codes(found)) == ("failed", ["no_schema_fits"])
    assert found.schema_used is None
    assert len(model.calls) == 1
    assert found.spending.cost == PRICE


async def test_by_its_words_with_the_embedded_engine(bench: Bench, tmp_path: Path) -> None:
    pdf = pymupdf.open()
    pdf.new_page().insert_text((72, 72), "Lorem ipsum dolor sit amet.")
    pdf.save(tmp_path / "b.pdf")
    context, _ = await bench.open(None, Letter, Bill, engine="local")
    async with context:
        found = await pipeline.extract(context, bill(tmp_path / "a.pdf"))
        none = await pipeline.extract(context, tmp_path / "b.pdf")
    assert found.schema_used is not None
    assert found.schema_used.name == "bill"
    assert 0.5 < (found.schema_used.certainty or 0) <= 1
    assert (none.status, codes(none)) == ("failed", ["no_schema_fits"])


async def test_schemas_of_the_same_name_cannot_be_told_apart(bench: Bench, tmp_path: Path) -> None:
    other = type("Bill", (BaseModel,), {"__annotations__": {"a": str}})
    with pytest.raises(SchemaError) as caught:
        await bench.extract(bill(tmp_path / "a.pdf"), always({}), Bill, other)
    assert caught.value.code == "same_name"


# --- estimates ---------------------------------------------------------------------------------


async def test_an_estimate_sends_nothing_and_knows_what_is_paid(
    bench: Bench, tmp_path: Path
) -> None:
    path = bill(tmp_path / "a.pdf")
    context, _ = await bench.open(None)
    async with context:
        before = await estimation.estimate(context, path)
    assert (before.requests, before.cached, before.pages) == (1, 0, 1)
    assert before.usage.input_tokens > 300
    assert 0 < before.usage.output_tokens <= 16_000
    assert before.cost is not None
    assert before.cost > 0
    assert bench.heard[-1].step != "done"
    await bench.extract(path, always(BILL))
    context, _ = await bench.open(None)
    async with context:
        after = await estimation.estimate(context, path)
    assert (after.requests, after.cached, after.usage.total, after.cost) == (0, 1, 0, 0)
    total = before + after
    assert (total.documents, total.requests, total.cost) == (2, 1, before.cost)


async def test_an_estimate_of_several_schemas_counts_the_dearest(
    bench: Bench, tmp_path: Path
) -> None:
    path = bill(tmp_path / "a.pdf")
    estimates = []
    for schemas in ((Letter,), (Bill,), (Letter, Bill)):
        context, _ = await bench.open(None, *schemas)
        async with context:
            estimates.append(await estimation.estimate(context, path))
    letter, bill_, both = estimates
    assert letter.usage.total < bill_.usage.total < both.usage.total
    assert both.requests == 2


async def test_an_estimate_of_the_embedded_engine_is_free(bench: Bench, tmp_path: Path) -> None:
    context, _ = await bench.open(None, engine="local")
    async with context:
        found = await estimation.estimate(context, bill(tmp_path / "a.pdf"))
        with pytest.raises(SourceError):
            await estimation.estimate(context, tmp_path / "nowhere.pdf")
    assert (found.pages, found.requests, found.cost) == (1, 0, 0)


# --- recordings --------------------------------------------------------------------------------

TALK = [
    Segment(60.0 * n, 60.0 * n + 50, f"Sentence {n} of a long talk about pears. " * 20)
    for n in range(20)
]
SAID = Transcript(
    segments=(*TALK, Segment(1300.0, 1305.0, "It is to Ann Other.")),
    language="en",
    engine="stand-in",
    seconds=1310.0,
)


async def test_a_recording_goes_down_the_same_line(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import wave

    with wave.open(str(tmp_path / "a.wav"), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        sound.writeframes(bytes(32_000))

    async def transcribe(*_: Any, **__: Any) -> Transcript:
        """Stands in for the speech engine, which needs weights."""
        return SAID

    monkeypatch.setattr("docglean.extractors.speech.transcribe", transcribe)

    def answer(call: Call) -> Reply:
        text = "\n".join(part.text for part in call.parts if isinstance(part, TextPart))
        assert not any(isinstance(part, ImagePart) for part in call.parts)
        return ok({"to": "Ann Other" if "[0:21:40] It is to Ann Other." in text else ""})

    engine = "anthropic:claude-haiku-5-5?window=2"
    found, model = await bench.extract(tmp_path / "a.wav", answer, Letter, engine=engine)
    assert (found.status, found.values) == ("ok", {"to": "Ann Other"})
    assert len(model.calls) > 1  # in stretches, as it is long
    assert found.evidence["/to"].seconds == (1300.0, 1305.0)
    assert found.transcript is not None
    assert found.transcript["language"] == "en"
    assert (found.document.pages, found.document.seconds) == (0, 1310.0)


async def test_calls_of_a_killed_run_are_named(bench: Bench, tmp_path: Path) -> None:
    ledger = await Ledger.open(tmp_path / "ledger.sqlite")
    await ledger.begin("k" * 64, RequestMeta(name="a.pdf"))
    ledger._engine.dispose()
    # As if that process had been another, which is dead now.
    import sqlite3

    with closing(sqlite3.connect(tmp_path / "ledger.sqlite")) as connection, connection:
        connection.execute("update processes set started = 1.0")
    context, _ = await bench.open(None)
    async with context:
        assert [flight.facts.name for flight in context.ledger.interrupted] == ["a.pdf"]
    await ledger.close()
