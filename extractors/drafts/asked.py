"""What a model is asked for a draft: the fields that a document has, not their values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from docglean.extractors.drafts.merge import Draft, Key, least_documents
from docglean.extractors.rules.fields.field_names import tokens
from docglean.schemas.inline.grammar import field_name
from docglean.schemas.inline.guess import kind_by_name
from docglean.schemas.inline.kind_names import KINDS
from docglean.schemas.kinds import Choice, Text
from pydantic import BaseModel, Field

SPEC = f"{__name__}:DocumentFields"
"""The schema of the question, as it is named in a request."""


class FieldOfDocument(BaseModel):
    """One thing that documents of this kind tell, with a value that differs between them."""

    name: Annotated[
        str | None,
        Text(on_page=False),
        Field(description="A short English name for it: lower case words joined by underscores."),
    ] = None
    kind: Annotated[
        str | None,
        Choice(tuple(KINDS), on_page=False),
        Field(description="What its values are; code for numbers that name something."),
    ] = None
    caption: Annotated[
        str | None,
        Text(),
        Field(description="The words that the document prints beside it or over its column."),
    ] = None
    column_of: Annotated[
        str | None,
        Text(on_page=False),
        Field(description="If it is a column of a table or list: a short plural name for that "
                          "list, the same for all of its columns. Else null."),
    ] = None  # fmt: skip
    meaning: Annotated[
        str | None,
        Text(on_page=False),
        Field(description="What it is, in one short sentence of at least five words."),
    ] = None


class DocumentFields(BaseModel):
    """Which fields a form for documents of this kind would have: what somebody would want to keep
    of them in a database. No values, and nothing that is the same in all documents."""

    fields: Annotated[
        list[FieldOfDocument],
        Field(description="All of them, in the order of the document; each once."),
    ] = []


def merge_answers(answers: Sequence[dict[str, Any]]) -> list[Draft]:
    """What models said of several documents, as `merge.merge` gives it."""
    met: dict[Key, Draft] = {}
    for number, answer in enumerate(answers):
        for one in answer.get("fields") or ():
            name = field_name(str(one.get("name") or "").casefold())
            if name is None:
                continue
            into, within = met, field_name(str(one.get("column_of") or "").casefold())
            if within is not None:
                list_ = met.setdefault(("list", within), Draft(within))
                list_.met(number)
                into = list_.columns
            kind = one.get("kind") if one.get("kind") in KINDS else kind_by_name(name).name
            told = Draft(name, str(kind), str(one.get("meaning") or ""))
            into.setdefault(("field", name), told).met(number, _caption(one))
    least = least_documents(len(answers))
    kept = [draft for draft in met.values() if len(draft.documents) >= least]
    return sorted(kept, key=lambda draft: bool(draft.columns))


def _caption(one: dict[str, Any]) -> str:
    caption = str(one.get("caption") or "")
    return caption if tokens(caption) else ""
