"""A schema as a tree of fields: what every other room reads instead of Pydantic's internals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from docglean.schemas.kinds import Kind

NAMED_BY_FIELDS = "__named_by_fields__"
"""Attribute of models whose name is made of those of their fields."""


@dataclass(frozen=True, slots=True)
class Printed:
    """Annotated metadata: words that a page may print beside the value, in any language.

    ``total: Annotated[Decimal | None, Money(), Printed("Total", "Gesamtbetrag")]``
    """

    labels: tuple[str, ...]

    def __init__(self, *labels: str) -> None:
        object.__setattr__(self, "labels", labels)


@dataclass(frozen=True, slots=True)
class Take:
    """Annotated metadata: which value wins where pages disagree, the first (default) or last."""

    which: Literal["first", "last"] = "first"


@dataclass(frozen=True, slots=True)
class Caption:
    """Annotated metadata: this text is what a list entry is called, the rest is what it says.

    An entry of which nothing but the caption is there is a blank one: a caption on a form with
    nothing filled in. Entries with different captions are never taken for the same one.
    """


@dataclass(frozen=True, slots=True)
class RowNumbers:
    """Annotated metadata of a list whose entries say, from 0, which rows of another they are about.

    What a window of pages shows is counted from its first row; where windows are put together,
    it is counted from the first row of all.

    Attributes:
        of: name of the other list, in the same object.
        at: places of the numbers within an entry, which is itself a list.
    """

    of: str
    at: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Field:
    """One node of the tree.

    Attributes:
        name: the JSON key; "" for the root, "*" for the items of a list.
        path: pattern of the JSON pointer, with ``*`` for list indices: ``/lines/*/total``.
        shape: ``value`` (a leaf), ``object`` or ``list`` (one child, the item).
        kind: how a leaf is parsed, compared and found; None for objects and lists.
        nullable: the model takes None here.
        optional: an object may be without it: its key may be left out.
        may_be_empty: a list may have no entries.
        description: what the model reads.
        labels: words printed beside the value; from `Printed`, else of a built-in field what
            `docglean.schemas.labels` holds.
        children: properties of an object in declared order; the item of a list.
        annotation: the leaf's type with its metadata, for pydantic's TypeAdapter.
        take: see `Take`.
        caption: see `Caption`.
        row_numbers: see `RowNumbers`.
    """

    name: str
    path: str
    shape: Literal["value", "object", "list"]
    kind: Kind | None = None
    nullable: bool = True
    description: str = ""
    labels: tuple[str, ...] = ()
    children: tuple[Field, ...] = ()
    # A user's own metadata may not be hashable; the path tells fields apart well enough.
    annotation: Any = field(default=None, hash=False)
    take: Literal["first", "last"] = "first"
    caption: bool = False
    row_numbers: RowNumbers | None = None
    optional: bool = False
    may_be_empty: bool = True

    def leaves(self) -> Iterator[Field]:
        """The value fields below and including this one, in order."""
        if self.shape == "value":
            yield self
        for child in self.children:
            yield from child.leaves()

    def single_leaves(self) -> Iterator[Field]:
        """Those that are not within a list."""
        if self.shape == "value":
            yield self
        elif self.shape == "object":
            for child in self.children:
                yield from child.single_leaves()

    def walk(self) -> Iterator[Field]:
        """This field and all below it, parents first."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def is_row_of_cells(self) -> bool:
        """Whether this is a list of single values that is itself the entry of a list: its entries
        are cells of one row, told apart by their places."""
        return self.shape == "list" and self.name == "*" and self.item.shape == "value"

    @property
    def holds_lists(self) -> bool:
        """Whether an entry has lists of its own, so that a page break may part it for long."""
        return any(field.shape == "list" and not field.is_row_of_cells for field in self.walk())

    @property
    def item(self) -> Field:
        """The item of a list field."""
        return self.children[0]
