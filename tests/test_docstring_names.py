"""What stands in single backticks in docstrings and comments is a name of ours that exists; names
of others, and literal text, stand in double ones."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from dataclasses import dataclass
from pathlib import Path

import pytest
from code_trees import all_nodes

TOP = Path(__file__).parents[1]
ROOMS = ("bench", "docglean", "evaluation", "extractors", "flows", "schemas")
FILES = sorted(path for room in ROOMS for path in (TOP / room).rglob("*.py"))
QUOTED = re.compile(r"(?<!`)`([\w./]+)(?:\(\))?`(?!`)")


@dataclass(frozen=True)
class Said:
    """What a module names, and its docstrings, of constants too, and comments, with their lines."""

    names: frozenset[str]
    prose: tuple[tuple[int, str], ...]


def said(path: Path) -> Said:
    """Names are all that code defines, uses and imports, and keys of its tables."""
    text = path.read_text("utf-8")
    names, prose = set(), []
    for node in all_nodes(ast.parse(text)):
        told = vars(node)
        for field in ("name", "id", "attr", "arg", "asname", "module"):
            value = told.get(field)
            if isinstance(value, str):
                names.update(value.split("."))
        value = getattr(told.get("value"), "value", None) if isinstance(node, ast.Expr) else None
        if isinstance(value, str):
            prose.append((node.lineno, value))
        value = told["value"] if isinstance(node, ast.Constant) else None
        if isinstance(value, str) and value.isidentifier():
            names.add(value)
    if re.search(r"#.*`", text):
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.COMMENT:
                prose.append((token.start[0], token.string))
    return Said(frozenset(names), tuple(prose))


@pytest.fixture(scope="module")
def modules() -> dict[Path, Said]:
    return {path: said(path) for path in FILES}


@pytest.fixture(scope="module")
def known(modules: dict[Path, Said]) -> set[str]:
    found = {name for module in modules.values() for name in module.names}
    for path in FILES:
        found |= {path.stem, *path.relative_to(TOP).parts}
    return found


def unknown_in(text: str, known: set[str]) -> list[str]:
    """Names in single backticks of which a part is none of ours."""
    return [
        quoted
        for quoted in QUOTED.findall(text)
        if not set(filter(None, re.split(r"[./]", quoted))) <= known | {"py"}
    ]


def test_names_in_docstrings_exist(modules: dict[Path, Said], known: set[str]) -> None:
    wrong = [
        f"{path.relative_to(TOP)}:{line}: {name}"
        for path, module in modules.items()
        for line, text in module.prose
        for name in unknown_in(text, known)
    ]
    assert not wrong, "\n".join(wrong)


def test_a_name_that_is_gone_is_found(known: set[str]) -> None:
    assert unknown_in("See `ModelGateway.send`, `documents/words.py`, ``gone_name``.", known) == []
    gone = "See `Line.sent_off`, `documents/gone_file.py` and `gone_name`."
    assert unknown_in(gone, known) == ["Line.sent_off", "documents/gone_file.py", "gone_name"]
