"""Which of the likely values of several fields are taken together."""

from __future__ import annotations

import pytest
from docglean.extractors.documents.words import Word
from docglean.extractors.rules.fields.assignment import pick
from docglean.extractors.rules.fields.candidates import Candidate
from docglean.extractors.rules.page.sheet import Token
from docglean.schemas.reading.style import Style
from docglean.schemas.schema import load_schema

INVOICE = load_schema("invoice")


def amount(value: str, score: float = 0.0) -> Candidate:
    token = Token(value, Word(value, (0, 0, 30, 10)))
    return Candidate(value, 1, (token,), score, signs={"shown": 1.0})


def taken(likely: dict[str, tuple[str, float]], printed: tuple[str, ...] = ()) -> dict[str, object]:
    leaves = {leaf.path: leaf for leaf in INVOICE.root.single_leaves()}
    candidates = {f"/{name}": [amount(*one)] for name, one in likely.items()}
    chosen = pick(INVOICE, candidates, leaves, {}, [amount(one) for one in printed], Style())
    return {path[1:]: str(value) for path, (value, _) in chosen.items()}


SURE = {"net_total": ("496.00", 0.95), "tax_total": ("75.04", 0.95)}


def test_an_unlikely_total_that_does_not_add_up_is_none_and_the_sum_is_told_where_printed() -> None:
    likely = {**SURE, "grand_total": ("160.00", 0.8)}
    assert "grand_total" not in taken(likely)
    assert taken(likely, ("160.00", "571.04"))["grand_total"] == "571.04"


def test_amounts_that_are_likely_stay_though_the_paper_adds_up_wrongly() -> None:
    likely = {name: (value, 0.999) for name, (value, _) in SURE.items()}
    assert taken(likely | {"grand_total": ("580.00", 0.999)})["grand_total"] == "580.00"


@pytest.mark.parametrize(("net", "gross", "tax"), [("-7.67", "-8.79", "-1.12"), ("5", "6", "1")])
def test_a_tax_is_told_by_net_and_total_where_it_is_printed(net: str, gross: str, tax: str) -> None:
    likely = {"net_total": (net, 0.95), "grand_total": (gross, 0.95)}
    assert taken(likely, (net, tax, gross))["tax_total"] == tax
    assert "tax_total" not in taken(likely, (net, gross))
