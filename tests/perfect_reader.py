"""A stand-in for a model: a perfect reader.

It knows where every value of a document stands. Of each request it looks only at what was sent:
the pages by the captions above them, the fields by the JSON Schema; and it answers as the
standing instructions ask for, an entry broken by a page included. What it is not shown it does
not say. With a small limit its answers are cut off, as a model's are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from docglean.extractors.extraction import Usage
from docglean.extractors.models.base import Call, ImagePart, Reply, TextPart

CAPTION = re.compile(r"(?:Page|Part) (\d+) of (\d+):")
CHARACTERS_A_TOKEN = 4


@dataclass(frozen=True)
class At:
    """A value as printed: its parts by page. A broken text has several."""

    parts: tuple[tuple[int, Any], ...]

    @classmethod
    def page(cls, number: int, value: Any) -> At:
        return cls(((number, value),))

    def seen(self, pages: set[int]) -> Any:
        shown = [value for page, value in self.parts if page in pages]
        if len(shown) > 1:
            return " ".join(shown)
        return shown[0] if shown else None

    @property
    def whole(self) -> Any:
        return self.seen({page for page, _ in self.parts})


def pages_of(truth: Any) -> Iterator[int]:
    """The pages that a value, an entry or a list stands on."""
    if isinstance(truth, At):
        yield from (page for page, _ in truth.parts)
    elif isinstance(truth, dict):
        for inner in truth.values():
            yield from pages_of(inner)
    elif isinstance(truth, list):
        for entry in truth:
            yield from pages_of(entry)


def whole(truth: Any) -> Any:
    """The truth as JSON."""
    if isinstance(truth, At):
        return truth.whole
    if isinstance(truth, dict):
        return {name: whole(inner) for name, inner in truth.items()}
    if isinstance(truth, list):
        return [whole(entry) for entry in truth]
    return truth


@dataclass
class PerfectReader:
    """Stands in for a `ModelClient`.

    Attributes:
        truth: in the schema's shape, leaves as `At`.
        calls: what was sent: the pages, the number of images, the characters of the answer.
    """

    truth: dict[str, Any]
    calls: list[tuple[tuple[int, ...], int, int]] = field(default_factory=list)

    async def send(self, call: Call) -> Reply:
        captions = [
            int(found[1])
            for part in call.parts
            if isinstance(part, TextPart) and (found := CAPTION.match(part.text))
        ]
        images = sum(isinstance(part, ImagePart) for part in call.parts)
        assert call.json_schema is not None
        answer = self.read(call.json_schema, self.truth, captions, paged="_page" in call.system)
        text = json.dumps(answer, ensure_ascii=False)
        self.calls.append((tuple(captions), images, len(text)))
        limit = call.max_tokens * CHARACTERS_A_TOKEN
        return Reply(
            outcome="truncated" if len(text) > limit else "ok",
            text=text[:limit],
            usage=Usage(
                input_tokens=1000 * len(captions), output_tokens=min(len(text), limit) // 4
            ),
        )

    async def close(self) -> None:
        pass

    def read(
        self, schema: dict[str, Any], truth: Any, pages: list[int], *, paged: bool = False
    ) -> Any:
        """What the pages show of `truth`, in the form of `schema`.

        Args:
            paged: they are a part of a longer document, so cut texts outside of lists are marked.
        """
        schema = resolved(schema, schema.get("$defs", {}))
        kind = schema.get("type")
        if kind == "object":
            known = truth or {}
            return {
                name: self.read(inner, known.get(name), pages, paged=paged)
                for name, inner in schema["properties"].items()
            }
        if kind == "array":
            return list(self._entries(schema["items"], truth or [], pages))
        value = truth.seen(set(pages)) if isinstance(truth, At) else None
        if paged and isinstance(value, str) and isinstance(truth, At):
            on = [page for page, _ in truth.parts]
            value = f"[cut] {value}" if on[0] < pages[0] else value
            value = f"{value} [cut]" if on[-1] > pages[-1] else value
        return _written(value, schema)

    def _entries(self, item: dict[str, Any], entries: list[Any], pages: list[int]) -> Iterator[Any]:
        properties = item.get("properties", {})
        for entry in entries:
            if "_page" not in properties:
                # Without pages there are no other windows, or these are the cells of a row.
                yield self.read(item, entry, pages)
                continue
            on = sorted(set(pages_of(entry)))
            if not any(page in pages for page in on):
                continue
            begun = on[0] in pages
            if not begun and on[0] > pages[0]:
                continue
            row: dict[str, Any] = {"_page": on[0] if begun else 0}
            if "_continued" in properties:
                row["_continued"] = not begun
            inner = {name: form for name, form in properties.items() if name not in row}
            if isinstance(entry, dict):
                row |= self.read({"type": "object", "properties": inner}, entry, pages)
            else:
                row["value"] = self.read(inner["value"], entry, pages)
            yield row


def resolved(schema: Any, definitions: dict[str, Any]) -> Any:
    """`schema` with what it refers to written out."""
    if isinstance(schema, dict):
        if "$ref" in schema:
            named = definitions[schema["$ref"].removeprefix("#/$defs/")]
            rest = {name: value for name, value in schema.items() if name != "$ref"}
            return resolved({**named, **rest}, definitions)
        return {
            name: resolved(value, definitions) for name, value in schema.items() if name != "$defs"
        }
    if isinstance(schema, list):
        return [resolved(value, definitions) for value in schema]
    return schema


def _written(value: Any, schema: dict[str, Any]) -> Any:
    nullable = "anyOf" in schema
    if value is None:
        return None if nullable else ""
    if nullable:
        kinds = [option.get("type") for option in schema["anyOf"]]
        if "string" in kinds and not isinstance(value, str):
            return json.dumps(value)
        return value
    return value if isinstance(value, str) else json.dumps(value)
