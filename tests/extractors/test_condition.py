"""Conditions on one value: what they mean, and how what is none is refused."""

from __future__ import annotations

from typing import Any

import pytest
from docglean.extractors.condition import NAMES, Condition
from docglean.extractors.extraction import (
    Confidence,
    Evidence,
    Extraction,
    SchemaRecord,
    SourceRecord,
)
from docglean.schemas.errors import ConfigError, Problem

READ = Extraction[Any](
    document=SourceRecord(name="a.pdf", uri="file:///a.pdf"),
    schema=SchemaRecord(name="invoice", hash="x"),
    engine="local",
    status="review",
    data={"total": "9", "net": "8", "note": None, "lines": [{"price": "1"}, {"price": "2"}]},
    evidence={
        "/total": Evidence(how="exact", page=1),
        "/net": Evidence(how="not_found"),
        "/lines/0/price": Evidence(how="exact", page=1),
        "/lines/1/price": Evidence(how="exact", page=1),
    },
    confidence={
        "/total": Confidence(probability=0.95),
        "/net": Confidence(probability=0.5),
        "/note": Confidence(probability=0.89),
        "/lines/0/price": Confidence(probability=0.9, signals={"engines_differ": 0.4}),
    },
    problems=[Problem(code="check_failed", message="x", path="/total")],
)


@pytest.mark.parametrize(
    ("text", "of"),
    [
        ("confidence<0.9", {"/net", "/note", "/lines/1/price"}),
        ("confidence <= .9", {"/net", "/note", "/lines/0/price", "/lines/1/price"}),
        ("failed_check", {"/total"}),
        ("confidence<0.9 or failed_check", {"/total", "/net", "/note", "/lines/1/price"}),
        ("confidence<0.9 and not null", {"/net", "/lines/1/price"}),
        ("null and not (confidence > 0.9)", {"/note"}),
        ("not_located", {"/net"}),
        ("problem", {"/total"}),
        ("differs", {"/lines/0/price"}),
        ("field == '/lines/*/price' and confidence<0.9", {"/lines/1/price"}),
        ("schema != 'invoice'", set()),
        ("0.4 < confidence < 0.9", {"/net", "/note"}),
        ("null or confidence<0.6 and not_located", {"/net", "/note"}),
    ],
)  # fmt: skip
def test_it_holds_of_these_values(text: str, of: set[str]) -> None:
    assert set(Condition.of(text).among(READ)) == of


def test_a_document_without_values_has_none_of_which_it_holds() -> None:
    failed = READ.model_copy(update={"values": None})
    assert not list(Condition.of("confidence<1").among(failed))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("coffee < 0.9", "there is no coffee"),
        ("null or coffee<0.9", "at 'coffee<0.9': there is no coffee"),
        ("confidence", "wants something to be compared with"),
        ("confidence < 'high'", "numbers are compared with numbers"),
        ("null < 1", "numbers are compared with numbers"),
        ("field < 'total'", "cannot be compared like this"),
        ("confidence in 0.9", "cannot be compared like this"),
        ("confidence <", "it is no condition"),
        ("", "it is no condition"),
        ("0.9", "a name was expected"),
        ("confidence < -1", "a name, a number or a 'word' was expected"),
        ("__import__('os').system('true')", "a name was expected"),
        ("null if null else null", "a name was expected"),
        ("(" * 400 + "null" + ")" * 400, "it is no condition"),
        ("null or " * 200 + "null", "longer than 1,000 characters"),
        ("null\x00", "it is no condition"),
        ("confidence<90", "from 0 to 1"),
        ("confidence<1e999", "from 0 to 1"),
        ("0<1 or null", "says nothing of a value"),
        ("'a' == 'b'", "says nothing of a value"),
    ],
)
def test_what_is_no_condition_is_refused_with_what_there_is(text: str, why: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Condition.of(text)
    assert caught.value.code == "bad_condition"
    assert why in caught.value.message
    assert all(name in caught.value.way_out for name in NAMES)


def test_it_is_written_as_it_was_told() -> None:
    told = Condition.of(" confidence<0.9  or\nnull ")
    assert str(told) == "confidence<0.9 or null"
    assert told == Condition.of(str(told))
