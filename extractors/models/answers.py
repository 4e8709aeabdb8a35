"""The text of an answer: thinking removed, JSON found, and how that went."""

from __future__ import annotations

import json
import re
from typing import Any

from docglean.extractors.models.base import Call, Reply

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
_FENCED = re.compile(r"```(?:json5?|JSON)?\s*\n(.*?)\n?\s*```", re.DOTALL)

MOST_STARTS = 64
"""Opening braces tried when JSON has to be cut out of prose."""


def settle(base: Reply, call: Call) -> Reply:
    """A whole answer: is its text the JSON object that the call asked for, or can it be made one?

    Text that is JSON as it stands is never touched. Else thinking is removed; JSON in a code
    fence or amid prose is cut out, then `json_repair` mends what is broken: both are marked.
    Where no JSON was asked for, any text is fine.
    """
    if call.json_schema is not None and is_object(base.text):
        return base.model_copy(update={"text": base.text.strip()})
    bare = without_thinking(base.text)
    if not bare:
        return _invalid(base, "", "empty_answer", "The answer is empty.")
    if call.json_schema is None or is_object(bare):
        return base.model_copy(update={"text": bare})
    found = _cut_out(bare) or _mended(bare)
    if found is not None:
        return base.model_copy(update={"text": found, "repaired": True})
    shown = bare if len(bare) <= 200 else bare[:200] + "..."
    return _invalid(base, bare, "not_json", f"The answer is no JSON object: {shown!r}.")


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


def is_object(text: str) -> bool:
    """Whether the whole of `text` is one JSON object."""
    import jiter

    try:
        return isinstance(jiter.from_json(text.strip().encode(), allow_inf_nan=False), dict)
    except ValueError:
        return False


def schema_text(call: Call) -> str:
    """The instruction that takes the place of constrained decoding on servers without it."""
    schema = json.dumps(call.json_schema, ensure_ascii=False, separators=(",", ":"))
    return (
        "Answer with one JSON object and nothing else, no explanation and no code fence. "
        f"It must satisfy this JSON Schema:\n{schema}"
    )


def _cut_out(text: str) -> str | None:
    """The longest JSON object inside `text`, those in code fences first."""
    for fenced in _FENCED.findall(text):
        if is_object(fenced):
            return str(fenced).strip()
    decoder = json.JSONDecoder()
    best: str | None = None
    position = text.find("{")
    for _ in range(MOST_STARTS):
        if position < 0:
            break
        try:
            value, end = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            end = position + 1
        else:
            if isinstance(value, dict) and value and end - position > len(best or ""):
                best = text[position:end]
        position = text.find("{", end)
    return best


def _mended(text: str) -> str | None:
    """The broken JSON object in `text`, mended; None where nothing like one is there."""
    start = text.find("{")
    if start < 0 or ":" not in text[start:]:
        return None
    from json_repair import repair_json

    try:
        value: Any = repair_json(text[start:], return_objects=True)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or not value:
        return None
    return json.dumps(value, ensure_ascii=False)
