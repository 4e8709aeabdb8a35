"""A wire schema as an outline for the eyes of a model: a third of the length of JSON Schema.

Servers that make a grammar of the schema hold the answer to it; the model need only know what
belongs where. Every token of it is paid for in each request, and small models lose the thread of
a long one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Form = Mapping[str, Any]


def outline(form: Form) -> str:
    """`WireSchema.json_schema` as an answer with types in place of values, and comments."""
    lines = [f"{name} = {_said(part, '')}" for name, part in form.get("$defs", {}).items()]
    return "\n".join([*lines, _said(form, "")])


def _said(form: Form, indent: str) -> str:
    """What stands for a value and what it is: its type, or its parts one below the other."""
    item = form.get("items", {})
    words = [form.get("description", ""), item.get("description", "")]
    about = " ".join(" ".join(words).split())
    comment = f"  // {about}" if about else ""
    if item.get("type") == "object":
        return f"[{_said({**item, 'description': about}, indent)}, ...]"
    if item:
        return f"[{_said({**item, 'description': ''}, indent)}, ...]{comment}"
    if form.get("type") != "object":
        return f"{_type(form)}{comment}"
    inner = indent + " "
    parts = [f'{inner}"{key}": {_said(part, inner)}' for key, part in form["properties"].items()]
    return "\n".join([f"{{{comment}", *parts, f"{indent}}}"])


def _type(form: Form) -> str:
    if "$ref" in form:
        return str(form["$ref"]).rpartition("/")[2]
    if "anyOf" in form:
        return " or ".join(map(_type, form["anyOf"]))
    if "enum" in form:
        return " or ".join(json.dumps(value, ensure_ascii=False) for value in form["enum"])
    return str(form.get("type", "value"))
