"""Screenshots without a model: what is certain, and null for the rest; charts are not read."""

from __future__ import annotations

from docglean.extractors.rules.document_values import read_words
from docglean.extractors.rules.readers.screenshot import language_of
from docglean.schemas.schema import load_schema
from papers import words


def test_a_traceback() -> None:
    page = words(
        (20, 30, "Traceback (most recent call last):"),
        (20, 44, 'File "orders.py", line 42, in <module>'),
        (20, 58, 'File "orders.py", line 31, in main'),
        (20, 72, "KeyError: 'amount'"),
    )
    found = read_words(load_schema("screenshot"), [page])
    values = found.values
    assert (values["kind"], values["language"]) == ("error", "Python")
    assert values["message"] == "KeyError: 'amount'"
    assert (values["file"], values["line"], values["function"]) == ("orders.py", 31, "main")
    assert values["text"].splitlines()[0] == "Traceback (most recent call last):"
    assert found.evidence["/line"].text == "31,"


def test_a_compilers_error() -> None:
    page = words((20, 30, "src/main.c:17:5: warning"), (20, 44, "src/main.c:20:1"),
                 (20, 58, "error: expected expression before token"))  # fmt: skip
    values = read_words(load_schema("screenshot"), [page]).values
    assert (values["file"], values["line"]) == ("src/main.c", 20)
    assert values["language"] is None  # one sign would be a guess


def test_languages_by_two_signs() -> None:
    assert language_of(["package main", "fmt.Println(x)"]) == "Go"
    assert language_of(["fn main() {", 'println!("x")']) == "Rust"
    assert language_of(["import this"]) is None
    assert language_of(["Dear Sir,", "thank you"]) is None


def test_a_window_without_error() -> None:
    values = read_words(load_schema("screenshot"), [words((20, 30, "Settings  Network"))]).values
    assert values["kind"] is None
    assert values["message"] is None
    assert values["text"] == "Settings Network"


def test_of_a_chart_nothing_is_read() -> None:
    page = words((200, 40, "Orders per quarter", 18), (60, 300, "Q1"), (160, 300, "Q2"),
                 (260, 300, "Q3"), (145, 318, "Quarter"), (30, 100, "80"),
                 (30, 200, "40"))  # fmt: skip
    reading = read_words(load_schema("chart"), [page])
    assert reading.evidence == {}
    assert reading.values["series"] == []
    (problem,) = reading.problems
    assert (problem.code, problem.severity) == ("embedded_engine", "review")
