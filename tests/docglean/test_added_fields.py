"""A schema that has got a field, as a user sees it: what is on the wire is counted field by field,
against a stand-in that bills."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pymupdf
import pytest
import sqlalchemy as sa
from killed_commands import killed
from servers.billing import COST, PayingServer, paying, slips, true_answer

from docglean.cli.app import run_command
from docglean.cli.exits import OK, OVER_BUDGET, SOME_FAILED

pytestmark = pytest.mark.slow

HEAD = "from pydantic import BaseModel, Field\n\n\n"


def schema(*fields: str, words: str = "A slip with a number and a word.") -> str:
    lines = "\n".join(f"    {field} = None" for field in fields)
    return f'{HEAD}class Slip(BaseModel):\n    """{words}"""\n\n{lines}\n'


NUMBER, WORD, COLOUR, SIZE = (
    "number: int | None", "word: str | None", "colour: str | None", "size: str | None",
)  # fmt: skip


class Wire:
    """What a server was asked for: the fields of each question, in the order in which they came."""

    def __init__(self) -> None:
        self.fields: list[list[str]] = []
        self.pages: list[int] = []
        self.say: dict[str, Any] = {}

    def __call__(self, text: str, schema: dict[str, Any]) -> str:
        self.fields.append(list(schema["properties"]))
        self.pages.append(text.count("Page "))
        return json.dumps(json.loads(true_answer(text, schema)) | {
            name: value for name, value in self.say.items() if name in schema["properties"]
        })  # fmt: skip


@pytest.fixture
def wire() -> Wire:
    return Wire()


@pytest.fixture
def server(wire: Wire) -> Iterator[PayingServer]:
    with paying(answers=wire) as state:
        yield state


@pytest.fixture(autouse=True)
def here(where: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCGLEAN_LEDGER", where)
    monkeypatch.setenv("DOCGLEAN_LIMITS__WORKERS", "1")
    monkeypatch.setenv("DOCGLEAN_CONCURRENCY", "1")
    monkeypatch.setenv("DOCGLEAN_BATCH_POLL", "0.05")


class Runs:
    """One folder of slips, read again and again by a schema that changes."""

    def __init__(self, server: PayingServer, folder: Path, capsys: Any) -> None:
        self.server, self.folder, self.capsys = server, folder, capsys
        self.number = 0
        self.out = folder
        self.engine: dict[str, str] = {}

    def read(self, text: str, *more: str, command: str = "extract", ends: int | None = None) -> str:
        """By this schema, into a folder of its own; what was said."""
        words = self.command(text, *more, command=command)
        self.capsys.readouterr()
        code = run_command(words)
        told = self.capsys.readouterr()
        assert code in ((OK, SOME_FAILED) if ends is None else (ends,)), told.err
        return str(told.out) if "--json" in more else " ".join(told.err.split())

    def command(self, text: str, *more: str, command: str = "extract") -> list[str]:
        """The command that reads by this schema, into a folder of its own."""
        self.number += 1
        place = self.folder.parent / f"schema{self.number}.py"
        place.write_text(text)
        self.out = self.folder.parent / f"out{self.number}"
        words = [command, str(self.folder), "--engine", self.server.engine(**self.engine)]
        words += ["--schema", f"{place}:Slip", *more]
        return [*words, "--out", str(self.out)] if command == "extract" else words

    def data(self) -> list[dict[str, Any]]:
        lines = (self.out / "results.jsonl").read_text().splitlines()
        return [json.loads(line)["data"] for line in lines]

    def served(self) -> list[str]:
        """The models that have answered, as the first result tells."""
        lines = (self.out / "results.jsonl").read_text().splitlines()
        return list(json.loads(lines[0])["served"])

    def totals(self) -> dict[str, Any]:
        run = json.loads((self.out / "run.json").read_text())["runs"][0]
        return dict(run["totals"]["spending"])


@pytest.fixture
def runs(server: PayingServer, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Runs:
    return Runs(server, slips(tmp_path / "in", 2), capsys)


def test_a_field_that_was_added_is_asked_for_alone(runs: Runs, wire: Wire) -> None:
    runs.read(schema(NUMBER, WORD))
    assert wire.fields == [["number", "word"]] * 2
    wire.say = {"colour": "red", "word": "other"}

    told = json.loads(runs.read(schema(NUMBER, WORD, COLOUR), "--json", command="estimate"))
    assert told["total"]["requests"] == 2
    assert (told["total"]["fields_asked"], told["total"]["fields_kept"]) == (2, 4)
    said = runs.read(schema(NUMBER, WORD, COLOUR), command="estimate")
    assert "2 fields would be asked anew, 4 would come from the ledger" in said
    assert len(wire.fields) == 2

    said = runs.read(schema(NUMBER, WORD, COLOUR))
    assert wire.fields[2:] == [["colour"]] * 2
    assert wire.pages[2:] == wire.pages[:2]
    assert runs.data() == [
        {"number": number, "word": f"w{number * number}", "colour": "red"} for number in range(2)
    ]
    assert "2 fields asked anew, 4 from the ledger" in said
    spending = runs.totals()
    assert (spending["calls"], spending["cached"]) == (2, 2)
    assert (spending["fields_asked"], spending["fields_kept"]) == (2, 4)
    assert Decimal(spending["cost"]) == 2 * COST

    # The same again sends nothing, and says nothing of it.
    said = runs.read(schema(NUMBER, WORD, COLOUR))
    assert len(wire.fields) == 4
    assert "asked anew" not in said
    assert "fields_asked" not in runs.totals()
    assert [one["colour"] for one in runs.data()] == ["red"] * 2
    # One more is added to both answers.
    wire.say = {"size": "L"}
    runs.read(schema(SIZE, NUMBER, WORD, COLOUR))
    assert wire.fields[4:] == [["size"]] * 2
    assert runs.data()[1] == {"size": "L", "number": 1, "word": "w1", "colour": "red"}


@pytest.mark.parametrize(
    "now", [schema(WORD), schema(WORD, NUMBER)], ids=["taken away", "in another order"]
)
def test_for_what_is_still_there_nothing_is_asked(runs: Runs, wire: Wire, now: str) -> None:
    runs.read(schema(NUMBER, WORD))
    runs.read(now)
    assert len(wire.fields) == 2
    assert [one["word"] for one in runs.data()] == ["w0", "w1"]


def test_a_field_that_was_changed_is_asked_for_again(runs: Runs, wire: Wire) -> None:
    runs.read(schema(NUMBER, WORD, COLOUR, SIZE))
    wire.say = {"word": "7", "colour": "red"}
    other = "word: int | None"
    runs.read(schema(NUMBER, other, COLOUR, SIZE))
    assert wire.fields[2:] == [["word"]] * 2
    assert [one["word"] for one in runs.data()] == [7, 7]
    described = 'colour: str | None = Field(description="Of its paper.", default'
    now = schema(NUMBER, other, described, SIZE).replace("default = None", "default=None)")
    runs.read(now)
    assert wire.fields[4:] == [["colour"]] * 2
    assert [(one["word"], one["colour"]) for one in runs.data()] == [(7, "red")] * 2


@pytest.mark.parametrize(
    ("now", "more"),
    [
        (schema(NUMBER, WORD, COLOUR, words="Another kind of slip."), ()),
        (schema(NUMBER, WORD, COLOUR), ("--instructions", "Look twice.")),
        (schema(NUMBER, WORD, COLOUR), ("--fresh",)),
        (schema(NUMBER, COLOUR, SIZE), ()),
    ],
    ids=["description", "instructions", "fresh", "most of it"],
)
def test_where_more_has_changed_all_is_asked(
    runs: Runs, wire: Wire, now: str, more: tuple[str, ...]
) -> None:
    runs.read(schema(NUMBER, WORD))
    runs.read(now, *more)
    assert [len(fields) for fields in wire.fields[2:]] == [3, 3]


def test_in_a_batch_the_added_field_is_asked_for_alone_too(runs: Runs, wire: Wire) -> None:
    runs.read(schema(NUMBER, WORD))
    wire.say = {"colour": "red"}
    said = runs.read(schema(NUMBER, WORD, COLOUR), "--batch")
    assert wire.fields[2:] == [["colour"]] * 2
    assert runs.data()[1] == {"number": 1, "word": "w1", "colour": "red"}
    assert "2 fields asked anew, 4 from the ledger" in said
    assert Decimal(runs.totals()["cost"]) == 2 * COST / 2


def test_a_run_that_its_budget_ends_asks_for_no_field_twice(
    runs: Runs, wire: Wire, server: PayingServer
) -> None:
    runs.read(schema(NUMBER, WORD))
    now = schema(NUMBER, WORD, COLOUR)
    runs.read(now, "--budget", "0.0006", ends=OVER_BUDGET)
    assert wire.fields[2:] == [["colour"]]
    said = runs.read(now)
    assert "1 field asked anew, 2 from the ledger" in said
    assert wire.fields[2:] == [["colour"]] * 2
    assert server.twice == 0


def test_a_run_that_is_killed_asks_for_no_field_twice(
    runs: Runs, wire: Wire, server: PayingServer
) -> None:
    slips(runs.folder, 4)
    runs.read(schema(NUMBER, WORD))
    now = schema(NUMBER, WORD, COLOUR)
    killed(runs.command(now), server, after=6)
    before = len(wire.fields)
    assert 6 <= before < 8
    runs.read(now)
    assert {tuple(fields) for fields in wire.fields[4:]} == {("colour",)}
    # What was under way when it was killed may have been paid for, and is sent again.
    assert 8 <= len(wire.fields) <= 9
    assert all(set(one) == {"number", "word", "colour"} for one in runs.data())


def test_a_ledger_of_an_earlier_version_is_read_and_profits_from_then_on(
    runs: Runs, wire: Wire, where: str
) -> None:
    runs.read(schema(NUMBER, WORD))
    database = sa.create_engine(where if "://" in where else f"sqlite:///{where}")
    with database.begin() as connection:
        connection.execute(sa.text("DROP INDEX ix_replies_family"))
        for table in ("replies", "flights"):
            for column in ("family", "shape"):
                connection.execute(sa.text(f"ALTER TABLE {table} DROP COLUMN {column}"))
        connection.execute(sa.text("UPDATE ledger SET version = 7"))
    database.dispose()
    runs.read(schema(NUMBER, WORD))
    assert len(wire.fields) == 2
    runs.read(schema(NUMBER, WORD, COLOUR))
    assert wire.fields[2:] == [["number", "word", "colour"]] * 2
    runs.read(schema(NUMBER, WORD, COLOUR, SIZE))
    assert wire.fields[4:] == [["size"]] * 2


def test_what_is_forgotten_is_asked_for_as_a_whole(
    runs: Runs, wire: Wire, capsys: pytest.CaptureFixture[str]
) -> None:
    runs.read(schema(NUMBER, WORD))
    assert run_command(["forget", "--before", "2999-01-01"]) == OK
    runs.read(schema(NUMBER, WORD, COLOUR))
    assert wire.fields[2:] == [["number", "word", "colour"]] * 2
    capsys.readouterr()
    assert run_command(["costs", "--by", "engine", "--json"]) == OK
    [one] = json.loads(capsys.readouterr().out)["by"]["engine"]
    assert (one["calls"], Decimal(one["cost"])) == (4, 4 * COST)


FIRST, SECOND = "gpt-6-luna-2026-03-01", "gpt-6-luna-2026-04-01"


def serve(server: PayingServer, wire: Wire, name: str) -> None:
    """From now on this model answers, and says its name in what is added."""
    server.strict["openai"].reroute = {"gpt-6-luna": name}
    wire.say = {"colour": name, "size": name}


def two_windows(runs: Runs) -> None:
    """One document of two pages, each read by itself."""
    for path in runs.folder.iterdir():
        path.unlink()
    with pymupdf.open() as pdf:
        for number in range(2):
            page = pdf.new_page(width=200, height=100)
            page.insert_text((20, 30), f"number: {number}")
            page.insert_text((20, 60), f"word: w{number}")
        pdf.save(runs.folder / "long.pdf")
    runs.engine = {"window": "1"}


def serve_another(server: PayingServer, wire: Wire, *, after: int) -> None:
    """Once so many answers have been given, another model gives them."""

    def told(method: str, path: str, when: str) -> None:
        if when == "said" and len(wire.fields) == after:
            serve(server, wire, SECOND)

    server.told = told


def test_windows_of_one_document_are_of_one_model(
    runs: Runs, wire: Wire, server: PayingServer
) -> None:
    two_windows(runs)
    serve(server, wire, FIRST)
    runs.read(schema(NUMBER, WORD, COLOUR))
    serve_another(server, wire, after=3)
    now = schema(NUMBER, WORD, COLOUR, SIZE)
    runs.read(now)
    assert wire.fields[2:4] == [["size"]] * 2
    # What both windows had of the first is asked of the second.
    assert list(map(len, wire.fields[4:])) == [4, 4]
    assert runs.served() == [SECOND]
    assert runs.data()[0]["colour"] == runs.data()[0]["size"] == SECOND
    assert (runs.totals()["calls"], runs.totals()["cached"]) == (4, 0)
    assert Decimal(runs.totals()["cost"]) == 4 * COST
    runs.read(now)
    assert len(wire.fields) == 6
    assert runs.served() == [SECOND]


def test_an_estimate_keeps_nothing_of_windows_by_two_models(
    runs: Runs, wire: Wire, server: PayingServer
) -> None:
    two_windows(runs)
    serve(server, wire, FIRST)
    serve_another(server, wire, after=1)
    runs.read(schema(NUMBER, WORD, COLOUR))
    now = schema(NUMBER, WORD, COLOUR, SIZE)
    told = json.loads(runs.read(now, "--json", command="estimate"))["total"]
    assert (told["requests"], told["cached"], told["fields_asked"]) == (2, 0, 0)


def test_in_a_batch_answers_of_two_models_are_not_put_together(
    runs: Runs, wire: Wire, server: PayingServer
) -> None:
    two_windows(runs)
    serve(server, wire, FIRST)
    runs.read(schema(NUMBER, WORD, COLOUR))
    serve(server, wire, SECOND)
    runs.read(schema(NUMBER, WORD, COLOUR, SIZE), "--batch")
    assert wire.fields[2:4] == [["size"]] * 2
    assert list(map(len, wire.fields[4:])) == [4, 4]
    assert runs.served() == [SECOND]
    assert runs.data()[0]["colour"] == SECOND
