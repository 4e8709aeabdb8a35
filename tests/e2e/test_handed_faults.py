"""Small inputs that once went wrong, in a folder that `DOCGLEAN_FAULTS` names: a row for each."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from docglean.schemas.schema import load_schema
from docglean.schemas.wire.dialects import DIALECTS, lint

from docglean import Extraction, extract

pytestmark = pytest.mark.e2e


def keywords_are_named(path: Path) -> None:
    """A schema whose keywords nobody can be asked for names each of them as it is loaded."""
    with pytest.warns(UserWarning, match="patternProperties"):
        schema = load_schema(str(path))
    told = [one.message for one in lint(schema, DIALECTS["openai"])]
    assert any("patternProperties" in message for message in told)


MEMBERSHIP = {
    "title": "Membership",
    "type": "object",
    "properties": {
        "comments": {"type": ["string", "null"]},
        "interests": {"type": "array", "items": {"type": "string"}},
        "agree_to_terms": {"type": ["boolean", "null"]},
        "newsletter": {"type": ["boolean", "null"]},
    },
}
"""A user's own schema for a form with boxes to tick."""


def read(path: Path, schema: str | dict[str, Any]) -> Extraction[Any]:
    """What the engine without a model reads."""
    with TemporaryDirectory() as folder:
        spec = Path(folder) / "schema.json"
        spec.write_text(json.dumps(schema))
        given = schema if isinstance(schema, str) else str(spec)
        return extract(path, given, engine="local", ledger=str(Path(folder) / "ledger.sqlite"))


def boxes_are_ticked(path: Path) -> None:
    values = read(path, MEMBERSHIP).values or {}
    assert values["interests"] == ["Chess", "Music"]
    assert (values["agree_to_terms"], values["newsletter"]) == (True, False)


def fields_of_a_form_are_whole(path: Path) -> None:
    boxes_are_ticked(path)
    values = read(path, "form").values or {}
    entries = {one["key"]: one["value"] for one in values["fields"]}
    assert entries["Comments"] == "Please call after 6 pm thanks"


def it_is_cut_off(path: Path) -> None:
    found = read(path, "note" if path.suffix == ".wav" else "invoice")
    assert "cut_off" in {problem.code for problem in found.problems}
    assert found.status in ("partial", "failed")


def frames_are_pages(path: Path) -> None:
    assert read(path, "invoice").document.pages == 3


def a_slender_page_is_read_to_its_end(path: Path) -> None:
    values = read(path, "receipt").values or {}
    assert (values["company"], values["total"]) == ("CORNER SHOP", "1140.00")
    assert [one["description"] for one in values["line_items"]] == [
        f"ITEM {number:03}" for number in range(1, 241)
    ]


def reads_what_is_printed(path: Path) -> Extraction[Any]:
    """The values of base.pdf; those that rest on other repairs are not asked for here."""
    found = read(path, "invoice")
    assert found.values is not None
    told = {name: found.values[name] for name in BASE}
    assert told == BASE
    assert found.values["iban"] is None
    assert found.values["amount_due"] in (None, BASE["grand_total"])
    return found


BASE = {
    "invoice_number": "INV-1001",
    "issue_date": "2026-03-03",
    "net_total": "125.50",
    "tax_total": "25.10",
    "grand_total": "150.60",
}


def values_are(**right: Any) -> Callable[[Path], None]:
    """Checks these values of an invoice; of its items what each comes to."""

    def check(path: Path) -> None:
        values = read(path, "invoice").values or {}
        told = {name: values[name] for name in right}
        if "line_items" in right:
            told["line_items"] = [item["line_total"] for item in values["line_items"]]
        assert told == right

    return check


def holds_several_documents(path: Path) -> None:
    found = read(path, "invoice")
    assert found.status == "review"
    assert "several_documents" in {problem.code for problem in found.problems}


WHOLE = BASE | {
    "seller_name": "Northgate Tools Ltd",
    "buyer_name": "Harbour Cafe",
    "buyer_address": "5 Quay Street, Bristol BS1 6XN",
    "line_items": ["100.00", "25.50"],
    "paid_amount": None,
}
SELLER = "12 Mill Lane, Leeds LS1 4AB"


def hides_text(path: Path) -> None:
    """Its hidden text is no value, and said with its place."""
    found = reads_what_is_printed(path)
    hidden = [problem for problem in found.problems if problem.code == "hidden_text"]
    assert found.status == "review"
    assert any(problem.severity == "review" for problem in hidden)
    assert all(problem.page == 1 and problem.box is not None for problem in hidden)


def names_its_attachment(path: Path) -> None:
    """The attached invoice is said not to have been read."""
    found = read(path, "invoice")
    assert found.status != "ok"
    assert any("inv.pdf" in p.message for p in found.problems if p.code == "attachments_not_read")


ROWS: dict[str, Callable[[Path], object]] = {
    "base.pdf": values_are(**WHOLE, seller_address=SELLER),
    "header_row.pdf": values_are(
        invoice_number="2026-0042",
        issue_date="2026-03-02",
        order_number="PO-778",
        due_date="2026-04-01",
        seller_name="Northgate Tools Ltd",
        buyer_name="Harbour Cafe",
        line_items=["10.00"],
        tax_total="2.00",
        grand_total="12.00",
    ),
    "break_carry.pdf": values_are(
        line_items=[f"{1.5 * number:.2f}" for number in range(1, 71)],
        net_total="3727.50",
        tax_total="745.50",
        grand_total="4473.00",
    ),
    "ch.pdf": values_are(
        line_items=["12345.50"], net_total="12345.50", tax_total="999.99", grand_total="13345.49"
    ),
    "in_lakh.pdf": values_are(
        line_items=["1234567.00"],
        net_total="1234567.00",
        tax_total="222222.06",
        grand_total="1456789.06",
        currency="INR",
    ),
    "neg_cr.pdf": values_are(grand_total="-108.43"),
    "scan.pdf": values_are(**WHOLE),  # OCR reads the seller's postcode without its blank
    "three_invoices.pdf": holds_several_documents,
    "patternprops.json": keywords_are_named,
    "acroform.pdf": fields_of_a_form_are_whole,
    "drawn.pdf": boxes_are_ticked,
    "truncated.pdf": it_is_cut_off,
    "trunc.wav": it_is_cut_off,
    "anim.gif": frames_are_pages,
    "receipt_long.png": a_slender_page_is_read_to_its_end,
    "hidden.pdf": hides_text,
    "ocr_layer_wrong.pdf": hides_text,
    "portfolio.pdf": names_its_attachment,
    "redacted_box.pdf": hides_text,
    "rotflag180.pdf": reads_what_is_printed,
    "tounicode_shifted.pdf": reads_what_is_printed,
}
"""File of the folder -> what is right."""


@pytest.fixture(scope="module")
def faults() -> Path:
    """The folder; the tests are skipped where none is named."""
    told = os.environ.get("DOCGLEAN_FAULTS")
    if not told:
        pytest.skip("DOCGLEAN_FAULTS names no folder")
    return Path(told)


@pytest.mark.parametrize("name", ROWS)
def test_it_is_right_now(faults: Path, name: str) -> None:
    ROWS[name](faults / name)
