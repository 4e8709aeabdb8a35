"""What stands once in an audit file: what its words mean, schemas, prompts and runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from docglean.extractors.requests import prompts
from docglean.extractors.versions import PROMPT_VERSION
from docglean.flows.run_folder import RunRecord
from docglean.flows.schema_shape import Shaped, type_of
from docglean.schemas.fields import Field
from docglean.schemas.schema import Schema, given_of
from pydantic.errors import PydanticInvalidForJsonSchema

ABOUT: Mapping[str, str] = {
    "this file": "What was read from documents, by what, at what cost, where each value stands, "
    "and what people said of it. It was written by docglean, a program that reads documents, "
    "and can be understood without it.",
    "sha256": "On the last line but one: SHA-256 of all bytes above that line "
    "(head -n -2 FILE | sha256sum). It shows that the file is as it was written. Whoever changes "
    "the file on purpose can write a new sum: keep the sum elsewhere to be sure.",
    "written": "When this file was made, in UTC. All times are.",
    "versions": "The programs that made this file.",
    "runs": "Each time that documents were read: engine, options, versions of the programs then, "
    "the number of documents by how they ended, and the cost in US dollars.",
    "schemas": "What was to be found, by the hash that documents name: as JSON Schema "
    "(json-schema.org). complete is false where only names and types of fields were at hand.",
    "prompts": "The words sent to models, by their version. 'template' says that they are the "
    "standing words of that version, into which each request put the schema's description, its "
    "examples and pages and the user's own instructions; requests themselves are not kept. "
    "words is null where the version is another than that of the program that wrote this file.",
    "lines_passed_over": "Lines of the record of corrections (reviews.jsonl) that could not be "
    "read, and why; only where there are any.",
    "documents": "One entry each, in the order in which they were read.",
    "documents/sha256": "SHA-256 of the file, or of the attached file that it is.",
    "documents/part": "Where a file holds several documents: which one, and its pages.",
    "documents/engine": "asked: what was to read it; 'local' is the embedded engine, which is no "
    "model and sends nothing. served: the models that answered, in their own words.",
    "documents/examples": "Other documents that the model was shown before it, each with what "
    "people had said is right in it, by name and SHA-256; left out where there were none.",
    "documents/cost": "usd: US dollars paid for it in this run, null where a price is unknown. "
    "saved: what stored answers of earlier runs would have cost again.",
    "documents/prompt": "Version of the words that were sent; null where no model was asked.",
    "documents/problems": "What is known to be wrong, or may be, in words.",
    "documents/run": "The run that it was read in, by its id.",
    "documents/status": "How it has ended: reviewed (a person has signed it off), ok, review "
    "(to be looked at), partial (something is lost) or failed.",
    "documents/calls": "Each request to a model, as the accounts have it; also those of an earlier "
    "run whose answers were used again. null where no accounts were at hand.",
    "documents/values": "Every value as it stands, reviewed or not. at: its place in the data, as "
    "JSON pointer (RFC 6901); entries of lists are counted from 0.",
    "documents/values/found": "Where it stands. how: exact (the same characters), normalised (the "
    "same value in another shape), fuzzy (something similar) or not_found (of what a person typed "
    "also: he did not say where it stands). page from 1; box: left, "
    "top, right, bottom in points (1/72 inch) from the page's top left; seconds: in a recording.",
    "documents/values/confidence": "probability: how likely it is right, from 0 to 1, and why. "
    "calibrated: fitted on documents that somebody had labelled; where false, it ranks values and "
    "promises no share of right ones.",
    "documents/values/readings": "What further engines read there, and whether it was taken.",
    "documents/values/problems": "Codes of the problems that are about it, see problems.",
    "documents/values/look": "What a person's look came to: confirmed, corrected, absent (the "
    "document has no such value), edited (entries of a list were changed, and nobody has said "
    "that these are all), asked (the engine read something else later, and nobody has "
    "looked again); who, when, and what the engine had read. Without it, nobody has looked.",
    "documents/engine_values": "The same list as the engine left it; only where people have "
    "looked, else values are the engine's.",
    "documents/data": "The values once more, in the shape of the schema; engine_data: as the "
    "engine left them.",
    "documents/events": "All that people did to it, in order, as it was taken down: who (by), "
    "when (at), what (action) and where (path), the value before (old) and after (new), where on "
    "the page it was taken from (box), how many seconds it took. start: what the engine had read "
    "when a person came. blind: he did not see what others had said; what others did blind after "
    "the first is not in values.",
    "documents/signed_off": "Who has said that the document is done, and when.",
}

_TYPES: Mapping[str, dict[str, Any]] = {
    "text": {"type": "string"},
    "decimal": {"type": "string", "description": "a decimal number"},
    "integer": {"type": "integer"},
    "float": {"type": "number"},
    "date": {"type": "string", "format": "date"},
    "moment": {"type": "string", "format": "date-time"},
    "truth": {"type": "boolean"},
}
_PASSWORD = re.compile(r"(?<=://)[^/@\s\"']+@")
_KEY = re.compile(
    r"(?i)([?&][\w.-]*(?:key|token|secret|password|signature|sig|credential)[\w.-]*=)[^&\s\"'#]+"
)


def schema_told(schema: Shaped) -> dict[str, Any]:
    """A schema as JSON Schema.

    Args:
        schema: itself, or what a run wrote down of its fields and types.
    """
    whole = _json_schema(schema) if isinstance(schema, Schema) else None
    return {
        "name": schema.name,
        "complete": whole is not None,
        "json_schema": whole or _of_types(schema.root),
    }


def _json_schema(schema: Schema) -> dict[str, Any] | None:
    """As it was given or declared; None where a type of it has no such form."""
    given = given_of(schema.model)
    if given is not None:
        return dict(given.document)
    try:
        return schema.model.model_json_schema()
    except PydanticInvalidForJsonSchema:
        return None


def _of_types(field: Field) -> dict[str, Any]:
    if field.shape == "value":
        return {**_TYPES[type_of(field)]}
    if field.shape == "list":
        return {"type": "array", "items": _of_types(field.item)}
    return {
        "type": "object",
        "properties": {child.name: _of_types(child) for child in field.children},
    }


def prompt_told(version: str) -> dict[str, Any]:
    """The words of a version of the prompt."""
    if version != PROMPT_VERSION:
        return {"from": "template", "words": None}
    question = prompts.question(
        description="(description of the schema)",
        medium="pages",
        instructions="(the user's own instructions)",
        note="(where it is asked again: what was wrong with the answer)",
    )
    return {
        "from": "template",
        "words": {
            "system": prompts.system(nullable="union", paged=False, shown_schema=None),
            "system, where absent values are empty": prompts.system(
                nullable="empty", paged=False, shown_schema=None
            ),
            "added for parts of long documents": prompts.PAGED,
            "added where examples are shown": prompts.EXAMPLES,
            "question after the pages": question,
        },
    }


def run_told(run: RunRecord) -> dict[str, Any]:
    """A run, without passwords and keys."""
    told: dict[str, Any] = without_secrets(run.model_dump(mode="json", exclude_none=True))
    return told


def without_secrets(value: Any) -> Any:
    """The same with dots for what addresses in it say of passwords, keys and signatures."""
    if isinstance(value, dict):
        return {key: without_secrets(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [without_secrets(one) for one in value]
    if isinstance(value, str) and "://" in value:
        return _KEY.sub(r"\1...", _PASSWORD.sub("...@", value))
    return value
