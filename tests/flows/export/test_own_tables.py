"""Whose a table of a database is: exports write to docglean's own, and to no other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from docglean.extractors.extraction import Extraction, SchemaRecord, SourceRecord
from docglean.flows.export.copy import export
from docglean.flows.export.destination import destination
from docglean.flows.run_folder import RunFolder, RunRecord
from docglean.schemas.errors import ConfigError
from docglean.schemas.schema import Schema, schema_of
from pydantic import create_model

URI = "file:///a.pdf"
Run = Callable[..., tuple[Path, Schema]]
Ask = Callable[[str], list[tuple[Any, ...]]]


def schema(name: str = "Bill", kind: Any = str) -> Schema:
    line = create_model("Line", text=(str | None, None))
    fields: dict[str, Any] = {"total": (kind | None, None), "lines": (list[line], [])}  # type: ignore[valid-type]
    return schema_of(create_model(name, **fields))


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Makes a run folder with one document, read by a schema."""

    def made(name: str = "Bill", kind: Any = str, value: Any = "9") -> tuple[Path, Schema]:
        used = schema(name, kind)
        folder = RunFolder(tmp_path / f"run-{len(list(tmp_path.glob('run-*')))}")
        record = RunRecord(id="r1", started=datetime.now(UTC), engine="local")
        folder.begin(record)
        folder.add(
            Extraction[Any](
                run="r1", document=SourceRecord(name="a.pdf", uri=URI), engine="local",
                schema=SchemaRecord(name=used.name, hash=used.hash), status="ok",
                data={"total": value, "lines": [{"text": "x"}]},
            )
        )  # fmt: skip
        folder.end(record, [URI], {used.name: used})
        return folder.path, used

    return made


@pytest.fixture(params=["out.sqlite", "out.duckdb"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param.endswith("duckdb"):
        pytest.importorskip("duckdb")
    return str(tmp_path / request.param)


@pytest.fixture
def ask(place: str) -> Ask:
    """Runs a statement in the database."""

    def asked(statement: str) -> list[tuple[Any, ...]]:
        if place.endswith("duckdb"):
            import duckdb

            with duckdb.connect(place) as connection:
                return connection.execute(statement).fetchall()
        engine = sa.create_engine(f"sqlite:///{place}")
        with engine.begin() as there:
            found = there.execute(sa.text(statement))
            rows = [tuple(row) for row in found] if found.returns_rows else []
        engine.dispose()
        return rows

    return asked


def table_of_mine(ask: Ask, name: str, columns: str = "document, label, confidence") -> None:
    told = ", ".join(f"{column} varchar(99)" for column in columns.split(", "))
    ask(f"create table {name} ({told})")
    ask(f"insert into {name} values ('{URI}', 'mine', 'sure')")


@pytest.mark.parametrize("prefix", ["docglean_", "", "my_"])
def test_a_users_table_loses_no_row(run: Run, place: str, ask: Ask, prefix: str) -> None:
    mine = f"{prefix}annotations"
    table_of_mine(ask, mine)
    for name in ("Bill", "Order", "Bill"):
        export(run(name)[0], place, prefix=prefix)
    assert ask(f"select label from {mine}") == [("mine",)]
    # What docglean made is replaced, by whatever schema the document was read.
    assert ask(f'select count(*) from "{prefix}order"') == [(0,)]
    assert ask(f"select count(*) from {prefix}bill_lines") == [(1,)]
    assert ask(f'select count(*) from "{prefix}values"') == [(2,)]
    assert ask(f"select count(*) from {prefix}documents") == [(1,)]
    assert ask(f"select count(*) from {prefix}order_lines") == [(0,)]


def without_registry(ask: Ask) -> None:
    """The database as exports made it before they wrote down which tables are theirs."""
    ask("drop table docglean__tables")


def test_tables_of_before_are_known_and_no_others(run: Run, place: str, ask: Ask) -> None:
    for name in ("Order", "Bill"):
        export(run(name)[0], place, prefix="")
    without_registry(ask)
    table_of_mine(ask, "annotations")
    table_of_mine(ask, "bill_notes")
    export(run("Order")[0], place, prefix="")
    assert ask("select label from annotations") == [("mine",)]
    assert ask("select label from bill_notes") == [("mine",)]
    assert ask("select count(*) from order_lines") == [(1,)]
    export(run("Bill")[0], place, prefix="")
    assert ask("select count(*) from bill_lines") == [(1,)]
    assert ask("select count(*) from order_lines") == [(0,)]


@pytest.mark.parametrize("name", ["documents", "Bill_Lines"])
def test_a_clash_of_names_is_told_and_nothing_is_written(
    run: Run, place: str, ask: Ask, name: str
) -> None:
    table_of_mine(ask, name)
    folder, used = run()
    for attempt in (
        lambda: export(folder, place, prefix=""),
        lambda: destination(place, prefix="").check({used.hash: used}),
    ):
        with pytest.raises(ConfigError, match=f"table {name.lower()} that docglean") as caught:
            attempt()
        assert caught.value.code == "table_taken"
        assert "--prefix" in caught.value.way_out
    assert ask(f"select * from {name}") == [(URI, "mine", "sure")]
    other = "bill" if name == "documents" else "documents"
    with pytest.raises(Exception, match=other):  # nor is another table left there
        ask(f"select * from {other}")
    export(folder, place, prefix="mine_")
    assert ask("select total from mine_bill") == [("9",)]


def test_a_column_of_another_type_is_told_before_anything_is_read(
    run: Run, place: str, ask: Ask
) -> None:
    export(run(kind=int, value=9)[0], place)
    folder, used = run(kind=str, value="nine")
    for attempt in (
        lambda: export(folder, place),
        lambda: destination(place).check({used.hash: used}),
    ):
        with pytest.raises(ConfigError, match="column total of the table docglean_bill is BIGINT"):
            attempt()
    assert ask("select total from docglean_bill") == [(9,)]
    export(folder, place, prefix="second_")
    assert ask("select total from second_bill") == [("nine",)]


@pytest.mark.parametrize("kind", [str, int, float, Decimal, bool, datetime])
def test_a_column_of_its_own_type_is_taken_again(run: Run, place: str, kind: Any) -> None:
    folder, used = run(kind=kind, value=None)
    export(folder, place)
    destination(place).check({used.hash: used})
    export(folder, place)


def test_in_postgres_too(run: Run, postgres: str) -> None:
    engine = sa.create_engine(postgres)

    def asked(statement: str) -> list[tuple[Any, ...]]:
        with engine.begin() as there:
            found = there.execute(sa.text(statement))
            return [tuple(row) for row in found] if found.returns_rows else []

    table_of_mine(asked, "docglean_annotations")
    for name in ("Bill", "Order", "Bill"):
        export(run(name)[0], postgres)
    assert asked("select label from docglean_annotations") == [("mine",)]
    assert asked("select count(*) from docglean_bill_lines") == [(1,)]
    assert asked("select count(*) from docglean_order_lines") == [(0,)]
    with pytest.raises(ConfigError, match="column total of the table docglean_bill is TEXT"):
        export(run("Bill", kind=int, value=9)[0], postgres)
    for kind in (int, float, Decimal, bool, datetime):
        folder, used = run("Other", kind=kind, value=None)
        for _ in range(2):
            export(folder, postgres, prefix=f"{kind.__name__.lower()}_")
        destination(postgres, prefix=f"{kind.__name__.lower()}_").check({used.hash: used})
    engine.dispose()
