"""What stands in single backticks in docstrings and comments is a name of ours that exists; names
of others, and literal text, stand in double ones."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).parents[1]
ROOMS = ("bench", "docglean", "evaluation", "extractors", "flows", "schemas")
FILES = sorted(path for room in ROOMS for path in (TOP / room).rglob("*.py"))
QUOTED = re.compile(r"(?<!`)`([\w./]+)(?:\(\))?`(?!`)")


def names_in(tree: ast.AST) -> Iterator[str]:
    """All that code names: what it defines, uses, imports, and keys of its tables."""
    for node in ast.walk(tree):
        for field in ("name", "id", "attr", "arg", "asname", "module"):
            value = getattr(node, field, None)
            if isinstance(value, str):
                yield from value.split(".")
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(value, str) and value.isidentifier():
            yield value


@pytest.fixture(scope="module")
def known() -> set[str]:
    found = {name for path in FILES for name in names_in(ast.parse(path.read_text("utf-8")))}
    for path in FILES:
        found |= {path.stem, *path.relative_to(TOP).parts}
    return found


def prose(path: Path) -> Iterator[tuple[int, str]]:
    """Docstrings, of constants too, and comments, each with its line."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        value = getattr(node.value, "value", None) if isinstance(node, ast.Expr) else None
        if isinstance(value, str):
            yield node.lineno, value
    with path.open("rb") as file:
        for token in tokenize.tokenize(file.readline):
            if token.type == tokenize.COMMENT:
                yield token.start[0], token.string


def unknown_in(text: str, known: set[str]) -> list[str]:
    """Names in single backticks of which a part is none of ours."""
    return [
        quoted
        for quoted in QUOTED.findall(text)
        if not set(filter(None, re.split(r"[./]", quoted))) <= known | {"py"}
    ]


def test_names_in_docstrings_exist(known: set[str]) -> None:
    wrong = [
        f"{path.relative_to(TOP)}:{line}: {name}"
        for path in FILES
        for line, text in prose(path)
        for name in unknown_in(text, known)
    ]
    assert not wrong, "\n".join(wrong)


def test_a_name_that_is_gone_is_found(known: set[str]) -> None:
    assert unknown_in("See `ModelGateway.send`, `documents/words.py`, ``gone_name``.", known) == []
    gone = "See `Line.sent_off`, `documents/gone_file.py` and `gone_name`."
    assert unknown_in(gone, known) == ["Line.sent_off", "documents/gone_file.py", "gone_name"]
