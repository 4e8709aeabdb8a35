"""A document's values as a tree that remembers where each value came from and who looked at it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from docglean.extractors.reviews.event import ReviewBox
from docglean.extractors.value_review import ValueReview

_NUMBER = re.compile(r"0|[1-9][0-9]{0,8}")


@dataclass(slots=True)
class Node:
    """A value, an object or a list.

    Attributes:
        origin: JSON pointer at which the engine's result has it; None for what a person added.
        read: what the engine has there, with all below it.
        inner: by key, of an object; in order, of a list; None for a value.
        box: where a person took it from.
    """

    origin: str | None
    read: Any
    value: Any = None
    inner: dict[str, Node] | list[Node] | None = None
    review: ValueReview | None = None
    box: ReviewBox | None = None
    text: str = ""

    @classmethod
    def of(cls, values: Any, origin: str | None = "") -> Node:
        """The tree of JSON values; `origin` None: of what a person wrote."""
        node = cls(origin, values if origin is not None else None)
        if isinstance(values, dict):
            node.inner = {
                key: cls.of(one, _below(origin, escaped(key))) for key, one in values.items()
            }
        elif isinstance(values, list):
            node.inner = [cls.of(one, _below(origin, str(n))) for n, one in enumerate(values)]
        else:
            node.value = values
        return node

    def at(self, pointer: str) -> Node:
        """The node at a JSON pointer; keys of objects that are not there are made, as null.

        Raises:
            KeyError, IndexError: it can't be there.
        """
        if pointer and not pointer.startswith("/"):
            raise KeyError(pointer)
        node = self
        for step in pointer.split("/")[1:]:
            node = node._child(step, pointer)
        return node

    def _child(self, step: str, pointer: str) -> Node:
        if self.inner is None and self.value is None:  # an object that the engine left out
            if step.isdigit():
                raise KeyError(pointer)
            self.inner = {}
        if isinstance(self.inner, dict):
            key = step.replace("~1", "/").replace("~0", "~")
            if key not in self.inner:  # the engine may have read what a person took away
                read = self.read.get(key) if isinstance(self.read, dict) else None
                self.inner[key] = Node(_below(self.origin, step), read)
            return self.inner[key]
        if isinstance(self.inner, list) and _NUMBER.fullmatch(step):
            return self.inner[int(step)]
        raise KeyError(pointer)

    def entries(self, pointer: str) -> list[Node]:
        """The entries of the list at a JSON pointer; a list that is left out becomes an empty one.

        Raises:
            KeyError: there is something else.
        """
        node = self.at(pointer)
        if node.inner is None and node.value is None:
            node.inner = []
        if not isinstance(node.inner, list):
            raise KeyError(pointer)
        return node.inner

    def put(self, value: Any) -> None:
        """Set what a person wrote."""
        made = Node.of(value, None)
        self.value, self.inner = made.value, made.inner

    def json(self) -> Any:
        """Its values as JSON."""
        if isinstance(self.inner, dict):
            return {key: node.json() for key, node in self.inner.items()}
        if isinstance(self.inner, list):
            return [node.json() for node in self.inner]
        return self.value

    def walk(self, pointer: str = "") -> Iterator[tuple[str, Node]]:
        """All nodes with the JSON pointers that they have now, itself first."""
        yield pointer, self
        if isinstance(self.inner, dict):
            for key, node in self.inner.items():
                yield from node.walk(f"{pointer}/{escaped(key)}")
        elif isinstance(self.inner, list):
            for number, node in enumerate(self.inner):
                yield from node.walk(f"{pointer}/{number}")

    @property
    def is_touched(self) -> bool:
        """Whether a person has said anything of it or of what is below it."""
        return any(node.review or node.origin is None for _, node in self.walk())


@dataclass(slots=True)
class Work:
    """A document while events are applied to it.

    Attributes:
        sha256: of the file that the result was read from.
        done_by: who has signed it off, in order; empty where it is open.
        skipped: ids of events that no longer fit.
    """

    root: Node
    result: str
    sha256: str = ""
    done_by: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)


def escaped(key: str) -> str:
    """A key as a part of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def _below(origin: str | None, step: str) -> str | None:
    return None if origin is None else f"{origin}/{step}"
