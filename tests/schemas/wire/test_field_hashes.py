"""Each field has a hash of its own: what another schema says of it, or does not."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from docglean.schemas.fields import RowNumbers
from docglean.schemas.schema import load_schema, schema_of
from docglean.schemas.subset import with_surroundings
from docglean.schemas.wire.field_hashes import field_hashes
from pydantic import BaseModel, Field, create_model

TEXT = (str | None, None)


def doc(*, rows: dict[str, Any] | None = None, of: str = "", **fields: Any) -> type[BaseModel]:
    told = {"a": TEXT, "b": TEXT, **fields}
    if rows is not None:
        row = create_model("Row", **rows)
        told["rows"] = (Annotated[list[row], Field(description=of)], [])  # type: ignore[valid-type]
    return create_model("Doc", __doc__="A document.", **told)


def changed(before: Any, now: Any) -> set[str]:
    """Paths of the leaves that are new, or another field than before."""
    left, right = field_hashes(schema_of(before)), field_hashes(schema_of(now))
    return {path for path, told in right.items() if left.get(path) != told}


@pytest.mark.parametrize(
    ("now", "paths"),
    [
        (doc(), set()),
        (doc(c=TEXT), {"/c"}),
        (doc(a=(str, ...)), {"/a"}),
        (doc(a=(int | None, None)), {"/a"}),
        (doc(a=(Annotated[str | None, Field(description="First.")], None)), {"/a"}),
        (doc(a=(Annotated[str | None, Field(max_length=3)], None)), {"/a"}),
        (doc(rows={"x": TEXT}), {"/rows/*/x"}),
    ],
    ids=["nothing", "added", "required", "kind", "described", "bound", "list"],
)  # fmt: skip
def test_what_is_said_of_a_field_changes_its_own_hash_alone(now: Any, paths: set[str]) -> None:
    assert changed(doc(), now) == paths


def test_what_is_said_of_a_list_changes_all_in_it() -> None:
    before = doc(rows={"x": TEXT, "y": TEXT}, of="Lines.")
    now = doc(rows={"x": TEXT, "y": TEXT}, of="Lines without sums.")
    assert changed(before, now) == {"/rows/*/x", "/rows/*/y"}
    assert changed(before, doc(rows={"x": TEXT, "y": TEXT, "z": TEXT}, of="Lines.")) == {
        "/rows/*/z"
    }


@pytest.mark.parametrize("name", ["invoice", "receipt", "statement", "form", "tables"])
def test_every_leaf_of_a_built_in_schema_has_a_hash(name: str) -> None:
    schema = load_schema(name)
    assert set(field_hashes(schema)) == {leaf.path for leaf in schema.root.leaves()}


def test_a_list_is_asked_for_with_the_one_that_numbers_its_rows() -> None:
    class Note(BaseModel):
        text: str | None = None

    class Doc(BaseModel):
        """A document."""

        rows: list[Note] = []
        heads: Annotated[list[list[int]], RowNumbers("rows", (0,))] = []
        other: str | None = None

    root = schema_of(Doc).root
    both = {"/rows/*/text", "/heads/*/*"}
    assert with_surroundings(root, {"/rows/*/text"}) == both
    assert with_surroundings(root, {"/heads/*/*"}) == both
    assert with_surroundings(root, {"/other"}) == {"/other"}
