"""Recordings without a model: what rules find, and what is said of the rest."""

from __future__ import annotations

from docglean.extractors.rules.document_values import read_transcript
from docglean.extractors.speech.transcript import Segment, Transcript
from docglean.schemas.schema import load_schema, schema_of
from pydantic import BaseModel


def transcript(*texts: str, language: str | None = "en") -> Transcript:
    segments = tuple(Segment(5.0 * n, 5.0 * n + 4, text) for n, text in enumerate(texts))
    return Transcript(segments, language, "test", 5.0 * len(texts))


def test_what_is_said_in_sentences_is_left_to_models() -> None:
    reading = read_transcript(
        load_schema("note"), transcript("We decided to order forty new chairs by March 3, 2026.")
    )
    found = reading.values
    assert found["language"] == "en"
    assert (found["dates"], found["people"], found["decisions"]) == ([], [], [])


def test_what_rules_cannot_tell_is_told() -> None:
    problem = read_transcript(load_schema("note"), transcript("Nothing of note.")).problems[0]
    assert problem.code == "embedded_engine"
    assert "cannot summarise" in problem.message
    assert problem.way_out


class Order(BaseModel):
    order_number: str | None = None
    quantity: int | None = None


def test_a_schema_of_the_users_own() -> None:
    reading = read_transcript(schema_of(Order), transcript("Order number 4711, quantity 12"))
    assert reading.values == {"order_number": "4711", "quantity": 12}


def test_silence() -> None:
    reading = read_transcript(load_schema("note"), transcript(language=None))
    assert not reading.evidence
