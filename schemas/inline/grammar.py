"""Schemas on one line: ``number, date, total: money, lines[article, quantity: int, total: money]``.

The whole grammar::

    schema      = field {"," field} [","]
    field       = name [":" [kind]] [description]
                | name [":"] [["list of"] "{" schema "}" | "[" schema "]"] [description]
    kind        = the name of a kind | "list of" kind | kind "[]" | value "|" value {"|" value}
    description = '"' text '"'        with \\" and \\\\ for these two signs

``[...]`` is a list with these fields in each entry, ``{...}`` one object that has them. A name is
letters, digits and _; blanks, dots and dashes between its words become _. Without a kind its name
tells it (`docglean.schemas.inline.guess`). Names of kinds are in
`docglean.schemas.inline.kind_names`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NoReturn
from unicodedata import normalize

from docglean.schemas.errors import quoted
from docglean.schemas.inline.fields import TextField, model_of
from docglean.schemas.inline.kind_names import NamedKind, kind_named, listed, nearest
from docglean.schemas.inline.place import SchemaTextError, excerpt
from pydantic import BaseModel

LONGEST, DEEPEST = 20_000, 8
"""Characters of a schema, and levels of fields within fields."""
LIST_OF = re.compile(r"\s*list\s+of\b\s*", re.IGNORECASE)
_SIGNS = re.compile(r'[,:\[\]{}"]')
_NAME = re.compile(r"[^\W\d]\w*(?:[ .-]+\w+)*")
CLOSING = {"[": "]", "{": "}"}


@lru_cache(maxsize=256)
def model_from_text(text: str) -> type[BaseModel]:
    """The Pydantic model of a schema on one line.

    Raises:
        SchemaTextError: ``bad_inline_schema``; it says where and why.
    """
    return model_of(parse(text))


def parse(text: str) -> tuple[TextField, ...]:
    """The fields of a schema on one line.

    Raises:
        SchemaTextError: as `model_from_text`.
    """
    reader = _Reader(text)
    if len(text) > LONGEST:
        reader.fail(
            f"it is longer than {LONGEST:,} characters", "Write a file: see `file.yaml`.", 0
        )
    fields = reader.fields("", 1)
    return fields


def parse_kind(text: str) -> TextField:
    """What may stand behind a colon alone, as in a YAML file: a field without a name.

    Raises:
        SchemaTextError: as `model_from_text`.
    """
    reader = _Reader(text)
    field = reader.rest_of("")
    if reader.at < len(text):
        reader.fail("this is not expected here", "Write a kind, then its description in quotes.")
    return field


def field_name(text: str) -> str | None:
    """A name as a key of JSON: its words joined by _, in Unicode's form NFKC as Python's names are.
    None: it is no name."""
    text = normalize("NFKC", text)
    return re.sub(r"[ .-]+", "_", text) if _NAME.fullmatch(text) else None


def render(fields: Sequence[TextField]) -> str:
    """Fields as `parse` reads them, with the kinds that names tell written out."""
    return _rendered(fields, within=False)


def _rendered(fields: Sequence[TextField], *, within: bool) -> str:
    return ", ".join(_field(field, within) for field in fields)


def _field(field: TextField, within: bool) -> str:
    if field.children:
        opening = "[" if field.many else "{"
        inner = _rendered(field.children, within=within or field.many)
        said = f"{field.name}{opening}{inner}{CLOSING[opening]}"
    else:
        many = "list of " if field.many else ""
        said = f"{field.name}: {many}{field.understood(within).name}"
    if not field.description:
        return said
    quoted = re.sub(r'(["\\])', r"\\\1", field.description)
    return f'{said} "{quoted}"'


class _Reader:
    """Reads one text from left to right; `at` is the place reached."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def fields(self, closing: str, depth: int) -> tuple[TextField, ...]:
        """Fields up to a closing bracket, or to the end where it is empty."""
        if depth > DEEPEST:
            self.fail(f"there are more than {DEEPEST} levels", "Write the levels as a flat list.")
        found: dict[str, TextField] = {}
        while True:
            begin = self.skip()
            if found and self.next() == closing:
                return tuple(found.values())  # behind a comma at the end
            field = self.field(depth)
            if field.name in found:
                self.fail(f"{field.name} is here twice", "Give each field its own name.", begin)
            found[field.name] = field
            if self.next() == closing:
                return tuple(found.values())
            self.take(",", f"a comma or {closing or 'the end'} belongs here")

    def field(self, depth: int) -> TextField:
        """One field."""
        begin, written = self.skip(), self.words()
        name = field_name(written)
        if name is None:
            what = f"{quoted(written)} is no name" if written else "a field's name belongs here"
            self.fail(
                what, "Names are words of letters and digits, with commas between them.", begin
            )
        return self.rest_of(name, depth)

    def rest_of(self, name: str, depth: int = 0) -> TextField:
        """What follows a field's name."""
        kind: NamedKind | None = None
        many, children = False, tuple[TextField, ...]()
        if depth == 0 or self.next() == ":":
            self.at += depth > 0
            kind, many = self.kind()
        opening = self.next()
        if kind is None and opening in CLOSING:
            self.at += 1
            many = many or opening == "["
            children = self.fields(CLOSING[opening], depth + 1)
            self.at += 1
        elif kind is not None and opening in CLOSING:
            self.fail(f"{name or 'it'} is {kind.name} and cannot have fields as well",
                      "Write either a kind or fields in brackets.")  # fmt: skip
        return TextField(name, kind, children, many, self.description())

    def kind(self) -> tuple[NamedKind | None, bool]:
        """A kind, and whether it is a list of it; None where brackets with fields follow."""
        begin = self.skip()
        written = self.words()
        listing = LIST_OF.match(written)
        word = written[listing.end() :] if listing else written
        found = kind_named(word)
        empty = re.compile(r"\[\s*\]").match(self.text, self.at) if self.next() == "[" else None
        if empty and found:
            self.at = empty.end()
        if found is not None:
            return found, bool(listing or empty)
        if not written and self.next() == '"':
            return None, False
        if word.casefold() in ("", "list") and self.next() in CLOSING:
            return None, bool(listing or word)
        begin += len(written) - len(word)
        what = f"there is no kind {quoted(word)}" if word else "a kind belongs here"
        self.fail(what, f"{nearest(word)}{listed()}", begin)

    def description(self) -> str:
        """Text in quotes, if there is one."""
        if self.next() != '"':
            return ""
        found = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL).match(self.text, self.at)
        if found is None:
            self.fail("these quotes are not closed", 'Write " at the end of the description.')
        self.at = found.end()
        return " ".join(re.sub(r"\\(.)", r"\1", found[1], flags=re.DOTALL).split())

    def words(self) -> str:
        """Text up to the next sign of the grammar."""
        found = _SIGNS.search(self.text, self.at)
        begin, self.at = self.at, found.start() if found else len(self.text)
        return self.text[begin : self.at].strip()

    def skip(self) -> int:
        """The place behind blanks."""
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.at

    def next(self) -> str:
        """The next sign, empty at the end."""
        self.skip()
        return self.text[self.at : self.at + 1]

    def take(self, sign: str, wanted: str) -> None:
        """Pass a sign that has to be here."""
        if self.next() != sign:
            self.fail(wanted, "Fields are parted by commas; see `docglean schemas`.")
        self.at += 1

    def fail(self, why: str, way_out: str, at: int | None = None) -> NoReturn:
        """Raise, with the place."""
        place = self.at if at is None else at
        raise SchemaTextError(
            "bad_inline_schema",
            f"The schema makes no sense at character {place + 1}: {why}.",
            way_out,
            excerpt(self.text, place),
        )
