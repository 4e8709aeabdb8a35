"""Any model, any answer: a true one comes back as the truth, no other breaks anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal

import pytest
from docglean.schemas.errors import SchemaError
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Code, Money
from docglean.schemas.schema import schema_of
from docglean.schemas.wire.dialects import (
    DIALECTS,
    Dialect,
    compile_schema,
    groups,
    plain,
)
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import BaseModel, create_model
from pydantic import Field as PydanticField
from wire_rules import (
    BILL,
    OPENAI,
    TRUTH,
    State,
    check_grammar,
    check_vendor_rules,
)

NAMES = st.sampled_from(
    ["number", "issued", "total", "name", "Straße", "rows", "value", "type", "items", "enum",
     "properties", "a b", "$ref", "anyOf", "description", "x.y", "class"]
)  # fmt: skip
TYPES = st.sampled_from(
    [str, int, float, Decimal, bool, date, datetime, time, State, Literal["a", "b c"],
     Literal[1, 2], int | str, Annotated[str, Code()], Annotated[Decimal, Money()]]
)  # fmt: skip


@st.composite
def models(draw: st.DrawFn, depth: int = 3) -> type[BaseModel]:
    """A model of up to five fields, with objects and lists of them up to `depth` levels deep."""
    fields: dict[str, Any] = {}
    for index, name in enumerate(draw(st.lists(NAMES, min_size=1, max_size=5, unique=True))):
        inner: Any = draw(TYPES)
        if depth > 1 and draw(st.booleans()):
            inner = draw(models(depth=depth - 1))
        annotation = draw(
            st.sampled_from(
                [inner, inner | None, list[inner], list[inner] | None, list[list[inner]]]
            )
        )
        fields[f"f{index}"] = (annotation, PydanticField(alias=name))
    return create_model("Any" + str(depth), __doc__="Any.", **fields)


TEXTS = st.text(st.characters(categories=["L"]), min_size=1, max_size=8).filter(
    lambda text: text == text.strip() and text.casefold() not in ("null", "none", "nan", "inf")
)
CODES = st.from_regex(r"[A-Z]{2}-\d{3}", fullmatch=True)
NUMBERS = st.decimals(-(10**9), 10**9, places=2).map(lambda number: format(number + 0, "f"))


def leaf_truths(field: Field) -> st.SearchStrategy[Any]:
    """JSON values that a leaf can hold."""
    base = field.annotation
    if base == (int | str):
        # A word that no number could be read into; digits are a number.
        return st.integers(0, 999) | st.sampled_from(["DNS", "third place", "N/A"])
    if isinstance(base, type) and issubclass(base, Enum):
        return st.sampled_from([member.value for member in base])
    if getattr(base, "__origin__", None) is Literal:
        return st.sampled_from(base.__args__)
    return {
        str: CODES if isinstance(field.kind, Code) else TEXTS,
        int: st.integers(-(10**12), 10**12),
        float: st.decimals(-10**6, 10**6, places=3).map(float),
        Decimal: NUMBERS,
        bool: st.booleans(),
        date: st.dates(date(1900, 1, 1), date(2100, 1, 1)).map(date.isoformat),
        datetime: st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)).map(
            lambda moment: moment.replace(microsecond=0).isoformat()
        ),
        time: st.times().map(lambda clock: clock.replace(microsecond=0).isoformat()),
    }[base]  # fmt: skip


def truths(field: Field, *, entry: bool = False) -> st.SearchStrategy[Any]:
    """Data in a field's shape; entries of lists say something."""
    if field.shape == "value":
        return leaf_truths(field) if entry else st.none() | leaf_truths(field)
    if field.shape == "list":
        return st.lists(truths(field.item, entry=True), min_size=int(entry), max_size=3)
    whole = st.fixed_dictionaries({child.name: truths(child) for child in field.children})
    return whole.filter(_says_something) if entry else whole


def _says_something(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_says_something, value.values()))
    return bool(value) if isinstance(value, list) else value is not None


def write_answer(
    form: dict[str, Any], definitions: dict[str, Any], field: Field, value: Any, page: int
) -> Any:
    """What a perfect reader answers: stands in for the model, and reads only the form sent."""
    if "$ref" in form:
        form = definitions[form["$ref"].split("/")[-1]]
    if field.shape != "object" and form.get("type") == "object":
        inner = write_answer(form["properties"]["value"], definitions, field, value, page)
        # Before it may stand "_continued".
        return {**dict.fromkeys(form["required"], False), "_page": page, "value": inner}
    if field.shape == "list":
        return [
            write_answer(form["items"], definitions, field.item, entry, page + index)
            for index, entry in enumerate(value)
        ]
    if field.shape == "object":
        own = {key: key for key in form["properties"]}
        answer: dict[str, Any] = {}
        if "_page" in own and "_page" not in value:
            answer["_page"] = page
            own.pop("_page")
            if "_continued" in own:
                answer["_continued"] = own.pop("_continued") is None
        # Keys come in declared order, renamed or not; those not asked for are left out.
        asked = [child for child in field.children if _key_of(child, form, definitions) in own]
        for child in asked:
            key = _key_of(child, form, definitions)
            answer[key] = write_answer(
                form["properties"][key], definitions, child, value[child.name], page
            )
        return answer
    options = form.get("anyOf", [form])
    if value is None:
        return None if len(options) > 1 else ""
    written = options[0]
    if written["type"] == "string" and not isinstance(value, str):
        return json.dumps(value)
    return value


def _key_of(child: Field, form: dict[str, Any], definitions: dict[str, Any]) -> str | None:
    for key, inner in form["properties"].items():
        inner = definitions[inner["$ref"].split("/")[-1]] if "$ref" in inner else inner
        if key == child.name or f'Named "{child.name}".' in inner.get("description", ""):
            return key
    return None


def unite(parts: list[Any]) -> Any:
    """Answers to groups of fields as one: rows by their place, all else by name."""
    first = parts[0]
    if isinstance(first, dict):
        names = dict.fromkeys(name for part in parts for name in part)
        return {name: unite([part[name] for part in parts if name in part]) for name in names}
    if isinstance(first, list):
        return [unite(list(entries)) for entries in zip(*parts, strict=True)]
    return first


@pytest.mark.slow
@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    data=st.data(),
    dialect=st.sampled_from(list(DIALECTS.values())),
    paged=st.booleans(),
    leaves=st.sampled_from([5, 9, 100]),
)
def test_a_true_answer_to_any_model_comes_back_as_the_truth(
    data: st.DataObject, dialect: Dialect, paged: bool, leaves: int
) -> None:
    schema = schema_of(data.draw(models()))
    truth = data.draw(truths(schema.root))
    tight = replace(dialect, leaves=leaves)
    try:
        parts = groups(schema, tight, paged=paged)
    except SchemaError as error:
        # Keys of nested entries alone may be more than so few leaves.
        assume(error.code != "unsendable" or leaves > 9)
        raise
    answers = []
    for paths in parts:
        wire = compile_schema(schema, tight, paths=paths, paged=paged)
        form = wire.json_schema
        check_vendor_rules(form, tight)
        answer = write_answer(form, form.get("$defs", {}), schema.root, truth, 1)
        Draft202012Validator(form).validate(answer)
        check_grammar(form, answer)
        decoded = wire.decode(json.loads(json.dumps(answer)))
        assert decoded.problems == ()
        values, pages = plain(decoded.data)
        assert bool(pages) == (paged and any(isinstance(v, list) and v for v in _lists(values)))
        answers.append(values)
    assert unite(answers) == truth


def _lists(values: Any) -> Iterator[Any]:
    if isinstance(values, dict):
        for inner in values.values():
            yield inner
            yield from _lists(inner)


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.integers()
        | st.floats(allow_nan=False)
        | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from([*TRUTH, "name", "price", "_page", "value"]), inner)
        ),
        max_leaves=20,
    )
)
def test_no_answer_breaks_decoding(raw: Any) -> None:
    for paged in (False, True):
        decoded = compile_schema(BILL, OPENAI, paged=paged).decode(raw)
        values, _ = plain(decoded.data)
        assert set(values) == set(TRUTH)
        assert isinstance(values["seller"], dict)
        assert all(set(line) == {"name", "price", "count", "tags"} for line in values["lines"])
        json.dumps(values)
