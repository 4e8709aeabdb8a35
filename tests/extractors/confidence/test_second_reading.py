"""A second reading of the same words by rules: value by value, kept, and never a hindrance."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Any

import pytest
from docglean.extractors import load_ahead, pipeline
from docglean.extractors.confidence import second_reading
from docglean.extractors.confidence.second_reading import agreement
from docglean.extractors.documents.workers import Workers
from docglean.extractors.models.base import Call, Reply
from docglean.extractors.rules import document_values
from docglean.schemas.schema import schema_of
from stand_ins import BILL, Bench, Bill, StandInModel, ok
from word_pages import till_slip

ROOT = schema_of(Bill).root
SAID = {"number": "R-17", "total": "5.50", "lines": [{"text": "Pears", "amount": "2.00"}]}


def said(value: dict[str, Any], other: dict[str, Any]) -> dict[str, str]:
    """By pointer, what is said without the words that all have in common."""
    told = dict(agreement(ROOT, value, other))
    return {at: name.removeprefix("second_reading_") for at, [name] in told.items()}


def test_each_value_is_compared_as_its_kind_compares() -> None:
    other = {"number": "R-71", "total": "5.5", "lines": []}
    assert said(SAID, other) == {
        "/number": "differs", "/total": "agrees", "/lines/0/text": "silent",
        "/lines/0/amount": "silent",
    }  # fmt: skip


def test_entries_are_paired_by_what_they_hold_not_by_their_number() -> None:
    lines = [{"text": "Plums", "amount": "3.50"}, {"text": "Pears", "amount": "2.00"}]
    found = said(SAID, {**SAID, "lines": lines})
    assert (found["/lines/0/text"], found["/lines/0/amount"]) == ("agrees", "agrees")


def test_a_null_where_the_rules_found_something_is_told_and_two_nulls_are_not() -> None:
    assert said({"number": "R-17"}, {"number": "R-17", "total": "1"})["/total"] == "differs"
    assert "/total" not in said({"number": "R-17"}, {"number": "R-17"})


def test_a_text_that_differs_in_a_letter_agrees_as_far_as_it_goes() -> None:
    texts = [
        {"lines": [{"text": text, "amount": "2.00"}]} for text in ("Green pears", "Green pear")
    ]
    told = dict(agreement(ROOT, *texts))["/lines/0/text"]
    assert 0.9 <= told["second_reading_agrees"] < 1


async def test_a_models_answer_is_read_again_once_and_the_reading_is_kept(
    tmp_path: Path, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, path, readings = Bench(tmp_path, workers), till_slip(tmp_path / "slip.pdf"), []
    real = document_values.read_words

    def read(*told: Any) -> Any:
        readings.append(told)
        return real(*told)

    monkeypatch.setattr(document_values, "read_words", read)
    for answer in ({**BILL, "lines": []}, {**BILL, "total": "1.00", "lines": []}):
        found, _ = await bench.extract(path, lambda call, answer=answer: ok(answer))  # type: ignore[misc]
        signals = found.confidence["/total"].signals
        assert signals["second_reading_agrees"] == 1.0
    assert len(readings) == 1


class Waiting(StandInModel):
    """Answers only when the rules have read, too."""

    def __init__(self, read: threading.Event) -> None:
        super().__init__(lambda call: ok({**BILL, "lines": []}))
        self.read = read

    async def send(self, call: Call) -> Reply:
        while not self.read.is_set():
            await asyncio.sleep(0.01)
        return await super().send(call)


async def test_a_document_with_words_is_read_while_its_model_is_waited_for(
    tmp_path: Path, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, real = threading.Event(), document_values.read_words

    def told(*asked: Any) -> Any:
        read.set()
        return real(*asked)

    monkeypatch.setattr(document_values, "read_words", told)
    monkeypatch.setattr(load_ahead, "_loaded", threading.Event())
    load_ahead._loaded.set()  # as after the first documents of a process
    context, _ = await Bench(tmp_path, workers).open(None, engine="ocr+anthropic:claude-haiku-5-5")
    async with context:
        context.gateway.client = Waiting(read)
        reading = pipeline.extract(context, till_slip(tmp_path / "slip.pdf"))
        found = await asyncio.wait_for(reading, 60)
    assert found.confidence["/total"].signals["second_reading_agrees"] == 1.0


async def test_rules_are_not_asked_about_their_own_answer(tmp_path: Path, workers: Workers) -> None:
    bench = Bench(tmp_path, workers)
    path = till_slip(tmp_path / "slip.pdf")
    context, _ = await bench.open(None, engine="local")
    async with context:
        found = await pipeline.extract(context, path)
    assert found.values
    assert not any("second" in name for one in found.confidence.values() for name in one.signals)


@pytest.mark.parametrize("trouble", ["too long", "broken"])
async def test_a_document_is_read_where_there_is_no_second_reading(
    tmp_path: Path, workers: Workers, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    def broken(*_: Any) -> Any:
        raise ZeroDivisionError

    if trouble == "broken":
        monkeypatch.setattr(document_values, "read_words", broken)
    else:
        monkeypatch.setattr(second_reading, "MOST_PAGES", 0)
    bench = Bench(tmp_path, workers)
    found, _ = await bench.extract(till_slip(tmp_path / "slip.pdf"), lambda call: ok(BILL))
    assert found.values == BILL
    assert "/total" in found.confidence
    assert not any("second" in name for one in found.confidence.values() for name in one.signals)
