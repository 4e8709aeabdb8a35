"""The table of problem codes holds every code that the code base makes, and nothing else."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import get_args

import pytest
from code_trees import all_nodes
from docglean.extractors.extraction import status_of, worst
from docglean.extractors.models.base import Outcome
from docglean.extractors.speech.transcriber import OF_RECORDINGS
from docglean.schemas.errors import Problem, SourceError
from docglean.schemas.problem_codes import PROBLEM_CODES

import docglean

ROOMS = ("docglean", "evaluation", "extractors", "flows", "schemas")
CODE_AT = {
    "Problem": 0, "SourceError": 0, "ModelError": 0, "BudgetExceeded": 0, "Reply": 99,
    "BadAnswer": 0, "_failed": 1, "unfinished": 1,
    "_invalid": 2, "kind": 0,
}  # fmt: skip
"""What makes a problem, or what becomes one; and which argument is its code."""
SENT = ("compile.py", "dialects.py")
"""Where schemas are refused while a document is read, rather than before."""
ASKED = ("retention.py", "originals.py")
"""Where errors answer who asks, and stand in no result."""
NEVER_TOLD = frozenset({"pending", "estimated", "in_batch", "ok"})
"""Codes of replies that stand for one that is still to come."""


def _modules() -> Iterator[tuple[Path, list[ast.AST]]]:
    """Each with its assignments, tables and calls."""
    top = Path(docglean.__file__).parent
    top = top if (top / "schemas").is_dir() else top.parent
    for room in ROOMS:
        for path in sorted((top / room if (top / room).is_dir() else top).rglob("*.py")):
            nodes = all_nodes(ast.parse(path.read_text("utf-8")))
            yield path, [one for one in nodes if isinstance(one, ast.Assign | ast.Dict | ast.Call)]


def _told(node: ast.AST) -> set[str]:
    """Texts that an expression may give: its conditions give none."""
    if isinstance(node, ast.IfExp):
        return _told(node.body) | _told(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def _name(function: ast.expr) -> str:
    """What is called, without the object that has it."""
    return getattr(function, "attr", "") or getattr(function, "id", "")


@cache
def _made() -> dict[str, str]:
    """Code -> a file that makes it."""
    modules = list(_modules())
    named: dict[tuple[str, Path | None], set[str]] = {}
    for path, nodes in modules:
        for node in nodes:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                name = node.targets[0].id  # constants are imported, other names are a module's own
                where = None if name.isupper() else path
                named.setdefault((name, where), set()).update(_told(node.value))
    found: dict[str, str] = {}
    for path, nodes in modules:
        if path.name in ASKED:
            continue
        for node in nodes:
            if isinstance(node, ast.Dict) and path.parent.name == "models":
                # A reply that is copied with another code.
                for key, value in zip(node.keys, node.values, strict=True):
                    if isinstance(key, ast.Constant) and key.value == "code":
                        found |= dict.fromkeys(_told(value), str(path))
            if not isinstance(node, ast.Call):
                continue
            maker = _name(node.func)
            place = 0 if maker == "SchemaError" and path.name in SENT else CODE_AT.get(maker)
            if place is None:
                continue
            told = next((word.value for word in node.keywords if word.arg == "code"), None)
            if told is None and len(node.args) > place:
                told = node.args[place]
            if told is None or isinstance(told, ast.Attribute | ast.BoolOp | ast.Starred):
                continue  # handed on from another that is looked at itself
            codes = _told(told)
            if isinstance(told, ast.Name):
                codes = named.get((told.id, None if told.id.isupper() else path), set())
            found |= dict.fromkeys(codes, str(path))
    return found


@pytest.mark.slow
def test_every_code_that_is_made_stands_in_the_table() -> None:
    made = {code: where for code, where in _made().items() if code not in NEVER_TOLD}
    assert len(made) > 50  # the walk sees them
    assert {"check_failed", "no_frames", "nothing_said", "rate_limited", "missing"} <= made.keys()
    unknown = {code: where for code, where in made.items() if code not in PROBLEM_CODES}
    assert not unknown, "write them into schemas/problem_codes.py"


@pytest.mark.slow
def test_nothing_stands_in_the_table_that_nobody_makes() -> None:
    made = {*_made(), *get_args(Outcome), *OF_RECORDINGS}
    assert not sorted(PROBLEM_CODES.keys() - made)


def test_every_meaning_is_one_sentence() -> None:
    for code, told in PROBLEM_CODES.items():
        assert told.meaning.endswith("."), code
        assert told.meaning[0].isupper() or told.meaning.startswith("docglean"), code


@pytest.mark.parametrize("code", sorted(PROBLEM_CODES))
def test_a_problem_is_as_serious_as_the_table_says(code: str) -> None:
    problem = Problem(code=code, message="It is so.")
    assert problem.severity == PROBLEM_CODES[code].severity
    ends = {"error": "partial", "review": "review", "warning": "ok"}
    assert status_of({}, [problem]) == ends[problem.severity]
    assert Problem.model_validate_json(problem.model_dump_json()) == problem


def test_a_code_that_nobody_classed_is_looked_at() -> None:
    assert Problem(code="of_a_plugin", message="It is so.").severity == "review"


def test_whoever_knows_more_says_how_serious_it_is() -> None:
    assert Problem(code="repaired", message="a", severity="warning").severity == "warning"
    assert Problem.of(SourceError("english_only", "a")).severity == "error"


def test_the_worst_is_the_first_of_the_most_serious() -> None:
    codes = ["split", "check_failed", "missing", "truncated"]
    problems = [Problem(code=code, message="a") for code in codes]
    assert [worst(problems[:upto]) for upto in range(5)] == [
        None, None, problems[1], problems[2], problems[2]]  # fmt: skip
    assert status_of(None, problems) == "failed"
    assert status_of({}, problems[:2]) == "review"
