"""What people said of an earlier result, on the result of a rerun.

What was looked at stands. Where the engine reads now what it read then, or what the person said,
there is nothing to ask; where it reads something else, the look becomes ``asked``. A list that
somebody looked into is carried as a whole: its entries have no names by which those of another
reading could be told.
"""

from __future__ import annotations

from typing import Any

from docglean.extractors.reviews.tree import Node
from docglean.extractors.value_review import ValueReview


def carried(old: Node, new: Node) -> bool:
    """Put what was said of `old` into `new`, the tree of the newer result.

    Returns:
        Whether anything is ``asked``.
    """
    if isinstance(old.inner, dict) and new.inner is None and new.value is None:
        new.inner = {}  # the engine has left the object out; what was only read then is not said
    if isinstance(old.inner, dict) and isinstance(new.inner, dict):
        asked = [
            carried(node, new.inner.setdefault(key, Node(None, None)))
            for key, node in old.inner.items()
            if node.is_touched or key in new.inner
        ]
        return any(asked)
    if not old.is_touched:
        return False
    if isinstance(old.inner, list) and old.read == new.read:
        new.inner, new.value, new.review = old.inner, old.value, old.review
        return any(node.review and node.review.look == "asked" for _, node in new.walk())
    if isinstance(old.inner, list):
        return _list(old, old.inner, new)
    return _value(old, new)


def ask_all(root: Node) -> bool:
    """Ask all again that was looked at: it was said of another file.

    Returns:
        Whether there is anything.
    """
    looked = [node for _, node in root.walk() if node.review]
    for node in looked:
        if node.review and node.review.look != "asked":
            node.review = _asked(node.review, node.read)
    return bool(looked)


def _value(old: Node, new: Node) -> bool:
    said, engine = old.json(), new.read
    before = old.review
    new.value, new.inner, new.box, new.text = old.value, old.inner, old.box, old.text
    if before is None:
        return False
    asked = engine not in (said, before.first)
    new.review = _asked(before, engine) if asked else before
    return asked


def _list(old: Node, entries: list[Node], new: Node) -> bool:
    same = old.json() == new.read
    before = old.review or _first_look(old)
    new.inner, new.value = entries, None
    if not same:
        for node in entries:
            _forget_origin(node)
    new.review = before if same or before is None else _asked(before, new.read)
    return not same


def _first_look(old: Node) -> ValueReview | None:
    """A look at one of the entries, as one at the list."""
    inner = next((node.review for _, node in old.walk() if node.review), None)
    return None if inner is None else inner.model_copy(update={"first": old.read})


def _asked(before: ValueReview, engine: Any) -> ValueReview:
    return before.model_copy(update={"look": "asked", "now": engine})


def _forget_origin(node: Node) -> None:
    """Evidence of the newer result is not that of these entries."""
    for _, one in node.walk():
        one.origin = None
