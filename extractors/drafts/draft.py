"""A draft of a schema from what documents have in common, as the source of a Python file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from docglean.extractors.drafts.merge import Draft, identifiers
from docglean.schemas.errors import SchemaError
from docglean.schemas.inline.fields import TextField
from docglean.schemas.inline.kind_names import KINDS
from docglean.schemas.inline.python_source import (
    class_name,
    comment,
    python_names,
    python_source,
)


@dataclass(frozen=True, slots=True)
class DraftedSchema:
    """A draft.

    Attributes:
        fields: as they can be asked for.
        comments: by path: in how many documents, an example, and what is unsure.
        name: of the model.
        documents: how many it was made from.
    """

    fields: tuple[TextField, ...]
    comments: Mapping[str, str]
    name: str
    documents: int

    @property
    def model(self) -> str:
        """What the model is called in the file."""
        return class_name(self.name, set())

    def source(self) -> str:
        """The Python file."""
        plural = "s" if self.documents != 1 else ""
        about = (
            f"A draft from {self.documents} document{plural}, by `docglean schema from-examples`: "
            "take out\nwhat you don't need, and name the rest as you like.\n"
        )
        return python_source(self.fields, self.name, about, self.comments)


def drafted(drafts: Sequence[Draft], name: str, documents: int) -> DraftedSchema:
    """The draft of a schema.

    Raises:
        SchemaError: ``nothing_recurs``.
    """
    if not drafts:
        raise SchemaError(
            "nothing_recurs",
            "Nothing that documents have in common is printed beside a caption or in a table.",
            "Name more documents of one kind, or a model: --engine.",
        )
    comments: dict[str, str] = {}
    fields = python_names(tuple(_fields(drafts, "", documents, comments)))
    return DraftedSchema(fields, comments, name, documents)


def _fields(
    drafts: Sequence[Draft], path: str, of: int, comments: dict[str, str]
) -> Iterator[TextField]:
    names = identifiers(_named(draft) for draft in drafts)
    for draft, name in zip(drafts, names, strict=True):
        safe = python_names([TextField(name)])[0].name
        here, printed = f"{path}/{safe}", tuple(draft.printed)
        if draft.columns:
            columns = list(draft.columns.values())
            inner = tuple(_fields(columns, f"{here}/*", len(draft.documents), comments))
            comments[here] = f"in {len(draft.documents)} of {of}"
            yield TextField(name, None, inner, True, draft.description, printed)
            continue
        kind, sure = draft.told_kind(within="*" in path)
        comments[here] = _comment(draft, of, sure)
        yield TextField(name, KINDS[kind], (), False, draft.description, printed)


def _named(draft: Draft) -> str:
    return draft.name or (draft.printed[0] if draft.printed else "rows")


def _comment(draft: Draft, of: int, sure: bool) -> str:
    example = f": {comment(draft.values[0])}" if draft.values else ""
    doubt = "" if sure else "; unsure what kind it is"
    return f"in {len(draft.documents)} of {of}{example}{doubt}"
