"""The command line, from the app that answers ``docglean --help``."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from cyclopts import App

import docglean.cli.all_commands  # noqa: F401 (commands register themselves)
from docglean.cli.parameters import app

from .markdown import code, plain, table


def made() -> str:
    """An overview, and a section for each command."""
    found = list(commands(app))
    rows = [(f"[`{name}`](#{anchor(name)})", first_line(one)) for name, one in found]
    sections = [section(name, one) for name, one in found]
    return "\n".join([table(("command", "what it does"), rows), "", *sections])


def commands(group: App, before: str = "docglean") -> Iterator[tuple[str, App]]:
    """Every command with its whole name, in the order of names; groups of commands first."""
    for name in sorted(group):
        if name.startswith("-"):
            continue
        one = group[name]
        yield f"{before} {name}", one
        yield from commands(one, f"{before} {name}")


def anchor(name: str) -> str:
    """Of a command's section."""
    return name.replace(" ", "-")


def first_line(one: App) -> str:
    """What a command does, in a sentence."""
    return plain(" ".join(told(one).split("\n\n")[0].split()))


def told(one: App) -> str:
    """A command's help without what it says of parameters, which have a table."""
    return inspect.cleandoc(str(one.help)).split("\nParameters\n---")[0].strip()


def section(name: str, one: App) -> str:
    """Usage, help and parameters of a command."""
    parts = [f"\n## {name} {{#{anchor(name)}}}\n"]
    arguments = [] if one.default_command is None else _shown(one)
    if one.default_command is not None:
        places = " ".join(_place(each) for each in arguments if not _is_option(each))
        parts.append(f"```text\n{name} [OPTIONS] {places}".rstrip() + "\n```\n")
    parts += [_paragraph(block) for block in told(one).split("\n\n")]
    if arguments:
        head = ("argument or option", "takes", "what it is", "default")
        rows = [_row(each) for each in arguments]
        columns = 4 if any(row[3] for row in rows) else 3
        parts.append(table(head[:columns], [row[:columns] for row in rows]))
    return "\n".join(parts)


def _shown(one: App) -> list[Any]:
    return [each for each in one.assemble_argument_collection() if each.show]


def _paragraph(block: str) -> str:
    """Lines that are a list (exit codes) stay lines."""
    head, *rest = block.splitlines()
    if head.endswith(":") and rest:
        return f"{plain(head)}\n\n```text\n" + "\n".join(rest) + "\n```\n"
    return plain(block) + "\n"


def _is_option(argument: Any) -> bool:
    return bool(argument.names[0].startswith("-"))


def _place(argument: Any) -> str:
    name = argument.names[0] + ("..." if _several(argument.hint) else "")
    return name if argument.required else f"[{name}]"


def _row(argument: Any) -> tuple[str, str, str, str]:
    names = ", ".join(code(name) for name in argument.names)
    if argument.required:
        names += " (required)"
    text = plain(argument.parameter.help or "")
    return names, takes(argument.hint), text, default(argument.field_info.default)


def default(value: object) -> str:
    """As it would be written; nothing where that is no value."""
    empty = value is None or value is inspect.Parameter.empty or value in ((), "", False, True)
    return "" if empty else code(value[0] if isinstance(value, tuple) else value)


def takes(hint: Any) -> str:
    """What is written after an option; nothing after one that is only said."""
    if get_origin(hint) in (Union, UnionType):
        return takes(next(one for one in get_args(hint) if one is not NoneType))
    if get_origin(hint) is Literal:
        return " or ".join(code(one) for one in get_args(hint))
    if _several(hint):
        return f"{takes(get_args(hint)[0])}, several times"
    kinds = {bool: "", str: "text", int: "number", float: "number", Path: "path"}
    return kinds.get(hint, "text")


def _several(hint: Any) -> bool:
    return get_origin(hint) in (tuple, list)
