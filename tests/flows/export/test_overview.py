"""One row a document, of documents that several schemas were used for."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from docglean.flows.export.overview import Overview
from docglean.flows.export.tables import Column, FlatTable

DOCUMENT = {"name": "a.pdf", "uri": "file:///a.pdf", "status": "ok", "schema": "x",
            "confidence": 0.5, "problems": None}  # fmt: skip


def table(name: str, *columns: Column) -> FlatTable:
    return FlatTable(name, (Column("document"), *columns, Column("confidence", "float")))


def test_columns_of_one_name_and_type_are_one() -> None:
    total = Column("total", "decimal")
    both = Overview({"a": table("a", total), "b": table("b", total, Column("file"))})
    assert [column.name for column in both.table.columns] == [
        "file", "status", "schema", "total", "file_2", "confidence", "problems", "document",
    ]  # fmt: skip
    assert both.table.columns[3].type == "decimal"
    assert both.row(DOCUMENT, "a", {"total": Decimal("1.50")})["total"] == Decimal("1.50")
    row = both.row(DOCUMENT, "b", {"total": None, "file": "f"})
    assert (row["file"], row["file_2"]) == ("a.pdf", "f")


def test_columns_of_one_name_and_two_types_are_text() -> None:
    both = Overview({
        "a": table("a", Column("when", "date")), "b": table("b", Column("when", "decimal")),
        "c": table("c", Column("when", "truth")),
    })  # fmt: skip
    assert both.table.columns[3].type == "text"
    assert both.row(DOCUMENT, "a", {"when": date(2026, 1, 2)})["when"] == "2026-01-02"
    assert both.row(DOCUMENT, "b", {"when": Decimal("1E+3")})["when"] == "1000"
    assert both.row(DOCUMENT, "c", {"when": True})["when"] == "true"


def test_a_document_without_values_has_a_row() -> None:
    row = Overview({}).row(DOCUMENT, None, {})
    assert row == {"file": "a.pdf", "document": "file:///a.pdf", "status": "ok", "schema": "x",
                   "confidence": 0.5, "problems": None}  # fmt: skip
