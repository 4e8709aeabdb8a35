"""A document's values as units: what belongs together on a page, with the leaves in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from docglean.extractors.rules.fields.roles import read_as
from docglean.schemas.fields import Field
from docglean.schemas.kinds import Check, Kind, Text
from docglean.schemas.kinds.either import Either


@dataclass(frozen=True, slots=True)
class Leaf:
    """One value that is there.

    Attributes:
        number: its place among all leaves.
        pointer: JSON pointer.
        column: its pointer within its unit: the same in every row of a table.
    """

    number: int
    pointer: str
    column: str
    field: Field
    value: Any

    @property
    def kind(self) -> Kind:
        """The kind of this value: one of the field's; text where it has none, or what its name
        tells of a plain text: the page may print € for EUR."""
        kind = read_as(self.field).kind or Text()
        return kind.kind_of(self.value) if isinstance(kind, Either) else kind

    @property
    def is_printed(self) -> bool:
        """Whether a page prints the value as text: not a mark, and nothing that was concluded."""
        return self.kind.on_page and not isinstance(self.kind, Check) and self.value != ""


@dataclass(slots=True)
class RowUnit:
    """An object, or an entry of a list with all that is in it except lists of objects.

    Attributes:
        pointer: JSON pointer.
        node: the object's field, for an entry of a list the list's.
        chain: path of the list that it is an entry of, None where it is in no list.
        page: number of the page that it is said to stand on.
    """

    pointer: str
    node: Field
    chain: str | None
    page: int | None
    leaves: list[Leaf] = field(default_factory=list)


def units_of(root: Field, values: Mapping[str, Any], hints: Mapping[str, int]) -> list[RowUnit]:
    """All units with values, parents before what is in them, lists in their order."""
    units: list[RowUnit] = []
    counter = iter(range(1 << 62))

    def visit(node: Field, value: Any, pointer: str, unit: RowUnit, depth: int) -> None:
        if value is None:
            return
        if node.shape == "value":
            column = pointer.removeprefix(unit.pointer)
            unit.leaves.append(Leaf(next(counter), pointer, column, node, value))
        elif node.shape == "object" and isinstance(value, Mapping):
            inner = unit
            if unit.chain is None and pointer != unit.pointer:
                inner = RowUnit(pointer, node, None, hints.get(pointer, unit.page))
                units.append(inner)
            for child in node.children:
                visit(child, value.get(child.name), f"{pointer}/{child.name}", inner, depth)
        elif node.shape == "list" and isinstance(value, list):
            # The cells of a row belong to the row; any other list has entries of its own.
            of_cells = unit.chain is not None and node.item.shape == "value"
            for place, entry in enumerate(value):
                at = f"{pointer}/{place}"
                inner = unit
                if not of_cells:
                    inner = RowUnit(at, node, node.item.path, hints.get(at, unit.page))
                    units.append(inner)
                visit(node.item, entry, at, inner, depth + 1)

    top = RowUnit("", root, None, hints.get(""))
    units.append(top)
    visit(root, values, "", top, 0)
    return [unit for unit in units if unit.leaves]
