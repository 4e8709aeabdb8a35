"""Recordings without a model: what rules find, with the seconds, and what is said of the rest."""

from __future__ import annotations

from docglean.extractors.rules.document_values import read_transcript
from docglean.extractors.speech.transcript import Segment, Transcript
from docglean.schemas.schema import load_schema, schema_of
from pydantic import BaseModel


def transcript(*texts: str, language: str | None = "en") -> Transcript:
    segments = tuple(Segment(5.0 * n, 5.0 * n + 4, text) for n, text in enumerate(texts))
    return Transcript(segments, language, "test", 5.0 * len(texts))


def test_dates_people_and_decisions() -> None:
    reading = read_transcript(
        load_schema("note"),
        transcript(
            "Maria will send the contract to the supplier by the fifteenth of June.",
            "We decided to order forty new chairs. Dr. Miller calls on Monday.",
            "My name is Ada Stone and it is March 3, 2026.",
        ),
    )
    found = reading.values
    assert found["dates"] == [
        {"said": "the fifteenth of June", "date": None, "about": None},
        {"said": "Monday", "date": None, "about": None},
        {"said": "March 3, 2026", "date": "2026-03-03", "about": None},
    ]
    assert found["people"] == ["Miller", "Ada Stone"]
    assert found["decisions"] == ["We decided to order forty new chairs."]
    assert (found["summary"], found["actions"], found["title"]) == (None, [], None)
    assert found["language"] == "en"
    assert reading.evidence["/decisions/0"].seconds == (5.0, 9.0)
    assert reading.evidence["/dates/2/date"].how == "normalised"
    assert load_schema("note").validate(found)[0] is not None


def test_other_languages() -> None:
    german = read_transcript(
        load_schema("note"),
        transcript("Hier spricht Hans Brandt, wir treffen uns am 3. März.", language="de"),
    ).values
    assert german["people"] == ["Hans Brandt"]
    assert [entry["said"] for entry in german["dates"]] == ["3. März"]
    spanish = read_transcript(
        load_schema("note"), transcript("La entrega es el quince de junio.", language="es")
    ).values
    assert [entry["said"] for entry in spanish["dates"]] == ["quince de junio"]


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
