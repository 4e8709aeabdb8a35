"""Conditions on one value of an Extraction, as people write them: ``confidence<0.9 or null``.

    condition   = either ("or" either)*
    either      = one ("and" one)*
    one         = "not" one | "(" condition ")" | name | name compared with a number or a 'word'

Python reads the text, nothing of it is ever run: what is not of this form is refused.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, NoReturn

from docglean.extractors.extraction import Confidence, Extraction
from docglean.schemas.errors import ConfigError, did_you_mean
from docglean.schemas.pointers import leaves, pattern_of, value_at
from docglean.schemas.schema import Schema

EXAMPLE = "confidence<0.9 or failed_check"
LONGEST = 1_000
"""Characters of a condition; Python's own parser gives up on what is nested too deeply."""
CHECKS = frozenset({"check_failed", "breaks_schema", "missing"})
"""Codes of problems that what the schema declares has found."""
DIFFERING = frozenset({"conflict"})
"""Codes of problems of two readings that differ."""
SIGNALS_DIFFER = ("second_reading_differs", "windows_differ", "engines_differ")
"""Signals of the same."""


class _Value(NamedTuple):
    """One value of an Extraction, with what is known of it."""

    extraction: Extraction[Any]
    pointer: str

    @property
    def confidence(self) -> Confidence | None:
        return self.extraction.confidence.get(self.pointer)

    def signal(self, *names: str) -> bool:
        """Whether one of these signals speaks of the value."""
        known = self.confidence
        return known is not None and any(known.signals.get(name) for name in names)

    def problem(self, codes: frozenset[str] | None = None) -> bool:
        """Whether there is a problem with the value, of one of these codes."""
        return any(
            one.path == self.pointer and (codes is None or one.code in codes)
            for one in self.extraction.problems
        )


def _probability(of: _Value) -> float:
    """A value of which nobody has said how sure it is is not sure."""
    return 0.0 if of.confidence is None else of.confidence.probability


def _null(of: _Value) -> bool:
    return value_at(of.extraction.values, of.pointer) is None


def _not_located(of: _Value) -> bool:
    where = of.extraction.evidence.get(of.pointer)
    return not _null(of) and (where is None or where.how == "not_found")


def _field(of: _Value) -> str:
    return pattern_of(of.pointer, of.extraction.values)


def _schema(of: _Value) -> str:
    used = of.extraction.schema_used
    return "" if used is None else used.name


@dataclass(frozen=True, slots=True)
class _Name:
    kind: type
    meaning: str
    of: Callable[[_Value], Any] = field(repr=False)


NAMES: Mapping[str, _Name] = {
    "confidence": _Name(float, "0 to 1 that the value is right", _probability),
    "failed_check": _Name(
        bool,
        "it takes part in a check that fails, or breaks the schema",
        lambda of: of.problem(CHECKS) or of.signal("check_fails"),
    ),
    "not_located": _Name(bool, "it stands nowhere in the document", _not_located),
    "null": _Name(bool, "no value was found", _null),
    "problem": _Name(bool, "a problem names it", lambda of: of.problem()),
    "differs": _Name(
        bool,
        "a second reading says otherwise",
        lambda of: of.problem(DIFFERING) or of.signal(*SIGNALS_DIFFER),
    ),
    "field": _Name(str, "its place, such as '/total' or '/lines/*/total'", _field),
    "schema": _Name(str, "what the document was read as, such as 'invoice'", _schema),
}
"""What a condition may speak of."""

_OPERATORS: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip
_WORDS = (ast.Eq, ast.NotEq)


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition that was understood; `str` gives it as it was written."""

    text: str
    _node: ast.expr = field(repr=False, compare=False)

    @classmethod
    def of(cls, text: str) -> Condition:
        """Understand a condition.

        Raises:
            ConfigError: ``bad_condition``, which tells where and what there is.
        """
        text = " ".join(text.split())
        if len(text) > LONGEST:
            _refuse(text[:60] + "...", 0, f"it is longer than {LONGEST:,} characters")
        try:
            node = ast.parse(text, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            at = (getattr(error, "offset", None) or 1) - 1
            _refuse(text, at, _comma(text) or "it is no condition")
        _check(text, node)
        return cls(text, node)

    def __str__(self) -> str:
        return self.text

    def check_schemas(self, schemas: Sequence[Schema]) -> None:
        """Refuse what it says of fields and schemas that none of these has.

        Raises:
            ConfigError: ``bad_condition``, with what was likely meant.
        """
        known = {
            "schema": {one.name for one in schemas},
            "field": {field.path for one in schemas for field in one.root.walk()},
        }
        for name, word, at in _words_compared(self._node):
            if known[name] and word not in known[name]:
                near = did_you_mean(word, known[name])
                _refuse(self.text, at, f"no schema of this run has the {name} {word!r}{near}"
                        if name == "field"
                        else f"{word!r} is no schema of this run{near}")  # fmt: skip

    def holds(self, extraction: Extraction[Any], pointer: str) -> bool:
        """Whether it holds of the value at a JSON pointer."""
        return _holds(self._node, _Value(extraction, pointer))

    def among(self, extraction: Extraction[Any]) -> Iterator[str]:
        """Pointers of the values of which it holds; nulls are values, too."""
        if extraction.values is not None:
            for pointer, _ in leaves(extraction.values):
                if self.holds(extraction, pointer):
                    yield pointer


def _words_compared(node: ast.expr) -> Iterator[tuple[str, str, int]]:
    """What ``field`` and ``schema`` are compared with, and where it stands."""
    for one in ast.walk(node):
        if isinstance(one, ast.Compare):
            sides = (one.left, *one.comparators)
            names = [side.id for side in sides if isinstance(side, ast.Name)]
            for side in sides:
                if isinstance(side, ast.Constant) and isinstance(side.value, str) and names:
                    yield names[0], side.value, side.col_offset


def _comma(text: str) -> str:
    """What to say of a number with a comma; else empty."""
    found = re.search(r"\d,\d+", text)
    return f"a number has a point, {found[0].replace(',', '.')}" if found else ""


def _holds(node: ast.expr, of: _Value) -> bool:
    match node:
        case ast.BoolOp(op=ast.And()):
            return all(_holds(one, of) for one in node.values)
        case ast.BoolOp():
            return any(_holds(one, of) for one in node.values)
        case ast.UnaryOp():
            return not _holds(node.operand, of)
        case ast.Compare():
            sides = [_side(one, of) for one in (node.left, *node.comparators)]
            return all(
                _OPERATORS[type(op)](left, right)
                for op, left, right in zip(node.ops, sides, sides[1:], strict=False)
            )
        case _:
            return bool(_side(node, of))


def _side(node: ast.expr, of: _Value) -> Any:
    return NAMES[node.id].of(of) if isinstance(node, ast.Name) else node.value  # type: ignore[attr-defined]  # `_check` has seen it


def _check(text: str, node: ast.expr) -> None:
    """Refuse what is not of the form.

    Raises:
        ConfigError: ``bad_condition``.
    """
    match node:
        case ast.BoolOp():
            for one in node.values:
                _check(text, one)
        case ast.UnaryOp(op=ast.Not()):
            _check(text, node.operand)
        case ast.Compare():
            _check_comparison(text, node)
        case ast.Name():
            if _kind(text, node) is not bool:
                _refuse(text, node.col_offset, f"{node.id} wants something to be compared with")
        case _:
            _refuse(text, node.col_offset, _comma(text) or "here a name was expected")


def _check_comparison(text: str, node: ast.Compare) -> None:
    kinds = {_kind(text, one) for one in (node.left, *node.comparators)}
    if len(kinds) > 1 or bool in kinds:
        _refuse(text, node.col_offset, "numbers are compared with numbers, words with words")
    for one in (node.left, *node.comparators):
        value = one.value if isinstance(one, ast.Constant) else None
        if isinstance(value, (int, float)) and not 0 <= value <= 1:
            _refuse(text, one.col_offset, "confidence is from 0 to 1, such as 0.9 for 90 %")
    if not any(isinstance(one, ast.Name) for one in (node.left, *node.comparators)):
        _refuse(text, node.col_offset, "it says nothing of a value")
    for op in node.ops:
        if type(op) not in _OPERATORS or (str in kinds and not isinstance(op, _WORDS)):
            _refuse(text, node.col_offset, "it cannot be compared like this")


def _kind(text: str, node: ast.expr) -> type:
    if isinstance(node, ast.Name):
        if node.id not in NAMES:
            _refuse(text, node.col_offset, f"there is no {node.id}{did_you_mean(node.id, NAMES)}")
        return NAMES[node.id].kind
    if isinstance(node, ast.Constant) and type(node.value) in (int, float):
        return float
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return str
    _refuse(text, node.col_offset, "here a name, a number or a 'word' was expected")


def _refuse(text: str, at: int, why: str) -> NoReturn:
    where = f" at {text[at:]!r}" if 0 < at < len(text) else ""
    raise ConfigError(
        "bad_condition",
        f"The condition {text!r} is not understood{where}: {why}.",
        f"It may speak of {', '.join(NAMES)}, with < <= > >= == != and or not and parentheses, "
        f"such as {EXAMPLE!r}.",
    )
