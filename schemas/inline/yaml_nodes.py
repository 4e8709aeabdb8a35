"""YAML files as trees whose nodes know their line. Nothing in them is code, and nothing multiplies:
tags of other types and aliases are refused."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, NoReturn

import yaml
from docglean.schemas.errors import quoted
from docglean.schemas.inline.place import SchemaTextError, excerpt

LARGEST = 1_000_000
"""Bytes of a file: schemas are small."""
_CORE = {
    "tag:yaml.org,2002:bool": (re.compile(r"true|True|TRUE|false|False|FALSE"), "tTfF"),
    "tag:yaml.org,2002:null": (re.compile(r"null|Null|NULL|~|"), ["n", "N", "~", ""]),
    "tag:yaml.org,2002:int": (re.compile(r"[-+]?[0-9]+"), "-+0123456789"),
    "tag:yaml.org,2002:float": (
        re.compile(r"[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+|[0-9]+(?=[eE]))(?:[eE][-+]?[0-9]+)?"),
        "-+.0123456789",
    ),
}
"""YAML 1.2's core: in 1.1 the word "no" is false, and "12:30" a number of minutes."""
_TAGS = frozenset(_CORE) | {f"tag:yaml.org,2002:{name}" for name in ("str", "map", "seq")}


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Reads plain data alone."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - as yaml has it

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.peek_event()
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise yaml.composer.ComposerError(
                None, None, "anchors (&) and aliases (*) are not read", event.start_mark
            )
        return super().compose_node(parent, index)


for _tag, (_pattern, _first) in _CORE.items():
    _Loader.add_implicit_resolver(_tag, re.compile(f"(?:{_pattern.pattern})$"), list(_first))


class YamlText:
    """One file: its tree of nodes, and errors that name the line.

    Attributes:
        top: the node of all of it.
    """

    def __init__(self, path: Path) -> None:
        """Raises:
        SchemaTextError: ``bad_yaml``.
        """
        self.path = path
        raw = path.read_bytes()[: LARGEST + 1]
        self.text = raw.decode("utf-8-sig", errors="replace").replace("\r\n", "\n")
        if len(raw) > LARGEST:
            self.fail_at(0, 1, f"it is larger than {LARGEST:,} bytes", "Write the schema alone.")
        try:
            self._loader = _Loader(self.text)
            self.top = self._loader.get_single_node()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            said = error.problem or error.context or "it is not YAML"
            self.fail_at(mark.index, mark.line + 1, said, "Write plain YAML.")
        except yaml.reader.ReaderError as error:
            self.fail_at(error.position, 1, f"{error.reason}", "Save it as UTF-8 text.")
        except RecursionError:
            self.fail_at(0, 1, "it is nested too deep", "Write the levels as a flat list.")
        if self.top is None:
            self.fail_at(0, 1, "it is empty", "Write fields: `total: money`.")

    def value(self, node: Any) -> Any:
        """A node and all below it as plain values.

        Raises:
            SchemaTextError: ``bad_yaml``, a key twice or a type that JSON does not have.
        """
        if node.tag not in _TAGS:
            self.fail(node, f"{node.tag} is not read", "Write text, numbers, lists and mappings.")
        if isinstance(node, yaml.MappingNode):
            return {key: self.value(inner) for key, inner in self.pairs(node).items()}
        if isinstance(node, yaml.SequenceNode):
            return [self.value(inner) for inner in node.value]
        try:
            return self._loader.construct_object(node)
        except (ValueError, yaml.YAMLError):
            self.fail(node, f"{quoted(node.value)} is not of its type", "Write it without a tag.")

    def pairs(self, node: Any) -> dict[str, Any]:
        """The nodes of a mapping by their keys."""
        found: dict[str, Any] = {}
        for key, inner in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.fail(key, "a key is one word or text", "Write `name: kind`.")
            if key.value in found:
                self.fail(
                    key, f"{quoted(key.value)} is here twice", "Give each field its own name."
                )
            found[key.value] = inner
        return found

    def fail(self, node: Any, why: str, way_out: str) -> NoReturn:
        """Raise, with the line of a node."""
        mark = node.start_mark
        self.fail_at(mark.index, mark.line + 1, why, way_out)

    def fail_at(self, index: int, line: int, why: str, way_out: str) -> NoReturn:
        """Raise, with a place."""
        raise SchemaTextError(
            "bad_yaml", f"{self.path}, line {line}: {why}.", way_out, excerpt(self.text, index)
        )
