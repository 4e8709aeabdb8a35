"""Embedded data in the shape of a schema: of the built-in ``invoice`` field by field, of a user's
as far as its fields ask for the same, told by the names and captions that the rules go by."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from docglean.extractors.documents.embedded.data import DataValue, EmbeddedData
from docglean.extractors.rules.fields.field_names import Names, tokens
from docglean.extractors.rules.fields.roles import (
    checked_codes,
    day_role,
    is_currency,
    is_main_date,
    is_main_number,
    read_as,
    role_of,
    sum_role,
)
from docglean.extractors.rules.fields.synonyms import labels_in, lenders_of
from docglean.extractors.rules.skeleton import put, skeleton
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Currency, Number
from docglean.schemas.schema import Schema, is_built_in, load_schema
from docglean.schemas.values import leaf_value

INVOICE, RECEIPT = "invoice", "receipt"
LEAST_SHARED = 2
"""Fields that a list of a user's shares with one of an invoice, from which it is the same."""
_SUMS = {"total": "grand_total", "net": "net_total", "tax": "tax_total", "due": "amount_due"}
_DAYS = {"due": "due_date", "delivery": "delivery_date", "start": "delivery_date"}
_FORMS = {"iban": "iban", "bic": "bic"}
_PARTS = {"name": "name", "address": "address", "street": "street", "place": "place",
          "postcode": "postcode", "vat": "vat_id", "phone": "phone", "email": "email"}  # fmt: skip
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\-.]")


@dataclass(frozen=True, slots=True)
class Mapped:
    """Embedded data in the shape of a schema.

    Attributes:
        values: with every field of the schema; null where the data says nothing of it.
        sources: what each leaf that is there was made of, by JSON pointer.
        asked: paths of the fields that such data has, whether or not this has them.
        account: path of the field that asks for the account; empty where none does.
    """

    values: dict[str, Any]
    sources: Mapping[str, DataValue] = field(default_factory=dict)
    asked: frozenset[str] = frozenset()
    account: str = ""


def on_schema(schema: Schema, data: EmbeddedData) -> Mapped:
    """What the data says of the fields of a schema."""
    known = {one.pointer: one for one in data.values}
    values: dict[str, Any] = skeleton(schema.root)
    if data.kind == "xfa":
        return _of_form(schema, data, values)
    sources: dict[str, DataValue] = {}
    asked: set[str] = set()
    account = ""
    for path, source in _single_sources(schema).items():
        asked.add(path)
        account = account or (path if source == "iban" else "")
        one = known.get(f"/{source}")
        if one is not None:
            _set(schema.root, values, sources, path, one)
    for node in schema.root.walk():
        if node.shape == "list" and node.item.shape == "object" and "*" not in node.path:
            name, columns = _list_source(schema, node)
            entries = list(_entries(node, name, columns, known, sources))
            asked.update(columns)
            if entries:
                put(values, node.path, entries)
    return Mapped(values, sources, frozenset(asked), account)


def _set(
    root: Field, values: dict[str, Any], sources: dict[str, DataValue], path: str, one: DataValue
) -> None:
    """Put a value where the schema has it, if its field can hold it."""
    leaf = next(leaf for leaf in root.leaves() if leaf.path == path)
    value = _value(leaf, one)
    if value is not None:
        put(values, path, value)
        sources[path] = one


def _value(leaf: Field, one: DataValue) -> Any:
    try:
        return leaf_value(leaf, one.value)
    except (ValueError, ArithmeticError):
        return None


def _single_sources(schema: Schema) -> dict[str, str]:
    """The field of an e-invoice that each leaf outside of lists asks for, by path."""
    single = [leaf for leaf in schema.root.leaves() if "*" not in leaf.path]
    if is_built_in(schema) and schema.name == INVOICE:
        return {leaf.path: leaf.name for leaf in single}
    codes = checked_codes(schema.model, single)
    found = {leaf.path: _asked(schema, leaf, codes.get(leaf.path)) for leaf in single}
    return {path: name for path, name in found.items() if name}


def _asked(schema: Schema, leaf: Field, code: str | None) -> str:
    """What a leaf asks for, by its role, the form of its code, what lends it captions, or which
    sum, day or number it is called; empty where that is nothing of an invoice."""
    leaf = read_as(leaf)
    labels = labels_in(schema)(leaf)
    if code in _FORMS:
        return _FORMS[code]
    role = role_of(leaf)
    if role is not None and role.part in _PARTS:
        return f"{role.side or 'seller'}_{_PARTS[role.part]}"
    if is_currency(leaf) or isinstance(leaf.kind, Currency):
        return "currency"
    lent = [one for one in lenders_of(leaf) if one in _fields_of(INVOICE) and "*" not in one.path]
    called = tokens(_CAMEL.sub(" ", leaf.name))
    if (named := next((one for one in lent if tokens(one.name) == called), None)) is not None:
        return named.name
    if isinstance(leaf.kind, Number):
        return _SUMS.get(sum_role(labels) or "", lent[0].name if lent else "")
    if is_main_number(leaf, labels):
        return "invoice_number"
    if is_main_date(leaf, labels):
        return "issue_date"
    return _DAYS.get(day_role(labels) or "", lent[0].name if lent else "")


@cache
def _fields_of(name: str) -> frozenset[Field]:
    return frozenset(load_schema(name).root.leaves())


def _list_source(schema: Schema, node: Field) -> tuple[str, dict[str, str]]:
    """The list of an e-invoice that a list asks for, and the columns of its leaves by path."""
    columns = [leaf for leaf in node.item.leaves() if leaf.path.count("*") == 1]
    if is_built_in(schema) and schema.name == INVOICE:
        return node.name, {leaf.path: leaf.name for leaf in columns}
    found: dict[str, dict[str, str]] = {"line_items": {}, "taxes": {}}
    for leaf in columns:
        for lender in lenders_of(leaf):
            rows = lender.path.split("/")[1]
            if rows in found and (lender in _fields_of(INVOICE) or lender in _fields_of(RECEIPT)):
                found[rows].setdefault(leaf.path, lender.name)
    name = max(found, key=lambda one: len(set(found[one].values())))
    shared = found[name]
    enough = len(set(shared.values())) >= min(LEAST_SHARED, len(columns))
    return (name, shared) if enough and shared else ("", {})


def _entries(
    node: Field,
    name: str,
    columns: Mapping[str, str],
    known: Mapping[str, DataValue],
    sources: dict[str, DataValue],
) -> Iterator[dict[str, Any]]:
    """The entries of a list; what each value was made of is noted in `sources`."""
    count = 0
    while columns and any(f"/{name}/{count}/{column}" in known for column in columns.values()):
        entry: dict[str, Any] = skeleton(node.item)
        for leaf in node.item.leaves():
            one = known.get(f"/{name}/{count}/{columns.get(leaf.path, '')}")
            value = None if one is None else _value(leaf, one)
            if one is not None and value is not None:
                below = leaf.path.removeprefix(node.item.path)
                put(entry, below, value)
                sources[f"{node.path}/{count}{below}"] = one
        yield entry
        count += 1


def _of_form(schema: Schema, data: EmbeddedData, values: dict[str, Any]) -> Mapped:
    """What is filled into a form: a field of the schema by the name that the form gives it; in the
    built-in ``form`` all of it, name by name."""
    sources: dict[str, DataValue] = {}
    if is_built_in(schema):
        if schema.name == "form":
            values["fields"] = []
            for number, one in enumerate(data.values):
                values["fields"].append({"key": spoken(one), "value": one.value, "section": None})
                sources |= dict.fromkeys((f"/fields/{number}/key", f"/fields/{number}/value"), one)
        return Mapped(values, sources)
    single = {leaf.path: leaf for leaf in schema.root.leaves() if "*" not in leaf.path}
    names = Names({path: labels_in(schema)(leaf) for path, leaf in single.items()})
    best: dict[str, tuple[float, DataValue]] = {}
    for one in data.values:
        for path, fit in names.fits(tokens(spoken(one))).items():
            if fit > best.get(path, (0.0, one))[0]:
                best[path] = fit, one
    for path, (_, one) in best.items():
        _set(schema.root, values, sources, path, one)
    return Mapped(values, sources)


def spoken(one: DataValue) -> str:
    """The name of a form's field in words: ``LastName`` is "Last Name"."""
    named = [step for step in one.pointer.split("/") if step and not step.isdigit()]
    return " ".join(part for part in _CAMEL.split(named[-1]) if part) if named else ""
