"""How probable a value's tokens were: kept of an answer, and found again in what answers make."""

from __future__ import annotations

import json
import math
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from docglean.extractors.answers.token_signals import (
    DOUBT,
    MOST,
    TokenReading,
    token_reading,
    token_signals,
)
from docglean.extractors.ledger.ledger import Flight, Ledger
from docglean.extractors.ledger.tables import RequestMeta
from docglean.extractors.models.base import Reply
from docglean.extractors.models.capabilities import capability
from docglean.extractors.models.engines import parse_engine
from docglean.extractors.models.json_spans import value_spans
from docglean.extractors.models.loose_json import read_object
from docglean.extractors.models.token_probabilities import compact
from docglean.schemas.schema import schema_of
from docglean.schemas.wire.dialects import DIALECTS, compile_schema
from hypothesis import given
from hypothesis import strategies as some
from pydantic import BaseModel
from servers.openai import told_probabilities

JSON = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats(allow_nan=False) | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
)


class Row(BaseModel):
    name: str | None = None
    amount: int | None = None


class Paper(BaseModel):
    seller: str | None = None
    day: date | None = None
    items: list[Row] = []


def reading(text: str, doubts: dict[str, float], *, tokens: str | None = None) -> TokenReading:
    """What is known of an answer of `Paper` that a server gave with these doubts."""
    if tokens is None:
        tokens = compact({"logprobs": told_probabilities(text, doubts)}, text)
    wire = compile_schema(schema_of(Paper), DIALECTS["openai"])
    found = read_object(text)
    assert found is not None
    return token_reading(
        Reply(outcome="ok", text=text, tokens=tokens), found, wire, wire.decode(found.value).data
    )


def answer(seller: str | None, *rows: tuple[str, int | None], day: str | None = None) -> str:
    items = [{"name": name, "amount": amount} for name, amount in rows]
    return json.dumps({"seller": seller, "day": day, "items": items}, ensure_ascii=False)


@given(JSON, some.sampled_from([None, 2]), some.booleans())
def test_spans_are_those_of_the_values(value: Any, indent: int | None, plain: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=plain)
    for path, (start, end) in value_spans(text).items():
        inner = value
        for step in path:
            inner = inner[step]
        written = text[start:end]
        quoted = isinstance(inner, str) and inner
        assert json.loads(f'"{written}"' if quoted else written) == inner


def test_each_value_has_the_tokens_that_it_is_written_with() -> None:
    text = answer("Käse & Söhne GmbH", ("Öl", 12), ("Brot", None), day="2026-11-24")
    sure = reading(text, {"Söhne": 0.5, "12": 0.25}).sure
    mean, least = sure["/seller"]
    assert least == pytest.approx(0.5, abs=0.01)
    assert 0.5 < mean < 0.95
    assert sure["/items/0/amount"][1] == pytest.approx(0.25, abs=0.01)
    # Nulls too; a token that also belongs to a neighbour counts for both.
    assert {"/day", "/items/1/name", "/items/1/amount"} <= sure.keys()
    assert sure["/day"][1] > 0.99


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        (answer("A")[:-1] + ",}", None),  # mended
        (answer("A"), ""),  # as stored before there were any
    ],
)
def test_without_clean_json_or_probabilities_there_is_no_signal(
    text: str, tokens: str | None
) -> None:
    assert reading(text, {}, tokens=tokens).sure == {}


def test_thinking_and_marks_around_the_answer_are_none_of_its_tokens() -> None:
    text = answer("A")
    told = told_probabilities(f"<think>A?</think>\n{text}<|im_end|>", {"think": 0.1})
    tokens = compact({"logprobs": told}, text)
    assert sum(int(piece.split(":")[0]) for piece in tokens.split()) == len(text)
    assert reading(text, {}, tokens=tokens).sure["/seller"][1] > 0.9
    # What is not the answer's text has none.
    assert compact({"logprobs": told}, text.replace("A", "B")) == ""


@pytest.mark.parametrize(
    "told",
    [None, {}, {"content": None}, {"content": [{"token": "x"}]}, {"content": ["x"]},
     {"content": [{"token": "x", "logprob": None}]}, {"content": 3},
     {"content": [{"token": "x", "logprob": 0, "bytes": [999]}]}],
)  # fmt: skip
def test_no_answer_is_lost_for_odd_probabilities(told: Any) -> None:
    assert compact({"logprobs": told}, "x") == ""


def test_tokens_without_bytes_and_impossible_ones_are_kept() -> None:
    told = [{"token": "a", "logprob": -math.inf}, {"token": "b", "logprob": 0.001}]
    assert compact({"logprobs": {"content": told}}, "ab") == "1:9999 1:0"


def test_signals_follow_entries_that_windows_have_moved() -> None:
    first = reading(answer("Shop", ("Milk", 2)), {"Milk": 0.5})
    second = reading(answer("Shop", ("Bread", 3), ("Milk", 4)), {"Shop": 0.25, "Bread": 0.125})
    values = {
        "seller": "Shop",
        "day": None,
        "items": [{"name": "Milk", "amount": 2}, {"name": "Bread", "amount": 3},
                  {"name": "Milk", "amount": 4}],
    }  # fmt: skip
    signals = token_signals([first, second], values)
    assert signals["/items/0/name"][MOST] == pytest.approx(0.5, abs=0.01)
    assert signals["/items/1/name"][MOST] == pytest.approx(0.875, abs=0.01)
    assert signals["/items/2/name"][MOST] < 0.01
    # Both say it: the most doubt of the two, and the mean between theirs.
    assert signals["/seller"][MOST] == pytest.approx(0.75, abs=0.01)
    assert 0 < signals["/seller"][DOUBT] < signals["/seller"][MOST]


def test_what_was_put_together_of_two_answers_has_no_signal() -> None:
    first = reading(answer(None, ("Milk", None)), {})
    second = reading(answer("Shop", ("Milk", 2), ("Milk", 2)), {})
    rows = [{"name": "Milk fresh", "amount": 2}, {"name": "Milk", "amount": 2}]
    values = {"seller": "Shop & Co", "day": None, "items": rows}
    # Neither the text of two pieces, nor an entry of which an answer has twins.
    assert token_signals([first, second], values).keys() == {"/day"}


def test_of_one_answer_entries_are_where_they_were() -> None:
    only = reading(answer(None, ("Milk", 2), ("Milk", 2)), {"Milk": 0.5})
    values = {"items": [{"name": "Milk", "amount": 2}, {"name": "Milk", "amount": 2}]}
    signals = token_signals([only], values)
    assert signals["/items/1/name"][MOST] < 0.4 < signals["/items/0/name"][MOST]


async def test_they_are_stored_with_the_reply(tmp_path: Path) -> None:
    reply = Reply(outcome="ok", text=answer("A"), tokens="3:0 40:12")
    async with await Ledger.open(tmp_path / "ledger.sqlite") as ledger:
        flight = await ledger.begin("k" * 64, RequestMeta(document="d" * 64))
        assert isinstance(flight, Flight)
        await ledger.finish(flight, reply)
        stored = await ledger.reply("k" * 64)
        assert stored is not None
        assert stored.tokens == reply.tokens


@pytest.mark.parametrize(
    ("spec", "asked"),
    [
        ("openai:gpt-4.1-mini", True),
        ("openai:gpt-6-luna", False),
        ("openai:gpt-4.1-mini@http://gateway/v1", False),
        ("openai:somebodys", False),
        ("ollama:qwen2.5:7b", True),
        ("ollama:qwen3-vl:235b-cloud", False),
        ("vllm:any", True),
        ("llamacpp:any", True),
        ("lmstudio:any", False),
        ("mistral:mistral-small-latest", False),
        ("anthropic:claude-haiku-5-5", False),
    ],
)
def test_who_is_asked_for_probabilities(spec: str, asked: bool) -> None:
    assert capability(parse_engine(spec)).token_probabilities == asked
