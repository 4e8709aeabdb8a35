"""The text of an answer: thinking removed, and whether it holds the JSON that was asked for."""

from __future__ import annotations

import json
import re

from docglean.extractors.models.base import Call, Reply
from docglean.extractors.models.loose_json import read_object

# Marks between which open models print their reasoning. The opening one is often part of the
# prompt's template, so only the closing one is in the answer.
_THINKING_ENDS = re.compile(
    r"</(?:think|thinking|thought|reasoning|seed:think)>"
    r"|◁/think▷"
    r"|\[/THINK\]"
    r"|<\|channel\|>final(?:\s*<\|constrain\|>\s*json)?<\|message\|>",
    re.IGNORECASE,
)
_THINKING_BEGINS = re.compile(
    r"\s*(?:<(?:think|thinking|thought|reasoning|seed:think)>|◁think▷|\[THINK\]"
    r"|<\|channel\|>analysis)",
    re.IGNORECASE,
)

CUT_JSON = "cut_json"
"""Code of an answer whose JSON ends before it is closed, though the server calls it whole."""


def settle(base: Reply, call: Call) -> Reply:
    """A whole answer: is its text the JSON object that the call asked for, or can it be made one?

    The text stays as it was received, less thinking: readers repair it with
    `loose_json.read_object`, as is done here to tell whether it can be. Where no JSON was asked
    for, any text is fine.
    """
    text = base.text.strip()
    found = None if call.json_schema is None else read_object(text)
    if found is None or found.repaired:
        # Else a value may have what looks like the end of thinking.
        text = without_thinking(text)
    if not text:
        return _invalid(base, "", "empty_answer", "The answer is empty.")
    base = base.model_copy(update={"text": text})
    if call.json_schema is None:
        return base
    if found is None or found.repaired:
        found = read_object(text)
    if found is None:
        shown = base.text if len(base.text) <= 200 else base.text[:200] + "..."
        return _invalid(base, base.text, "not_json", f"The answer is no JSON object: {shown!r}.")
    if found.cut:
        return _invalid(base, base.text, CUT_JSON, "The answer ends before its JSON is closed.")
    return base.model_copy(update={"repaired": found.repaired})


def _invalid(base: Reply, text: str, code: str, message: str) -> Reply:
    return base.model_copy(
        update={"outcome": "invalid", "text": text, "code": code, "message": message}
    )


def without_thinking(text: str) -> str:
    """`text` without the reasoning that some open models print before their answer."""
    ends = list(_THINKING_ENDS.finditer(text))
    if ends:
        return text[ends[-1].end() :].strip()
    if _THINKING_BEGINS.match(text):
        # Cut off while still thinking: there is no answer.
        return ""
    return text.strip()


def schema_text(call: Call) -> str:
    """The instruction that takes the place of constrained decoding on servers without it."""
    schema = json.dumps(call.json_schema, ensure_ascii=False, separators=(",", ":"))
    return (
        "Answer with one JSON object and nothing else, no explanation and no code fence. "
        f"It must satisfy this JSON Schema:\n{schema}"
    )
