"""Schemas in YAML files: both forms, and what is refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest
from docglean.schemas.errors import SchemaError
from docglean.schemas.schema import Schema, load_schema

SHORT = """\
number:
placed: date
total: money "Amount to pay"
status: [open, paid]
order_no:
  kind: code
  description: Number of the order
  printed: [Order No., No]
  required: true
lines:
  - article: code
    total: money
seller:
  name: name
taxes:
  kind: list
  description: The tax summary
  fields: {rate: percent, tax: money}
tags: [text]
"""


def _load(folder: Path, text: str, name: str = "purchase_order.yaml") -> Schema:
    path = folder / name
    path.write_text(text)
    return load_schema(str(path))


def test_the_short_form(tmp_path: Path) -> None:
    schema = _load(tmp_path, SHORT)
    leaves = {leaf.path: leaf for leaf in schema.root.leaves()}
    assert schema.name == "purchase_order"
    assert {path: type(leaf.kind).__name__ for path, leaf in leaves.items()} == {
        "/number": "Code",
        "/placed": "Day",
        "/total": "Money",
        "/status": "Choice",
        "/order_no": "Code",
        "/lines/*/article": "Code",
        "/lines/*/total": "Money",
        "/seller/name": "Name",
        "/taxes/*/rate": "Number",
        "/taxes/*/tax": "Money",
        "/tags/*": "Text",
    }
    assert leaves["/total"].description == "Amount to pay"
    assert leaves["/order_no"].labels == ("Order No.", "No")  # a word, not "false"
    assert not leaves["/order_no"].optional
    taxes = next(child for child in schema.root.children if child.name == "taxes")
    assert taxes.description == "The tax summary"


def test_the_short_form_is_the_same_schema_as_on_one_line(tmp_path: Path) -> None:
    written = _load(tmp_path, "number:\ntotal: money\nlines: [{article: , total: }]\n")
    assert written.hash == load_schema("number, total, lines[article, total]").hash


def test_a_schema_may_have_a_name_and_a_description(tmp_path: Path) -> None:
    schema = _load(tmp_path, "name: Ticket\ndescription: A ticket\nfields: {no: , price: money}\n")
    assert (schema.name, schema.description) == ("ticket", "A ticket")


def test_a_json_schema_written_as_yaml_is_that_of_json(tmp_path: Path) -> None:
    text = "type: object\nrequired: [day]\nproperties:\n  day: {type: string, format: date}\n"
    day = '{"day":{"type":"string","format":"date"}}'
    json = f'{{"type":"object","required":["day"],"properties":{day}}}'
    assert _load(tmp_path, text) == _load(tmp_path, json, "purchase_order.json")


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a: money\nb: monney\n", 2, "Did you mean money?"),
        ("a: &x money\nb: *x\n", 1, "aliases"),
        ("a: money\nb: text\na: date\n", 3, "'a' is here twice"),
        ("a: [b\nc: d\n", 2, "expected"),
        ('a: money\nb: !!python/object/apply:os.system ["true"]\n', 2, "is not read"),
        ("a: " + "[" * 20_000, 1, "nested too deep"),
        ("a:\n  kind: money\n  printed: 3\n", 3, "printed is a list"),
        ("a:\n  b: {}\n", 2, "no fields"),
        (
            "a: money\nb: {kind: code, printd: [Order No.]}\n",
            2,
            "there is no key `printd` (did you mean `printed`?).",
        ),
        ("a:\n  knd: code\n", 2, "there is no key `knd` (did you mean `kind`?)."),
        ("a:\n  kind: code\n  requird: true\n", 3, "did you mean `required`?"),
        ("name: A\ndescripton: An order\nfields: {a: money}\n", 2, "`description`?"),
        ("- a\n", 1, "a mapping of fields"),
        ("5: money\n", 1, "'5' is no name"),
        ("a: money\nb: 5\n", 2, "5 is no kind"),
        ("", 1, "it is empty"),
        ("? [a]\n: b\n", 1, "a key is one word"),
        ("a:" + " {a:" * 20 + " b" + "}" * 20, 1, "more than 8 levels"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(
    text: str, line: int, said: str, tmp_path: Path
) -> None:
    with pytest.raises(SchemaError) as caught:
        _load(tmp_path, text)
    assert caught.value.code == "bad_yaml"
    assert f"purchase_order.yaml, line {line}: " in caught.value.message
    assert said in str(caught.value)


def test_fields_that_are_called_nearly_as_what_tells_of_a_field_are_fields(tmp_path: Path) -> None:
    text = "office: {kind: text, printer: code, printed_on: date}\ndesk: {fields: {kinds: text}}\n"
    leaves = [leaf.path for leaf in _load(tmp_path, text).root.leaves()]
    assert leaves == ["/office/kind", "/office/printer", "/office/printed_on", "/desk/kinds"]


def test_aliases_that_would_multiply_are_refused_before_they_do(tmp_path: Path) -> None:
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{one}: &{one} [{','.join([f'*{before}'] * 9)}]\n"
        for before, one in zip("abcdefgh", "bcdefghi", strict=True)
    )
    with pytest.raises(SchemaError, match="aliases"):
        _load(tmp_path, bomb)


def test_a_fault_of_a_json_schema_has_its_line(tmp_path: Path) -> None:
    text = (
        "properties:\n  a: {type: string}\n  b:\n    items:\n      type: object\n    type: array\n"
    )
    with pytest.raises(SchemaError) as caught:
        _load(tmp_path, text)
    assert caught.value.code == "map"
    assert "line 5: /b/*" in caught.value.message
