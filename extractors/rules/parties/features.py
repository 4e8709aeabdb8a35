"""What is to be seen of a line of a page: figures from which a learnt model tells a name.

None is a word of a place or a firm: where the line stands, how it is printed, what shape its words
have, what stands beside it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from docglean.extractors.rules.parties import addresses
from docglean.extractors.rules.parties.lines import Column, PartyLine
from docglean.schemas.labels import vocabulary, words_of
from docglean.schemas.reading.texts import fold

NOTHING = float("nan")
_DOMAIN = re.compile(r"(?:@|www\.|https?://(?:www\.)?)([\w-]{3,})\.", re.IGNORECASE)
_AMOUNT = re.compile(r"\d[.,]\d\d(?!\d)")
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
_WHAT: dict[str, Callable[[str], object]] = {
    "form": addresses.LEGAL.search,
    "trade": addresses.TRADE.search,
    "street": addresses.has_street,
    "house": addresses.is_house,
    "postcode": addresses.has_postcode,
    "contact": addresses.is_contact,
    "registered": addresses.is_registration,
    "title": addresses.is_title,
    "notice": addresses.NOTICE.search,
    "amount": _AMOUNT.search,
    "date": _DATE.search,
}
"""What a line may show, by the name of the feature."""
_OF_BLOCK = "form", "postcode", "contact", "registered", "amount"
_HEADS = "seller", "buyer", "other"


@dataclass(frozen=True)
class Papers:
    """What lines are compared with: all that the document prints.

    Attributes:
        domains: of web sites and mail addresses, letters alone.
        said: how often each line stands there.
    """

    domains: frozenset[str]
    said: Counter[str]


def papers_of(columns: Sequence[Column]) -> Papers:
    """What lines of these pages are compared with."""
    texts = [line.whole for column in columns for line in column.lines]
    domains = {_letters(name) for text in texts for name in _DOMAIN.findall(text)}
    return Papers(frozenset(domains), Counter(map(_letters, texts)))


def features_of(column: Column, papers: Papers, page: int = 0) -> list[dict[str, float]]:
    """Features of each line of a page, by name.

    Args:
        page: number of pages before it.
    """
    own = [_own(line, column, papers) for line in column.lines]
    firsts = {
        name: next((n for n, one in enumerate(own) if one[name]), None)
        for name in ("title", "postcode", "contact", "registered", "amount")
    }
    found = []
    for number, line in enumerate(column.lines):
        one = {**own[number], **_place(number, column), **_around(number, column, own)}
        one |= _block(number, column, own) | _headings(number, column)
        one["page"] = page
        one["narrow"] = column.narrow
        for name, first in firsts.items():
            one[f"to_{name}"] = _below(column, line, first)
        found.append({name: float(value) for name, value in one.items()})
    return found


def _own(line: PartyLine, column: Column, papers: Papers) -> dict[str, float]:
    text = line.text
    words = text.split()
    size = max(len(text.replace(" ", "")), 1)
    letters = [char for char in text if char.isalpha()]
    spoken = [word for word in words if word[:1].isalpha()]
    shown = {name: bool(sees(line.whole)) for name, sees in _WHAT.items()}
    return shown | {
        "words": len(words),
        "letters": len(letters) / size,
        "digits": sum(map(str.isdigit, text)) / size,
        "capitals": sum(map(str.isupper, letters)) / max(len(letters), 1),
        "titled": sum(word[0].isupper() for word in spoken) / max(len(spoken), 1),
        "colon": text.endswith(":"),
        "captioned": bool(line.caption),
        "commas": text.count(","),
        "open": text.rstrip().endswith((",", "-")),
        "numbered": text[:1].isdigit(),
        "bracket": text.startswith("("),
        "height": line.height / max(column.sheet.height, 1.0),
        "legible": line.confidence,
        "caption": fold(text) in _captions(),
        "heading": addresses.is_heading(text),
        "domain": _like_domain(text, papers.domains),
        "repeated": papers.said[_letters(line.whole)] - 1,
    }


def _place(number: int, column: Column) -> dict[str, float]:
    line, sheet = column.lines[number], column.sheet
    width, depth = max(sheet.width, 1.0), max(sheet.depth, 1.0)
    left = min((run.box[0] for run in sheet.runs), default=0.0)
    right = max((run.box[2] for run in sheet.runs), default=width)
    row = sheet.rows[line.row]
    return {
        "top": line.box[1] / depth,
        "left": line.box[0] / width,
        "right": line.box[2] / width,
        "centred": abs(line.box[0] + line.box[2] - left - right) / 2 / max(right - left, 1.0),
        "part": line.index,
        "beside": len(row),
        "figures_beside": sum(any(map(str.isdigit, run.text)) for run in row),
        "named": any(run.text.endswith(":") and run.box[2] <= line.box[0] for run in row),
    }


_SEEN_BESIDE = (
    "form", "trade", "street", "house", "postcode", "contact", "registered", "title", "heading",
    "notice", "amount", "colon", "captioned", "digits", "words", "height", "capitals", "caption",
    "open",
)  # fmt: skip


def _around(number: int, column: Column, own: Sequence[dict[str, float]]) -> dict[str, float]:
    """What is seen of the two lines above and the two below, and the gaps between."""
    found: dict[str, float] = {"gap": column.gaps[number]}
    for step, other in enumerate(column.up(number)[:2], start=1):
        found |= {f"above{step}_{name}": own[other][name] for name in _SEEN_BESIDE}
        if step == 1:
            found["above2_gap"] = column.gaps[other]
    for step, other in enumerate(column.down(number)[:2], start=1):
        found |= {f"below{step}_{name}": own[other][name] for name in _SEEN_BESIDE}
        found[f"below{step}_gap"] = column.gaps[other]
    return found


def _block(number: int, column: Column, own: Sequence[dict[str, float]]) -> dict[str, float]:
    block = column.blocks[column.first[number]]
    found: dict[str, float] = {"of_block": len(block), "in_block": block.index(number)}
    for name in _OF_BLOCK:
        found[f"block_{name}"] = any(own[one][name] for one in block)
    found["above_postcodes"] = sum(own[one]["postcode"] for one in block[: block.index(number)])
    return found


def _headings(number: int, column: Column) -> dict[str, float]:
    """How many lines above a heading announces a party; 0 where its own caption does."""
    line = column.lines[number]
    found = dict.fromkeys((f"head_{one}" for one in _HEADS), NOTHING)
    said = [" ".join(piece.text for piece in line.caption)]
    said += [run.text for run in column.sheet.rows[line.row] if run.box[2] <= line.box[0]][-1:]
    for text in said:
        whose = addresses.heads(text)
        if whose:
            found[f"head_{whose}"] = 0
    for step, other in enumerate(column.up(number)[:6], start=1):
        whose = addresses.heads(column.lines[other].whole)
        if whose and found[f"head_{whose}"] != found[f"head_{whose}"]:
            found[f"head_{whose}"] = step
    return found


def _below(column: Column, line: PartyLine, first: int | None) -> float:
    """How far below another line one stands, in line heights; rows on a receipt."""
    if first is None:
        return NOTHING
    other = column.lines[first]
    if column.narrow:
        return line.row - other.row
    return (line.box[1] - other.box[1]) / max(column.sheet.height, 1.0)


def _like_domain(text: str, domains: frozenset[str]) -> float:
    """Share of a web site's name that the words of a line tell."""
    joined = _letters(text)
    best = 0.0
    for domain in domains:
        if len(joined) >= 4 and (domain in joined or joined in domain):
            best = max(best, min(len(joined), len(domain)) / len(domain))
        for word in text.split():
            told = _letters(word)
            if len(told) >= 4 and told in domain:
                best = max(best, len(told) / len(domain))
    return best


@lru_cache(maxsize=8192)
def _letters(text: str) -> str:
    return fold(text).replace(" ", "")


@cache
def _captions() -> frozenset[str]:
    """What fields of the built-in schemas are called on paper."""
    tables = (name for one in vocabulary().languages for name in one.tables)
    named = {name for name in tables if name.startswith("captions.")}
    return frozenset(fold(word) for name in named for word in words_of(name))
