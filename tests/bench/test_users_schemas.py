"""Schemas as users write them, made of a built-in one for the training of `local`."""

from __future__ import annotations

from docglean.schemas.schema import load_schema

from bench.kept_pages import KeptPages
from bench.trainings.sources import Labelled
from bench.trainings.users import asked_by_users

TRUTH = {
    "company": "Maju Jaya", "date": "2026-03-04", "total": "50.00", "subtotal": "47.00",
    "tip": None, "line_items": [{"description": "Pens", "line_total": "47.00"}],
}  # fmt: skip
RECEIPT = Labelled("generated receipt", "one", load_schema("receipt"), TRUTH,
                   {"/total": ["50"]}, KeptPages([], [], {}))  # fmt: skip


def test_each_field_keeps_its_truth_under_the_name_that_a_user_gives_it() -> None:
    asked = list(asked_by_users(RECEIPT, 40))
    for one in asked:
        assert list(one.truth) == [field.name for field in one.schema.root.children]
        assert all(value in TRUTH.values() for value in one.truth.values())
    names = {name for one in asked for name in one.truth}
    assert {"company", "date", "total"} < names
    assert names - TRUTH.keys()
    assert 0 < sum("line_items" in one.truth for one in asked) < len(asked)
    accepted = [key[1:] for one in asked for key in one.accept]
    assert all(one.accept.keys() <= {f"/{name}" for name in one.truth} for one in asked)
    assert set(accepted) - {"total"}
