"""A user's JSON Schema as it was given: what an answer is checked against in the end.

What a model is asked for is made of types, properties and bounds (`json_schema`). A JSON Schema can
say more than anybody can be asked for: conditions, exclusions, keys that only follow a pattern.
None of it is dropped without a word. Values are checked against the document itself; keywords which
describe values that are never asked for are named when the schema is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from copy import deepcopy
from functools import cache
from typing import Any

from docglean.schemas.errors import Problem, SchemaError, shown

DRAFTS = ("202012", "201909", "7", "6", "4")
"""Of JSON Schema, the newest first, as jsonschema calls them."""
NOT_ASKED = ("patternProperties", "additionalProperties", "unevaluatedProperties")
"""Keywords that describe values under keys which are not known before: nobody is asked for them."""
CHECKED = frozenset(
    {"if", "not", "contains", "uniqueItems", "dependentRequired", "dependentSchemas",
     "dependencies", "minProperties", "maxProperties", "propertyNames", "unevaluatedItems"}
)  # fmt: skip
"""Keywords that a model is not told of and values are checked against."""
DYNAMIC = ("$dynamicRef", "$recursiveRef")
DATA = frozenset({"const", "enum", "default", "examples", "example"})
"""Keywords whose value is data, not schemas."""
NAMED = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
"""Keywords whose value is schemas by name."""


class Given:
    """A JSON Schema document and what checks values against it.

    Attributes:
        notes: keywords that are not asked for, or only checked, as problems of code
            ``keyword_not_asked`` and ``keyword_checked``.
    """

    def __init__(self, document: Mapping[str, Any], name: str) -> None:
        """Args:
            name: for messages.

        Raises:
            SchemaError: ``bad_json_schema``, it is none of any draft; ``bad_reference``,
                ``dynamic_reference``, ``bad_pattern``.
        """
        from jsonschema import validators
        from referencing.jsonschema import EMPTY_REGISTRY

        self.document = deepcopy(dict(document))
        self.notes: list[Problem] = []
        for place, node in _nodes(self.document, ""):
            self._look_at(place, node)
        draft = _draft(self.document, name)
        self._validator = validators.extend(draft, {"pattern": _pattern})(
            self.document, registry=EMPTY_REGISTRY
        )

    def problems(self, values: Any, known: Collection[str] = ()) -> list[Problem]:
        """What `values` break: code ``missing`` or ``breaks_schema``.

        Args:
            known: JSON pointers of what is known to be wrong: nothing is said of it again.
        """
        return [one for one in self._problems(values, known) if one.path not in known]

    def _problems(self, values: Any, known: Collection[str]) -> list[Problem]:
        found: list[Problem] = []
        for error in self._validator.iter_errors(values):
            pointer = "".join(f"/{step}" for step in error.absolute_path)
            below = any(path.startswith(f"{pointer}/") for path in known)
            if error.validator in ("anyOf", "oneOf") and below:
                continue  # none of the choices holds as something within is wrong
            if error.validator == "required":
                found += [
                    Problem(code="missing", message=missing(f"{pointer}/{key}"),
                            path=f"{pointer}/{key}")
                    for key in error.validator_value if key not in error.instance
                ]  # fmt: skip
            elif error.instance is None:
                found.append(Problem(code="missing", message=missing(pointer), path=pointer))
            else:
                found.append(
                    Problem(
                        code="breaks_schema",
                        message=f"{pointer or 'The whole'} is not accepted: "
                        f"{shown(error.instance)} breaks {error.validator!r} of the schema.",
                        path=pointer,
                    )
                )
        return found

    def _look_at(self, place: str, node: dict[str, Any]) -> None:
        where = place or "/"
        for keyword in DYNAMIC:
            if keyword in node:
                raise SchemaError(
                    "dynamic_reference",
                    f"{where}: {keyword} refers to what is only known while values are checked.",
                    "Write $ref, to a definition of the same file.",
                )
        reference = node.get("$ref")
        if isinstance(reference, str) and not re.match(r"#(/|$)", reference):
            raise SchemaError(
                "bad_reference",
                f"{where}: {reference} is not a place in the same file.",
                "Put the definition under $defs of the same file, and refer to #/$defs/NAME.",
            )
        for keyword in NOT_ASKED:
            if node.get(keyword) not in (None, True, False, {}):
                said = "values under keys that are not declared are not looked for"
                self.notes.append(
                    Problem(code="keyword_not_asked", message=_note(keyword, where, said))
                )
        for pattern in node.get("patternProperties") or ():
            _compiled(pattern)
        checked = CHECKED & node.keys()
        if "properties" in node:
            checked |= {"anyOf", "oneOf"} & node.keys()
        for keyword in sorted(checked):
            said = "the model is not told of it; values are checked against it"
            self.notes.append(Problem(code="keyword_checked", message=_note(keyword, where, said)))
        _allow_null(node)


def _note(keyword: str, where: str, said: str) -> str:
    return f"{keyword} at {where} of the schema: {said}."


def missing(pointer: str) -> str:
    """What is said of a value that the schema requires and the document does not have."""
    return f"{pointer} was not found, but the schema requires it."


def _nodes(node: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every schema within a document, with its place in it."""
    if isinstance(node, list):
        for index, inner in enumerate(node):
            yield from _nodes(inner, f"{place}/{index}")
    if not isinstance(node, dict):
        return
    yield place, node
    for keyword, inner in list(node.items()):
        if keyword in NAMED and isinstance(inner, dict):
            for name, one in inner.items():
                yield from _nodes(one, f"{place}/{keyword}/{name}")
        elif keyword not in DATA:
            yield from _nodes(inner, f"{place}/{keyword}")


def _allow_null(node: dict[str, Any]) -> None:
    """OpenAPI's ``nullable``, which JSON Schema does not know, in words that it does."""
    if node.get("nullable") is not True:
        return
    if isinstance(node.get("type"), str):
        node["type"] = [node["type"], "null"]
    if isinstance(node.get("enum"), list) and None not in node["enum"]:
        node["enum"] = [*node["enum"], None]
    for keyword in ("$ref", "const", "allOf", "oneOf"):
        if keyword in node:
            node.setdefault("anyOf", []).append({keyword: node.pop(keyword)})
    if "anyOf" in node:
        node["anyOf"] = [*node["anyOf"], {"type": "null"}]


def _draft(document: dict[str, Any], name: str) -> Any:
    """The draft that a document is written in: the one that it names, else the newest it fits."""
    import jsonschema  # by the first schema of the user's: the built-in ones need none
    from jsonschema import SchemaError as BadSchema

    named = jsonschema.validators.validator_for(document, default=None)
    newest_first = [getattr(jsonschema, f"Draft{number}Validator") for number in DRAFTS]
    fault: BadSchema | None = None
    for draft in newest_first if named is None else (named,):
        try:
            draft.check_schema(document)
        except BadSchema as error:
            fault = fault or error
        else:
            return draft
    assert fault is not None
    place = "".join(f"/{step}" for step in fault.absolute_path)
    raise SchemaError(
        "bad_json_schema",
        f"{name}: {place or 'the whole'} is not right in JSON Schema: {fault.message}.",
        "See json-schema.org.",
    )


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    try:
        return re.compile(pattern)
    except re.error as error:
        raise SchemaError(
            "bad_pattern", f"{pattern!r} is not a regular expression: {error}.", "Correct it."
        ) from error


def _pattern(_: Any, pattern: str, instance: Any, __: Any) -> Iterator[Any]:
    """``pattern`` where Python's own engine knows it; the others the model itself checks."""
    from jsonschema import ValidationError

    if not isinstance(instance, str):
        return
    try:
        found = _compiled(pattern).search(instance)
    except SchemaError:
        return
    if not found:
        yield ValidationError(f"{instance!r} does not match {pattern!r}")
