"""CONTRIBUTING's picture of the line, and its list of rooms, are those of the code."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path

import pytest
from docglean.extractors import pipeline

TOP = Path(__file__).parents[1]
CONTRIBUTING = TOP / "CONTRIBUTING.md"


def text() -> str:
    return CONTRIBUTING.read_text("utf-8")


def calls(*functions: object) -> list[str]:
    """Names of what these functions call, in the order in which they stand there."""
    found = []
    for function in functions:
        nodes = [
            node
            for node in ast.walk(ast.parse(inspect.getsource(function)))  # type: ignore[arg-type]
            if isinstance(node, ast.Call)
        ]
        for node in sorted(nodes, key=lambda node: (node.lineno, node.col_offset)):
            name = node.func
            found.append(name.attr if isinstance(name, ast.Attribute) else ast.unparse(name))
    return found


def test_the_picture_is_the_line() -> None:
    picture = next(line for line in text().splitlines() if line.startswith("open_document -> "))
    *steps, _, sink = picture.split(" -> ")
    assert sink == "sink"
    told: list[str] = []
    for step in calls(pipeline._read):
        told += calls(pipeline._verified) if step == "_verified" else [step]
    assert [step for step in told if step in steps] == steps


def test_readers_of_the_picture_are_those_there_are() -> None:
    import docglean.extractors.rules.rule_reader  # noqa: F401 (so that it is known)
    from docglean.extractors.reader import Reader

    def below(kind: type) -> set[type]:
        return {kind} | {one for child in kind.__subclasses__() for one in below(child)}

    built_in = {one.__name__ for one in below(Reader) if one.__module__.startswith("docglean.")} - {
        "Reader"
    }
    assert built_in == set(re.findall(r"\b[A-Z]\w+Reader\b", text()))


@pytest.mark.parametrize("room", ["", "extractors"])
def test_every_room_is_listed_and_there(room: str) -> None:
    listed = set(re.findall(r"`(\w+)/`", text()))
    folder = TOP / room
    there = {
        path.name
        for path in folder.iterdir()
        if path.is_dir() and (path / "__init__.py").is_file() and path.name != "tests"
    }
    assert there <= listed
    files = set(re.findall(r"^\| (`[\w.`, ]+\.py`)", text(), re.MULTILINE))
    for name in (name.strip(" `") for cell in files for name in cell.split(",")):
        assert (TOP / "extractors" / name).is_file()
