"""Words that documents print, as data: one file a language, named by its ISO 639-1 code.

A file holds the captions of the built-in schemas' fields, what papers call themselves, roles of
parties, units, small words. A new language is a new file. Files are read together, in the order
that each gives as `order`, and what stands in a table of several files is one list of words, each
once. Captions decide the hash of a built-in schema and with it the keys of stored replies: where a
word is added or moved there, documents are asked again.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from types import MappingProxyType
from typing import Any

HEAD = {"name": str, "order": int, "decimal_comma": bool}
"""What stands above the tables: the language in English; the place of its words among those of
others; whether it prints a decimal comma nearly everywhere."""

TABLES = {
    "captions": "words beside a value, by built-in schema and field",
    "choices": "words for a value of a choice, by built-in schema, field and value",
    "common_words": "short words that are frequent in this language and rare in the others",
    "titles": "what papers call themselves, by built-in schema; expressions",
    "caption_words": "words within a caption, by what they do to its meaning; without accents",
    "synonyms": "words of captions, by the word that stands for them all; without accents",
    "compounds": "beginnings and ends of words that are written together; without accents",
    "parties": "words in names of fields, by whose field it is; without accents",
    "parts": "words in names of fields, by what of a party's it asks for; without accents",
    "part_captions": "captions below a heading that says whose address it is",
    "periods": "words in names of fields for the first and last day; without accents",
    "sums": "rows of tables that are no items, words for pages in them, and sums of tills",
    "letterheads": "what stands on letterheads, by what it is; expressions",
    "headings": "what announces a party, by whose name and address follow; expressions",
    "tills": "words that a till prints on receipts; expressions",
    "forms": "titles of forms, words where one signs, and words that say no; expressions",
    "tables": "what tables, contents and chapters call themselves; expressions",
    "pages": "what pages call themselves, and words between their number and the last; expressions",
    "answers": "words for yes and no, and for a box with a tick or without",
    "months": "by number, spellings of months that CLDR does not list",
    "dates": "words within a date and before a time, ends of a day's number; expressions",
    "eras": "names of eras, by what is added to a year behind them for one of our calendar",
    "scales": "words behind a number, by the power of ten that they stand for",
    "currencies": "printed signs and words, by ISO 4217 code; a sign of several is the commonest's",
    "asked": "what forms ask people for, by what it is; captions of the same mean the same",
    "code": "signs of programming languages that another one hardly has; expressions",
    "amounts": "words in the row or over the column of an amount that take it off or pay it out",
}
"""Tables that a file may hold, and what is in them."""

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Language:
    """One file, its tables by their dotted names: ``captions.invoice.due_date``."""

    code: str
    name: str
    order: int
    decimal_comma: bool
    tables: Mapping[str, Words]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words of all languages, in their order."""

    languages: tuple[Language, ...]

    def words(self, table: str) -> Words:
        """Words of one table in all languages, each once; empty where no language has it."""
        found = (word for one in self.languages for word in one.tables.get(table, ()))
        return tuple(dict.fromkeys(found))

    def below(self, table: str) -> dict[str, Words]:
        """Words by the last part of a name, of the tables whose names begin so."""
        names = (name for one in self.languages for name in one.tables)
        within = dict.fromkeys(name for name in names if name.rpartition(".")[0] == table)
        return {name.rpartition(".")[2]: self.words(name) for name in within}

    def by_language(self, table: str) -> dict[str, Words]:
        """Words of one table by the code of their language."""
        return {one.code: one.tables[table] for one in self.languages if table in one.tables}


def read_vocabulary(folder: Traversable) -> Vocabulary:
    """The languages of a folder, one file each.

    Raises:
        ValueError: a file is no TOML, or holds what is not known, so that a slip of the pen is
            no word that nobody ever looks up.
    """
    found = [place for place in folder.iterdir() if place.name.endswith(".toml")]
    languages = [_language(place) for place in found]
    return Vocabulary(tuple(sorted(languages, key=lambda one: (one.order, one.code))))


def _language(place: Traversable) -> Language:
    content = tomllib.loads(place.read_text(encoding="utf-8"))
    head = {key: content.pop(key, None) for key in HEAD}
    for key, type_ in HEAD.items():
        if not isinstance(head[key], type_):
            raise ValueError(f"{place.name}: {key} is {head[key]!r}, which is no {type_.__name__}.")
    unknown = sorted(content.keys() - TABLES)
    if unknown:
        raise ValueError(
            f"{place.name}: there is no table {unknown[0]}; known: {', '.join(TABLES)}."
        )
    tables = MappingProxyType(dict(_tables(place.name, content)))
    return Language(code=place.name.removesuffix(".toml"), tables=tables, **head)


def _tables(file: str, content: Mapping[str, Any], above: str = "") -> Iterator[tuple[str, Words]]:
    for key, value in content.items():
        name = f"{above}{key}"
        if isinstance(value, Mapping):
            yield from _tables(file, value, f"{name}.")
        elif isinstance(value, list) and all(isinstance(word, str) for word in value):
            yield name, tuple(value)
        else:
            raise ValueError(f"{file}: {name} is no list of words.")


@cache
def vocabulary() -> Vocabulary:
    """The languages that come with the package."""
    return read_vocabulary(files(__name__))


def words_of(table: str) -> Words:
    """See `Vocabulary.words`."""
    return vocabulary().words(table)


def words_below(table: str) -> dict[str, Words]:
    """See `Vocabulary.below`."""
    return vocabulary().below(table)


def alternatives(table: str) -> str:
    """Words of a table as alternatives of a regular expression, which each of them is."""
    return "|".join(words_of(table))
