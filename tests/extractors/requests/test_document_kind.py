"""What a document looks like by its words is part of every result, whatever it was read by."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pymupdf
import pytest
from docglean.extractors.extraction import SchemaRecord

from docglean import extract

STATEMENT = """\
Statement of account
Account holder: Ada Example     IBAN: DE89 3704 0044 0532 0130 00
Opening balance   01.03.2026   100.00
Date          Description          Debit       Credit      Balance
02.03.2026    Rent                 50.00                   50.00
05.03.2026    Salary                           900.00      950.00
Closing balance   31.03.2026   950.00"""
OWN = '''
from pydantic import BaseModel


class StatementOfAccount(BaseModel):
    """A statement of account."""

    account_holder: str | None = None
    opening_balance: str | None = None
    closing_balance: str | None = None
'''


@pytest.fixture(scope="module")
def statement(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("kinds") / "a.pdf"
    document = pymupdf.open()
    page = document.new_page()
    for row, line in enumerate(STATEMENT.splitlines()):
        page.insert_text((36, 80 + 24 * row), line, fontsize=10, fontname="cour")
    document.save(path)
    return path


def read(path: Path, *schemas: str) -> tuple[SchemaRecord, list[str]]:
    found: Any = extract(path, list(schemas), engine="local")
    assert found.schema_used is not None
    return found.schema_used, [one.code for one in found.problems]


@pytest.mark.slow
def test_it_is_told_beside_the_problem_and_without(statement: Path) -> None:
    right, problems = read(statement, "statement")
    assert "other_kind" not in problems
    assert next(iter(right.looks_like)) == "statement"
    assert right.certainty is None  # nobody chose
    wrong, problems = read(statement, "receipt")
    assert "other_kind" in problems
    # What it was read by is told, however unlikely it is.
    assert wrong.looks_like == {**right.looks_like, "receipt": wrong.looks_like["receipt"]}
    assert wrong.looks_like["receipt"] < 0.1 < 0.75 < wrong.looks_like["statement"]


def test_a_form_is_told_although_it_takes_any_page(statement: Path) -> None:
    used, problems = read(statement, "form")
    assert "other_kind" not in problems
    assert used.looks_like["statement"] > used.looks_like["form"]


@pytest.mark.slow
def test_a_users_own_schemas_stand_among_the_kinds(statement: Path) -> None:
    own = statement.parent / "own.py"
    own.write_text(OWN)
    used, problems = read(statement, f"{own}:StatementOfAccount")
    assert "other_kind" not in problems
    assert set(used.looks_like) >= {"statement", used.name}
    shares = list(used.looks_like.values())
    assert shares == sorted(shares, reverse=True)
    assert sum(shares) <= 1
    # Beside a user's own schema the built-in one has the problem that it has alone.
    assert "other_kind" not in read(statement, "statement", f"{own}:StatementOfAccount")[1]
