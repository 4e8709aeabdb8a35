"""Words of languages: the files that come with the package, and one more."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import docglean.schemas.labels as labels
import pytest
from docglean.schemas.builtin.invoice import Invoice, LineItem
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Choice
from docglean.schemas.labels import TABLES, Language, read_vocabulary, vocabulary
from docglean.schemas.reading.texts import plain
from docglean.schemas.schema import load_schema, schema_of

FOLDER = Path(labels.__file__).parent
SOURCE = FOLDER.parents[1]
LANGUAGES = vocabulary().languages
"""Read before all tests: a file that does not parse, or has an unknown table, fails them all."""

NEW = """
name = "Volapük"
order = 500
decimal_comma = true

[captions.invoice]
due_date = ["Delapelov"]
"""


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.code)
def test_no_word_stands_twice_in_a_table(language: Language) -> None:
    for name, words in language.tables.items():
        folded = [plain(word).casefold() for word in words]
        assert all(folded), name
        assert sorted(set(folded)) == sorted(folded), name


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.code)
def test_captions_and_choices_are_of_fields_that_are_there(language: Language) -> None:
    for name in language.tables:
        table, _, place = name.partition(".")
        if table == "captions":
            assert field_at(place).shape == "value", name
        elif table == "choices":
            path, _, value = place.rpartition(".")
            kind = field_at(path).kind
            assert isinstance(kind, Choice), name
            assert value in kind.values, name


def test_every_table_of_a_file_is_looked_up_somewhere() -> None:
    code = "".join(
        path.read_text(encoding="utf-8")
        for room in ("schemas", "extractors")
        for path in (SOURCE / room).rglob("*.py")
        if path.parent != FOLDER
    )
    name = r"([a-z_]+(?:\.[a-z_]+)*)"
    asked = {*re.findall(rf"""["']{name}["']""", code)}
    whole = {*re.findall(rf"""["']{name}\.\{{""", code)}  # f"captions.{field}"
    whole |= {*asked_of_models()}
    whole |= {*re.findall(rf"""below\(\s*["']{name}["']""", code)}
    for table in {table for language in LANGUAGES for table in language.tables}:
        assert table in asked or table.rpartition(".")[0] in whole, table
    assert {name.partition(".")[0] for one in LANGUAGES for name in one.tables} == set(TABLES)


def asked_of_models() -> Iterator[str]:
    """Tables of captions, which models name by their place alone."""
    for path in (SOURCE / "schemas" / "builtin").glob("*.py"):
        for place in re.findall(r'__captions__: .* = "(.+)"', path.read_text(encoding="utf-8")):
            yield f"captions.{place}"


def field_at(place: str) -> Field:
    """The field at ``invoice.line_items.quantity``."""
    name, *steps = place.split(".")
    field = load_schema(name).root
    for step in steps:
        field = field.item if field.shape == "list" else field
        field = next(child for child in field.children if child.name == step)
    return field


def test_languages_have_names_and_places_of_their_own() -> None:
    assert len({one.name for one in LANGUAGES}) == len({one.order for one in LANGUAGES})
    assert len({one.order for one in LANGUAGES}) == len(LANGUAGES)
    # A model is told the first few captions of a field.
    assert next(iter(vocabulary().by_language("captions.invoice.due_date"))) == "en"


def test_a_language_is_one_more_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in FOLDER.glob("*.toml"):
        shutil.copy(path, tmp_path)
    (tmp_path / "vo.toml").write_text(NEW, encoding="utf-8")
    more = read_vocabulary(tmp_path)
    assert [one.code for one in more.languages] == [*(one.code for one in LANGUAGES), "vo"]
    monkeypatch.setattr(labels, "vocabulary", lambda: more)
    schema_of.cache_clear()
    try:
        known = {field.name: field.labels for field in schema_of(Invoice).root.leaves()}
        assert known["due_date"][-1] == "Delapelov"
        assert known["due_date"][:-1] == vocabulary().words("captions.invoice.due_date")
    finally:
        schema_of.cache_clear()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('name = "X"\norder = 1', "decimal_comma"),
        ('name = "X"\norder = "1"\ndecimal_comma = true', "order"),
        (NEW + "[caption.invoice]\ntotal = []", "no table caption"),
        (NEW + 'issue_date = "Dät"', "captions.invoice.issue_date is no list"),
        (NEW + "issue_date = [1]", "captions.invoice.issue_date is no list"),
    ],
)
def test_what_nobody_would_look_up_is_refused(text: str, fault: str, tmp_path: Path) -> None:
    (tmp_path / "xx.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=fault):
        read_vocabulary(tmp_path)


def test_captions_go_with_a_model_that_is_derived_or_used_within_another() -> None:
    class Mine(Invoice):
        lines: list[LineItem]

    labels_of = {field.path: field.labels for field in schema_of(Mine).root.walk()}
    assert "Fällig am" in labels_of["/due_date"]
    assert "Menge" in labels_of["/lines/*/quantity"]
    assert labels_of["/lines"] == ()


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda one: one.code)
def test_expressions_are_some_without_groups_of_their_own(language: Language) -> None:
    expressions = {table for table, about in TABLES.items() if "expressions" in about}
    assert expressions
    for name, words in language.tables.items():
        if name.partition(".")[0] in expressions:
            for word in words:
                assert re.compile(word).groups == 0, (name, word)
