"""No circle of imports, those for type checkers included."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import docglean

TOP = Path(docglean.__file__).parent
ROOMS = ("evaluation", "extractors", "flows", "schemas")


def modules() -> dict[str, Path]:
    """Every module of ours by its name, wherever it is installed from."""
    found = {}
    for folder in [TOP, *(TOP / room for room in ROOMS), *(TOP.parent / room for room in ROOMS)]:
        for path in folder.rglob("*.py") if folder.is_dir() else ():
            parts = path.relative_to(TOP if path.is_relative_to(TOP) else TOP.parent)
            name = ".".join(("docglean", *parts.with_suffix("").parts))
            found[name.removesuffix(".__init__")] = path
    return found


def imported(path: Path, known: dict[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                inner = f"{node.module}.{name.name}"
                yield inner if inner in known else node.module
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Modules that import each other, whatever lies between them (Tarjan 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(one: str) -> None:
        index[one] = low[one] = len(index)
        stack.append(one)
        for other in graph[one]:
            if other not in index:
                visit(other)
                low[one] = min(low[one], low[other])
            elif other in stack:
                low[one] = min(low[one], index[other])
        if low[one] == index[one]:
            circle = stack[stack.index(one) :]
            del stack[stack.index(one) :]
            if len(circle) > 1:
                found.append(sorted(circle))

    for one in graph:
        if one not in index:
            visit(one)
    return found


def test_no_circle_of_imports() -> None:
    known = modules()
    assert "docglean.extractors.pipeline" in known
    graph = {name: {o for o in imported(path, known) if o in known} for name, path in known.items()}
    assert circles(graph) == []


def test_a_circle_is_found() -> None:
    graph = {"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"a"}, "e": set[str]()}
    assert circles(graph) == [["a", "b", "c"]]
