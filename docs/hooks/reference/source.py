"""Code that a page shows as it stands in the repository."""

from __future__ import annotations

import ast
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]


def source(file: str, *names: str) -> str:
    """A file, or what it defines under these names; of a text that is code, the text itself.

    Raises:
        ValueError: the file defines no such name.
    """
    text = (REPOSITORY / file).read_text("utf-8")
    if names:
        text = "\n\n\n".join(_defined(text, name, file) for name in names)
    kind = Path(file).suffix.removeprefix(".").replace("py", "python")
    return f'```{kind} title="{file}"\n{text.strip()}\n```'


def _defined(text: str, name: str, file: str) -> str:
    lines = text.splitlines()
    for node in ast.parse(text).body:
        if name in _names(node):
            value = getattr(node, "value", None)
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                return value.value.strip()
            first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", ()))])
            return "\n".join(lines[first - 1 : node.end_lineno])
    raise ValueError(f"{file} defines no {name}")


def _names(node: ast.stmt) -> set[str]:
    if isinstance(node, ast.Assign):
        return {one.id for one in node.targets if isinstance(one, ast.Name)}
    if isinstance(node, ast.AnnAssign):
        return {node.target.id} if isinstance(node.target, ast.Name) else set()
    return {getattr(node, "name", "")}
