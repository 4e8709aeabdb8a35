"""Schemas by name, from files and modules, and the hash that tells them apart."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, ClassVar

import pytest
from docglean.schemas.checks import Rule
from docglean.schemas.checks.sums import Adds
from docglean.schemas.errors import SchemaError
from docglean.schemas.fields import Printed, Take
from docglean.schemas.kinds import Money
from docglean.schemas.schema import BUILT_IN, load_schema, load_schemas, schema_of
from pydantic import (
    BaseModel,
    Field,
)

SOURCE = """
    from pydantic import BaseModel, Field
    {moved}
    class Ticket(BaseModel):
        "A ticket."
        number: str = Field(description="{words}")
        price: float{bound} = 0
"""


def _write(folder: Path, *, moved: str = "", words: str = "Its number", bound: str = "") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / "ticket.py"
    path.write_text(
        textwrap.dedent(SOURCE.format(moved=moved, words=words, bound=bound)), encoding="utf-8"
    )
    return path


def test_the_hash_is_of_what_is_declared_and_not_of_where(tmp_path: Path) -> None:
    first = load_schema(f"{_write(tmp_path / 'a')}:Ticket")
    same = load_schema(f"{_write(tmp_path / 'b', moved='X = 1')}:Ticket")
    assert same.model is not first.model
    assert (same.hash, same, hash(same)) == (first.hash, first, hash(first))
    for index, change in enumerate(({"words": "Other"}, {"bound": " | None"})):
        other = load_schema(f"{_write(tmp_path / f'c{index}', **change)}:Ticket")
        assert other.hash != first.hash
        assert other != first


def test_the_hash_is_the_same_in_every_process(tmp_path: Path) -> None:
    path = _write(tmp_path / "a")
    code = f"from docglean.schemas import load_schema; print(load_schema({str(path)!r}).hash)"
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout
    assert printed.strip() == load_schema(str(path)).hash


def test_bounds_labels_kinds_and_checks_count_for_the_hash() -> None:
    def made(annotation: Any, checks: tuple[Rule, ...] = ()) -> str:
        class Thing(BaseModel):
            """A thing."""

            __checks__: ClassVar[tuple[Rule, ...]] = checks
            a: annotation = None
            b: Decimal | None = None

        return schema_of(Thing).hash

    plain = made(Decimal | None)
    others = [
        made(Annotated[Decimal | None, Field(gt=0)]),
        made(Annotated[Decimal | None, Printed("A")]),
        made(Annotated[Decimal | None, Money()]),
        made(Annotated[Decimal | None, Take("last")]),
        made(Decimal),
        made(Decimal | None, (Adds("/a", ("/b",)),)),
    ]
    assert len({plain, *others}) == len(others) + 1
    assert made(Decimal | None) == plain


class Firm(BaseModel):
    name: str


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("BankStatement", "bank_statement"),
        ("HTTPLog", "http_log"),
        ("Ünïque", "n_que"),
        ("Ö", "schema"),
    ],
)
def test_names_are_short_and_plain(name: str, short: str) -> None:
    assert schema_of(type(name, (Firm,), {})).name == short


def test_built_in_schemas_load_by_name() -> None:
    schemas = load_schemas(["auto"])
    assert [schema.name for schema in schemas] == list(BUILT_IN)
    assert load_schema("invoice") is load_schemas(["invoice", "invoice"])[0]
    for schema in schemas:
        assert schema.description
        for leaf in schema.root.leaves():
            assert leaf.description or leaf.name == "*", f"{schema.name}{leaf.path}"


def test_a_file_may_import_its_neighbours_and_use_postponed_annotations(tmp_path: Path) -> None:
    (tmp_path / "neighbour.py").write_text(
        "from pydantic import BaseModel\nclass Side(BaseModel):\n    name: str\n"
    )
    (tmp_path / "main.py").write_text(
        "from __future__ import annotations\n"
        "from neighbour import Side\nfrom pydantic import BaseModel\n"
        "class Main(BaseModel):\n    side: Side\n    later: Later | None = None\n"
        "class Later(BaseModel):\n    x: int\n"
    )
    schema = load_schema(f"{tmp_path / 'main.py'}:Main")
    assert [leaf.path for leaf in schema.root.leaves()] == ["/side/name", "/later/x"]
    assert str(tmp_path) not in sys.path
    # Side was imported there, not defined there.
    with pytest.raises(SchemaError) as caught:
        load_schema(str(tmp_path / "main.py"))
    assert caught.value.code == "which_model"
    assert "Main, Later" in caught.value.way_out


def test_a_file_with_one_model_needs_no_name_and_modules_are_found_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _write(tmp_path / "own_package_for_tests")
    (path.parent / "__init__.py").touch()
    assert load_schema(str(path)).name == "ticket"
    monkeypatch.chdir(tmp_path)
    assert load_schema("own_package_for_tests/ticket.py:Ticket").name == "ticket"
    assert load_schema("own_package_for_tests.ticket:Ticket").name == "ticket"
    assert load_schema("own_package_for_tests.ticket") == load_schema(str(path))


@pytest.mark.parametrize(
    ("spec", "code", "said"),
    [
        ("invoise", "unknown_schema", "invoice, receipt"),
        ("nowhere.py:Thing", "no_schema_file", "nowhere.py"),
        ("nowhere.json", "no_schema_file", "nowhere.json"),
        ("no_such_package.module:Thing", "no_schema_module", "no_such_package"),
        ("broken.py:Thing", "schema_code_fails", "ZeroDivisionError"),
        ("needs.py:Thing", "schema_code_fails", "no_such_dependency"),
        ("tickets.yml", "no_schema_file", "There is no file tickets.yml (did you mean ticket.py?)"),
        ("ticket.py:Tiket", "no_such_model", "(did you mean Ticket?)"),
        ("ticket.py:Field", "no_such_model", "not a Pydantic model"),
        ("empty.py", "which_model", "no models"),
        ("bad.json", "bad_json", "not JSON"),
    ],
)
def test_what_cannot_be_loaded_says_why(
    spec: str, code: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(tmp_path)
    (tmp_path / "broken.py").write_text("1 / 0")
    (tmp_path / "needs.py").write_text("import no_such_dependency")
    (tmp_path / "empty.py").write_text("x = 1")
    (tmp_path / "bad.json").write_text("{")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SchemaError) as caught:
        load_schema(spec)
    assert caught.value.code == code
    assert said in str(caught.value)
    if code == "schema_code_fails":
        assert caught.value.__cause__ is not None


def test_what_a_user_declares_with_is_exported_lazily() -> None:
    code = (
        "import sys, docglean.schemas; assert 'pydantic' not in sys.modules;"
        "from docglean.schemas import Invoice, Money, Printed, Schema, SumOf, load_schema;"
        "[getattr(docglean.schemas, name) for name in docglean.schemas.__all__]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
