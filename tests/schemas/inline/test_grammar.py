"""Schemas on one line: what is understood, what is refused and where."""

from __future__ import annotations

import string
from contextlib import suppress

import pytest
from docglean.schemas.errors import SchemaError
from docglean.schemas.inline.fields import TextField
from docglean.schemas.inline.grammar import field_name, parse, render
from docglean.schemas.inline.guess import kind_by_name
from docglean.schemas.inline.kind_names import KINDS, kind_named
from docglean.schemas.inline.place import SchemaTextError
from docglean.schemas.schema import load_schema
from docglean.schemas.specs import kind_of_spec
from hypothesis import given
from hypothesis import strategies as st


def _leaves(text: str) -> dict[str, str]:
    return {leaf.path: type(leaf.kind).__name__ for leaf in load_schema(text).root.leaves()}


def test_names_kinds_lists_and_objects_are_understood() -> None:
    assert _leaves(
        "number, placed: date, total: money, paid: yes/no, status: open | paid, tags: list of text,"
        "lines[article, quantity: int, total: money], seller{name, country}, more: list of {x: %}"
    ) == {
        "/number": "Code",
        "/placed": "Day",
        "/total": "Money",
        "/paid": "Check",
        "/status": "Choice",
        "/tags/*": "Text",
        "/lines/*/article": "Text",
        "/lines/*/quantity": "Number",
        "/lines/*/total": "Money",
        "/seller/name": "Name",
        "/seller/country": "Country",
        "/more/*/x": "Number",
    }


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("total", "money"),
        ("issue_date", "date"),
        ("orderDate", "date"),
        ("iban", "iban"),
        ("Rechnungsnummer", "code"),
        ("invoice no", "code"),
        ("number", "code"),
        ("quantity", "number"),
        ("tax_rate", "percent"),
        ("email", "email"),
        ("colour", "text"),
    ],
)
def test_a_name_tells_its_kind(name: str, kind: str) -> None:
    assert kind_by_name(name).name == kind


def test_what_a_schema_on_one_line_takes_and_gives() -> None:
    schema = load_schema("invoice no, due-date, class: int, lines[total]")
    data, problems = schema.validate({"invoice_no": "7", "due_date": "2026-02-01", "class": 3})
    assert not problems
    assert data is not None
    assert data.invoice_no == "7"
    assert data.lines == []
    assert data.model_dump(mode="json", by_alias=True)["class"] == 3


def test_an_iban_is_checked_where_one_is_asked_for() -> None:
    schema = load_schema("payees[iban], tags: list of iban")
    wrong = {"payees": [{"iban": "DE89370400440532013001"}], "tags": ["DE89370400440532013000"]}
    assert [problem.path for problem in schema.checks(wrong)] == ["/payees/0/iban"]


def test_blanks_do_not_change_a_schema_and_kinds_do() -> None:
    told = load_schema("number,total")
    assert told == load_schema("  number:code ,\n total : money, ")
    assert told.name == "number_total"
    assert told.hash != load_schema("number, total: text").hash


def test_the_hash_of_a_schema_stays_as_it_is() -> None:
    """Stored replies and runs are found by it."""
    assert load_schema("number, date, total: money").hash.startswith("959907b4")


def test_names_of_schemas_are_short_and_never_those_of_built_in_ones() -> None:
    assert load_schema("invoice,").name.startswith("invoice_")
    many = [load_schema(", ".join(f"field{i}_{end}" for i in range(9))).name for end in "ab"]
    assert many[0] != many[1]
    assert max(map(len, many)) <= 40


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("number, total: monney", 15, "Did you mean money?"),
        ("number, total: monney", 15, "Kinds are text, name"),
        ("a[b, c", 6, "a comma or ]"),
        ("a, b, a", 6, "a is here twice"),
        ("a, b}", 4, "a comma or the end"),
        ("total: ", 7, "a kind belongs here"),
        (",", 0, "a field's name"),
        ("x: money[a]", 8, "cannot have fields as well"),
        ('a, b "c', 5, "not closed"),
        ("5, a", 0, "'5' is no name"),
        ("pkg.mod: Model", 9, "no kind 'Model'"),
        ("a:" + "[a:" * 20 + "x", 24, "more than 8 levels"),
    ],
)
def test_what_makes_no_sense_is_shown_with_its_place(text: str, place: int, said: str) -> None:
    with pytest.raises(SchemaTextError) as caught:
        load_schema(text)
    assert said in str(caught.value)
    line, caret = caught.value.excerpt
    assert caret.index("^") - 2 == place
    assert line == f"  {text}"


def test_of_a_long_text_the_part_around_the_place_is_shown() -> None:
    with pytest.raises(SchemaTextError) as caught:
        parse(", ".join(f"field{i}" for i in range(200)) + ", x: nothing_known")
    line, caret = caught.value.excerpt
    assert line[caret.index("^") :].startswith("nothing_known")


@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        ("invoice", "name"),
        ("invoise", "unknown"),
        ("order.py:Order", "code file"),
        ("a, b/order.py", "code file"),
        (r"C:\work\order.py:Order", "code file"),
        ("order.json", "data file"),
        ("Order.YAML", "data file"),
        ("package.module:Model", "module"),
        ("module:Model", "module"),
        ("total:money", "text"),
        ("total: anything", "text"),
        ("number,", "text"),
        ("tags:list of x", "text"),
        ("status:a|b", "text"),
        ("two words", "unknown"),
    ],
)
def test_what_a_spec_is(spec: str, kind: str) -> None:
    assert kind_of_spec(spec) == kind


def test_a_single_word_is_a_name_and_says_how_to_write_a_field() -> None:
    with pytest.raises(SchemaError) as caught:
        load_schema("statemnt")
    assert caught.value.code == "unknown_schema"
    assert "Did you mean statement?" in caught.value.way_out
    assert "'statemnt,'" in caught.value.way_out


_WORD = st.text(string.ascii_letters + "_éüß", min_size=1, max_size=8).filter(
    lambda word: field_name(word) == word
)
_KIND = st.sampled_from([None, *KINDS.values(), kind_named("open | paid")])
_TOLD = st.text(max_size=20).map(lambda text: " ".join(text.split()))


def _all_of(inner: st.SearchStrategy[TextField]) -> st.SearchStrategy[tuple[TextField, ...]]:
    unique = st.lists(inner, min_size=1, max_size=4, unique_by=lambda field: field.name)
    return unique.map(tuple)


_LEAF = st.builds(TextField, _WORD, _KIND, st.just(()), st.booleans(), _TOLD)
_FIELD = st.recursive(
    _LEAF,
    lambda inner: st.builds(TextField, _WORD, st.none(), _all_of(inner), st.booleans(), _TOLD),
    max_leaves=8,
)


@given(fields=_all_of(_FIELD))
def test_what_is_rendered_is_read_as_the_same(fields: tuple[TextField, ...]) -> None:
    text = render(fields)
    again = parse(text)
    assert render(again) == text
    assert [(one.name, one.many, one.description) for one in again] == [
        (one.name, one.many, one.description) for one in fields
    ]
    # A comma makes one line of it whatever its only field is called.
    assert load_schema(text + ",") == load_schema(render(again) + ",")


@given(text=st.text(st.sampled_from('ab1 ,:[]{}"|\\\n_é\x00') | st.characters(), max_size=60))
def test_any_text_is_a_schema_or_a_schema_error(text: str) -> None:
    with suppress(SchemaError):
        assert load_schema(text + ",").root.children


def test_deep_and_long_texts_end_with_an_error() -> None:
    for text in ("a[" * 9_000, "{" * 9_000, "a," * 30_000, 'a "' + "\\" * 9_001):
        with pytest.raises(SchemaTextError):
            parse(text)
