"""What is known of a candidate, and how likely the shipped models say that it is."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

import pytest
from docglean.extractors.documents.words import PageWords
from docglean.extractors.rules.document_values import looked_at
from docglean.extractors.rules.fields.candidates import Candidate
from docglean.extractors.rules.fields.ranking import described, ranked
from docglean.extractors.rules.fields.roles import sum_role
from docglean.extractors.rules.fields.synonyms import labels_in
from docglean.extractors.rules.ranker.model import model
from docglean.extractors.rules.readers.all_candidates import found_by_all
from docglean.schemas.fields import Printed
from docglean.schemas.kinds import Money
from docglean.schemas.schema import Schema, load_schema, schema_of
from papers import receipt
from pydantic import BaseModel

PAGE = receipt(
    "MAJU JAYA SDN BHD", "NO 12, JALAN BUNGA 3/4,", "43300 SERI KEMBANGAN, SELANGOR",
    "Date: 04/03/2018", ("Pens", "20.00"), ("Paper", "30.00"), ("Total", "50.00"),
    ("Cash", "100.00"), ("Change", "50.00"),
)  # fmt: skip


class Mine(BaseModel):
    zork: Annotated[Decimal | None, Money(), Printed("Total")] = None


class Yours(BaseModel):
    blip: Annotated[Decimal | None, Money(), Printed("Total")] = None


def candidates(schema: Schema) -> dict[str, list[Candidate]]:
    search, _ = looked_at(schema, [PAGE], [], {})
    return ranked(search, found_by_all(search), {})


def test_a_field_is_told_by_what_it_asks_and_never_by_its_name() -> None:
    signs = []
    for schema in (schema_of(Mine), schema_of(Yours)):
        search, _ = looked_at(schema, [PAGE], [], {})
        (ones,) = described(search, found_by_all(search), {}).values()
        signs.append([one.signs for one in ones])
    assert signs[0] == signs[1]
    assert signs[0]


def test_what_its_caption_names_is_likelier_than_the_cash_given() -> None:
    found = candidates(load_schema("receipt"))["/total"]
    assert found[0].value == "50.00"
    cash = max(one.score for one in found if one.value == "100.00")
    assert found[0].score > model("told").threshold > cash
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)


@pytest.mark.parametrize("name", ["fields", "told"])
def test_a_shipped_model_says_what_it_was_learnt_from(name: str) -> None:
    record = model(name).record
    assert sum(record["documents"].values()) > 100
    assert record["cross_fitted_log_loss"] < 0.4
    assert model(name).labels == ("other", "value")


def test_a_shipped_model_knows_nothing_of_names_of_fields() -> None:
    leaves = {leaf.name for leaf in load_schema("invoice").root.leaves()}
    assert not leaves & set(model("fields").features) - {"currency", "net", "unit"}


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("net_total", "net"),
        ("subtotal", "net"),
        ("grand_total", "total"),
        ("total", "total"),
        ("amount_due", "due"),
        ("vat_amount", "tax"),
    ],
)
def test_a_sum_is_what_it_is_most_surely_called(name: str, wanted: str) -> None:
    """Receipts print "Net total" for what is to be paid: so a net total is lent captions of it."""
    schema = load_schema(f"{name}: money")
    [leaf] = schema.root.children
    assert sum_role(labels_in(schema)(leaf)) == wanted


def signs_of(schema: str, path: str, page: PageWords, value: str) -> list[dict[str, float]]:
    search, _ = looked_at(load_schema(schema), [page], [], {})
    found = described(search, found_by_all(search), {})[path]
    return [one.signs for one in found if one.value == value]


def test_a_further_date_is_told_from_the_documents_own_by_what_it_asks() -> None:
    page = receipt("Invoice date 1 March 2026", "Our terms: net, payment due 31 March 2026.")
    due = signs_of("invoice", "/due_date", page, "2026-03-31")
    own = signs_of("invoice", "/issue_date", page, "2026-03-31")
    assert due
    assert all(one["asks_due_day"] and not one["main_date"] for one in due)
    assert own
    assert all(one["main_date"] and not one["asks_due_day"] for one in own)
